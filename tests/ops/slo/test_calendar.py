"""Periods and days: months of every length, days of 23 and 25 hours, and what they are called."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.slo.calendar import Month, Rolling, days, span_text, zone, zone_names

DAY = 86400.0
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo")
MOMENTS = st.floats(0, 4_000_000_000)


def at(text: str) -> float:
    """A moment, written with its offset."""
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("zone_name", "now", "name", "start", "hours"),
    [
        pytest.param("UTC", "2026-11-21T08:00Z", "November 2026", "2026-11-01T00:00Z", 720, id="30 days"),
        pytest.param("UTC", "2026-12-31T23:59Z", "December 2026", "2026-12-01T00:00Z", 744, id="31 days"),
        pytest.param("UTC", "2026-02-01T00:00Z", "February 2026", "2026-02-01T00:00Z", 672, id="28 days"),
        pytest.param("UTC", "2028-02-29T00:00Z", "February 2028", "2028-02-01T00:00Z", 696, id="29 days"),
        pytest.param(
            "Europe/Berlin", "2026-03-31T21:59Z", "March 2026", "2026-02-28T23:00Z", 743, id="an hour is skipped"
        ),
        pytest.param(
            "Europe/Berlin", "2026-10-01T00:00Z", "October 2026", "2026-09-30T22:00Z", 745, id="an hour comes twice"
        ),
        pytest.param(
            "America/New_York", "2026-11-01T03:59Z", "October 2026", "2026-10-01T04:00Z", 744, id="still last month"
        ),
    ],
)
def test_the_month_that_a_moment_is_in(zone_name: str, now: str, name: str, start: str, hours: int) -> None:
    month = Month(zone_name).at(at(now))
    assert (month.name, month.start, month.length_s / 3600) == (name, at(start), hours)


@given(st.sampled_from(ZONES), MOMENTS)
def test_months_follow_each_other_without_a_gap(zone_name: str, now: float) -> None:
    month = Month(zone_name).at(now)
    assert month.start <= now < month.end
    assert Month(zone_name).at(month.end).start == month.end
    assert Month(zone_name).at(month.end - 1) == month


@given(st.sampled_from(ZONES), MOMENTS, st.floats(1, 90 * DAY))
def test_days_cover_a_stretch_without_a_gap(zone_name: str, start: float, length_s: float) -> None:
    found = list(days(zone_name, start, start + length_s))
    assert found[0].start <= start < found[0].end
    assert found[-1].start < start + length_s <= found[-1].end
    assert all(one.end == after.start for one, after in pairwise(found))
    assert {round(one.length_s / 1800) / 2 for one in found} <= {23, 23.5, 24, 24.5, 25}


def test_days_have_their_dates() -> None:
    begins = at("2026-03-29T00:00+01:00")
    assert [(day.name, day.length_s / 3600) for day in days("Europe/Berlin", begins - 1, begins + DAY)] == [
        ("2026-03-28", 24),
        ("2026-03-29", 23),
        ("2026-03-30", 24),
    ]


def test_a_midnight_that_clocks_skip_is_when_they_do() -> None:
    # São Paulo, 4 November 2018: 23:59:59 was followed by 01:00.
    skipped = next(days("America/Sao_Paulo", at("2018-11-04T12:00Z"), at("2018-11-04T13:00Z")))
    assert (skipped.start, skipped.length_s / 3600) == (at("2018-11-04T03:00Z"), 23)


@pytest.mark.parametrize(
    ("length_s", "name"),
    [
        pytest.param(30 * DAY, "30 d", id="30 days"),
        pytest.param(7 * DAY, "7 d", id="a week"),
        pytest.param(36 * 3600, "36 h", id="hours that are no whole days"),
        pytest.param(90 * 60, "90 m", id="minutes that are no whole hours"),
        pytest.param(61, "61 s", id="seconds"),
    ],
)
def test_a_rolling_period_ends_now(length_s: float, name: str) -> None:
    period = Rolling(length_s).at(1e9)
    assert (period.start, period.end, period.name, period.length_s) == (1e9 - length_s, 1e9, name, length_s)


def test_lengths_as_windows_are_called() -> None:
    lengths = (300, 1800, 3600, 7200, 21600, 86400, 259200, 0.5)
    assert [span_text(length_s) for length_s in lengths] == ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "0.5s"]


@pytest.mark.parametrize("name", ["", "Nowhere/City", "../etc/passwd", "/etc/localtime", "America", "a\x00b", "é" * 99])
def test_a_time_zone_that_is_none_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="there is no time zone"):
        zone(name)


def test_utc_needs_no_database() -> None:
    assert zone("UTC") is zone("utc") is UTC
    assert "Europe/Berlin" in zone_names()
