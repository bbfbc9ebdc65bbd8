"""What happened around each stretch of a report that concerns its row: of it, of what it depends on, and deploys."""

from collections.abc import Iterable, Sequence

import msgspec

from ops.past.marks import relied_on
from ops.past.structs import BudgetDetail, Mark, Spend
from ops.slo.report import Report
from ops.store.contract import Event, Store

MOST = 6
_BEFORE_S, _AFTER_S = 300.0, 60.0
"""What happened so long before a stretch may be its cause."""
_WEIGHT = {"deploy": 0, "restart": 1, "gone": 2, "level": 3}


def concerning(store: Store, report: Report) -> Report:
    """The same report, with what concerns its rows in place of all that happened at the time. Raises StoreError.

    A deploy is told of anything, as what was deployed may well not be named as what a service depends on.
    """
    slos = []
    for slo in report.slos:
        rows = (slo.row, *relied_on(store, slo.row, slo.end))
        found = [_detail(store, detail, rows) for detail in slo.objectives]
        slos.append(msgspec.structs.replace(slo, objectives=found))
    return msgspec.structs.replace(report, slos=slos)


def _detail(store: Store, detail: BudgetDetail, rows: Sequence[str]) -> BudgetDetail:
    worst, spells = ([_spend(store, spend, rows) for spend in spends] for spends in (detail.worst, detail.spells))
    return msgspec.structs.replace(detail, worst=worst, spells=spells)


def _spend(store: Store, spend: Spend, rows: Sequence[str]) -> Spend:
    """Nothing of a stretch in which nothing happened at all."""
    if not spend.happened:
        return spend
    start, end = spend.start - _BEFORE_S, spend.end + _AFTER_S
    events = [event for event in store.events(start, end, kinds=tuple(_WEIGHT)) if _concerns(event, rows)]
    return msgspec.structs.replace(spend, happened=_heaviest(events, rows[0]))


def _concerns(event: Event, rows: Sequence[str]) -> bool:
    return event.kind == "deploy" or event.row in rows


def _heaviest(events: Iterable[Event], row: str) -> tuple[Mark, ...]:
    """Deploys and restarts first, the row itself before others; then in the order of time."""
    heavy = sorted(events, key=lambda event: (_WEIGHT[event.kind], event.row != row, event.after == "ok", event.at))
    return tuple(
        Mark(at=event.at, kind=event.kind, row=event.row, text=event.text, after=event.after)
        for event in sorted(heavy[:MOST], key=lambda event: event.at)
    )
