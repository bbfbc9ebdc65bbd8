"""Ends and starts that nobody wishes for: a lost line with everything open, a floor that is stuck, a wrong config."""

import getpass
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.bench.terminal import Terminal
from tests.house.source import ROOT
from tests.parts.need import need
from tests.parts.servers import free_port
from tests.parts.sshd import Sshd
from tests.parts.tmux import CLEAN, Screen, screen
from tests.parts.wait import until

WATCHFLOOR = str(Path(sys.executable).parent / "watchfloor")
STUCK = """
import sys, time
from ops.config.load import load
from ops.live import LiveSource
from tui.app import run_floor

class Stuck(LiveSource):
    def poll_now(self):
        print("stuck", file=open(sys.argv[2], "w"), flush=True)
        time.sleep(60)

config = load(sys.argv[1])
sys.exit(run_floor(config, source=Stuck(config)))
"""
WITHOUT_UTF8 = [
    pytest.param({"LC_ALL": "C"}, id="Python writes UTF-8 all the same"),
    pytest.param({"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="Python does not"),
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config of one dead service and this host."""
    need(shutil.which("tmux"), "tmux")
    path = tmp_path / "watchfloor.toml"
    path.touch(mode=0o600)
    path.write_text(
        '[watchfloor]\nname = "e2e-floor"\n[[host]]\nname = "here"\n'
        f'[[service]]\nname = "dead-one"\nurl = "http://127.0.0.1:{free_port()}/"\ninterval = "1s"\n'
    )
    return path


def running(word: str) -> list[psutil.Process]:
    """Everything that runs with this word among its arguments, but terminals and shells that started it."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or []
        if any(word in part for part in line) and not line[0].startswith("tmux") and process.pid != os.getpid():
            found.append(process)
    return found


class Remote:
    """A floor that is run over SSH, with a part of each kind that starts something or keeps something open."""

    def __init__(self, server: Sshd, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.mark = f"62.{random.randrange(10**9)}"
        self.log = folder / "app.log"
        self.log.write_text("first line\n")
        config = folder / "remote.toml"
        config.touch(mode=0o600)
        config.write_text(
            '[watchfloor]\nname = "e2e-floor"\n'
            f'[[log]]\nname = "app"\nfile = "{self.log}"\n'
            f'[[host]]\nname = "there"\nurl = "{server.url()}"\nssh_config = "{server.config}"\ninterval = "1s"\n'
            f'[[exec]]\nname = "long"\ninterval = "1s"\n'
            f'command = ["sh", "-c", "sleep {self.mark} & sleep {self.mark}"]\n'
        )
        floor = f"'PYTHONPATH={ROOT} XDG_RUNTIME_DIR={folder} {WATCHFLOOR} --config {config}'"
        self.config = str(config)
        self.argv = ["ssh", "-tt", "-F", str(server.config), "-p", str(server.port), f"{getpass.getuser()}@127.0.0.1",
                     floor]  # fmt: skip

    def links(self) -> list[Path]:
        """The folders of sockets of its own connections."""
        return list(self.folder.glob("watchfloor-ssh-*"))


@pytest.fixture
def remote(ssh_server: Sshd, folder: Path) -> Remote:
    """One whose server runs."""
    need(shutil.which("tmux"), "tmux")
    ssh_server.start()
    return Remote(ssh_server, folder)


def test_a_lost_line_leaves_nothing_behind_also_with_a_log_followed_and_another_host_open(remote: Remote) -> None:
    with screen(*remote.argv) as shown:
        shown.until(lambda text: "app" in text and "there" in text and "unreachable" not in text)
        until(lambda: running(remote.mark) and remote.links(), "a program and a connection to be open")
        open_log(shown, remote)
        (client,) = [found for found in running(remote.config) if found.name() == "ssh"]
        client.kill()
        until(lambda: not running(remote.config), "the floor to be gone", 5)
        until(lambda: not running(remote.mark), "its programs to be gone", 2)
        until(lambda: not running(str(remote.folder / "watchfloor-ssh")), "its own ssh to be gone", 2)
        until(lambda: not remote.links(), "its sockets to be gone", 2)
        until(lambda: not remote.server.sessions(), "every session to be over", 5)


def open_log(shown: Screen, remote: Remote) -> None:
    """Follow the log, until a line that has come just now is there."""
    for _ in range(8):
        shown.press("l")
        if "first line" in shown.until(lambda text: "first line" in text or "no log" in text or "e2e" in text):
            break
        shown.press("Tab")
    with remote.log.open("a") as log:
        log.write("second line\n")
    shown.until("second line")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT], ids=lambda n: n.name)
def test_a_floor_that_is_stuck_is_ended_by_a_signal_all_the_same(
    config: Path, tmp_path: Path, number: signal.Signals
) -> None:
    program = tmp_path / "stuck.py"
    program.write_text(STUCK)
    said = tmp_path / "said"
    argv = [sys.executable, str(program), str(config), str(said), "; echo left with $?"]
    with screen(*argv, environment={"PYTHONPATH": str(ROOT)}) as shown:
        shown.until("dead-one")
        shown.press("r")
        until(said.exists, "it to be stuck")
        (floor,) = [found for found in running(str(program)) if "python" in found.name()]
        begun = time.monotonic()
        floor.send_signal(number)
        shown.until(f"left with {128 + number}")
        assert time.monotonic() - begun < 1.5
        assert shown.modes() == CLEAN


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT], ids=lambda n: n.name)
def test_a_signal_while_it_starts_leaves_the_terminal_clean_too(config: Path, number: signal.Signals) -> None:
    for wait_s in (0.0, 0.05, 0.1, 0.2):
        terminal = Terminal([WATCHFLOOR, "--config", str(config)])
        assert terminal.until(rb"starting", 10) is not None
        terminal.drain(wait_s)
        os.kill(terminal.pid, number)
        status, ended = 0, 0
        while not ended:
            terminal.read(0.01)
            ended, status = os.waitpid(terminal.pid, os.WNOHANG)
        terminal.drain(0.05)
        assert os.waitstatus_to_exitcode(status) == 128 + number
        for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h")):
            assert terminal.output.rfind(off) > terminal.output.rfind(on)


def test_a_floor_that_can_not_be_opened_says_so_on_the_screen_as_it_was(config: Path, tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text("import sys; sys.modules['tui.app'] = None; from tui.__main__ import main; sys.exit(main())")
    argv = ["echo before;", sys.executable, str(program), "--config", str(config), "; echo left with $?"]
    with screen(*argv, environment={"PYTHONPATH": str(ROOT)}) as shown:
        text = shown.until("left with 70")
        assert "before" in text
        assert "a fault of watchfloor itself" in text
        assert shown.modes() == CLEAN


def test_a_wrong_config_is_told_on_the_screen_as_it_was(config: Path) -> None:
    with config.open("a") as file:
        file.write("intervall = 1\n")
    with screen("echo before;", WATCHFLOOR, "--config", str(config), "; echo left with $?") as shown:
        text = shown.until("left with 78")
        assert "before" in text, "nothing of the floor is left"
        assert 'intervall: there is no such key; did you mean "interval"?' in text.replace("\n", "")
        assert shown.modes() == CLEAN


def test_a_huge_terminal_is_filled(config: Path) -> None:
    with screen(WATCHFLOOR, "--config", str(config), width=400, height=330) as shown:
        shown.until(lambda text: "dead-one" in text and "refused" in text)
        shown.press("?")
        shown.until(lambda text: "OSC 52" in text and "Disks, network" in text)  # from top to end: the whole help fits
        shown.press("Escape")
        shown.until("dead-one")


PAGES: list[tuple[str, Callable[[str], bool]]] = [
    ("?", lambda text: "OSC 52" in text),
    ("Escape", lambda text: "dead-one" in text),
    ("C-p", lambda text: "what to do" in text and "OSC 52" in text),
    ("Escape", lambda text: "dead-one" in text and "what to do" not in text),
    ("Enter", lambda text: "dependencies" in text.lower() or "checks" in text.lower()),
    ("Escape", lambda text: "dead-one" in text),
    ("/", lambda text: "to hide it" in text),
    ("Escape", lambda text: "dead-one" in text),
]


@pytest.mark.parametrize("locale", WITHOUT_UTF8)
def test_without_utf8_every_page_is_ascii(config: Path, locale: dict[str, str]) -> None:
    config.write_text(config.read_text().replace("e2e-floor", "dβ"))
    with screen(WATCHFLOOR, "--config", str(config), environment=locale) as shown:
        shown.until("dead-one")
        for key, there in PAGES:
            shown.press(key)
            text = shown.until(there)
            assert text.isascii(), f"after {key}: {sorted(set(text) - set(map(chr, range(128))))}\n{text}"
