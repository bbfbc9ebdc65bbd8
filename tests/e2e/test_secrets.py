"""Secrets in real use: every real part is logged in to, and no output, screen, report or process tells with what."""

import asyncio
import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec
import psutil
import pyte
import pytest

from ops.config.load import load
from ops.demo.servers import PostgresServer, RedisServer
from ops.live import LiveSource
from ops.store.opening import open_store
from ops.store.places import store_folder
from tests.bench.terminal import Terminal
from tests.parts.command import clean_environment
from tests.parts.databases import PASSWORD, open_folder
from tests.parts.rabbitmq import USER, RabbitServer
from tests.parts.servers import free_port

WRONG = "Wr0ng:p@ss/w%rd#1?"
TOKEN = "t0ken-of-a-service"
TIMES = 'interval = "1s"\ntimeout = "5s"\n'
WORKING = """
[[postgres]]
name = "own-password"
dsn = "postgresql://{user}@127.0.0.1:{pg}/shop"
password_env = "RIGHT"
[[postgres]]
name = "in-the-dsn"
dsn = "postgresql://{user}:{plain}@127.0.0.1:{pg}/shop"
[[postgres]]
name = "keywords"
dsn = "host=127.0.0.1 port={pg} user={user} dbname=shop password='{keyword}'"
[[postgres]]
name = "over-its-socket"
dsn = "postgresql://{user}:{quoted}@/shop?host={folder}&port={pg}"
[[redis]]
name = "own-password"
url = "redis://127.0.0.1:{redis}/0"
password_env = "RIGHT"
[[redis]]
name = "in-the-url"
url = "redis://:{plain}@127.0.0.1:{redis}/0"
[[celery]]
name = "own-password"
broker = "redis://127.0.0.1:{redis}/0"
password_file = "secret"
[[rabbitmq]]
name = "own-password"
url = "{rabbit}"
user = "{rabbit_user}"
password_command = ["cat", "{secret}"]
[[exec]]
name = "environment"
command = ["sh", "-c", "test -n \\"$GIVEN\\" && sleep 0.5"]
environment_env = {{ GIVEN = "RIGHT" }}
"""
FAILING = """
[[postgres]]
name = "refused"
dsn = "postgresql://watch:{wrong}@[::1]:{shut}/shop"
[[postgres]]
name = "wrong"
dsn = "postgresql://{user}@127.0.0.1:{pg}/shop"
password_env = "WRONG"
[[redis]]
name = "refused"
url = "redis://:{wrong_quoted}@[::1]:{shut}/0"
[[redis]]
name = "wrong"
url = "redis://127.0.0.1:{redis}/0"
password_env = "WRONG"
[[celery]]
name = "wrong"
broker = "redis://127.0.0.1:{redis}/0"
password_env = "WRONG"
[[celery]]
name = "refused"
broker = "amqp://watch@127.0.0.1:{shut}//"
password_env = "WRONG"
[[rabbitmq]]
name = "wrong"
url = "{rabbit}"
user = "{rabbit_user}"
password_env = "WRONG"
[[prometheus]]
name = "refused"
url = "http://127.0.0.1:{shut}"
user = "watch"
password_env = "WRONG"
[[alertmanager]]
name = "refused"
url = "http://[::1]:{shut}"
token_env = "TOKEN"
[[service]]
name = "refused"
url = "http://127.0.0.1:{shut}/"
headers_env = {{ Authorization = "TOKEN" }}
"""


def spellings(secret: str) -> set[str]:
    """The ways in which a secret could stand in a text, whole or as an address cuts it in parts."""
    whole = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1]}
    parts = {part for sign in "@:/?#" for part in (secret.partition(sign)[2], secret.rpartition(sign)[0])}
    logins = {base64.b64encode(f"{user}:{secret}".encode()).decode().strip("=")[:-1] for user in (USER, "watch")}
    return {text for text in whole | parts | logins if len(text) >= 6}


SECRET_TEXTS = {text: name for name, secret in (("right", PASSWORD), ("wrong", WRONG), ("token", TOKEN))
                for text in spellings(secret)}  # fmt: skip


def told(text: str) -> list[str]:
    """The secrets in a text."""
    return [f"{name}: {secret}" for secret, name in SECRET_TEXTS.items() if secret in text]


CRASHING = """
import sys
from ops.config.load import load
from ops.live import LiveSource
from tui.app import run_floor

class Broken(LiveSource):
    def poll_now(self):
        known = [secret.reveal() for spec in config.targets for secret in spec.secrets.values()]
        addresses = [spec.config.dsn for spec in config.targets if spec.id.startswith("postgres")]
        raise RuntimeError(f"can't go on with {known[0]}: {known} {addresses}")

config = load(sys.argv[1])
sys.exit(run_floor(config, source=Broken(config)))
"""


class Site:
    """A config over the real parts."""

    def __init__(self, folder: Path, postgres: PostgresServer, redis: RedisServer, rabbit: RabbitServer) -> None:
        self.folder = folder
        self.environment = clean_environment(RIGHT=PASSWORD, WRONG=WRONG, TOKEN=TOKEN, XDG_STATE_HOME=str(folder))
        (folder / "secret").touch(mode=0o600)
        (folder / "secret").write_text(PASSWORD + "\n")
        self.text = (WORKING + FAILING).format(
            user=postgres.user, pg=postgres.port, redis=redis.port, rabbit=rabbit.url, rabbit_user=USER,
            folder=quote(str(postgres.socket_directory), safe=""), shut=free_port(), plain=PASSWORD,
            quoted=quote(PASSWORD, safe=""), keyword=PASSWORD.replace("'", "\\\\'"), wrong=WRONG,
            wrong_quoted=quote(WRONG, safe=""), secret=folder / "secret",
        )  # fmt: skip
        self.config = folder / "watchfloor.toml"
        self.config.touch(mode=0o600)
        self.config.write_text(self.text.replace("\n[[", f"\n{TIMES}[[").removeprefix(f"\n{TIMES}") + TIMES)


@pytest.fixture
def site(postgres_of_wheel: PostgresServer, redis_server: RedisServer, rabbit: RabbitServer) -> Iterator[Site]:
    """All of them with one password."""
    with open_folder() as folder:
        yield Site(folder, postgres_of_wheel, redis_server, rabbit)


class Onlooker(threading.Thread):
    """Another user of this machine: reads the arguments of a process and of all below it, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._end = threading.Event()
        self.seen: set[str] = set()
        self.given: dict[str, dict[str, str]] = {}
        """The variables of every other program, by its arguments."""

    def run(self) -> None:
        """Look until the process has ended."""
        while not self._end.wait(0.005):
            try:
                for process in (self._process, *self._process.children(recursive=True)):
                    line = " ".join(process.cmdline())
                    self.seen.add(line)
                    if line and line != " ".join(self._process.cmdline()):
                        self.given[line] = process.environ()
            except psutil.Error:
                continue

    def stop(self) -> None:
        """Look no more."""
        self._end.set()
        self.join()


def ran(site: Site, *arguments: str) -> tuple[str, Onlooker]:
    """Everything that a command says, and what could be seen of its processes meanwhile."""
    command = [sys.executable, "-m", "tui", *arguments]
    with subprocess.Popen(
        command, cwd=site.folder, env=site.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        looking = Onlooker(process.pid)
        looking.start()
        assert process.stdout
        text = process.stdout.read()
        looking.stop()
    return text, looking


def test_every_part_is_logged_in_to_and_nobody_is_told_how(site: Site) -> None:
    said, looking = ran(site, "board", "--json")
    levels = {row["id"]: (row["level"], row["reason"]) for row in json.loads(said)["rows"]}
    for row, (level, reason) in levels.items():
        if row.endswith(("refused", "wrong")):
            assert level in ("critical", "unknown"), row
        elif "/" not in row:
            assert level in ("ok", "warning"), f"{row}: {reason}"
    assert not told(said)
    assert not told("\n".join(looking.seen))
    assert any("sleep 0.5" in line for line in looking.seen), "the onlooker sees children"
    for line, variables in looking.given.items():
        assert line.startswith("cat ") or not told(
            str([value for name, value in variables.items() if name != "GIVEN"])
        ), line


@pytest.mark.parametrize("arguments", [("check",), ("check", "--json"), ("doctor",), ("doctor", "--json")])
def test_no_command_tells(site: Site, arguments: tuple[str, ...]) -> None:
    said, looking = ran(site, *arguments)
    assert "wrong" in said
    assert not told(said)
    assert not told("\n".join(looking.seen))


def looked_through(terminal: Terminal) -> Iterator[str]:
    """The pages of the floor, one after another, and in the end what is said of its crash."""
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    assert terminal.until(rb"own-password", 10) is not None, terminal.output
    for keys in (b"", b"\r", b"\x1b", b"\t", b"\r", b"\x1b", b"\t", b"\r", b"\x1b", b"?"):
        terminal.output = b""
        terminal.press(keys)
        terminal.drain(0.25)
        stream.feed(terminal.output)
        yield "\n".join(screen.display) + terminal.output.decode(errors="replace")
    terminal.output = b""
    terminal.press(b"\x1b")
    terminal.drain(0.3)
    terminal.press(b"r")
    assert terminal.until(rb"the report is in \S+\s", 10) is not None
    yield terminal.output.decode(errors="replace")
    terminal.quit(b"")


def test_the_floor_shows_none_and_its_crash_report_holds_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal([sys.executable, "-c", CRASHING, str(site.config)])
    looking = Onlooker(terminal.pid)
    looking.start()
    shown = "\n".join(looked_through(terminal))
    looking.stop()
    assert "wrong" in shown
    assert not told(shown)
    assert not told("\n".join(looking.seen))
    (report,) = (site.folder / "watchfloor").iterdir()
    assert report.name in shown
    assert report.stat().st_mode & 0o777 == 0o600
    written = report.read_text()
    assert "RuntimeError: can't go on with ***" in written
    assert not told(written)


async def test_the_history_holds_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    source = LiveSource(load(site.config), record=True)
    async with asyncio.timeout(20):
        async for board in source.boards():
            if all(row.at is not None or row.error for row in board.rows):
                break
    await asyncio.sleep(1.0)
    await source.close()
    folder = store_folder(load(site.config))
    store = open_store(folder, read_only=True)
    picture = store.picture(time.time())
    assert picture is not None
    assert len(picture.rows) >= len(board.rows)
    known = [picture, store.events(0, time.time() + 60), store.notes()]
    store.close()
    assert not told(msgspec.json.encode(known).decode())
    for file in folder.iterdir():
        assert not told(file.read_bytes().decode("latin-1"))
