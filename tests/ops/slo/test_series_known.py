"""What is known of time: minutes that were watched, also those in which nobody asked; and those that tell nothing."""

import pytest
from msgspec.structs import replace

from collectors.base import Events
from collectors.sketch import Sketch
from collectors.units import Duration
from ops.config.structs import FastObjective
from ops.slo.series import Series, Tally
from ops.slo.status import status
from ops.store.contract import Slot
from ops.store.minutes import pack_minutes
from tests.parts.objectives import DAY, START, hour_slot, objective

PLAIN = objective(days=7)
SLICED = objective(days=7, method="slices", slice=Duration(300), slice_bad=20.0)
FAST = objective(kind="latency", fast=FastObjective(under=Duration(0.3), objective=99))


def test_known_time_is_what_passed_and_minutes_with_data() -> None:
    series = Series(PLAIN)
    for poll in range(3):
        series.add(START + 50 + 5 * poll, 1, 1)
    assert series.since(START - DAY, START + 60).known_s == 10, "a new floor knows ten seconds"
    series.add(START + 600, 1, 0)
    tally = series.since(START - DAY, START + 630)
    assert tally.known_s == 180, "three minutes have data, those between are not known"


def test_a_source_that_is_polled_every_five_minutes_makes_five_minutes_known() -> None:
    rare = objective(days=7)
    series = Series(replace(rare, step_s=300.0))
    for poll in range(13):
        series.add(START + 300 * poll, 1, 0)
    assert series.since(START, START + 3600).known_s == 3600


def test_a_minute_in_which_nobody_asked_is_known_and_one_that_was_not_watched_is_not() -> None:
    series = Series(PLAIN)
    for minute in (0, 1, 2, 3, 8, 9):
        series.add(START + 60 * minute, 5 * (minute == 1), minute == 1)
    assert series.since(START, START + 600) == Tally(5, 1, 360.0, 0.0)


def test_a_slice_in_which_nobody_asked_is_known_and_good() -> None:
    series = Series(SLICED)
    for minute in range(10):
        series.add(START + 60 * minute, 0, 0)
    assert series.tally(START, START + 900) == Tally(0, 0, 600.0, 0.0, 2, 0)
    quiet = status(SLICED, series, START + 600)
    assert (quiet.total, quiet.sli_ratio, quiet.remaining_ratio, quiet.burn_5m) == (2, 1.0, 1.0, 0.0)


def test_sparse_traffic_that_is_watched_spends_what_its_errors_say() -> None:
    """1 % failing against 99.9 % is ten times what is allowed, also with traffic in one of twenty minutes."""
    live, stored = Series(PLAIN), Series(PLAIN)
    for hour in range(7 * 24):
        minutes = [(minute, 100 * (minute % 20 == 7), minute % 20 == 7) for minute in range(60)]
        for minute, total, bad in minutes:
            live.add(START + 3600 * hour + 60 * minute, total, bad)
        stored.load(Slot(at=START + 3600 * hour, total=300, failed=3, minutes=pack_minutes(minutes)), 3600)
    end = START + 7 * DAY
    for series in (live, stored):
        tally = series.tally(START, end)
        assert (tally.total, tally.bad, tally.known_s) == (7 * 24 * 300, 7 * 24 * 3, 7 * DAY)
        assert status(PLAIN, series, end - 1).remaining_ratio == pytest.approx(-9.0, rel=1e-3)


@pytest.mark.parametrize(
    ("polls", "known_s"),
    [
        pytest.param([(0, 0, 0)], 60, id="nobody asked"),
        pytest.param([(1, 1, 0)], 0, id="a probe without an answer tells nothing"),
        pytest.param([(0, 0, 0), (1, 1, 0)], 0, id="nor does it after nobody asked"),
        pytest.param([(1, 1, 0), (0, 0, 0)], 0, id="nor before"),
        pytest.param([(1, 1, 0), (2, 0, 2)], 60, id="one answer makes the minute known"),
        pytest.param([(2, 0, 2), (1, 1, 0)], 60, id="and it stays known"),
    ],
)
def test_minutes_that_are_known_of_latencies(polls: list[tuple[int, int, int]], known_s: float) -> None:
    series, whole, sum_of = Series(FAST), Series(FAST), [sum(one) for one in zip(*polls, strict=True)]
    for total, failed, answered in polls:
        series.count(START, _answers(total, failed, answered))
    events = _answers(*sum_of)
    whole.load(Slot(at=START, total=events.total, failed=events.failed, latencies=events.latencies), 60)
    for one in (series, whole):
        assert one.tally(START, START + 60).known_s == known_s
        assert one.tally(START - 3600, START + 3600).known_s == known_s, "also of its hour"


def _answers(total: int, failed: int, answered: int) -> Events:
    sketch = Sketch()
    if answered:
        sketch.add(0.1, answered)
    return Events(total=total, failed=failed, latencies=sketch.pack())


def test_an_hour_of_answers_that_were_wrong_is_known_of_latencies_in_proportion() -> None:
    series, events = Series(FAST), _answers(600, 600, 300)
    minutes = hour_slot(START, 600, 600).minutes
    series.load(Slot(at=START, total=600, failed=600, latencies=events.latencies, minutes=minutes), 3600)
    assert series.tally(START, START + 3600) == Tally(300, 0, 1800.0, 0.0), "half of what failed had no answer"
