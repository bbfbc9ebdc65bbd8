"""Canaries in all that a backup is given or takes: none in a file, a list of processes, an answer or a screen."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from ops.backup.desk import BackupDesk
from ops.config.load import load
from ops.demo.servers import PostgresServer
from tests.parts import boards
from tests.parts.backup_targets import staged
from tests.parts.command import LIMIT_S, clean_environment
from tests.parts.databases import PASSWORD, open_folder
from tests.parts.floor import floor, text_of, until
from tests.parts.sources import MemorySource
from tui.screens.backups import BackupScreen

CANARIES = {
    "KEY": "c0ffee" * 10 + "beef",
    "WRONG_KEY": "deadbeef" * 8,
    "ACCESS": "CANARYACCESSKEY1",
    "SECRET": "canary/secret+of/s3",
    "RESTIC": "canary of restic",
    "WRONG": "canary:wr0ng@pass",
}
IN_A_FILE = "canary-of-an-environment-file"
ALL = {**CANARIES, "DATABASE": PASSWORD, "FILE": IN_A_FILE}
SETS = """
[store]
path = "store"
[[postgres]]
name = "shop"
dsn = "postgresql://watchfloor@{host}:{port}/shop"
password_env = "DATABASE"
[[backup]]
name = "shop"
kind = "postgres"
source = "shop"
target = "{s3}"
endpoint = "{endpoint}"
access_key_env = "ACCESS"
secret_key_env = "SECRET"
key_env = "KEY"
before = ["true"]
[[backup]]
name = "conf"
kind = "configuration"
env_files = [".env"]
target = "file://{folder}/target"
key_command = ["printenv", "KEY"]
[[backup]]
name = "repository"
kind = "configuration"
env_files = [".env"]
target = "restic:{folder}/repository"
password_env = "RESTIC"
"""
WRONG = """
[store]
path = "wrong"
[[postgres]]
name = "shop"
dsn = "postgresql://watchfloor@{host}:{port}/shop"
password_env = "WRONG"
[[backup]]
name = "shop"
kind = "postgres"
source = "shop"
target = "file://{folder}/target"
key_env = "KEY"
[[backup]]
name = "conf"
kind = "configuration"
env_files = [".env"]
target = "file://{folder}/target"
key_env = "WRONG_KEY"
[[backup]]
name = "repository"
kind = "configuration"
env_files = [".env"]
target = "restic:{folder}/repository"
password_env = "WRONG"
"""


class Ended(NamedTuple):
    """How one command did."""

    status: int
    said: str


class House:
    """A folder with configs and secrets in the environment alone."""

    def __init__(self, folder: Path, server: PostgresServer, endpoint: str, s3: str) -> None:
        self.folder = folder
        known = {"host": server.host, "port": server.port, "folder": folder, "endpoint": endpoint, "s3": s3}
        for name, text in (("right.toml", SETS), ("wrong.toml", WRONG)):
            (folder / name).write_text(text.format(**known))
        (folder / ".env").write_text(f"API_TOKEN={IN_A_FILE}\n")
        (folder / "target").mkdir(mode=0o700)

    def run(self, config: str, *words: str) -> Ended:
        """`watchfloor backup …`."""
        done = subprocess.run(
            [sys.executable, "-m", "tui", "backup", *words, "--config", config], cwd=self.folder, timeout=LIMIT_S,
            env=clean_environment(DATABASE=PASSWORD, **CANARIES), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def house(postgres_of_system: PostgresServer) -> Iterator[House]:
    """With a real server, an object store and room for a repository."""
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        place = stack.enter_context(staged("s3"))
        yield House(folder, postgres_of_system, place.settings["endpoint"], place.address)


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """What every process was called with while this lasts."""
    seen, over = set[str](), threading.Event()

    def look() -> None:
        while not over.is_set():
            for process in psutil.process_iter():
                try:
                    seen.add("\0".join(process.cmdline()))
                except psutil.Error:
                    continue
            time.sleep(0.03)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def told(text: str) -> list[str]:
    """Which secrets stand in a text, as they are or as JSON writes them."""
    return [name for name, secret in ALL.items() if secret in text or json.dumps(secret)[1:-1] in text]


def test_no_answer_no_file_and_no_list_of_processes_has_one(house: House) -> None:
    good = [
        ("run", "--all"), ("list", "--json"), ("show", "shop", "--json"), ("show", "conf", "latest", "--json"),
        ("drill", "shop"), ("verify", "repository", "--json"), ("contents", "conf"), ("check", "--json"),
        ("prune", "shop", "--dry-run", "--json"), ("key", "--of", "shop"),
    ]  # fmt: skip
    with command_lines() as lines:
        said = {words: house.run("right.toml", *words) for words in good}
        wrong = {words: house.run("wrong.toml", *words) for words in (("verify", "conf", "--json"), ("run", "--all"))}
    assert {words: one.said for words, one in said.items() if one.status} == {}
    assert all(one.status for one in wrong.values())
    assert {words: found for words, one in (said | wrong).items() if (found := told(one.said))} == {}
    assert any("pg_dump" in line for line in lines), "the programs were seen"
    assert {line for line in lines if told(line)} == set()
    files = [file for file in house.folder.rglob("*") if file.is_file() and file.name != ".env"]
    assert any("jobs" in str(file) for file in files)
    texts = {str(file): file.read_bytes().decode("utf-8", "replace") for file in files}
    assert {name: found for name, text in texts.items() if (found := told(text))} == {}


async def test_no_screen_has_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, secret in {**CANARIES, "DATABASE": PASSWORD}.items():
        monkeypatch.setenv(name, secret)
    config = load(str(house.folder / "wrong.toml"))
    rows = [boards.row(f"backup:{name}", {"count": 1}) for name in ("shop", "conf", "repository")]
    source = MemorySource(boards.board(boards.service("api"), *rows, at=boards.NOW))
    source.backups = BackupDesk(config)
    async with floor(source.board, (200, 60), source=source) as (app, _, pilot):
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen) and "conf" in text_of(app))
        for key in ("down", "down", "enter"):
            assert told(text_of(app)) == []
            await pilot.press(key)
        assert told(text_of(app)) == []
