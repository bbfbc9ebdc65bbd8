"""Loading a series: whole days, hours and minutes together say what plain counting says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.sketch import Sketch
from ops.slo.load import load_row, load_series
from ops.slo.objectives import Objective, objectives
from ops.slo.observed import Observed, load_observed, told
from ops.slo.row_slots import RowSlots
from ops.slo.series import Series
from ops.slo.status import status
from ops.store.contract import DAY_S, Slot, Step
from ops.store.memory import MemoryStore
from tests.parts.promised import DAY, HOUR, MINUTE, NOW, ROW, counted, fill, promise, steady

ALL = objectives(promise(window=10 * DAY))
AVAILABLE = ALL[0]


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """Twelve days with outages on several of them."""
    made = MemoryStore()
    outages = [(NOW - back * DAY, NOW - back * DAY + 13 * MINUTE) for back in (0.1, 1, 2.9, 5.5, 9.99, 11)]
    fill(made, steady(NOW - 12 * DAY, NOW + HOUR, outages, each=1))
    return made


def plainly(store: MemoryStore, objective: Objective, now: float, excluded: tuple[tuple[float, float], ...]) -> Series:
    """The same from minutes alone; longer ago than minutes are kept, from the hours that lie wholly within."""
    series = Series(objective, excluded)
    for slot in store.slots(ROW, objective.period.at(now).start - HOUR, now // MINUTE * MINUTE + MINUTE, 60):
        series.load(slot, 60)
    return series


@pytest.mark.parametrize("objective", ALL, ids=lambda one: one.kind)
@pytest.mark.parametrize(
    "past_s", [0.0, 1234.0, 3599.0, 30 * HOUR], ids=["on the hour", "within", "before", "a day ago"]
)
@pytest.mark.parametrize(
    "excluded",
    [(), ((NOW - 5.5 * DAY, NOW - 5.5 * DAY + 420),), ((NOW - 9 * DAY, NOW - 7 * DAY), (NOW - 900, NOW))],
    ids=["nothing taken out", "minutes of a day taken out", "days and the newest taken out"],
)
def test_it_gives_the_budget_that_minutes_give(
    store: MemoryStore, objective: Objective, past_s: float, excluded: tuple[tuple[float, float], ...]
) -> None:
    now = NOW + 1200 - past_s
    found = status(objective, load_series(store, objective, now, excluded), now)
    plain = status(objective, plainly(store, objective, now, excluded), now)
    for name in found.__struct_fields__:
        left, right = getattr(found, name), getattr(plain, name)
        assert left == (pytest.approx(right) if isinstance(right, float) else right), name


POLLS = st.lists(
    st.tuples(st.integers(0, 9 * 24 * 60), st.sampled_from([(0, 0), (0, 0), (1, 1), (3, 0)])),
    min_size=1,
    max_size=40,
    unique_by=lambda poll: poll[0],
)
"""Minutes ago, total and failed."""


@settings(max_examples=60, deadline=None)
@given(POLLS, st.sampled_from([(), ((NOW - 5 * DAY, NOW - 3 * DAY), (NOW - 2 * HOUR, NOW - 5000))]))
def test_live_and_loaded_agree_with_minutes_in_which_nobody_asked(
    polls: list[tuple[int, tuple[int, int]]], excluded: tuple[tuple[float, float], ...]
) -> None:
    sliced = objectives(promise(window=10 * DAY, method="slices", slice=300))[0]
    made, now = MemoryStore(), NOW + 30
    course = [(NOW - MINUTE * ago, counted(*what, [0.3] * (what[0] - what[1]))) for ago, what in sorted(polls)[::-1]]
    fill(made, course)
    for objective in (*ALL, sliced):
        live = Series(objective, excluded)
        for at, events in course:
            live.count(at, events)
        found = load_series(made, objective, now, excluded)
        if live.first is not None:
            found.begun(live.first)
        assert status(objective, found, now) == status(objective, live, now)


def test_slices_are_those_of_the_minutes(store: MemoryStore) -> None:
    sliced = objectives(promise(window=10 * DAY, method="slices"))[0]
    found = status(sliced, load_series(store, sliced, NOW), NOW)
    plain = store.slots(ROW, NOW - 10 * DAY, NOW + MINUTE, 60)
    assert (found.total, found.bad) == (len(plain), sum(slot.failed > 0 for slot in plain))
    assert found.remaining_ratio == pytest.approx(1 - found.bad * 60 / (10 * DAY) / 0.001)


def test_most_of_a_period_is_read_by_whole_days(store: MemoryStore) -> None:
    asked: list[tuple[Step, int]] = []

    class Asked(MemoryStore):
        def slots(self, row: str, start: float, end: float, step: Step) -> list[Slot]:
            found = list(store.slots(row, start, end, step))
            asked.append((step, len(found)))
            return found

    load_series(Asked(), AVAILABLE, NOW)
    assert sum(number for step, number in asked if step == DAY_S) >= 5
    assert sum(number for step, number in asked if step == 3600) < 24 * 6


def test_what_is_read_once_serves_every_objective(store: MemoryStore) -> None:
    found = load_row(store, ALL, NOW)
    for objective in ALL:
        assert status(objective, found[objective.id], NOW) == status(objective, load_series(store, objective, NOW), NOW)


def test_minutes_that_are_not_kept_any_more_are_counted_by_their_hour() -> None:
    class Old(MemoryStore):
        def slots(self, row: str, start: float, end: float, step: Step) -> list[Slot]:
            return [] if step == 60 else list(super().slots(row, start, end, step))

    old = Old()
    fill(old, steady(NOW - 2 * HOUR, NOW + 600))
    read = RowSlots(old, ROW, NOW - 2 * HOUR, NOW + 300)
    assert [minute.total for minute in read.counts(read.hours[-1])] == [5] * 5, "counts are kept with their hours"
    late = load_series(old, ALL[3], NOW + 240)
    assert late.since(NOW - 2 * HOUR, NOW + 240).total >= 600
    assert load_observed(old, ROW, NOW - HOUR, NOW + 300).ranks(NOW - HOUR)[0] == pytest.approx(0.185, rel=0.01)


def test_percentiles_know_nothing_of_what_came_later_in_the_hour() -> None:
    made = MemoryStore()
    fill(made, [(NOW - 30 * MINUTE, counted(1, 0, [0.1])), (NOW + 45 * MINUTE, counted(1, 0, [9.0]))])
    assert load_observed(made, ROW, NOW - HOUR, NOW + 30 * MINUTE).ranks(NOW - HOUR)[2] == pytest.approx(0.1, rel=0.01)


def test_an_empty_store_gives_an_empty_series() -> None:
    series = load_series(MemoryStore(), AVAILABLE, NOW)
    assert (series.first, series.since(NOW - DAY, NOW).total) == (None, 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 4 * DAY), st.lists(st.floats(0.001, 9), min_size=1, max_size=4)), max_size=25),
    st.floats(0, 3 * DAY),
)
def test_percentiles_follow_the_window(course: list[tuple[float, list[float]]], back_s: float) -> None:
    made, live, now = MemoryStore(), Observed(), NOW
    fill(made, [(NOW - ago, counted(1, 0, latencies)) for ago, latencies in sorted(course, reverse=True)])
    for ago, latencies in sorted(course, reverse=True):
        live.add(NOW - ago, _sketch(latencies))
    start = now - back_s
    expected = sorted(
        latency for ago, latencies in course if NOW - ago >= start // -MINUTE * -MINUTE for latency in latencies
    )
    loaded = load_observed(made, ROW, start, now + 60).ranks(start)
    assert live.ranks(start) == loaded
    if expected:
        assert loaded[1] == pytest.approx(expected[max(0, -(-95 * len(expected) // 100) - 1)], rel=0.0101)
    else:
        assert loaded == (None, None, None)


def _sketch(latencies: list[float]) -> Sketch:
    return Sketch.unpack(counted(1, 0, latencies).latencies)


def test_a_percentile_within_its_limit_is_not_told_as_over_it() -> None:
    p95 = next(one for one in ALL if one.kind == "p95")
    assert told(p95, (0.1, 0.502, 0.9)) == 0.5, "of the limit's own bin"
    assert told(p95, (0.1, 0.52, 0.9)) == 0.52
    assert told(AVAILABLE, (0.1, 0.5, 0.9)) is None
