"""What waits for the disk is bounded; what gives way is counted, and what happened in it is kept."""

from ops.store.backlog import Backlog
from ops.store.contract import Event, Record
from tests.parts.boards import service

ROWS = (service("api"), service("web"))


def record(at: float, text: str = "", gone: tuple[str, ...] = ()) -> Record:
    """A record of two rows."""
    return Record(
        at=at, rows=ROWS, gone=gone, happened=(Event(at=at, kind="level", row="x", text=text),) if text else ()
    )


def test_all_comes_out_in_order_and_once() -> None:
    backlog = Backlog(10)
    records = [record(1), record(2), record(3)]
    backlog.put(records)
    assert [taken is given for taken, given in zip(backlog.take(), records, strict=True)] == [True] * 3
    assert backlog.take() == []
    assert backlog.lost == 0


def test_the_oldest_give_way_and_what_happened_in_them_stays() -> None:
    backlog = Backlog(4)
    backlog.put([record(1, "fell", ("a",)), record(2), record(3), record(4)])
    assert backlog.lost == 2
    kept = backlog.take()
    assert [each.at for each in kept] == [1, 3, 4]
    assert (kept[0].rows, kept[0].gone, [event.text for event in kept[0].happened]) == ((), ("a",), ["fell"])
    assert backlog.take() == []


def test_one_that_is_larger_than_all_room_is_kept() -> None:
    backlog = Backlog(1)
    backlog.put([record(1)])
    assert len(backlog.take()) == 1


def test_what_is_cleared_is_not_lost() -> None:
    backlog = Backlog(4)
    backlog.put([record(1), record(2)])
    backlog.clear()
    assert (backlog.take(), backlog.lost) == ([], 0)
