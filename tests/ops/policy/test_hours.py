"""Hours in which policy may act: over midnight, in a time zone, through changes of the clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ops.policy.hours import are_now, read_hours

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    """A wall clock's time in UTC seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("hours", "zone", "now", "inside"),
    [
        pytest.param("", "UTC", at("2026-01-10 12:00"), True, id="without hours always"),
        pytest.param("09:00-17:00", "UTC", at("2026-01-10 09:00"), True, id="the first minute"),
        pytest.param("09:00-17:00", "UTC", at("2026-01-10 16:59:59"), True, id="the last second"),
        pytest.param("09:00-17:00", "UTC", at("2026-01-10 17:00"), False, id="the end is outside"),
        pytest.param("22:00-06:00", "UTC", at("2026-01-10 23:30"), True, id="over midnight, before it"),
        pytest.param("22:00-06:00", "UTC", at("2026-01-11 05:59"), True, id="over midnight, after it"),
        pytest.param("22:00-06:00", "UTC", at("2026-01-11 12:00"), False, id="over midnight, at noon"),
        pytest.param("22:00-24:00", "UTC", at("2026-01-11 00:00"), False, id="until midnight"),
        pytest.param("12:00-13:00, 22:00-24:00", "UTC", at("2026-01-11 22:10"), True, id="one of two"),
        pytest.param("09:00-17:00", BERLIN, at("2026-01-10 08:30"), True, id="winter is an hour ahead"),
        pytest.param("09:00-17:00", BERLIN, at("2026-07-10 07:30"), True, id="summer is two hours ahead"),
        pytest.param("02:00-03:00", BERLIN, at("2026-10-25 02:30", BERLIN), True, id="an hour that comes twice"),
        pytest.param("02:00-03:00", BERLIN, at("2026-10-25 02:30", BERLIN, 1), True, id="and its second time"),
        pytest.param("02:00-03:00", BERLIN, at("2026-03-29 01:59:59", BERLIN), False, id="right before a skipped hour"),
        pytest.param("02:00-03:00", BERLIN, at("2026-03-29 03:00", BERLIN), False, id="right after a skipped hour"),
    ],
)
def test_when_it_may_act(hours: str, zone: str, now: float, inside: bool) -> None:
    assert are_now(read_hours(hours), zone, now) is inside


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("22-06", '"22-06" are no hours', id="without minutes"),
        pytest.param("25:00-06:00", "there is no 25:00", id="no such hour"),
        pytest.param("22:60-23:00", "there is no 22:60", id="no such minute"),
        pytest.param("10:00-10:00", "no time or always", id="no time at all"),
        pytest.param("00:00-24:00", "no time or always", id="always"),
        pytest.param("10:00-11:00,", '"" are no hours', id="a comma too many"),
        pytest.param("10:00-24:01", "there is no 24:01", id="after the end of the day"),
    ],
)
def test_what_are_no_hours_is_told(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        read_hours(text)
