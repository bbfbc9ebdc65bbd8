"""The store's file: private, brought up to date, refused or set aside in words, and readable wherever it is copied."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.store.contract import HOUR_S, Record, Retention, StoreError, StoreNewer
from ops.store.opening import FILE_NAME, open_store
from ops.store.sqlite.schema import APPLICATION_ID, MIGRATIONS, VERSION
from ops.store.sqlite.store import SqliteStore
from tests.parts.command import ROOT
from tests.parts.stores import DAY, counted, drained, event, record, row

SMALL = [record(DAY + number, row(facts={"n": number}), api=counted(0.1)) for number in range(30)]


def filled(folder: Path, records: list[Record] | None = None) -> Path:
    """A closed store with something in it; gives its file."""
    store = open_store(folder)
    store.append(records or SMALL)
    store.close()
    return folder / FILE_NAME


def large(folder: Path) -> Path:
    """A store that is too large to be checked page by page."""
    texts = [{"output": f"{number:09}" * 3000} for number in range(160)]
    records = [record(DAY + n * 90, row(texts=text, facts={"n": n}), api=counted(0.1)) for n, text in enumerate(texts)]
    return filled(folder, records)


def test_file_and_folder_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "shop"
    store = open_store(folder)
    store.append(SMALL)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert files == dict.fromkeys((FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"), 0o600)
    store.close()


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    with closing(sqlite3.connect(file)) as old:
        old.executescript(MIGRATIONS[0])
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.execute("INSERT INTO subjects (row, kind, first, last) VALUES ('service:api', 'service', 5, 9)")
        old.execute("INSERT INTO notes VALUES ('name', 'shop')")
        old.commit()
    with pytest.raises(StoreError, match="older version"):
        open_store(tmp_path, read_only=True)
    store = open_store(tmp_path)
    assert store.info().version == VERSION
    assert ([subject.first for subject in store.subjects()], dict(store.notes())) == ([5.0], {"name": "shop"})
    store.append([*SMALL, record(DAY + 40, gone=["service:api"])])
    store.close()
    with closing(open_store(tmp_path, read_only=True)) as again:
        assert again.picture(DAY + 10)


def test_an_empty_file_is_told_as_such_and_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.touch()
    with pytest.raises(StoreError, match="is empty: nothing was recorded") as caught:
        open_store(tmp_path, read_only=True)
    assert "begin it anew" in caught.value.remedy
    assert file.stat().st_size == 0
    with closing(open_store(tmp_path)) as store:
        assert store.set_aside == ""
        store.append(SMALL)
    with closing(open_store(tmp_path, read_only=True)) as again:
        assert again.picture(DAY + 10)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = filled(tmp_path)
    broken = (*MIGRATIONS, "CREATE TABLE more (id INTEGER); INSERT INTO nowhere VALUES (1);")
    monkeypatch.setattr("ops.store.sqlite.schema.MIGRATIONS", broken)
    monkeypatch.setattr("ops.store.sqlite.schema.VERSION", len(broken))
    with pytest.raises(StoreError):
        open_store(tmp_path)
    with closing(sqlite3.connect(file)) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert left.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").fetchone() == (0,)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path, read_only: bool) -> None:
    file = filled(tmp_path)
    with closing(sqlite3.connect(file)) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = file.read_bytes()
    with pytest.raises(StoreNewer, match="newer version of watchfloor") as caught:
        open_store(tmp_path, read_only=read_only)
    assert caught.value.remedy
    assert file.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StoreError, match="database of another program"):
        open_store(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_what_later_versions_add_to_rows_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.store.flat import flatten

    def later(shown: object, place: int) -> object:
        return flatten(shown, place) | {"mood": "good", "c0:colour": "red"}  # type: ignore[arg-type]  # it is a row

    monkeypatch.setattr("ops.store.sqlite.frames.flatten", later)
    filled(tmp_path)
    monkeypatch.undo()
    with closing(open_store(tmp_path)) as store:
        drained(store, DAY + 2 * HOUR_S)
        picture = store.picture(DAY + 9)
        assert picture
        assert picture.rows == tuple(SMALL[9].rows)


def cut(file: Path) -> None:
    """Take the end of it away."""
    with file.open("r+b") as stream:
        stream.truncate(file.stat().st_size // 2)


def no_database(file: Path) -> None:
    """Something else altogether."""
    file.write_bytes(b"these are no pages\n" * 4000)


def garbage(file: Path) -> None:
    """Pages of noise, but for the first."""
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(8192)
        stream.write(b"\xa5" * (min(size, 30 * 8192) - 8192))


DAMAGES = [
    pytest.param(filled, no_database, id="no database at all"),
    pytest.param(filled, cut, id="a file that is cut off"),
    pytest.param(filled, garbage, id="a file with garbage in it"),
    pytest.param(large, cut, id="a large file that is cut off"),
    pytest.param(large, garbage, id="a large file with garbage in its first pages"),
]


@pytest.mark.parametrize(("make", "damage"), DAMAGES)
def test_a_damaged_file_is_set_aside_whole(
    tmp_path: Path, make: Callable[[Path], Path], damage: Callable[[Path], None]
) -> None:
    file = make(tmp_path)
    damage(file)
    damaged = file.read_bytes()
    with pytest.raises(StoreError, match="is damaged"):
        open_store(tmp_path, read_only=True)
    for number in range(2):
        store = open_store(tmp_path)
        aside = Path(store.set_aside) if not number else None
        if aside:
            assert aside.parent == tmp_path
            assert aside.name.startswith(f"{FILE_NAME}.corrupt-2")
            assert aside.read_bytes() == damaged
        assert store.set_aside == "" or not number
        store.append(SMALL)
        assert store.slots("service:api", 0, DAY + 60, 60)[0].total == 30 * (number + 1)
        store.close()


def test_a_second_damaged_file_takes_no_ones_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from ops.store.sqlite.opened import set_aside

    now = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    names = []
    for number in range(3):
        (tmp_path / FILE_NAME).write_text(f"damaged {number}")
        (tmp_path / f"{FILE_NAME}-wal").write_text("its log")
        names.append(set_aside(tmp_path / FILE_NAME, now).name)
    assert names == [f"{FILE_NAME}.corrupt-20261121T093000Z{ending}" for ending in ("", "-2", "-3")]
    assert len(list(tmp_path.iterdir())) == 6
    assert (tmp_path / names[1]).read_text() == "damaged 1"


def test_damage_that_is_met_while_reading_is_told(tmp_path: Path) -> None:
    file = large(tmp_path)
    store = open_store(tmp_path)
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE frames SET data = x'01ffff'")
        other.commit()
    with pytest.raises(StoreError, match="is damaged") as caught:
        store.picture(DAY + 90)
    assert caught.value.remedy
    assert store.slots("service:api", DAY, DAY + HOUR_S, 3600)[0].total == 40
    store.close()


def test_nothing_is_loaded_before_a_store_is_opened() -> None:
    code = "import sys, ops.store.opening, ops.store.contract; print('sqlite3' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no history at"):
        open_store(tmp_path / "nowhere", read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Path]:
    """A folder that can't be written, with a copy of a store's file alone."""
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copy(filled(tmp_path / "first"), folder)
    (folder / FILE_NAME).chmod(0o400)
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


def test_a_copy_can_be_read_where_nothing_can_be_written(copied: Path) -> None:
    for named in (copied, copied / FILE_NAME):
        with closing(open_store(named, read_only=True)) as store:
            assert store.slots("service:api", DAY, DAY + 60, 60)[0].total == 30
            assert store.picture(DAY + 5)


def test_a_store_for_reading_takes_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    with closing(open_store(tmp_path, read_only=True)) as store:
        for write in (lambda: store.append(SMALL), lambda: store.note("a", "b"), store.vacuum):
            with pytest.raises(StoreError, match="open for reading only") as caught:
                write()
            assert caught.value.remedy


def test_it_is_read_while_another_writes(tmp_path: Path) -> None:
    writer = open_store(tmp_path)
    writer.append(SMALL[:1])
    with closing(open_store(tmp_path, read_only=True)) as reader:
        for number, added in enumerate(SMALL[1:10], start=2):
            writer.append([added])
            assert reader.slots("service:api", DAY, DAY + 60, 60)[0].total == number
    writer.close()


def test_two_that_write_lose_nothing(tmp_path: Path) -> None:
    stores = [open_store(tmp_path) for _ in range(2)]
    for number, added in enumerate(SMALL):
        stores[number % 2].append([added])
        stores[(number + 1) % 2].roll(DAY + 2 * HOUR_S)
    for store in stores:
        drained(store, DAY + 3 * HOUR_S)
        assert store.slots("service:api", DAY, DAY + 60, 60)[0].total == 30
        picture = store.picture(DAY + 29)
        assert picture
        assert picture.rows[0].facts == {"n": 29}
        store.close()


def test_vacuum_gives_room_back(tmp_path: Path) -> None:
    large(tmp_path)
    with closing(open_store(tmp_path, retention=Retention(raw_s=60, minutes_s=60))) as store:
        drained(store, DAY + 12 * HOUR_S)
        before = store.info()
        assert before.free_bytes > 100_000
        assert store.vacuum() >= before.free_bytes
        after = store.info()
        assert (after.free_bytes, after.hours) == (0, before.hours)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store: SqliteStore = open_store(tmp_path)
    store.append([record(DAY, happened=[event(DAY)])])
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.span()
