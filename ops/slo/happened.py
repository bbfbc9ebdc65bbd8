"""What happened around each stretch of a report that concerns its row: of it, of what it depends on, and deploys."""

from collections.abc import Sequence

import msgspec

from ops.past.marks import relied_on
from ops.past.structs import BudgetDetail, Spend
from ops.slo.detail import AFTER_S, BEFORE_S, heaviest
from ops.slo.report import Report
from ops.store.contract import Event, Store

_KINDS = ("deploy", "restart", "gone", "level")


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
    found = store.events(spend.start - BEFORE_S, spend.end + AFTER_S, kinds=_KINDS)
    events = [event for event in found if _concerns(event, rows)]
    return msgspec.structs.replace(spend, happened=heaviest(events, rows[0]))


def _concerns(event: Event, rows: Sequence[str]) -> bool:
    return event.kind == "deploy" or event.row in rows
