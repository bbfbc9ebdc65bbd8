"""The report on what was promised: each SLO's objectives, where its budget went, and what was taken out of it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from ops.board import Budget
from ops.config.structs import Config
from ops.past.structs import BudgetDetail
from ops.slo.detail import Seen, detail
from ops.slo.exclusions import Exclusions
from ops.slo.load import after, divided, needed_hours, read_row, series_of, series_of_row
from ops.slo.objectives import Objective
from ops.slo.observed import PERCENTILES, told
from ops.slo.status import status
from ops.slo.taken import all_objectives, reach, spans_of, taken_out, touching
from ops.store.contract import Correction, Store
from ops.store.together import Together

Verdict = Literal["met", "breached", "no data"]
_NEARLY = 1e-12
"""Takes what floating point adds to exactly as many failures as are allowed."""


class SloReport(msgspec.Struct, frozen=True, kw_only=True):
    """One SLO over its window."""

    name: str
    row: str
    """Id of the row whose events count."""
    window: str
    """Which: "30 d", or "November 2026"."""
    start: float
    end: float
    time_zone: str
    """Of the days."""
    verdict: Verdict
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    """Observed over the window, nearest rank, to 1 %; None without any answer."""
    error_ratio: float | None
    """Failed of all events, whatever counts as bad otherwise; None without data."""
    objectives: Sequence[BudgetDetail]
    corrections: Sequence[Correction] = ()
    """Those that touch the window, with those that were undone."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All SLOs of a floor at one moment."""

    at: float
    name: str
    verdict: Verdict
    slos: Sequence[SloReport]
    generated: bool = False
    """The data was made for trying things out, not recorded."""


def verdict(budget: Budget) -> Verdict:
    """Whether the objective is kept by what is known of its window: at least as many good of all as promised.

    Of a percentile it is what its figure says: whether that is at most the limit, which comes to the same. It differs
    from what is left of the budget, which holds the failures against the whole window, also the part of it that is not
    known.
    """
    if budget.sli_ratio is None:
        return "no data"
    if budget.kind in PERCENTILES and budget.observed_s is not None and budget.limit_s is not None:
        return "met" if budget.observed_s <= budget.limit_s else "breached"
    allowed = (100 - budget.objective_percent) / 100
    return "met" if 1 - budget.sli_ratio <= allowed + _NEARLY else "breached"


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Breached when anything is, met when something is known and nothing is breached."""
    found = set(verdicts)
    if "breached" in found:
        return "breached"
    return "met" if "met" in found else "no data"


def make_budgets(store: Store, config: Config, now: float) -> tuple[Budget, ...]:
    """Every budget as the store knows it at `now`, without where it went: quick. Raises StoreError."""
    corrections, promised = tuple(store.corrections()), all_objectives(config)
    began = {subject.row: subject.first for subject in store.subjects()}
    together = Together(store, [objective.row for objective in promised])
    found: list[Budget] = []
    for _, group in groupby(promised, key=lambda objective: objective.slo):
        objectives = tuple(group)
        first = objectives[0]
        taken = taken_out(config.maintenance, corrections, first.slo, reach(first, now), after(now))
        found += _budgets(together, objectives, Exclusions(spans_of(taken)), now, began.get(first.row, 0.0))
    return tuple(found)


def _budgets(
    store: Together, objectives: Sequence[Objective], excluded: Exclusions, now: float, began: float
) -> Iterator[Budget]:
    """Those of one SLO, of which all slots are read once."""
    first = objectives[0]
    read = read_row(store, first, now)
    read.days_in(divided(first, now), excluded)
    ranks: tuple[float | None, ...] = (None,) * len(PERCENTILES)
    if any(objective.kind in PERCENTILES for objective in objectives):
        ranks = read.merged(first.period.at(now).start, read.until, excluded).ranks(*PERCENTILES.values())
    for one, series in zip(objectives, series_of_row(read, objectives, now, excluded).values(), strict=True):
        series.begun(began)
        yield status(one, series, now, told(one, ranks))


def make_report(store: Store, config: Config, now: float) -> Report:
    """Every SLO of the config as the store knows it at `now`. Raises StoreError."""
    corrections = tuple(store.corrections())
    by_slo = groupby(all_objectives(config), key=lambda objective: objective.slo)
    slos = [_slo_report(store, tuple(promised), config, corrections, now) for _, promised in by_slo]
    return Report(
        at=round(now, 2),
        name=config.settings.name,
        verdict=overall(slo.verdict for slo in slos),
        slos=slos,
        generated=bool(store.notes().get("generated")),
    )


def _slo_report(
    store: Store, promised: Sequence[Objective], config: Config, corrections: Sequence[Correction], now: float
) -> SloReport:
    first = promised[0]
    period = first.period.at(now)
    taken = taken_out(config.maintenance, corrections, first.slo, reach(first, now), now)
    seen = Seen(store, first, now, taken)
    details = [detail(store, objective, now, taken, seen) for objective in promised]
    p50_s, p95_s, p99_s = seen.ranks()
    events = msgspec.structs.replace(first, slice_s=0.0)
    counted = series_of(seen.read, events, spans_of(taken), needed_hours(events, now)).since(period.start, now)
    return SloReport(
        name=first.slo,
        row=first.row,
        window=period.name,
        start=round(period.start, 2),
        end=round(min(period.end, now), 2),
        time_zone=first.time_zone,
        verdict=overall(verdict(one.budget) for one in details),
        p50_s=p50_s,
        p95_s=p95_s,
        p99_s=p99_s,
        error_ratio=counted.bad / counted.total if counted.total else None,
        objectives=details,
        corrections=touching(corrections, first.slo, period.start, now),
    )
