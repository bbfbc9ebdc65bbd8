"""Planned work: once and again and again, by every clock, for the SLOs that it is for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.units import Duration
from ops.config.structs import Maintenance
from ops.slo.maintenance import is_for, read_every, spans

DAY = 86400.0


def at(text: str) -> float:
    """A moment, written with its offset."""
    return datetime.fromisoformat(text).timestamp()


def times(work: Maintenance, start: str, end: str) -> list[tuple[str, float]]:
    """Each stretch as its start in UTC and its minutes."""
    return [
        (datetime.fromtimestamp(begins, UTC).strftime("%m-%d %H:%M"), (ends - begins) / 60)
        for begins, ends in spans(work, at(start), at(end))
    ]


def test_work_that_comes_every_day() -> None:
    work = Maintenance(name="backup", every="day 23:30", length=Duration(3600))
    assert times(work, "2026-11-20T00:00Z", "2026-11-22T00:00Z") == [
        ("11-19 23:30", 60),
        ("11-20 23:30", 60),
        ("11-21 23:30", 60),
    ], "what began the day before still touches the first half hour"


def test_work_that_comes_every_week_and_every_month() -> None:
    weekly = Maintenance(name="patches", every="Sun 03:00", length=Duration(1800))
    assert times(weekly, "2026-11-01T12:00Z", "2026-11-16T00:00Z") == [("11-08 03:00", 30), ("11-15 03:00", 30)]
    monthly = Maintenance(name="books", every="31 04:00", length=Duration(7200))
    assert times(monthly, "2026-01-01T00:00Z", "2026-04-01T00:00Z") == [("01-31 04:00", 120), ("03-31 04:00", 120)]


def test_work_that_is_once() -> None:
    work = Maintenance(name="move", start=datetime.fromisoformat("2026-11-21T02:00+01:00"), length=Duration(5400))
    assert times(work, "2026-11-01T00:00Z", "2026-12-01T00:00Z") == [("11-21 01:00", 90)]
    assert times(work, "2026-11-21T02:29Z", "2026-12-01T00:00Z") == [("11-21 01:00", 90)]
    assert times(work, "2026-11-21T02:30Z", "2026-12-01T00:00Z") == []
    assert times(work, "2026-11-01T00:00Z", "2026-11-21T01:00Z") == []


def test_a_start_that_the_clock_skips_is_taken_by_the_clock_before() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00.
    work = Maintenance(name="backup", every="day 02:30", length=Duration(3600), time_zone="Europe/Berlin")
    assert times(work, "2026-03-28T12:00Z", "2026-03-30T12:00Z") == [("03-29 01:30", 60), ("03-30 00:30", 60)]


def test_a_start_that_comes_twice_is_taken_the_first_time_and_its_length_is_real_time() -> None:
    # Berlin, 25 October 2026: 03:00 becomes 02:00.
    work = Maintenance(name="backup", every="sun 02:30", length=Duration(3600), time_zone="Europe/Berlin")
    assert times(work, "2026-10-24T00:00Z", "2026-10-26T00:00Z") == [("10-25 00:30", 60)]


@given(
    st.sampled_from(["day 02:30", "sun 02:30", "29 02:30"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    st.floats(1e9, 2e9),
    st.floats(0, 40 * DAY),
    st.floats(0, 40 * DAY),
)
def test_a_stretch_of_time_has_the_work_of_its_parts(
    every: str, time_zone: str, start: float, first_s: float, then_s: float
) -> None:
    work = Maintenance(name="w", every=every, time_zone=time_zone, length=Duration(7200))
    whole = list(spans(work, start, start + first_s + then_s))
    middle = start + first_s
    parts = {*spans(work, start, middle), *spans(work, middle, start + first_s + then_s)}
    assert sorted(parts) == whole
    assert all(ends > start and begins < start + first_s + then_s for begins, ends in whole)


@pytest.mark.parametrize(
    ("text", "unit", "day"),
    [
        pytest.param("day 02:00", "day", 0, id="each day"),
        pytest.param("mon 00:00", "week", 0, id="Mondays"),
        pytest.param("sun 23:59", "week", 6, id="Sundays"),
        pytest.param("1 04:00", "month", 1, id="the first"),
        pytest.param("31 04:00", "month", 31, id="the last of a long month"),
    ],
)
def test_what_can_be_written(text: str, unit: str, day: int) -> None:
    found = read_every(text)
    assert (found.unit, found.day, f"{found.at:%H:%M}") == (unit, day, text.split()[1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("daily", 'write "day 02:00"', id="no time"),
        pytest.param("day 2:00", 'write "day 02:00"', id="one digit"),
        pytest.param("day 24:00", "there is no 24:00", id="no such hour"),
        pytest.param("day 12:60", "there is no 12:60", id="no such minute"),
        pytest.param("son 03:00", '"son" is no day', id="no such day"),
        pytest.param("32 03:00", "there is no day 32", id="no such day of a month"),
        pytest.param("0 03:00", "there is no day 0", id="before the first"),
    ],
)
def test_what_can_not_be_read_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_every(text)


def test_work_is_for_the_slos_whose_names_match() -> None:
    night = Maintenance(name="backup", slos=("shop-*", "api"), every="day 02:00", length=Duration(3600))
    assert [is_for(night, name) for name in ("api", "shop-web", "web")] == [True, True, False]
