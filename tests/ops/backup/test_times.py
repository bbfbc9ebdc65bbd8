"""When backups are due: time zones, changes of clocks, missed times, jitter, what is read again."""

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.backup import Schedule
from collectors.units import Duration
from ops.backup.structs import Event
from ops.backup.times import (
    Due,
    due,
    faults,
    jitter_s,
    last_at,
    longest_gap_s,
    next_at,
    next_due,
    proof_due,
    read_clock,
    to_read_again,
    wholly_read_at,
)
from ops.slo.calendar import zone
from tests.parts.made_backups import moment, ran, read

DAY = 86400.0
NIGHTLY = Schedule(daily="02:00")


def _shown(at: float, name: str = "UTC") -> str:
    return f"{datetime.fromtimestamp(at, zone(name)):%Y-%m-%d %H:%M %z}"


@pytest.mark.parametrize(
    ("period", "text", "after", "name", "wanted"),
    [
        pytest.param("daily", "02:00", "2026-11-21 01:59", "UTC", "2026-11-21 02:00 +0000", id="today"),
        pytest.param("daily", "02:00", "2026-11-21 02:00", "UTC", "2026-11-22 02:00 +0000", id="later than its moment"),
        pytest.param("weekly", "sun 03:00", "2026-11-21 12:00", "UTC", "2026-11-22 03:00 +0000", id="a Sunday"),
        pytest.param("weekly", "Monday 03:00", "2026-11-23 03:00", "UTC", "2026-11-30 03:00 +0000", id="in a week"),
        pytest.param("monthly", "1 04:00", "2026-11-21 12:00", "UTC", "2026-12-01 04:00 +0000", id="next month"),
        pytest.param(
            "monthly", "31 04:00", "2027-02-01 00:00", "UTC", "2027-02-28 04:00 +0000", id="a short month's end"
        ),
        pytest.param("monthly", "30 04:00", "2028-02-01 00:00", "UTC", "2028-02-29 04:00 +0000", id="in a leap year"),
        pytest.param(
            "daily", "02:30", "2026-03-28 12:00", "Europe/Berlin", "2026-03-29 03:30 +0200", id="a time that is skipped"
        ),
        pytest.param(
            "daily", "02:30", "2026-10-24 12:00", "Europe/Berlin", "2026-10-25 02:30 +0200", id="the first of two"
        ),
        pytest.param(
            "daily", "02:30", "2026-10-25 00:30", "Europe/Berlin", "2026-10-26 02:30 +0100", id="and not the second"
        ),
        pytest.param(
            "daily", "00:00", "2026-03-28 12:00", "Africa/Cairo", "2026-03-29 00:00 +0200", id="midnight elsewhere"
        ),
    ],
)
def test_the_next_time(period: str, text: str, after: str, name: str, wanted: str) -> None:
    clock, here = read_clock(period, text), zone(name)
    found = next_at(clock, moment(after), here)
    assert _shown(found, name) == wanted
    assert last_at(clock, found, here) == found
    assert last_at(clock, found - 1, here) <= moment(after)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        pytest.param(Schedule(daily="25:00"), 'daily: "25:00" has no time of day such as 02:00', id="no such hour"),
        pytest.param(Schedule(daily="sun 02:00"), 'daily: "sun 02:00" is not such as "02:00"', id="a day too many"),
        pytest.param(Schedule(weekly="03:00"), 'weekly: "03:00" is not such as "sun 03:00"', id="a day too few"),
        pytest.param(Schedule(weekly="xyz 03:00"), 'weekly: "xyz 03:00" is not such as "sun 03:00"', id="no weekday"),
        pytest.param(
            Schedule(monthly="0 04:00"), 'monthly: "0 04:00" is not such as "1 04:00"', id="no day of a month"
        ),
        pytest.param(Schedule(verify="hourly 04:00"), 'hourly: "hourly 04:00"', id="no such period"),
        pytest.param(Schedule(drill="daily"), 'daily: "" has no time of day such as 02:00', id="a period alone"),
    ],
)
def test_what_can_t_be_read_is_said(schedule: Schedule, said: str) -> None:
    (sentence,) = faults(schedule).values()
    assert sentence.startswith(said) or schedule.verify
    assert faults(Schedule(daily="02:00", weekly="sun 03:00", monthly="31 04:00", verify="daily 5:00")) == {}


NOON = moment("2026-11-21 12:00")
NIGHT = moment("2026-11-21 02:00")


@pytest.mark.parametrize(
    ("events", "now", "wanted"),
    [
        pytest.param([], NOON, Due(NIGHT, ("daily",)), id="a set that was never taken is due at once"),
        pytest.param([ran(NIGHT, "daily")], NOON, Due(NIGHT + DAY, ("daily",)), id="taken today"),
        pytest.param([ran(NIGHT - DAY, "daily")], NOON, Due(NIGHT, ("daily",)), id="missed while nothing ran"),
        pytest.param([ran(NIGHT - 9 * DAY, "daily")], NOON, Due(NIGHT, ("daily",)), id="nine missed ones are one"),
        pytest.param(
            [ran(NIGHT, "daily", ok=False)], NOON, Due(NIGHT, ("daily",)), id="one that failed does not count"
        ),
        pytest.param([ran(NIGHT + 60)], NOON, Due(NIGHT, ("daily",)), id="one that was asked for is not the daily one"),
        pytest.param(
            [ran(NIGHT, "daily")],
            NIGHT - 600,
            Due(NIGHT + DAY, ("daily",)),
            id="a clock put back a little takes none twice",
        ),
        pytest.param(
            [ran(NIGHT + 400 * DAY, "daily"), ran(NIGHT - DAY, "daily")],
            NOON,
            Due(NIGHT, ("daily",)),
            id="a clock that was a year ahead does not stop them for a year",
        ),
    ],
)
def test_when_the_next_is_due(events: list[Event], now: float, wanted: Due) -> None:
    assert next_due("shop", NIGHTLY, events, now) == wanted
    assert due("shop", NIGHTLY, events, now) == (wanted.names if wanted.at <= now else ())


def test_times_that_fall_together_make_one_run() -> None:
    schedule = Schedule(daily="03:00", weekly="sun 03:00", monthly="1 03:00")
    taken = [ran(moment("2026-11-21 03:00"), "daily", "weekly", "monthly")]
    assert next_due("shop", schedule, taken, NOON) == Due(moment("2026-11-22 03:00"), ("daily", "weekly"))
    missed = moment("2026-12-02 12:00")
    assert due("shop", schedule, taken, missed) == ("daily", "weekly", "monthly")


def test_every_counts_from_the_beginning_of_the_last_one_whatever_that_was_for() -> None:
    schedule = Schedule(every=Duration(3600))
    assert next_due("shop", schedule, [ran(NOON, took_s=600)], NOON + 900) == Due(NOON + 3600, ("every",))
    assert next_due("shop", schedule, [], NOON) == Due(NOON, ("every",))
    assert next_due("shop", Schedule(), [], NOON) is None


def test_jitter_is_the_same_for_one_set_and_time_and_another_for_others() -> None:
    schedule = Schedule(daily="02:00", jitter=Duration(1800))
    first = next_due("shop", schedule, [ran(NIGHT, "daily")], NIGHT + 5000)
    assert first == next_due("shop", schedule, [ran(NIGHT, "daily")], NIGHT + 9000)
    assert first is not None
    assert NIGHT + DAY <= first.at < NIGHT + DAY + 1800
    drawn = {jitter_s(name, NIGHT, 1800) for name in ("a", "b", "c", "d")}
    assert len(drawn) == 4


@given(st.lists(st.integers(60, 7200), min_size=1, max_size=60), st.integers(0, 3600))
def test_however_often_it_is_looked_a_day_has_one_daily_run(steps: list[int], jitter: int) -> None:
    schedule = Schedule(daily="02:30", jitter=Duration(jitter), time_zone="Europe/Berlin")
    now, events = moment("2026-10-23 12:00"), [ran(moment("2026-10-23 00:30"), "daily")]
    for step in steps:
        now += step
        if names := due("shop", schedule, events, now):
            events.append(ran(now, *names, took_s=1))
    gaps = [later.at - earlier.at for earlier, later in pairwise(events)]
    assert all(20 * 3600 < gap < 28 * 3600 for gap in gaps)
    assert now - events[-1].at < 29 * 3600


def test_a_proof_has_its_own_time_and_missed_ones_are_one() -> None:
    schedule = Schedule(verify="daily 05:00", drill="weekly sun 06:00")
    assert proof_due("verify", schedule, [], NOON)
    assert not proof_due("verify", schedule, [read(moment("2026-11-21 05:01"))], NOON)
    assert proof_due("verify", schedule, [read(moment("2026-11-21 05:01"), ok=False)], NOON)
    assert proof_due("drill", schedule, [], NOON)
    assert not proof_due("drill", Schedule(), [], NOON)


@pytest.mark.parametrize(
    ("schedule", "gap"),
    [
        pytest.param(Schedule(), None, id="no schedule"),
        pytest.param(Schedule(daily="02:00", weekly="sun 02:00"), DAY, id="the one that comes most often"),
        pytest.param(Schedule(monthly="1 02:00"), 31 * DAY, id="the longest month"),
        pytest.param(Schedule(every=Duration(3600), jitter=Duration(60)), 3660.0, id="with jitter"),
    ],
)
def test_the_longest_gap(schedule: Schedule, gap: float | None) -> None:
    assert longest_gap_s(schedule) == gap


def test_all_slices_together_are_all_of_it_since_the_first_of_them() -> None:
    events: list[Event] = []
    for day in range(7):
        assert wholly_read_at(events, "d") is None
        events.append(read(NOON + day * DAY, (day + 1, 7)))
    assert wholly_read_at(events, "d") == NOON
    assert wholly_read_at([*events, read(NOON + 9 * DAY)], "d") == NOON + 9 * DAY


def test_a_slice_that_failed_or_is_of_another_manifest_proves_nothing() -> None:
    events = [read(NOON, (1, 2)), read(NOON, (2, 2), ok=False), read(NOON, (2, 2), digest="other")]
    assert wholly_read_at(events, "d") is None


def test_each_day_reads_a_share_of_what_was_not_read_for_long() -> None:
    ids = [f"{nth:02}" for nth in range(14)]
    last: dict[str, float | None] = dict.fromkeys(ids)
    for day in range(7):
        now = NOON + day * DAY
        for name in to_read_again([(name, last[name], 100) for name in ids], now):
            last[name] = now
    assert all(at is not None for at in last.values())
    now = NOON + 6 * DAY
    assert to_read_again([(name, last[name], 100) for name in ids], now) == ()
    assert to_read_again([("a", None, 0), ("b", NOON - 30 * DAY, 0)], NOON) == ("a",)
    assert to_read_again([], NOON) == ()
