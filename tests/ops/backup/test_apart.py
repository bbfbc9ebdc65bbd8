"""A floor's backups, which a program of its own reads: what it gives, how it fails, and that nothing of it stays."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.backup import answering, apart
from ops.backup.apart import ApartBackups, backups_of, read_here
from ops.backup.base import Wish
from ops.backup.desk import BackupDesk
from ops.backup.doing.run import run
from ops.backup.doing.work import Work, backups_folder
from ops.backup.errors import BackupError
from ops.backup.structs import Found
from ops.config.load import load
from ops.config.structs import Config
from ops.figures import duration
from tests.parts.backup_files import Shop
from tests.parts.backup_targets import staged
from tests.parts.command import ROOT
from tests.parts.hung import hung
from tests.parts.wait import until_async

SECRETS = {"access_key": "someone", "secret_key": "anything-secret"}
HUNG = """
[store]
path = "{folder}/state"
[[backup]]
name = "media"
kind = "files"
paths = ["{folder}"]
target = "s3://backups/of"
endpoint = "http://127.0.0.1:{port}"
access_key_file = "{folder}/access_key"
secret_key_file = "{folder}/secret_key"
timeout = "{timeout}"
"""


def programs(folder: Path) -> list[str]:
    """Argument lists of those that read that folder's config."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = one.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if f"{folder}/floor.toml" in words and apart.PROGRAM in words:
            found.append(words)
    return found


def secrets_in(folder: Path) -> None:
    """Files with the keys of an object store."""
    for name, value in SECRETS.items():
        (folder / name).write_text(value)
        (folder / name).chmod(0o600)


async def taken(config: Config) -> str:
    """Take a backup; its id."""
    spec = config.targets[0]
    return (await run(Work(config=config, spec=spec, folder=backups_folder(config), by="ann (test)"))).id


def hanging(folder: Path, port: int, timeout: str = "1s") -> ApartBackups:
    """Backups in an object store that takes connections and never says a word."""
    secrets_in(folder)
    file = folder / "floor.toml"
    file.write_text(HUNG.format(folder=folder, port=port, timeout=timeout))
    file.chmod(0o600)
    return ApartBackups(load(str(file)))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def test_every_question_has_the_answer_of_the_desk(shop: Shop) -> None:
    config = shop.config("keep = { last = 1 }\n")
    (shop.source / os.fsdecode(b"odd-\xff\n.txt")).write_text("x")
    first, second = await taken(config), await taken(config)
    here, there = BackupDesk(config), backups_of(config)
    assert isinstance(there, ApartBackups)
    with read_here():
        assert type(backups_of(config)) is BackupDesk
    assert (there.names(), there.version(), there.running("media")) == (["media"], here.version(), None)
    mine, theirs = await here.standing("media"), await there.standing("media")
    now = {"at": 0.0, "age_s": 0.0, "worst_loss_s": 0.0, "next_at": None}
    assert replace(theirs, **now) == replace(mine, **now)
    assert [one.id for one in theirs.kept] == [second, first]
    assert await there.kept("media", first) == await here.kept("media", first)
    assert await there.expiring("media") == await here.expiring("media")
    wish = Wish(only=(str(shop.source / "a.txt"),))
    assert list(await there.overwrites("media", first, wish)) == list(await here.overwrites("media", first, wish))
    for pattern in ("", "A.T", "*/b.txt"):
        found = [one async for one in there.contents("media", second, pattern=pattern)]
        assert found == [one async for one in here.contents("media", second, pattern=pattern)]
        assert found
    await until_async(lambda: not programs(shop.folder), "its programs to end")
    assert not list((shop.folder / "state" / "backups" / "looking").iterdir())


@pytest.mark.parametrize(
    ("asked", "words", "reason"),
    [
        pytest.param(lambda desk: desk.kept("media", "20270101T"), "there is no backup 2027", "missing", id="a backup"),
        pytest.param(lambda desk: desk.standing("other"), 'no set of backups "other"', "missing", id="a set"),
        pytest.param(
            lambda desk: desk.overwrites("media", "latest", Wish(to="relative")), "relative", "refused", id="a place"
        ),
    ],
)
async def test_what_goes_wrong_there_is_raised_here(
    shop: Shop, asked: Callable[[BackupDesk], "asyncio.Future[object]"], words: str, reason: str
) -> None:
    config = shop.config()
    await taken(config)
    for desk in (BackupDesk(config), ApartBackups(config)):
        with pytest.raises(BackupError, match=words) as raised:
            await asked(desk)
        assert raised.value.reason == reason
        assert raised.value.remedy


async def test_a_part_that_is_damaged_is_told_after_what_came_before(shop: Shop) -> None:
    config = shop.config()
    made = await taken(config)
    for part in (shop.target / "media" / made).glob("*.zst"):
        content = part.read_bytes()
        part.write_bytes(content[: len(content) // 2])
    with pytest.raises(BackupError) as raised:
        _ = [one async for one in ApartBackups(config).contents("media", made)]
    assert raised.value.reason in ("damaged", "lost")


async def test_a_config_that_broke_meanwhile_is_a_sentence(shop: Shop) -> None:
    config = shop.config()
    (shop.folder / "floor.toml").write_text("[[")
    with pytest.raises(BackupError) as raised:
        await ApartBackups(config).kept("media")
    assert raised.value.remedy


async def test_a_target_that_hangs_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.backup.hearing.STARTS_S", 5.0)
    with hung() as server:
        desk = hanging(tmp_path, server.port)
        standing = await desk.standing("media")
        assert standing.unreachable == f"{standing.target} did not answer within {duration(1.0)}"
        assert "longer timeout" in standing.remedy
        assert "anything-secret" not in standing.target
        with pytest.raises(BackupError, match=r"s3://backups/of.* did not answer within 1") as raised:
            await desk.kept("media")
        assert (raised.value.reason, bool(raised.value.remedy)) == ("timeout", True)
        assert server.connections
    await until_async(lambda: not programs(tmp_path), "its programs to end")


async def test_who_is_cancelled_leaves_no_program_behind_and_no_secret_stood_in_its_arguments(tmp_path: Path) -> None:
    with hung() as server:
        going = asyncio.ensure_future(hanging(tmp_path, server.port, "60s").standing("media"))
        await until_async(lambda: server.connections, "its target to be asked", 60)
        assert not any(secret in words for words in programs(tmp_path) for secret in SECRETS.values())
        going.cancel()
        await asyncio.wait([going])
        assert going.cancelled()
        await until_async(lambda: not programs(tmp_path), "its program to end")


async def test_who_reads_no_further_ends_it(shop: Shop) -> None:
    for number in range(30_000):
        (shop.source / f"a-rather-long-name-of-a-file-that-fills-pipes-{number:06}").touch()
    config = shop.config()
    made = await taken(config)
    async with aclosing(ApartBackups(config).contents("media", made)) as found:  # type: ignore[type-var]
        assert isinstance(await anext(found), Found)
        assert programs(shop.folder)
    await until_async(lambda: not programs(shop.folder), "its program to end")


async def test_nobody_reading_on_is_told_of_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "UNREAD_S", 0.01)
    blocked, unread = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def write(_: bytes) -> None:
        asyncio.run_coroutine_threadsafe(blocked.wait(), loop).result()

    answers = answering.Answers(write, unread.set)
    going = asyncio.ensure_future(answers.say(b"x" * answering.PIECE_BYTES))
    await asyncio.wait_for(unread.wait(), 10)
    assert not going.done()
    blocked.set()
    await going


async def test_as_long_as_the_target_says_something_there_are_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "BEAT_S", 0.001)
    wrote: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    answers = answering.Answers(lambda piece: loop.call_soon_threadsafe(wrote.put_nowait, piece), lambda: None)
    beating = asyncio.ensure_future(answers.beat())
    assert await asyncio.wait_for(wrote.get(), 10) == b"\n"
    answers.heard()
    assert await asyncio.wait_for(wrote.get(), 10) == b"\n"
    await answers.say(b"one\n")
    assert await asyncio.wait_for(wrote.get(), 10) == b"one\n"
    beating.cancel()
    assert wrote.empty()


ON_THE_FLOOR = """
import asyncio, sys
from ops.config.load import load
from ops.live import backup_source
from tests.parts import boards
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import floor, until
from tests.parts.sources import MemorySource
from tui.screens.backup_contents import BackupContents
from tui.screens.backups import BackupScreen

async def main():
    source = MemorySource(boards.board(boards.service("api"), boards.row("backup:media", {"count": 1}), at=boards.NOW))
    source.backups, source.fixes = backup_source(load(sys.argv[1])), MemoryFixes({})
    async with floor(source.board, (120, 40), source=source) as (app, _, pilot):
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen) and len(app.screen.table.rows) == 1)
        await until(pilot, lambda: app.screen.one.asked)
        assert not app.screen.one.standing.unreachable, app.screen.one.standing.unreachable
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, BackupContents) and app.screen.found)
    heavy = {"boto3", "botocore", "paramiko", "zstandard", "cryptography"} & set(sys.modules)
    assert not heavy, heavy

asyncio.run(main())
"""


@pytest.fixture
async def in_an_object_store(tmp_path: Path) -> AsyncIterator[str]:
    with staged("s3") as stage:
        secrets_in(tmp_path)
        (tmp_path / "media").mkdir()
        (tmp_path / "media" / "a.txt").write_text("one")
        file = tmp_path / "floor.toml"
        text = HUNG.format(folder=tmp_path, port=0, timeout="30s").replace("s3://backups/of", stage.address)
        text = text.replace("http://127.0.0.1:0", stage.settings["endpoint"])
        file.write_text(text.replace(f'paths = ["{tmp_path}"]', f'paths = ["{tmp_path}/media"]'))
        file.chmod(0o600)
        await taken(load(str(file)))
        yield str(file)


async def test_a_floor_loads_no_library_of_object_stores_or_encryption(in_an_object_store: str) -> None:
    command = [sys.executable, "-c", ON_THE_FLOOR, in_an_object_store]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
