"""The recorder's work, turn by turn: what is written, what is told, and how it outlives every trouble."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.store.backlog import Backlog
from ops.store.contract import Event, StoreError, StoreFull, StoreNewer
from ops.store.lock import RecorderLock
from ops.store.writer import AGAIN_S, Writer
from tests.parts.boards import container
from tests.parts.recording import Shelf, kept_config, read_row, record

START = 1_700_000_000.0
FULL = StoreFull("the file system is full", "make room")


class Desk:
    """A writer whose clocks are set by hand."""

    def __init__(self, folder: Path, shelf: Shelf | None = None, *names: str) -> None:
        self.folder, self.shelf, self.now = folder, shelf or Shelf(), START
        self.backlog = Backlog()
        config = kept_config(folder, *names)
        self.writer = Writer(folder, config, self.backlog, self.shelf, lambda: self.now, lambda: self.now - START)

    def turn(self, *numbers: int, after_s: float = 1.0) -> None:
        """Let some records come, time pass, and the writer have its turn."""
        self.backlog.put([record(self.now, number) for number in numbers])
        self.now += after_s
        self.writer.turn()

    def events(self, *kinds: str) -> list[Event]:
        """What the store says that happened."""
        return list(self.shelf.store.events(0, START * 2, kinds=kinds))

    def numbers(self) -> int:
        """How many readings the store counts."""
        return sum(slot.total for slot in self.shelf.store.slots("service:api", 0, START * 2, 60))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A writer over an empty folder."""
    made = Desk(tmp_path)
    yield made
    made.writer.finish()


def test_what_comes_is_written_between_a_start_and_a_stop(desk: Desk) -> None:
    for number in range(5):
        desk.turn(number)
    assert (desk.numbers(), desk.writer.words, desk.writer.notes) == (5, "", ())
    assert [event.text for event in desk.events("start")] == ["the recording began"]
    desk.backlog.put([record(desk.now, 5)])
    desk.writer.finish()
    assert desk.numbers() == 6
    assert [event.kind for event in desk.events()] == ["start", "stop"]
    notes = desk.shelf.store.notes()
    assert (notes["name"], notes["slos"]) == ("shop", "[]")


def test_a_new_start_tells_of_the_gap_and_of_what_happened_in_it(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    first.backlog.put([record(first.now, 1, read_row(first.now), container("web", target="service:api", at=first.now))])
    first.turn()
    first.writer.finish()
    later = Desk(tmp_path, first.shelf)
    later.now += 3600
    begun = later.now
    changed = replace(container("web", target="service:api", at=begun), key="another")
    later.backlog.put([record(begun, 2, read_row(begun), changed)])
    later.turn()
    assert "1h after the last reading" in later.events("start")[-1].text
    later.writer.finish()


def test_what_the_config_has_no_more_is_told_as_gone(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    first.turn(1)
    first.writer.finish()
    other = Desk(tmp_path, first.shelf, "web")
    other.turn()
    assert [(event.row, event.text) for event in other.events("gone")] == [
        ("service:api", "api is not watched any more")
    ]
    other.writer.finish()


def test_a_full_disk_is_told_waited_for_and_told_again(desk: Desk) -> None:
    desk.turn(1)
    desk.shelf.store.trouble = FULL
    for number in range(2, 7):
        desk.turn(number)
    assert desk.writer.words == "disk full, not recording"
    assert desk.writer.notes == ("the file system is full; make room",)
    assert desk.numbers() == 1
    desk.shelf.store.trouble = None
    desk.turn(7, after_s=AGAIN_S)
    assert (desk.writer.words, list(desk.writer.notes)) == ("", [])
    assert desk.numbers() == 7, "what waited meanwhile is not lost"
    (stop,) = desk.events("stop")
    assert stop.text == "disk full, not recording, for 6 s; nothing was lost"


def test_what_does_not_fit_into_the_wait_is_counted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.turn(1)
    desk.shelf.store.trouble = FULL
    for _ in range(30):
        desk.turn(*range(1000))
    desk.shelf.store.trouble = None
    desk.turn(after_s=AGAIN_S)
    written = desk.numbers()
    assert 1000 < written < 30_001
    lost = 30_001 - written
    assert desk.writer.lost == lost
    assert desk.writer.notes == (f"{lost:,} readings are not in the history: the disk did not take them",)
    assert [event.text for event in desk.events("stop")] == ["disk full, not recording"]
    assert desk.events("start")[-1].text == f"recorded again after 31 s; {lost:,} readings were lost"


def test_a_held_store_is_read_and_taken_over(tmp_path: Path) -> None:
    lock = RecorderLock(tmp_path)
    lock.take()
    desk = Desk(tmp_path)
    for number in range(5):
        desk.turn(number)
    assert desk.writer.words == f"recorded by pid {os.getpid()}"
    assert (desk.writer.notes, desk.writer.lost) == ((), 0)
    assert desk.writer.store is desk.shelf.store
    lock.release()
    desk.turn(6, after_s=AGAIN_S)
    desk.turn(7)
    assert desk.writer.words == ""
    assert 1 <= desk.numbers() <= 3, "what the other one records is not recorded twice"
    desk.writer.finish()


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.store.trouble_at_opening = StoreNewer("written by a newer version", "use that one")
    desk = Desk(tmp_path, shelf)
    for number in range(100):
        desk.turn(number)
    assert shelf.opened == 1
    assert desk.writer.words == "newer history, not recording"
    assert desk.writer.notes == ("written by a newer version; use that one",)
    lock = RecorderLock(tmp_path)
    lock.take()
    lock.release()
    desk.writer.finish()


@pytest.mark.parametrize("where", ["at opening", "at appending"])
def test_a_store_that_can_t_be_used_is_tried_again(tmp_path: Path, where: str) -> None:
    desk = Desk(tmp_path)
    broken = StoreError("it is damaged", "move it away")
    if where == "at opening":
        desk.shelf.store.trouble_at_opening = broken
    else:
        desk.turn(1)
        desk.shelf.store.trouble = broken
    desk.turn(2)
    assert (desk.writer.words, desk.writer.notes) == ("not recording", ("it is damaged; move it away",))
    desk.shelf.store.trouble = desk.shelf.store.trouble_at_opening = None
    desk.turn(3, after_s=AGAIN_S)
    assert desk.writer.words == ""
    assert desk.numbers() == (2 if where == "at opening" else 3)
    desk.writer.finish()


def test_a_store_that_was_set_aside_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.shelf.store.set_aside = "/x/history.sqlite.corrupt-1"
    desk.turn(1)
    assert desk.writer.notes == ("the history was damaged: it is set aside as /x/history.sqlite.corrupt-1",)
    desk.writer.finish()


def test_a_folder_that_can_t_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk = Desk(tmp_path / "file" / "history")
    desk.turn(1)
    assert desk.writer.words == "not recording"
    assert "can't be written in" in desk.writer.notes[0]
    desk.writer.finish()


def test_a_clock_that_is_set_rolls_nothing_up_for_a_while(tmp_path: Path) -> None:
    rolled: list[float] = []
    desk = Desk(tmp_path)
    desk.shelf.store.roll = lambda now: bool(rolled.append(now))  # type: ignore[method-assign,func-returns-value]
    monotonic = [0.0]
    desk.writer._monotonic = lambda: monotonic[0]

    def go(seconds: int, step_s: float = 0.0) -> int:
        desk.now += step_s
        before = len(rolled)
        for _ in range(seconds):
            monotonic[0] += 1
            desk.turn(1)
        return len(rolled) - before

    assert go(60) > 3
    assert go(60, step_s=3600) == 0
    assert go(60, step_s=-3600) == 0
    assert go(700) > 3
    desk.writer.finish()


def test_a_row_that_flaps_leaves_a_few_events_a_minute(desk: Desk) -> None:
    desk.now = START - START % 60
    for number in range(50):
        change = Event(at=desk.now, kind="level", row="service:api", text=f"{number}", before="ok", after="critical")
        desk.backlog.put([replace(record(desk.now, number), happened=(change,))])
        desk.turn()
    desk.turn(after_s=60)
    told = [event.text for event in desk.events("level")]
    assert len(told) == 7
    assert told[-1] == "44 more in this minute, the last: 49"
