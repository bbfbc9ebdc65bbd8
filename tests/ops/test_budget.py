"""Error budgets, with the numbers of the SRE workbook."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.units import Duration
from ops.budget import budget, budget_of, burn, exhausted_in, remaining_ratio
from ops.config.structs import LatencyObjective, Slo
from ops.counts import Counts, Total
from ops.history import History

START = 1_800_000_000.0
MONTH = 30 * 86400.0


@pytest.mark.parametrize(
    ("sli_percent", "objective", "remaining"),
    [
        pytest.param(99.95, 99.9, 0.5, id="99.95 % against 99.9 % leaves half, not 5.2 %"),
        pytest.param(100.0, 99.9, 1.0, id="no failure leaves all"),
        pytest.param(99.9, 99.9, 0.0, id="as many failures as allowed leave nothing"),
        pytest.param(99.8, 99.9, -1.0, id="twice as many overdraw it by one budget"),
        pytest.param(95.0, 90.0, 0.5, id="a loose objective"),
    ],
)
def test_what_is_left(sli_percent: float, objective: float, remaining: float) -> None:
    assert remaining_ratio((100 - sli_percent) / 100, objective) == pytest.approx(remaining)


@pytest.mark.parametrize(
    ("budget_percent", "hours", "factor"),
    [
        pytest.param(2, 1, 14.4, id="2 % of 30 days in an hour"),
        pytest.param(5, 6, 6.0, id="5 % in six hours"),
        pytest.param(10, 24, 3.0, id="10 % in a day"),
        pytest.param(10, 72, 1.0, id="10 % in three days"),
    ],
)
def test_burn_that_spends_a_part_of_30_days_budget(budget_percent: float, hours: float, factor: float) -> None:
    errors = factor * 0.001
    assert burn(errors, 99.9) == pytest.approx(factor)
    spent = burn(errors, 99.9) * hours / (30 * 24) * 100
    assert spent == pytest.approx(budget_percent)


@pytest.mark.parametrize(
    ("remaining", "burning", "seconds"),
    [
        pytest.param(0.712, 14.9, 0.712 * MONTH / 14.9, id="remaining × window ÷ burn"),
        pytest.param(1.0, 1.0, MONTH, id="at the allowed speed it lasts the window"),
        pytest.param(0.5, 0.0, None, id="nothing burns"),
        pytest.param(0.0, 2.0, None, id="nothing is left"),
        pytest.param(-3.0, 2.0, None, id="overdrawn"),
        pytest.param(None, 2.0, None, id="nothing known"),
        pytest.param(0.5, None, None, id="no probe in the last hour"),
    ],
)
def test_when_it_is_exhausted(remaining: float | None, burning: float | None, seconds: float | None) -> None:
    found = exhausted_in(remaining, burning, MONTH)
    assert found == (None if seconds is None else pytest.approx(seconds))


def slo(objective: float = 99.9, window_s: float = MONTH) -> Slo:
    """An SLO of the service api."""
    latency = LatencyObjective(p50=Duration(0.2), p95=Duration(0.5), p99=Duration(1))
    return Slo(service="api", objective=objective, window=Duration(window_s), latency=latency)


def test_a_budget_without_data_claims_nothing() -> None:
    empty = budget(slo(), Total(0, 0, 0.0), None, None)
    assert (empty.remaining_ratio, empty.burn_5m, empty.burn_1h, empty.exhausted_in_s) == (None, None, None, None)
    assert empty == budget_of(slo(), History(), START)


def test_a_budget_from_a_history() -> None:
    history = History()
    for minute in range(2 * 60):
        for poll in range(10):
            # One of a hundred fails in the first hour, one of fifty in the second.
            fails = (minute * 10 + poll) % (100 if minute < 60 else 50) == 0
            history.add(START + 60 * minute + 6 * poll, not fails, 0.1)
    found = budget_of(slo(99.0), history, START + 7199)
    assert found.known_s == 7199
    assert found.remaining_ratio == pytest.approx(1 - 0.015 * 7199 / MONTH / 0.01)
    assert found.burn_1h == pytest.approx(2.0, rel=1 / 60), "an hour is one to the minute"
    assert found.burn_5m == pytest.approx(2.0)
    assert found.exhausted_in_s == pytest.approx((found.remaining_ratio or 0) * MONTH / 2)
    whole = budget_of(slo(99.0, 7200), history, START + 7199)
    assert whole.remaining_ratio == pytest.approx(1 - 0.015 / 0.01, rel=0.001)
    assert whole.exhausted_in_s is None
    assert (found.p50_s, found.p95_s, found.p99_s) == (0.2, 0.5, 1.0)


def test_a_third_of_failures_burns_accordingly() -> None:
    history = History()
    for poll in range(600):
        history.add(START + poll, poll % 3 != 0, 0.1)
    found = budget_of(slo(99.9), history, START + 600)
    assert found.burn_5m == pytest.approx(333.3, rel=0.05)


@given(st.lists(st.tuples(st.floats(0, 5000), st.booleans()), max_size=80), st.sampled_from([3600.0, 86400.0, MONTH]))
def test_counts_agree_with_the_plain_way_to_a_slot(course: list[tuple[float, bool]], window_s: float) -> None:
    counts, at = Counts(), START
    kept = []
    for step_s, ok in course:
        at += step_s
        counts.add(at, ok)
        kept.append((at, ok))
    total = counts.total(window_s, at)
    slot_s = 60 if window_s <= 86400 else 3600
    newest = [one for one in kept if one[0] > at - window_s + slot_s]
    oldest = [one for one in kept if one[0] > at - window_s - slot_s]
    assert len(newest) <= total.probes <= len(oldest)
    assert sum(not ok for _, ok in newest) <= total.failed <= sum(not ok for _, ok in oldest)
    assert total.known_s <= window_s
    assert counts.total(window_s, at) == total, "asked twice, the same"


def test_counts_keep_a_month_and_no_more() -> None:
    counts = Counts()
    for hour in range(60 * 24):
        counts.add(START + 3600 * hour, hour % 2 == 0)
    total = counts.total(MONTH, START + 3600 * 60 * 24)
    assert total.probes == 30 * 24 - 1
    assert total.failed in (359, 360)


def test_a_budget_with_latency_objectives_can_be_encoded() -> None:
    slo = Slo(service="shop", latency=LatencyObjective(p95=Duration(0.5), p99=Duration(1)))
    encoded = msgspec.json.encode(budget_of(slo, History(), START))
    assert msgspec.json.decode(encoded)["p95_s"] == 0.5
