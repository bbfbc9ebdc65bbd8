"""A row that changes all the time gets a few events a minute, and one that counts the rest."""

from ops.store.contract import Event
from ops.store.flood import PER_MINUTE, Flood

MINUTE = 1_700_000_040.0


def event(number: int, row: str = "a", at: float = MINUTE) -> Event:
    """A change of level."""
    return Event(at=at, kind="level", row=row, text=f"change {number}", before="ok", after="critical")


def test_the_first_of_a_minute_are_kept_and_the_rest_is_counted() -> None:
    flood = Flood()
    kept = flood.admit([event(number) for number in range(20)])
    assert [each.text for each in kept] == [f"change {number}" for number in range(PER_MINUTE)]
    assert flood.ended(MINUTE + 59) == ()
    (rest,) = flood.ended(MINUTE + 60)
    assert rest.text == f"{20 - PER_MINUTE} more in this minute, the last: change 19"
    assert (rest.row, rest.at, rest.after) == ("a", MINUTE, "critical")
    assert flood.ended(MINUTE + 120) == ()


def test_rows_and_minutes_are_counted_for_themselves() -> None:
    flood = Flood()
    flood.admit([event(number) for number in range(9)])
    assert flood.admit([event(1, "b")]) == (event(1, "b"),)
    later = flood.admit([event(30, at=MINUTE + 60)])
    assert [each.text for each in later] == ["3 more in this minute, the last: change 8", "change 30"]


def test_the_end_tells_what_is_still_counted() -> None:
    flood = Flood()
    flood.admit([event(number) for number in range(7)])
    assert [each.text for each in flood.ended(None)] == ["1 more in this minute, the last: change 6"]


def test_the_floor_itself_is_always_heard() -> None:
    assert len(Flood().admit([event(number, "") for number in range(20)])) == 20


def test_a_clock_that_goes_back_begins_a_minute() -> None:
    flood = Flood()
    flood.admit([event(number) for number in range(7)])
    assert len(flood.admit([event(8, at=MINUTE - 3600)])) == 2
