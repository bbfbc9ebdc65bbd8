"""The time machine in a real terminal: a service breaks, one step back it has not, and live it is down again."""

import json
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.parts.command import clean_environment, watchfloor
from tests.parts.need import need
from tests.parts.tmux import screen


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name of its base
        """Say nothing."""


@contextmanager
def answering() -> Iterator[ThreadingHTTPServer]:
    """A small web server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        if server.socket.fileno() != -1:
            _stop(server)


def _stop(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.socket.close()


def _port(server: ThreadingHTTPServer) -> int:
    return socket.socket.getsockname(server.socket)[1]  # type: ignore[no-any-return]  # (host, port)


@pytest.fixture
def tmux() -> None:
    need(shutil.which("tmux"), "tmux")


def _config(folder: Path, **ports: int) -> Path:
    services = [
        f'[[service]]\nname = "{name}"\nurl = "http://127.0.0.1:{port}/"\ninterval = "500ms"\nfailures = 2\n'
        for name, port in ports.items()
    ]
    file = folder / "watchfloor.toml"
    file.write_text('[watchfloor]\nname = "shop"\n[store]\npath = "history"\n' + "".join(services))
    file.chmod(0o600)
    return file


def _line(text: str, name: str) -> str:
    return next((line for line in text.splitlines() if line.startswith(f"│{name} ")), "")


def test_back_to_before_it_broke_and_to_live_again(tmp_path: Path, tmux: None) -> None:
    with answering() as api, answering() as web:
        file = _config(tmp_path, api=_port(api), web=_port(web))
        argv = sys.executable, "-m", "tui", "--config", str(file)
        with screen(*argv, environment={"PYTHONPATH": str(Path.cwd())}) as shown:
            shown.until(lambda text: "up" in _line(text, "api") and "up" in _line(text, "web"))
            time.sleep(4)  # history needs to have something before the fault
            broke = time.time()
            _stop(api)
            shown.until(lambda text: "down" in _line(text, "api"))
            for _ in range(30):
                shown.press("[")
                text = shown.until("PAST")
                if "up" in _line(text, "api"):
                    break
                time.sleep(0.1)
            text = shown.until(lambda text: "PAST" in text and "up" in _line(text, "api"))
            assert "paused" in text.splitlines()[0]
            assert "} live" in text.splitlines()[-1]
            shown.press("r")
            shown.until("this is the past")
            beside = watchfloor("board", "--at", f"{broke - 1:.1f}", "--json", "--config", str(file), cwd=tmp_path)
            shown.press("}")
            shown.until(lambda text: "PAST" not in text and "down" in _line(text, "api"))
            shown.press("q")
            shown.until(lambda text: "│api" not in text)
    board = json.loads(beside.stdout)
    assert (board["mode"], [row["word"] for row in board["rows"]]) == ("replayed", ["up", "up"])
    _elsewhere(tmp_path, broke)


def _elsewhere(folder: Path, broke: float) -> None:
    """The copied history alone is enough, on the screen and without one."""
    away = folder / "away"
    away.mkdir()
    for part in (folder / "history").glob("history.sqlite*"):
        shutil.copy(part, away)
    copied = str(away / "history.sqlite")
    nowhere = clean_environment(HOME=str(away), XDG_STATE_HOME=str(away / "state"))
    then = watchfloor("board", "--at", f"{broke - 1:.1f}", "--store", copied, cwd=away, environment=nowhere)
    assert (then.returncode, then.stdout.splitlines()[0].partition(" at ")[0]) == (0, "shop")
    assert "2 ok" in then.stdout.splitlines()[0]
    never = watchfloor("board", "--at", "-30d", "--store", copied, cwd=away, environment=nowhere)
    assert (never.returncode, "nothing was recorded at" in never.stdout) == (3, True)
    argv = sys.executable, "-m", "tui", "replay", f"{broke - 1:.1f}", "--store", copied
    with screen(*argv, width=80, height=24, environment={"PYTHONPATH": str(Path.cwd()), "HOME": str(away)}) as shown:
        text = shown.until(lambda text: "PAST" in text and "up" in _line(text, "api"))
        assert "shop" in text.splitlines()[0]
        shown.press("}")
        shown.until(lambda text: "down" in _line(text, "api"))
        shown.press("q")
        shown.until(lambda text: "│api" not in text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["replay", "3.10"], 'did you mean "3:10"?', id="a slip"),
        pytest.param(["replay", "tomorrow"], "is in the future", id="what is to come"),
        pytest.param(["board", "--at", "-2h", "--store", "nowhere"], 'there is no store "nowhere"', id="no such store"),
        pytest.param(["replay", "-2h"], "standard output is not a terminal", id="no terminal"),
        pytest.param(["board", "--at", "2h"], 'did you mean "-2h"?', id="a length without a direction"),
        pytest.param(["board", "--store", "."], "say which moment with --at", id="a store without a moment"),
    ],
)
def test_what_can_not_be_is_a_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = watchfloor(*arguments, cwd=tmp_path, environment=clean_environment(HOME=str(tmp_path)))
    assert (done.returncode, said in done.stderr, done.stdout) == (64, True, "")
    assert "Traceback" not in done.stderr
