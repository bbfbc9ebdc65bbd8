"""The floor while every source hangs: it starts, answers keys, asks each once at a time, and leaves nothing behind."""

import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from collectors.registry import discover
from tests.bench.terminal import Terminal
from tests.parts.databases import open_folder
from tests.parts.hung import Hung, hung
from tests.parts.need import need
from tests.parts.wait import until

WATCHFLOOR = str(Path(sys.executable).parent / "watchfloor")
TIMES = 'interval = "2s"\ntimeout = "1s"'
SECTIONS = {
    "service": 'url = "http://127.0.0.1:{port}/"',
    "tcp": 'host = "127.0.0.1"\nport = {port}\nexpect = "220"',
    "tls": 'host = "127.0.0.1"\nport = {port}',
    "postgres": 'dsn = "postgresql://watch@127.0.0.1:{port}/shop"',
    "redis": 'url = "redis://127.0.0.1:{port}/0"\nqueues = ["emails", "mails"]',
    "memcached": "port = {port}",
    "rabbitmq": 'url = "http://127.0.0.1:{port}"\npassword_env = "PATH"',
    "celery": 'broker = "redis://127.0.0.1:{port}/0"',
    "prometheus": 'url = "http://127.0.0.1:{port}"\nfigures = [{{ name = "a", query = "up" }}]',
    "alertmanager": 'url = "http://127.0.0.1:{port}"',
    "docker": 'url = "unix://{path}"',
    "swarm": 'url = "unix://{path}"',
    "backup": 'kind = "system"\ntarget = "s3://bucket/x"\nendpoint = "http://127.0.0.1:{port}"\n'
    'access_key_env = "PATH"\nsecret_key_env = "PATH"',
    "host": 'url = "ssh://127.0.0.1:{port}"\nssh_config = "/dev/null"',
}
"""A target of each collector that connects to something, on a server that never says a word."""
UNCONNECTED = {"access_log", "dns", "drift", "exec", "git", "log", "process", "systemd"}
START_S = QUIT_S = 1.0
KEY_P99_S = 0.1
TRIES = 3
"""Others may hold up the machine for a moment: of the start, the best of these counts."""
PRESSES = 60


class Site:
    """A config over servers that hang, and a program that does."""

    def __init__(self, folder: Path, servers: dict[str, Hung]) -> None:
        self.servers = servers
        self.mark = f"61.{random.randrange(10**9)}"
        """An argument that only the programs of this test have."""
        self.config = folder / "watchfloor.toml"
        targets = [
            f'[[{section}]]\nname = "hung-{section}"\n{words.format(port=servers[section].port, path=folder / section)}'
            for section, words in SECTIONS.items()
        ]
        targets.append(f'[[exec]]\nname = "hung-exec"\ncommand = ["sh", "-c", "sleep {self.mark} & sleep {self.mark}"]')
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join(f"{target}\n{TIMES}\n" for target in targets))

    def programs(self) -> list[int]:
        """The process ids of the programs that were started for this config, and still run."""
        found = psutil.process_iter(["cmdline"])
        return [process.pid for process in found if any(self.mark in word for word in process.info["cmdline"] or ())]


@pytest.fixture
def site() -> Iterator[Site]:
    """One server that hangs for each section."""
    need(shutil.which("ssh"), "ssh: openssh-client")
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        paths = {section: folder / section if "{path}" in words else None for section, words in SECTIONS.items()}
        yield Site(folder, {section: stack.enter_context(hung(path)) for section, path in paths.items()})


def started(site: Site) -> tuple[Terminal, float]:
    """The floor, and seconds from its start until a row of it is on the screen."""
    terminal = Terminal([WATCHFLOOR, "--config", str(site.config)])
    assert terminal.until(rb"hung-service", 20) is not None
    return terminal, time.perf_counter() - terminal.started


def zombies(pid: int) -> int:
    """How many of its children have ended and were not collected."""
    return sum(child.status() == psutil.STATUS_ZOMBIE for child in psutil.Process(pid).children())


def pressed(terminal: Terminal) -> list[float]:
    """Seconds from each of many keys, typed into the filter, to what it changes on the screen; sorted."""
    terminal.press(b"/")
    assert terminal.until(rb"hide it", 5) is not None
    spent = []
    for _ in range(PRESSES):
        for key, shown in ((b"Q", rb"Q"), (b"\x7f", rb"hide it")):
            terminal.press(key)
            spent.append(terminal.until(shown, 5) or 5.0)
            terminal.drain(0.03)
    return sorted(spent)


def test_every_section_that_connects_is_among_them() -> None:
    assert set(SECTIONS) | UNCONNECTED == set(discover()), "a new collector: let it hang here too"


def test_it_starts_answers_and_leaves_whatever_hangs(site: Site) -> None:
    starts = []
    for _ in range(TRIES):
        terminal, spent = started(site)
        starts.append(spent)
        if spent < START_S:
            break
        assert terminal.quit(b"q") is not None
    assert min(starts) < START_S, starts
    until(lambda: all(server.connections for server in site.servers.values()), "every source to be asked")
    until(site.programs, "the program to be started")
    spent_s = pressed(terminal)
    assert spent_s[len(spent_s) * 99 // 100] < KEY_P99_S, spent_s[-5:]
    assert not (zombies(terminal.pid) and zombies(terminal.pid)), "its own zombies"
    terminal.press(b"\x1b")  # a key right after it would be one with alt
    assert terminal.until(rb"zoom", 5) is not None
    leaving = terminal.quit(b"q")
    assert leaving is not None
    assert leaving < QUIT_S
    until(lambda: not site.programs(), "its programs to be gone", 2)
    for section, server in site.servers.items():
        assert server.most_at_once == 1, f"{section} was asked again while it had not answered"
        until(lambda: not server.connected, f"the connection of {section} to be closed", 2)  # noqa: B023 - at once
