"""A file system that is full or read-only, and what it costs: nothing that was kept, and nothing after it is well."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.store.contract import HOUR_S, StoreError, StoreFull
from ops.store.opening import open_store
from tests.parts.small_disk import SmallDisk, small_disk
from tests.parts.stores import DAY, counted, drained, record, row


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small file system of its own."""
    with small_disk(tmp_path) as made:
        yield made


def test_a_full_disk_is_survived(disk: SmallDisk) -> None:
    store = open_store(disk.folder / "state")
    kept = full = 0
    at = DAY
    while full < 3:
        at += 1
        try:
            store.append([record(at, row(facts={"n": kept}, texts={"output": f"{at}" * 300}), api=counted(0.1))])
        except StoreFull:
            full += 1
            continue
        kept += 1
        if kept == 20:
            disk.fill()
    assert kept >= 20
    assert sum(slot.total for slot in store.slots("service:api", DAY, at + 60, 60)) == kept
    with pytest.raises(StoreFull, match="the file system is full") as caught:
        open_store(disk.folder / "another")
    assert "by itself" in caught.value.remedy
    disk.empty()
    for number in range(5):
        store.append([record(at + number, row(facts={"n": kept + number}), api=counted(0.1))])
    drained(store, at + 2 * HOUR_S)
    store.close()
    with closing(open_store(disk.folder / "state")) as again:
        assert again.set_aside == ""
        assert sum(slot.total for slot in again.slots("service:api", DAY, at + 60, 60)) == kept + 5
        picture = again.picture(at + 4)
        assert picture
        assert picture.rows[0].facts == {"n": kept + 4}


def test_a_disk_that_fills_while_rolling_up_loses_nothing(disk: SmallDisk) -> None:
    with closing(open_store(disk.folder / "state")) as store:
        minutes = [(DAY + 60 * number, row(facts={"n": number * 1.7})) for number in range(240)]
        store.append([record(at, shown, api=counted(0.1)) for at, shown in minutes])
        disk.fill()
        failed = 0
        for _ in range(12):
            try:
                store.roll(DAY + 6 * HOUR_S)
            except StoreFull:
                failed += 1
        assert sum(slot.total for slot in store.slots("service:api", DAY, DAY + 6 * HOUR_S, HOUR_S)) == 240
        disk.empty()
        drained(store, DAY + 6 * HOUR_S)
        assert [slot.total for slot in store.slots("service:api", DAY, DAY + 6 * HOUR_S, HOUR_S)] == [60] * 4
        assert failed


def test_a_read_only_file_system_is_told_when_writing_and_read_all_the_same(disk: SmallDisk) -> None:
    folder = disk.folder / "state"
    with closing(open_store(folder)) as store:
        store.append([record(DAY, row(), api=counted(0.1))])
    assert [file.name for file in folder.iterdir()] == ["history.sqlite"]
    disk.read_only()
    with pytest.raises(StoreError, match="read-only") as caught:
        open_store(folder)
    assert "path" in caught.value.remedy
    with closing(open_store(folder, read_only=True)) as store:
        assert store.slots("service:api", DAY, DAY + 60, 60)[0].total == 1
        assert store.picture(DAY + 1)
    disk.read_only(False)
    with closing(open_store(folder)) as store:
        store.append([record(DAY + 1, row(), api=counted(0.1))])
        assert store.slots("service:api", DAY, DAY + 60, 60)[0].total == 2


def test_a_log_that_cannot_be_joined_is_not_passed_over(tmp_path: Path, disk: SmallDisk) -> None:
    # Copied while a process wrote it: what is in the log would be missing in silence.
    folder, copy = tmp_path / "state", disk.folder / "copy"
    with closing(open_store(folder)) as store:
        store.append([record(DAY, row(), api=counted(0.1))])
        copy.mkdir()
        for name in ("history.sqlite", "history.sqlite-wal"):
            shutil.copy(folder / name, copy)
        disk.read_only()
        with pytest.raises(StoreError) as caught:
            open_store(copy, read_only=True)
        assert caught.value.remedy
        disk.read_only(False)
