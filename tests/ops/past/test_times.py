"""Times that people type: every form, both ends of summer time, and sentences for everything else."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops.errors import UsageError
from ops.past.times import parse_time
from ops.past.wall import Zone, moment, moment_of, wall_clock, zone_name

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 2, 30, 15, tzinfo=UTC).timestamp()
"""A Friday."""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("now", "2026-11-20 02:30:15", id="now"),
        pytest.param("02:10", "2026-11-20 02:10:00", id="a time of day that was today"),
        pytest.param("03:10", "2026-11-19 03:10:00", id="a time of day that is still to come was yesterday"),
        pytest.param("3:10", "2026-11-19 03:10:00", id="an hour of one digit"),
        pytest.param("02:30:15", "2026-11-20 02:30:15", id="this very second"),
        pytest.param("02:30:16", "2026-11-19 02:30:16", id="the next second, a day ago"),
        pytest.param("-2h", "2026-11-20 00:30:15", id="two hours back"),
        pytest.param("2h ago", "2026-11-20 00:30:15", id="two hours ago"),
        pytest.param("2 hours ago", "2026-11-20 00:30:15", id="in words"),
        pytest.param("-90m", "2026-11-20 01:00:15", id="minutes"),
        pytest.param("-1h30m", "2026-11-20 01:00:15", id="two units"),
        pytest.param("1 hour 30 minutes ago", "2026-11-20 01:00:15", id="two units in words"),
        pytest.param("-1.5h", "2026-11-20 01:00:15", id="a fraction"),
        pytest.param("-3d", "2026-11-17 02:30:15", id="days"),
        pytest.param("-1w", "2026-11-13 02:30:15", id="a week"),
        pytest.param("yesterday 14:00", "2026-11-19 14:00:00", id="yesterday"),
        pytest.param("yesterday", "2026-11-19 00:00:00", id="a day alone begins at midnight"),
        pytest.param("today 01:00", "2026-11-20 01:00:00", id="today"),
        pytest.param("Today at 01:00", "2026-11-20 01:00:00", id="capitals and little words"),
        pytest.param("mon 14:00", "2026-11-16 14:00:00", id="the last Monday"),
        pytest.param("monday 14:00", "2026-11-16 14:00:00", id="in full"),
        pytest.param("fri 02:00", "2026-11-20 02:00:00", id="a weekday that is today"),
        pytest.param("fri 14:00", "2026-11-13 14:00:00", id="a weekday that is today, but later"),
        pytest.param("2026-11-19", "2026-11-19 00:00:00", id="a date"),
        pytest.param("2026-11-19 03:10", "2026-11-19 03:10:00", id="a date and a time"),
        pytest.param("2026-11-19T03:10:30.5Z", "2026-11-19 03:10:30.500000", id="ISO 8601 in UTC"),
        pytest.param("2026-11-19T03:10+01:00", "2026-11-19 02:10:00", id="ISO 8601 with an offset"),
        pytest.param("2026-11-19 03:10 -0530", "2026-11-19 08:40:00", id="an offset without a colon"),
        pytest.param("02:10Z", "2026-11-20 02:10:00", id="a time of day in UTC"),
        pytest.param("03:10 Europe/Berlin", "2026-11-20 02:10:00", id="a time of day in a zone"),
        pytest.param("1795000000", "2026-11-18 11:06:40", id="unix seconds"),
        pytest.param("1795000000.25", "2026-11-18 11:06:40.250000", id="a part of a unix second"),
        pytest.param("  -2h  ", "2026-11-20 00:30:15", id="space around it"),
    ],
)
def test_a_text_is_a_moment(text: str, wanted: str) -> None:
    assert datetime.fromtimestamp(parse_time(text, NOW, UTC), UTC) == datetime.fromisoformat(f"{wanted}+00:00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is no time", id="nothing"),
        pytest.param("2h", 'did you mean "-2h"?', id="a length without a direction"),
        pytest.param("3.10", 'did you mean "3:10"?', id="a full stop"),
        pytest.param("0310", 'did you mean "03:10"?', id="no colon"),
        pytest.param("3pm", 'did you mean "15:00"?', id="twelve hours"),
        pytest.param("12:10am", 'did you mean "00:10"?', id="after midnight"),
        pytest.param("14", 'did you mean "14:00"?', id="an hour alone"),
        pytest.param("yesterdy 14:00", 'did you mean "yesterday 14:00"?', id="a slip"),
        pytest.param("14:00 yesterday", 'did you mean "yesterday 14:00"?', id="turned round"),
        pytest.param("19.11.2026", 'did you mean "2026-11-19"?', id="a date as in Germany"),
        pytest.param("2026/11/19 3:10", 'did you mean "2026-11-19 3:10"?', id="a date with slashes"),
        pytest.param("last monday", 'did you mean "monday"?', id="a word too many"),
        pytest.param("some day", 'times are written "03:10", "-2h"', id="what is no time is told the forms"),
        pytest.param("25:00", "is in no calendar and on no clock", id="an hour too late"),
        pytest.param("2026-02-30", "is in no calendar", id="a day too late"),
        pytest.param("1969-12-31Z", "is in no calendar", id="before clocks of machines began"),
        pytest.param("-99999999w", "is in no calendar", id="before all time"),
        pytest.param("03:10 Foo/Bar", "names no time zone", id="a zone that is not there"),
        pytest.param("03:10 Europe/", "is no time", id="half a zone"),
        pytest.param("tomorrow", "is in the future; now it is Fri 2026-11-20 02:30:15 UTC", id="tomorrow"),
        pytest.param("+2h", "is in the future", id="ahead"),
        pytest.param("in 2 hours", "is in the future", id="ahead in words"),
        pytest.param("today 09:00", "is in the future", id="later today"),
        pytest.param("2026-11-20 02:30:16", "is in the future", id="the next second"),
    ],
)
def test_what_is_no_time_in_the_past_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_time(text, NOW, UTC)
    assert said in refused.value.message


def _at(text: str, offset_h: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=offset_h))).timestamp()


@pytest.mark.parametrize(
    ("text", "now", "wanted"),
    [
        pytest.param("02:30", _at("2026-10-25 12:00", 1), _at("2026-10-25 02:30", 1), id="the later of two"),
        pytest.param("02:30", _at("2026-10-25 02:45", 2), _at("2026-10-25 02:30", 2), id="the earlier"),
        pytest.param("02:30", _at("2026-10-25 02:10", 1), _at("2026-10-25 02:30", 2), id="the later is to come"),
        pytest.param("02:30 +02:00", _at("2026-10-25 12:00", 1), _at("2026-10-25 02:30", 2), id="an offset says which"),
        pytest.param("02:30", _at("2026-03-29 12:00", 2), _at("2026-03-29 03:30", 2), id="a skipped time counts on"),
        pytest.param("yesterday 14:00", _at("2026-03-30 00:30", 2), _at("2026-03-29 14:00", 2), id="a short yesterday"),
        pytest.param("-24h", _at("2026-03-29 12:00", 2), _at("2026-03-28 11:00", 1), id="24 hours are 24 hours"),
    ],
)
def test_clocks_that_are_set(text: str, now: float, wanted: float) -> None:
    assert parse_time(text, now, BERLIN) == wanted


def test_a_moment_is_named_with_its_zone() -> None:
    assert moment(NOW) == "Fri 2026-11-20 02:30:15 UTC"
    assert moment(NOW, BERLIN) == "Fri 2026-11-20 03:30:15 CET"
    assert zone_name(NOW, timezone(timedelta(hours=2))) == "UTC+02:00"


ZONES: st.SearchStrategy[Zone] = st.sampled_from([UTC, BERLIN, ZoneInfo("Australia/Lord_Howe"), None])
MOMENTS = st.integers(86400, 4_000_000_000).map(float)


@given(st.text(max_size=60) | st.text("0123456789:-+ .TZhmsdagontueay/", max_size=24), MOMENTS, ZONES)
@example("03:10 Europe", NOW, UTC)
@example("03:10 ../../etc/passwd", NOW, UTC)
@example("0001-01-01", NOW, None)
@example("9999-12-31 23:59:59 +23:59", NOW, None)
@example("03:10 +9999", NOW, UTC)
@example("00:00 +23:59", 86400.0, UTC)
def test_any_text_is_a_moment_in_the_past_or_a_sentence(text: str, now: float, zone: Zone) -> None:
    with suppress(UsageError):
        assert 0 <= parse_time(text, now, zone) <= now


@given(MOMENTS, ZONES)
def test_what_a_clock_showed_is_read_back(now: float, zone: Zone) -> None:
    wall = wall_clock(now, zone)
    assert parse_time(f"{wall:%Y-%m-%d %H:%M:%S}", now, zone) == moment_of(wall, zone, now)
    assert now - 7200 <= moment_of(wall, zone, now) <= now
    assert parse_time(f"{now:.0f}" if now >= 1e8 else "now", now, zone) == now
    assert parse_time(datetime.fromtimestamp(now, UTC).isoformat(), now, zone) == now
