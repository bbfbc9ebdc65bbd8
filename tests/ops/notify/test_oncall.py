"""Who has it: turns by real time and by the calendar, also over both changes of the clocks."""

from datetime import datetime

import pytest

from collectors.units import Duration
from ops.config.alerting import OnCall
from ops.notify.oncall import begins, who

DAY = 86400.0


def at(text: str) -> float:
    """A moment, written with its offset."""
    return datetime.fromisoformat(text).timestamp()


def rota(turn_s: float = 7 * DAY, people: tuple[str, ...] = ("ann", "bob", "cyd")) -> OnCall:
    """Three who take turns from Monday, 5 January 2026, 09:00."""
    return OnCall(name="team", people=people, turn=Duration(turn_s), time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-01-05T09:00+01:00", "ann", id="at the very start"),
        pytest.param("2026-01-12T08:59:59+01:00", "ann", id="a second before the handover"),
        pytest.param("2026-01-12T09:00+01:00", "bob", id="at the handover"),
        pytest.param("2026-01-26T09:00+01:00", "ann", id="after all had it, the first again"),
        pytest.param("2026-01-05T08:59+01:00", "cyd", id="before the start it is the last one's turn"),
        pytest.param("2026-03-30T08:59+02:00", "cyd", id="in the spring it changes at nine still, not at ten"),
        pytest.param("2026-03-30T09:00+02:00", "ann", id="and not before"),
        pytest.param("2026-10-26T08:59+01:00", "cyd", id="in the autumn too"),
        pytest.param("2026-10-26T09:00+01:00", "ann", id="at nine by the winter's clock"),
    ],
)
def test_weeks_change_at_the_same_time_of_day_all_year(now: str, expected: str) -> None:
    assert who(rota(), at(now)) == expected


def test_turns_of_hours_are_real_time() -> None:
    halves = rota(12 * 3600, ("day", "night"))
    assert who(halves, at("2026-03-28T21:00+01:00")) == "night"
    # The night of 29 March has eleven hours by the clock.
    assert who(halves, at("2026-03-29T09:59+02:00")) == "night"
    assert who(halves, at("2026-03-29T10:00+02:00")) == "day"


def test_nobody_is_nobody() -> None:
    assert who(rota(people=()), at("2026-01-05T09:00+01:00")) == ""


@pytest.mark.parametrize(
    ("oncall", "words"),
    [
        pytest.param(OnCall(name="x", people=("a",), start="monday"), "is no moment", id="a start that is none"),
        pytest.param(OnCall(name="x", people=("a",), start="2026-02-30 09:00"), "is no moment", id="30 February"),
        pytest.param(OnCall(name="x", people=("a",), turn=Duration(0)), "a length", id="a turn without a length"),
        pytest.param(OnCall(name="x", people=("a",), time_zone="Mars"), "no time zone", id="a zone that is none"),
    ],
)
def test_what_can_t_be_read_is_said(oncall: OnCall, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        begins(oncall)
