"""The floor in a real terminal: start, keys, sizes, signals, SSH; and the terminal as it was found, each time."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from tests.parts.need import need
from tests.parts.sshd import sshd
from tests.parts.tmux import CLEAN, Screen, screen

ESCAPE = "\x1b[27u"
"""As terminals with kitty's keys send it: the one byte of others is half of another key when the next comes with it."""
WATCHFLOOR = str(Path(sys.executable).parent / "watchfloor")
CONFIG = """
[watchfloor]
name = "e2e-floor"

[[host]]
name = "here"

[[service]]
name = "good-one"
url = "{url}/health"
interval = "1s"

[[service]]
name = "dead-one"
url = "http://127.0.0.1:1/"
interval = "1s"
timeout = "500ms"
"""


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"status": "healthy"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    need(shutil.which("tmux"), "tmux")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = tmp_path / "watchfloor.toml"
    path.write_text(CONFIG.format(url=f"http://127.0.0.1:{server.server_port}"))
    path.chmod(0o600)
    yield path
    server.shutdown()
    server.server_close()


def open_floor(shown: Screen) -> None:
    """Wait until the floor has live data: the dead service is known to be down."""
    shown.until(lambda text: "e2e-floor" in text and "good-one" in text and "down" in text)


SIGNS = {
    "question_mark": "?", "slash": "/", "exclamation_mark": "!", "colon": ":", "plus": "+", "minus": "-", "at": "@",
    "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "less_than_sign": "<", "greater_than_sign": ">",
}  # fmt: skip
NAMED = {"shift+tab": "BTab", "pageup": "PPage", "pagedown": "NPage"} | {
    key: key.title() for key in ("escape", "enter", "up", "down", "left", "right", "tab", "space", "home", "end")
}


def as_tmux_calls_it(key: str) -> str:
    """A key of ours for `send-keys`, which types the letters of a name that it does not know."""
    name = SIGNS.get(key) or NAMED.get(key) or key.replace("ctrl+", "C-")
    assert key in NAMED or len(name.removeprefix("C-")) == 1, f"how tmux calls {key} is not known here"
    return name


def floor_processes(config: Path) -> list[psutil.Process]:
    """The floors that run on this config."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if str(config) in line and "sh" not in Path(line[0]).name and not line[0].startswith(("tmux", "ssh")):
            found.append(process)
    return found


def clean(shown: Screen) -> bool:
    """Whether the terminal's modes are those of a plain shell."""
    return shown.modes() == CLEAN


def test_it_starts_and_leaves_the_terminal_as_it_was(config: Path) -> None:
    with screen(WATCHFLOOR, "--config", str(config), "; echo left with $?") as shown:
        open_floor(shown)
        assert shown.modes()["alternate_on"] == "1"
        shown.press("q")
        shown.until("left with 0")
        assert clean(shown)
        shown.type_line("stty -a | grep -o -- '[-]*echo '")
        shown.until(lambda text: "\necho" in text)


def test_every_key_is_survived_at_each_size(config: Path) -> None:
    from tui.keys import KEYS

    keys = [key.strip() for entry in KEYS for key in entry.keys.split(",")]
    with screen(WATCHFLOOR, "--config", str(config)) as shown:
        open_floor(shown)
        for width, height in ((120, 40), (80, 24), (200, 60)):
            shown.resize(width, height)
            for key in keys:
                if key in ("q", "ctrl+c"):
                    continue
                shown.press(as_tmux_calls_it(key))
                shown.type_raw(ESCAPE)
            shown.type_raw(ESCAPE * 2)
            shown.until(lambda text: "e2e-floor" in text and "Traceback" not in text)
        assert floor_processes(config)


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (20, 5), (400, 100)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_it_follows_the_size_of_the_terminal(config: Path, size: tuple[int, int]) -> None:
    with screen(WATCHFLOOR, "--config", str(config)) as shown:
        open_floor(shown)
        shown.resize(*size)
        if size[0] >= 80:
            shown.until(lambda text: "good-one" in text and "dead-one" in text and len(text.split("\n")[0]) <= size[0])
        else:
            shown.until(lambda text: "down" in text or "critical" in text)
        shown.resize(120, 40)
        open_floor(shown)


def test_a_storm_of_sizes_is_survived(config: Path) -> None:
    with screen(WATCHFLOOR, "--config", str(config)) as shown:
        open_floor(shown)
        for turn in range(40):
            shown.resize(30 + turn * 7 % 170, 8 + turn * 5 % 50)
        shown.resize(120, 40)
        open_floor(shown)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT], ids=lambda n: n.name)
def test_a_signal_ends_it_with_the_terminal_restored(config: Path, number: signal.Signals) -> None:
    with screen(WATCHFLOOR, "--config", str(config), "; echo left with $?") as shown:
        open_floor(shown)
        (floor,) = floor_processes(config)
        floor.send_signal(number)
        shown.until(f"left with {128 + number}")
        assert clean(shown)


def test_without_a_terminal_it_names_the_command_to_use(config: Path) -> None:
    done = subprocess.run([WATCHFLOOR, "--config", str(config)], capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert "watchfloor check" in done.stderr
    assert "\x1b" not in done.stdout


def test_over_ssh_a_dropped_line_ends_it_and_one_can_come_back(config: Path, tmp_path: Path) -> None:
    with sshd(tmp_path) as ssh:
        command = [*ssh, f"'{WATCHFLOOR} --config {config}; echo left with $?'"]
        with screen(*command) as shown:
            open_floor(shown)
            shown.resize(80, 24)
            shown.until("good-one")
            shown.resize(200, 60)
            shown.until("good-one")
            shown.press("q")
            shown.until("left with 0")
            assert clean(shown)
        with screen(*command) as shown:
            open_floor(shown)
            client = next(
                process for process in psutil.process_iter(["cmdline"])
                if (process.info["cmdline"] or [""])[0] == "ssh" and str(config) in " ".join(process.info["cmdline"])
            )  # fmt: skip
            os.kill(client.pid, signal.SIGKILL)
            end = time.monotonic() + 10
            while floor_processes(config):
                assert time.monotonic() < end, "the floor outlived its line"
                time.sleep(0.05)
        with screen(*command) as shown:
            open_floor(shown)
            shown.press("q")
            shown.until("left with 0")
            assert clean(shown)


def test_a_paste_held_keys_and_mouse_noise_start_nothing(config: Path) -> None:
    with screen(WATCHFLOOR, "--config", str(config)) as shown:
        open_floor(shown)
        shown.paste("q" * 5_000 + "FHx\r!" * 1_000)
        shown.press(*["j"] * 300, *["Tab"] * 50, *["k"] * 300)
        for row in range(1, 40):
            shown.type_raw(f"\x1b[<35;{row};{row}M\x1b[<0;{row};{row}M\x1b[<0;{row};{row}m\x1b[<64;5;{row}M")
        shown.press("Escape", "Escape", "Escape")
        open_floor(shown)
        assert len(floor_processes(config)) == 1


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"NO_COLOR": "1"}, id="without colour"),
        pytest.param({"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="without UTF-8"),
        pytest.param({"TERM": "vt100", "COLORTERM": ""}, id="on an old terminal"),
    ],
)
def test_a_poor_terminal_still_reads(config: Path, environment: dict[str, str]) -> None:
    with screen(WATCHFLOOR, "--config", str(config), environment=environment) as shown:
        open_floor(shown)
        text = shown.until("refuse")  # the reason is there in words
        if "LC_ALL" in environment:
            assert text.isascii()


def test_a_dumb_terminal_is_told_what_to_use(config: Path) -> None:
    with screen("env", "TERM=dumb", WATCHFLOOR, "--config", str(config), "; echo left with $?") as shown:
        assert "watchfloor check" in shown.until("left with 64")


def test_an_exported_size_of_another_terminal_is_not_believed(config: Path) -> None:
    stale = {"LINES": "24", "COLUMNS": "80"}
    with screen(WATCHFLOOR, "--config", str(config), width=120, height=40, environment=stale) as shown:
        open_floor(shown)
        shown.until(lambda text: max(len(line.rstrip()) for line in text.split("\n")) > 100)
