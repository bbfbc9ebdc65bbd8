"""Series: the same sums by any way of filling them, exact to the minute and beyond three days to the hour."""

from fractions import Fraction
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.base import Events
from collectors.sketch import Sketch
from collectors.units import Duration
from ops.config.structs import FastObjective
from ops.slo.objectives import Objective
from ops.slo.series import Series, Tally, minutes_needed
from ops.slo.status import status
from ops.store.contract import Slot
from ops.store.minutes import pack_minutes
from tests.parts.objectives import DAY, START, hour_slot, objective

Course = list[tuple[int, int, int]]
"""Minute after START, total, bad."""
PLAIN = objective(days=7)
SLICED = objective(days=7, method="slices", slice=Duration(300), slice_bad=20.0)
EXCLUDED = ((START + 90 * 60, START + 100 * 60), (START + 3000 * 60, START + 3200 * 60))
MINUTES = st.integers(0, 6 * 24 * 60)
COURSES: st.SearchStrategy[Course] = st.lists(
    st.tuples(MINUTES, st.integers(0, 20), st.integers(0, 20)).map(lambda one: (one[0], one[1], min(one[1], one[2]))),
    max_size=60,
)


def filled(one: Objective, course: Course, excluded: tuple[tuple[float, float], ...] = ()) -> Series:
    """A series with that course, added in its order."""
    series = Series(one, excluded)
    for minute, total, bad in course:
        series.add(START + 60 * minute + 1, total, bad)
    return series


def loaded(one: Objective, course: Course, excluded: tuple[tuple[float, float], ...], now: float) -> Series:
    """The same as from a store: hours whole, and minutes of those hours where windows begin or end."""
    series = Series(one, excluded)
    by_minute: dict[int, tuple[int, int]] = {}
    for minute, total, bad in course:
        before = by_minute.get(minute, (0, 0))
        by_minute[minute] = before[0] + total, before[1] + bad
    for hour in sorted({minute // 60 for minute in by_minute}):
        minutes = [(minute % 60, *by_minute[minute]) for minute in sorted(by_minute) if minute // 60 == hour]
        total, bad = sum(one[1] for one in minutes), sum(one[2] for one in minutes)
        series.load(Slot(at=START + 3600 * hour, total=total, failed=bad, minutes=pack_minutes(minutes)), 3600)
    for minute, (total, bad) in by_minute.items():
        at = START + 60 * minute
        if any(start <= at < end for start, end in minutes_needed(one, now)):
            series.refine(Slot(at=at, total=total, failed=bad))
    return series


@given(COURSES, st.sampled_from([(), EXCLUDED]), MINUTES, MINUTES)
def test_a_tally_is_the_plain_sum_of_the_steps_that_begin_within(
    course: Course, excluded: tuple[tuple[float, float], ...], one: int, other: int
) -> None:
    first, last = sorted((one, other))
    newest = max((minute for minute, _, _ in course), default=0)
    series = filled(PLAIN, sorted(course), excluded)
    first, last = (minute if minute > newest - 72 * 60 else minute // 60 * 60 for minute in (first, last))
    tally = series.tally(START + 60 * first, START + 60 * last)
    kept = [
        (minute, total, bad)
        for minute, total, bad in course
        if first <= minute < last and not any(start <= START + 60 * minute < end for start, end in excluded)
    ]
    assert (tally.total, tally.bad) == (sum(part[1] for part in kept), sum(part[2] for part in kept))
    assert tally.known_s <= 60 * len({part[0] for part in kept})


@given(COURSES, st.randoms(use_true_random=False), st.sampled_from([PLAIN, SLICED]))
def test_the_order_of_adding_does_not_matter_and_two_series_are_one(
    course: Course, random: Random, one: Objective
) -> None:
    # What is older than the minutes that are kept would be taken for a clock that was set back.
    recent = [(minute % (72 * 60), total, bad) for minute, total, bad in course]
    shuffled = list(recent)
    random.shuffle(shuffled)
    now = START + 72 * 3600
    assert status(one, filled(one, recent), now) == status(one, filled(one, shuffled), now)
    halves = [part for part in recent if part[0] % 2], [part for part in recent if not part[0] % 2]
    whole = filled(one, recent).tally(START, now)
    odd, even = (filled(one, half).tally(START, now) for half in halves)
    assert (whole.total, whole.bad) == (odd.total + even.total, odd.bad + even.bad)


@given(COURSES, st.sampled_from([(), EXCLUDED]), st.sampled_from([PLAIN, SLICED]), st.integers(0, 24 * 60))
@settings(max_examples=150)
def test_live_and_loaded_from_a_store_give_the_same_budget(
    course: Course, excluded: tuple[tuple[float, float], ...], one: Objective, later: int
) -> None:
    now = START + 60 * (max((minute for minute, _, _ in course), default=0) + later) + 30
    live = filled(one, sorted(course), excluded)
    stored = loaded(one, course, excluded, now)
    if live.first is not None:
        stored.begun(live.first)
    assert status(one, stored, now) == status(one, live, now)


@given(COURSES, MINUTES, MINUTES, MINUTES)
def test_stretches_side_by_side_add_up(course: Course, one: int, other: int, third: int) -> None:
    first, middle, last = sorted((one, other, third))
    series = filled(SLICED, sorted(course))
    hour = -(-middle // 60) * 60
    parts = series.tally(START + 60 * first, START + 60 * hour), series.tally(START + 60 * hour, START + 60 * last)
    whole = series.tally(START + 60 * first, START + 60 * max(hour, last))
    for field in ("total", "bad", "slices", "bad_slices"):
        assert getattr(whole, field) == getattr(parts[0], field) + getattr(parts[1], field)


@pytest.mark.parametrize(
    ("at", "total"),
    [
        pytest.param(-0.1, 0, id="just before the window"),
        pytest.param(0, 1, id="at its first moment"),
        pytest.param(299.9, 1, id="at its last"),
        pytest.param(300, 0, id="at its end"),
    ],
)
def test_the_edges_of_a_stretch(at: float, total: int) -> None:
    series = Series(PLAIN)
    series.add(START + at, 1, 0)
    assert series.tally(START, START + 300).total == total


def test_until_now_counts_the_minute_that_is_now() -> None:
    series = Series(PLAIN)
    series.add(START, 1, 1)
    assert series.since(START - 300, START).bad == 1
    assert series.since(START - 300, START - 1).bad == 0, "what lies ahead does not count yet"


def test_a_late_minute_is_merged_in_after_it_was_asked_for() -> None:
    series = filled(PLAIN, [(minute, 10, 0) for minute in range(60)])
    before = series.tally(START, START + 3600)
    series.add(START + 61 * 60, 1, 0)
    series.add(START + 30 * 60, 5, 5)
    after = series.tally(START, START + 3600)
    assert (after.total, after.bad) == (before.total + 5, before.bad + 5)


@pytest.mark.parametrize(
    "back_s",
    [
        pytest.param(100.0, id="two minutes"),
        pytest.param(10 * DAY, id="ten days"),
        pytest.param(400 * DAY, id="a year"),
    ],
)
def test_a_clock_that_is_set_back_leaves_the_alerts_working(back_s: float) -> None:
    series = Series(PLAIN)
    for poll in range(600):
        series.add(START + 10 * poll, 1, 0)
    at = START + 6000 - back_s
    for poll in range(600):
        series.add(at + 10 * poll, 1, 1)
    budget = status(PLAIN, series, at + 6000)
    assert budget.alert == "page"
    assert budget.burn_5m == pytest.approx(1000.0, rel=0.2 if back_s < 6000 else 1e-9)


def test_a_clock_that_jumped_ahead_and_back_again_is_survived() -> None:
    series = filled(PLAIN, [(0, 10, 0)])
    series.add(START + 30 * 365 * DAY, 1, 0)
    for poll in range(30):
        series.add(START + 60 + 10 * poll, 1, 1)
    assert status(PLAIN, series, START + 360).burn_5m == pytest.approx(1000.0)


def test_what_is_taken_out_is_neither_total_nor_known() -> None:
    series = Series(PLAIN, [(START + 630, START + 930)])
    for minute in range(60):
        series.add(START + 60 * minute, 10, 10 if 10 <= minute < 16 else 0)
    assert series.tally(START, START + 3600) == Tally(540, 0, 3240.0, 360.0)


def test_slices_are_bad_when_more_than_the_percent_failed() -> None:
    series = Series(SLICED)
    for minute, bad in enumerate([2, 2, 2, 2, 2, 10, 1, 0, 0, 0]):
        series.add(START + 60 * minute, 10, bad)
    tally = series.tally(START, START + 600)
    assert (tally.slices, tally.bad_slices) == (2, 1), "20 % of five minutes is not more than 20 %, 22 % is"
    series.add(START + 540, 10, 0)
    assert series.tally(START, START + 600).bad_slices == 0, "more good ones make it good again"
    whole = Series(SLICED)
    whole.load(hour_slot(START, 600, 200), 3600)
    assert (whole.tally(START, START + 3600).slices, whole.tally(START, START + 3600).bad_slices) == (12, 12)


def test_latencies_count_what_was_answered_later_than_the_limit() -> None:
    fast = objective(kind="latency", fast=FastObjective(under=Duration(0.3), objective=99))
    sketch = Sketch()
    for value in (0.1, 0.2, 0.3, 0.31, 0.9):
        sketch.add(value)
    events = Events(total=7, failed=2, latencies=sketch.pack())
    series = Series(fast)
    series.count(START, events)
    assert series.tally(START, START + 60)[:2] == (5, 2), "the limit is within, what was not answered is not counted"


def test_an_hour_of_latencies_of_which_a_part_is_taken_out_keeps_its_share() -> None:
    fast = objective(kind="latency", fast=FastObjective(under=Duration(0.3), objective=99))
    sketch = Sketch()
    sketch.add(0.1, 400)
    sketch.add(0.5, 200)
    slot = hour_slot(START, 600, 0)
    slot = Slot(at=slot.at, total=600, failed=0, latencies=sketch.pack(), minutes=slot.minutes)
    series = Series(fast, [(START + 1800, START + 3600)])
    series.load(slot, 3600)
    assert series.tally(START, START + 3600) == Tally(300, 100, 1800.0, 1800.0)


def test_a_day_is_spread_over_its_hours() -> None:
    midnight = START - START % DAY
    plain = Series(PLAIN)
    plain.load(Slot(at=midnight, total=1000, failed=10), 86400)
    assert plain.tally(midnight, midnight + DAY)[:2] == (1000, 10)
    minutes = pack_minutes([(61, 600, 5), (62, 300, 5), (600, 0, 0), (1439, 100, 0)])
    told = Series(PLAIN)
    told.load(Slot(at=midnight, total=1000, failed=10, minutes=minutes), 86400)
    assert told.tally(midnight + 3600, midnight + 7200)[:2] == (900, 10)
    assert told.tally(midnight, midnight + DAY).known_s == 240
    assert told.tally(midnight + 10 * 3600, midnight + 11 * 3600) == Tally(0, 0, 60.0, 0.0), "nobody asked"
    quick = Series(PLAIN)
    quick.load_day(Slot(at=midnight, total=1000, failed=10, minutes=minutes))
    assert quick.tally(midnight, midnight + DAY) == told.tally(midnight, midnight + DAY)


def test_counts_that_are_very_large_stay_right() -> None:
    series = Series(PLAIN)
    for _ in range(3):
        series.add(START, 2**62, 2**33)
    assert series.tally(START, START + 60)[:2] == (3 * 2**62, 3 * 2**33)
    series.add(START, 2**63, 0)
    assert series.tally(START, START + 60).total == 2**64 - 1, "there it stays"


def test_what_is_kept_is_bounded_and_old_hours_go() -> None:
    month = objective(days=30)
    series = Series(month)
    for hour in range(40 * 24):
        series.load(hour_slot(START + 3600 * hour, 3600, 36), 3600)
    for minute in range(80 * 60):
        series.add(START + 40 * DAY + 60 * minute, 60, 0)
    assert series.nbytes < 60_000, "of 30 days"
    now = START + 40 * DAY + 80 * 3600
    assert series.tally(START, now).total < series.tally(now - 30 * DAY, now).total + 100 * 3600
    assert series.tally(now - 30 * DAY, now).total == 30 * DAY


def test_adding_takes_microseconds_and_a_budget_a_fraction_of_a_millisecond() -> None:
    series = Series(objective(days=30))
    began = perf_counter()
    for poll in range(20_000):
        series.add(START + 10 * poll, 1, 0)
    adding_s = (perf_counter() - began) / 20_000
    now = START + 200_000
    asking_s = min(_took_s(series, now + second) for second in range(200))
    assert adding_s < 50e-6
    assert asking_s < 0.3e-3


def _took_s(series: Series, now: float) -> float:
    began = perf_counter()
    status(series.objective, series, now)
    return perf_counter() - began


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_what_remains_is_what_arithmetic_on_paper_says(total: int, bad: int) -> None:
    bad = min(total, bad)
    series = Series(objective(99.9, days=1))
    series.add(START, total, bad)
    budget = status(series.objective, series, START + 30)
    paper = 1 - Fraction(bad, total) * Fraction(30, 86400) / Fraction(1, 1000)
    assert budget.remaining_ratio == pytest.approx(float(paper), rel=1e-12, abs=1e-12)
    assert budget.bad_left_s == pytest.approx(float(paper * Fraction(86400, 1000)), rel=1e-12, abs=1e-9)
