"""watchfloor's own store: consistent while it is written, proven by SQLite itself, and never swapped while in use."""

import os
import shlex
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig
from ops.backup.base import Place, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds import store
from ops.backup.kinds.store import OwnStore
from ops.backup.lite import staging
from ops.backup.lite.staging import Staged
from ops.backup.trees.placing import Placing
from ops.config.structs import StoreSettings
from ops.store.lock import RecorderLock, recorded_by
from tests.parts.tree_backups import found, place, taken

KIND = OwnStore()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with a database that has a log beside it, and other files."""
    folder = tmp_path / "state"
    (folder / "drift").mkdir(parents=True)
    (folder / "audit.jsonl").write_text('{"n":1}\n')
    (folder / "drift" / "baseline.toml").write_text("[baseline]\n")
    (folder / "recorder.lock").write_text("4711")
    with closing(sqlite3.connect(folder / "history.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute('CREATE TABLE "odd ""name" (n INTEGER)')
        database.executemany('INSERT INTO "odd ""name" VALUES (?)', [(n,) for n in range(1000)])
        database.commit()
    return folder


@pytest.fixture
def where(state: Path, tmp_path: Path) -> Place:
    """The set of that folder."""
    made = place(tmp_path / "scratch", BackupConfig(name="own", kind="store", target="file:///nowhere"))
    return replace(made, config=replace(made.config, store=StoreSettings(path=str(state))))


@pytest.fixture
def writer(state: Path) -> Iterator[None]:
    """Someone who goes on writing two rows at a time."""
    over = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(state / "history.sqlite", isolation_level=None)) as database:
            while not over.is_set():
                database.execute("BEGIN IMMEDIATE")
                database.execute('INSERT INTO "odd ""name" VALUES (1)')
                database.execute('INSERT INTO "odd ""name" VALUES (2)')
                database.execute("COMMIT")

    thread = threading.Thread(target=write)
    thread.start()
    yield
    over.set()
    thread.join()


def count(folder: Path) -> int:
    """Rows that are there now."""
    with closing(sqlite3.connect(folder / "history.sqlite")) as database:
        return int(database.execute('SELECT count(*) FROM "odd ""name"').fetchone()[0])


def by_hand(lines: Sequence[str]) -> None:
    """As an operator does it."""
    for line in lines:
        subprocess.run(shlex.split(line), check=True)


async def test_it_is_taken_whole_while_it_is_written(where: Place, writer: None) -> None:
    it = await taken(KIND, where)
    rows = it.manifest.counts['history.sqlite.odd "name']
    assert rows >= 1000
    assert rows % 2 == 0
    proof = await KIND.drill(where, it)
    assert proof.differences == ()
    assert proof.equal == rows + it.manifest.counts["files"]
    assert [await KIND.check(where, it, part) for part in it.manifest.parts] == ["", ""]
    assert list(where.scratch.iterdir()) == []


async def test_locks_and_databases_are_no_part_of_the_other_files(where: Place, state: Path) -> None:
    it = await taken(KIND, where)
    names = [one.name.removeprefix(str(state)) for one in await found(KIND, where, it)]
    assert names == ['history.sqlite.odd "name', "", "/audit.jsonl", "/drift", "/drift/baseline.toml"]


async def test_it_is_swapped_in_and_files_that_are_there_stay(where: Place, state: Path) -> None:
    it = await taken(KIND, where)
    (state / "audit.jsonl").write_text("newer")
    (state / "drift" / "baseline.toml").unlink()
    with closing(sqlite3.connect(state / "history.sqlite")) as database:
        database.execute('DELETE FROM "odd ""name"')
        database.commit()
    restored = await KIND.restore(where, it, Wish())
    assert count(state) == 1000
    assert (state / "audit.jsonl").read_text() == "newer"
    assert (state / "drift" / "baseline.toml").read_text() == "[baseline]\n"
    assert "history.sqlite_before_" in restored.aside
    assert restored.compared.notes == ("1 × a file that was there stays as it is",)


async def test_the_way_back_that_is_told_has_the_log_of_the_database_in_it(where: Place, state: Path) -> None:
    it = await taken(KIND, where)
    (state / "history.sqlite-wal").write_bytes(b"a log that nobody folded in")
    restored = await KIND.restore(where, it, Wish())
    assert not (state / "history.sqlite-wal").exists()
    by_hand(restored.back)
    assert (state / "history.sqlite-wal").read_bytes() == b"a log that nobody folded in"
    assert count(state) == 1000


async def test_nobody_begins_to_record_while_it_is_moved_in(
    where: Place, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it, held = await taken(KIND, where), list[int | None]()

    def placed(placing: Placing, beside: Staged, folder: Path) -> int:
        held.append(recorded_by(state))
        return staging.placed(placing, beside, folder)

    monkeypatch.setattr(store, "placed", placed)
    await KIND.restore(where, it, Wish())
    assert held == [os.getpid()]
    assert recorded_by(state) is None


async def test_a_set_that_is_kept_in_the_state_folder_is_no_part_of_itself(where: Place, state: Path) -> None:
    (state / "vault" / "own").mkdir(parents=True)
    (state / "vault" / "own" / "state.tar").write_text("a backup")
    settings = replace(where.backup, target=f"file://{state}/vault")
    it = await taken(KIND, replace(where, spec=replace(where.spec, config=settings)))
    assert not any("vault" in one.name for one in await found(KIND, where, it))


async def test_a_path_that_climbs_out_in_its_manifest_moves_nothing(where: Place, state: Path, tmp_path: Path) -> None:
    it = await taken(KIND, where)
    facts = {**it.manifest.facts, "state.tar.path": "/../../outside"}
    with pytest.raises(BackupError, match="leads out") as unsafe:
        await KIND.restore(where, Source(manifest=replace(it.manifest, facts=facts), open=it.open), Wish())
    assert unsafe.value.reason == "unsafe"


async def test_what_a_killed_restore_has_left_is_told(where: Place, state: Path) -> None:
    it = await taken(KIND, where)
    (state / ".watchfloor-20261121t020000-4711").mkdir()
    told = await KIND.overwrites(where, it.manifest, Wish())
    assert "is of a restore that was ended in its middle" in told[-1].now


async def test_nothing_is_swapped_under_whoever_records(where: Place, state: Path) -> None:
    it = await taken(KIND, where)
    lock = RecorderLock(state)
    lock.take()
    try:
        with pytest.raises(BackupError, match="is being recorded into by pid") as held:
            await KIND.restore(where, it, Wish())
    finally:
        lock.release()
    assert held.value.reason == "held"
    assert count(state) == 1000


async def test_elsewhere_all_of_it_is_put(where: Place, tmp_path: Path) -> None:
    it = await taken(KIND, where)
    await KIND.restore(where, it, Wish(to=str(tmp_path / "other")))
    assert count(tmp_path / "other") == 1000
    assert (tmp_path / "other" / "audit.jsonl").exists()
    with pytest.raises(BackupError, match="is not empty"):
        await KIND.restore(where, it, Wish(to=str(tmp_path / "other")))


async def test_a_damaged_copy_and_a_check_that_is_not_met_are_told(where: Place) -> None:
    def cut(plain: bytes) -> bytes:
        return plain[: len(plain) // 2] if plain.startswith(b"SQLite") else plain

    damaged = await taken(KIND, where, cut)
    assert "history.sqlite" in await KIND.check(where, damaged, damaged.manifest.parts[0])
    assert (await KIND.drill(where, damaged)).differences
    with pytest.raises(BackupError):
        await KIND.restore(where, damaged, Wish())
    good = await taken(KIND, where)
    checked = replace(where, spec=replace(where.spec, config=replace(where.backup, checks=("SELECT 1 = 2",))))
    assert (await KIND.drill(checked, good)).differences == ("the check SELECT 1 = 2 does not give true",)


async def test_fewer_rows_than_were_taken_are_a_difference(where: Place) -> None:
    it = await taken(KIND, where)
    other = Source(manifest=replace(it.manifest, counts={'history.sqlite.odd "name': 1001}), open=it.open)
    assert (await KIND.drill(where, other)).differences == (
        'history.sqlite.odd "name has 1,000 rows, 1,001 were taken',
    )


async def test_without_a_history_there_is_nothing_to_take(where: Place, state: Path) -> None:
    (state / "history.sqlite").unlink()
    with pytest.raises(BackupError, match="there is no history in") as empty:
        await taken(KIND, where)
    assert empty.value.reason == "empty"


async def test_before_a_restore_other_files_are_kept_though_the_history_is_gone(where: Place, state: Path) -> None:
    (state / "history.sqlite").unlink()
    it = await taken(KIND, replace(where, lost_ok=True))
    assert [part.name for part in it.manifest.parts] == ["state.tar"]
