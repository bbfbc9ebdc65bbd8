"""A window holds exactly its minutes: percentiles, verdicts and counts come from the same answers, live and loaded."""

from collections.abc import Sequence
from math import ceil

import pytest

from collectors.base import Events
from collectors.units import Duration
from ops.board import Budget
from ops.config.structs import Config, LatencyObjective
from ops.past.budgets import PastBudgets, budget_detail
from ops.slo.book import SloBook
from ops.slo.moments import ended, ending
from ops.slo.report import make_budgets, make_report, verdict
from ops.store.memory import MemoryStore
from tests.parts.promised import DAY, HOUR, MINUTE, NOW, ROW, configured, counted, fill, promise

FAST = LatencyObjective(p95=Duration(0.2))
AT = NOW + 46 * MINUTE
SPANS = (5 * MINUTE, HOUR, 90 * MINUTE, 7 * HOUR, 3 * DAY, 4 * DAY)


def over(window: float) -> Config:
    """A promise over that window."""
    return configured(promise(window=Duration(window), latency=FAST, errors=None))


def course() -> list[tuple[float, Events]]:
    """Five days, each minute one quick answer; every 53rd minute one that is slow, and its own."""
    found = []
    for minute in range(int(5 * DAY / MINUTE)):
        slow = minute % 53 == 0 or minute % 1000 < 40
        latencies = [0.1, 0.25 + minute * 1e-4] if slow else [0.1]
        found.append((NOW - 5 * DAY + 2 * HOUR + MINUTE * minute + 7, counted(len(latencies), 0, latencies)))
    return found


COURSE = course()


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """It, recorded."""
    made = MemoryStore()
    fill(made, COURSE)
    return made


def wanted(window: float, minute: float) -> tuple[int, int]:
    """Answers and slow ones in the minutes of a window that ends there."""
    first = minute - window
    if window > 3 * DAY:
        first = ceil(first / HOUR) * HOUR
    events = [events for at, events in COURSE if first <= at < minute]
    return sum(one.total for one in events), sum(one.total - 1 for one in events)


def p95(budgets: Sequence[Budget]) -> Budget:
    """The budget of the percentile."""
    return next(one for one in budgets if one.kind == "p95")


def agrees(budget: Budget, window: float, minute: float) -> None:
    """What it counts is what is in the window, and its verdict what its figure and its counts say."""
    assert (budget.total, budget.bad) == wanted(window, minute)
    assert budget.observed_s is not None
    assert (budget.observed_s <= 0.2) == (budget.bad <= 0.05 * budget.total + 1e-9)
    assert (verdict(budget) == "met") == (budget.observed_s <= 0.2)


@pytest.mark.parametrize("window", SPANS)
@pytest.mark.parametrize("back_s", [0, MINUTE, 13 * MINUTE, 46 * MINUTE, 47 * MINUTE, 9 * HOUR + 61])
def test_a_moment_of_the_past_has_exactly_the_minutes_of_its_window(
    store: MemoryStore, window: float, back_s: float
) -> None:
    at, config = AT - back_s + 40, over(window)
    minute = ended(at)
    found = p95(make_budgets(store, config, ending(minute)))
    agrees(found, window, minute)
    budgets, _ = PastBudgets(store, config).at(at)
    detail = budget_detail(store, config, "api p95", at)
    (slo,) = make_report(store, config, ending(minute)).slos
    assert detail is not None
    for other in (p95(budgets), detail.budget, p95([one.budget for one in slo.objectives])):
        assert (other.total, other.bad, other.observed_s) == (found.total, found.bad, found.observed_s)
    assert slo.p95_s == pytest.approx(found.observed_s, rel=0.01)


@pytest.mark.parametrize("window", SPANS)
def test_steps_of_the_past_agree_forth_and_back(store: MemoryStore, window: float) -> None:
    budgets = PastBudgets(store, over(window))
    for minutes in (0, 1, 5, 4, 14, 90, 60, 61, 14):
        minute = NOW + MINUTE * minutes
        agrees(p95(budgets.at(minute + 9)[0]), window, minute)


@pytest.mark.parametrize("window", SPANS)
@pytest.mark.parametrize("loaded", [True, False], ids=["begun with a history", "without"])
def test_the_live_floor_has_exactly_the_minutes_of_its_window(store: MemoryStore, window: float, loaded: bool) -> None:
    book, begun = SloBook(over(window)), NOW - 30 * MINUTE
    if loaded:
        before = MemoryStore()
        fill(before, [one for one in COURSE if one[0] < begun])
        book.load(before, begun)
    for at, events in COURSE:
        if at >= begun or not loaded:
            book.count(ROW, at, events)
        if begun <= at < AT:
            if loaded:
                book.load(store, at + 1)
            agrees(p95(book.budgets(at + 1)), window, ended(at) + MINUTE)


def test_slow_answers_of_nine_minutes_ago_are_not_told_of_five_minutes() -> None:
    store, config, slow = MemoryStore(), over(5 * MINUTE), NOW - 9 * MINUTE
    took = {9: 0.304}
    fill(store, [(NOW - MINUTE * ago + 1, counted(2, 0, [took.get(ago, 0.05)] * 2)) for ago in range(30, 0, -1)])
    assert p95(make_budgets(store, config, NOW - 1)).observed_s == pytest.approx(0.05, rel=0.01)
    (slo,) = make_report(store, config, NOW - 1).slos
    assert slo.p95_s == pytest.approx(0.05, rel=0.01)
    assert p95(make_budgets(store, config, ending(slow + MINUTE))).observed_s == pytest.approx(0.304, rel=0.01)


def test_a_detail_of_the_past_ends_at_its_moment(store: MemoryStore) -> None:
    at = AT + 41
    for window in (20 * MINUTE, 2 * DAY):
        detail = budget_detail(store, over(window), "api p95", at)
        assert detail is not None
        assert sum(day.total for day in detail.days) == detail.budget.total
        assert sum(day.bad for day in detail.days) == detail.budget.bad
        assert max(one.end for one in (*detail.days, *detail.worst, *detail.spells)) <= AT
        assert detail.curve[-1] == (AT, detail.budget.remaining_ratio)
        assert detail.budget.start == AT - window
