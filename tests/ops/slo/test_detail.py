"""Where a budget went: worst minutes, outages, the curve, and what happened then."""

import pytest

from ops.past.structs import TakenOut
from ops.slo.detail import detail
from ops.slo.grains import Grain
from ops.slo.objectives import objectives
from ops.slo.stretches import spells_of, worst_of
from ops.store.contract import Event, Record, Store
from ops.store.memory import MemoryStore
from tests.parts.promised import DAY, HOUR, MINUTE, NOW, ROW, counted, fill, promise, steady

AVAILABLE, ERRORS, P50, P95, P99 = objectives(promise(window=7 * DAY))
LONG = (NOW - 2 * DAY, NOW - 2 * DAY + 25 * MINUTE)
SHORT = (NOW - 5 * HOUR, NOW - 5 * HOUR + 3 * MINUTE)


@pytest.fixture(scope="module")
def store() -> Store:
    """A week with a gap of a day, a long outage and a short one, and what happened."""
    made = MemoryStore()
    fill(made, steady(NOW - 7 * DAY, NOW - 4 * DAY))
    fill(made, steady(NOW - 3 * DAY, NOW, [LONG, SHORT]))
    happened = [
        Event(at=LONG[0] - 60, kind="deploy", row="git:shop", text="shop 4f2a1c deployed"),
        Event(at=LONG[0] + 5, kind="level", row=ROW, text="api is down", before="ok", after="critical"),
        Event(at=LONG[0] - HOUR, kind="restart", row=ROW, text="long before"),
    ]
    made.append([Record(at=NOW - HOUR, happened=happened)])
    return made


def test_outages_are_told_with_what_they_cost_and_what_happened(store: Store) -> None:
    found = detail(store, AVAILABLE, NOW)
    assert [(one.start, one.end, one.bad) for one in found.spells] == [(*SHORT, 15), (*LONG, 125)], "newest first"
    spent = sum(one.spent_ratio for one in found.spells)
    assert spent == pytest.approx(1 - (found.budget.remaining_ratio or 0))
    assert [mark.text for mark in found.spells[1].happened] == ["shop 4f2a1c deployed", "api is down"]
    assert found.spells[0].happened == ()


def test_the_worst_ten_minutes_do_not_overlap(store: Store) -> None:
    found = detail(store, AVAILABLE, NOW)
    assert [one.bad for one in found.worst] == [50, 50, 25, 15]
    assert found.worst[0].start == LONG[0]
    assert all(one.end - one.start == 600 for one in found.worst)
    assert found.worst[-1].total == 50, "the good ones of those ten minutes are told too"


def test_the_curve_falls_with_what_is_spent_and_has_a_gap_where_nothing_is_known(store: Store) -> None:
    found = detail(store, AVAILABLE, NOW)
    assert 120 <= len(found.curve) <= 240
    points = dict(found.curve)
    assert found.curve[-1] == (NOW, found.budget.remaining_ratio)
    known = [value for _, value in found.curve if value is not None]
    assert known == sorted(known, reverse=True)
    assert known[0] == 1.0
    gap = [at for at, value in found.curve if value is None]
    assert gap
    assert all(NOW - 4 * DAY < at <= NOW - 3 * DAY + HOUR for at in gap)
    assert points[max(at for at in points if at < LONG[0])] == 1.0
    assert sum(day.total for day in found.days) == 6 * 5 * 1440


def test_an_hours_window_has_a_curve_by_minutes() -> None:
    made, (objective, *_) = MemoryStore(), objectives(promise(window=HOUR))
    fill(made, steady(NOW - 2 * HOUR, NOW, [(NOW - 600, NOW - 480)]))
    found = detail(made, objective, NOW)
    assert len(found.curve) >= 59
    assert found.budget.bad == 10
    assert [one.bad for one in found.spells] == [10]


def test_at_the_end_of_a_window_at_this_burn() -> None:
    made = MemoryStore()
    fill(made, steady(NOW - DAY, NOW, [(NOW - 6 * MINUTE, NOW)]))
    rolling = detail(made, objectives(promise(objective=90, window=2 * DAY))[0], NOW - 1)
    assert rolling.budget.burn_1h == pytest.approx(1.0)
    assert rolling.at_end_ratio == pytest.approx(0.0), "a whole window at this burn"
    month = detail(made, objectives(promise(objective=90, calendar="month"))[0], NOW - 1)
    assert month.budget.remaining_ratio is not None
    left = 31 * DAY - (NOW - 1 - month.budget.start)
    assert month.at_end_ratio == pytest.approx(month.budget.remaining_ratio - left / (31 * DAY))
    assert detail(MemoryStore(), AVAILABLE, NOW).at_end_ratio is None


def test_what_was_taken_out_spends_nothing_and_is_listed(store: Store) -> None:
    taken = (TakenOut(start=LONG[0], end=LONG[1], why="correction 1"), TakenOut(start=0, end=5, why="long ago"))
    found = detail(store, AVAILABLE, NOW, taken)
    assert [one.bad for one in found.spells] == [15]
    assert found.taken_out == [taken[0]]
    assert found.budget.excluded_s == 25 * MINUTE


def test_latencies_that_were_too_slow_for_a_while() -> None:
    made = MemoryStore()
    slow = [(NOW - 3 * HOUR, NOW - 3 * HOUR + 8 * MINUTE)]
    for at, _ in steady(NOW - 2 * DAY, NOW):
        late = any(begin <= at < end for begin, end in slow)
        fill(made, [(at, counted(5, 0, [2.0] * 5) if late else counted(5, 0, [0.1] * 5))])
    found = detail(made, objectives(promise(window=7 * DAY))[4], NOW)
    assert [(one.start, one.end, one.bad) for one in found.spells] == [(*slow[0], 40)]
    assert found.worst[0].bad == 40
    assert sum(day.bad for day in found.days) == 40


def test_an_outage_ends_with_one_good_minute_or_a_gap() -> None:
    def minutes(text: str) -> list[Grain]:
        return [Grain(60.0 * n, 60.0, 5, 5 * (sign == "x")) for n, sign in enumerate(text) if sign != " "]

    def lengths(text: str) -> list[tuple[float, float]]:
        return [(one.start / 60, one.end / 60) for one in spells_of(AVAILABLE, minutes(text))]

    assert lengths("..xx.x..") == [(2, 4), (5, 6)]
    assert lengths("xx x") == [(0, 4)], "a single minute without data does not end it"
    assert lengths("xx   x") == [(0, 2), (5, 6)]
    assert [one.bad for one in worst_of(minutes("x" * 25), 10)] == [50, 50, 25]


def test_quiet_minutes_are_no_gap_in_the_curve_and_no_end_of_an_outage() -> None:
    made = MemoryStore()
    for at, _ in steady(NOW - 2 * DAY, NOW):
        late = NOW - 3600 <= at < NOW - 3000
        asked = at < NOW - 40 * HOUR or (late and int(at // 60) % 2 == 0)
        fill(made, [(at, counted(5 * asked, 5 * (asked and late)))])
    found = detail(made, objectives(promise(window=2 * DAY))[0], NOW)
    assert all(value is not None for _, value in found.curve)
    assert [day.total for day in found.days][1] == 0, "a day that was watched and in which nobody asked"
    assert [(one.start, one.end, one.bad) for one in found.spells] == [(NOW - 3600, NOW - 3060, 25)]
    assert found.budget.known_s == 2 * DAY - 5


def test_days_of_another_clock_are_cut_within_the_hour() -> None:
    made = MemoryStore()
    fill(made, steady(NOW - 3 * DAY, NOW))
    india = objectives(promise(window=2 * DAY, time_zone="Asia/Kolkata"))[0]
    found = detail(made, india, NOW)
    assert all((day.start + 5.5 * HOUR) % DAY == 0 for day in found.days)
    assert found.days[1].total == 1440 * 5
    assert sum(day.total for day in found.days) == found.budget.total
