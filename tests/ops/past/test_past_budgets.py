"""Budgets of the past, stepped through, are those that are loaded for each moment alone."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from collectors.units import Duration
from ops.board import Budget
from ops.config.structs import Config, Maintenance
from ops.past.budgets import PastBudgets
from ops.slo.load import load_series
from ops.slo.observed import load_observed, told
from ops.slo.status import status
from ops.slo.taken import all_objectives, reach, spans_of, taken_out
from ops.store.memory import MemoryStore
from tests.parts.promised import DAY, HOUR, MINUTE, NOW, ROW, configured, fill, promise, steady

MIDNIGHT = NOW // DAY * DAY
_JUST = 0.001
PLAIN = configured(promise(window=Duration(4 * DAY)))
WORKS = (Maintenance(name="night", every="day 23:20", length=Duration(3000)),)


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """Five days and four hours, with outages on several of them."""
    made = MemoryStore()
    outages = [(MIDNIGHT - back * DAY, MIDNIGHT - back * DAY + 13 * MINUTE) for back in (-0.1, 0.01, 1, 2.9, 3.99)]
    fill(made, steady(MIDNIGHT - 5 * DAY, MIDNIGHT + 4 * HOUR, outages, each=1))
    return made


def alone(store: MemoryStore, config: Config, minute: float) -> Iterator[Budget]:
    """Each objective's budget, loaded for the end of that minute only."""
    now = minute - _JUST
    for objective in all_objectives(config):
        out = spans_of(taken_out(config.maintenance, (), objective.slo, reach(objective, now), now))
        start = objective.period.at(now // HOUR * HOUR).start
        ranks = load_observed(store, ROW, start, minute, out).ranks(start)
        yield status(objective, load_series(store, objective, now, out), now, told(objective, ranks))


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(PLAIN, id="a rolling window"),
        pytest.param(replace(PLAIN, maintenance=WORKS), id="work every midnight"),
        pytest.param(
            configured(promise(calendar="month", time_zone="Asia/Kolkata", errors=None)), id="a calendar month"
        ),
        pytest.param(configured(promise(window=Duration(3 * DAY))), id="a window as long as the longest burn"),
    ],
)
def test_steps_over_midnight(store: MemoryStore, config: Config) -> None:
    budgets = PastBudgets(store, config)
    for minutes in (-70, 0, 1, 45, 30, 61):
        minute = MIDNIGHT + MINUTE * minutes
        found, whole = budgets.at(minute + 7)
        assert whole
        for one, wanted in zip(found, alone(store, config, minute), strict=True):
            assert one.observed_s == wanted.observed_s, (minutes, one.id)
            for name in one.__struct_fields__:
                left, right = getattr(one, name), getattr(wanted, name)
                assert left == (pytest.approx(right) if isinstance(right, float) else right), (minutes, one.id, name)
