"""Budgets of the past: what was promised, counted anew from the store up to a moment."""

from collections.abc import Mapping

from ops.board import Budget
from ops.config.structs import Config, Slo
from ops.past.structs import BudgetDetail
from ops.slo.objectives import Objective, objectives, slo_row
from ops.store.about import slos_of
from ops.store.contract import Store


def promises(store: Store, config: Config | None) -> tuple[Objective, ...]:
    """All objectives: of the config, or those that the store tells of the floor that it came from."""
    slos: tuple[Slo, ...] = config.slos if config else slos_of(store.notes())
    every_s = _intervals(config)
    return tuple([objective for slo in slos for objective in objectives(slo, "", every_s.get(slo_row(slo), 60.0))])


def _intervals(config: Config | None) -> Mapping[str, float]:
    return {spec.id: float(spec.config.interval) for spec in config.targets} if config else {}


def budget_detail(store: Store, config: Config | None, budget_id: str, at: float) -> BudgetDetail | None:
    """Where one budget went until a moment; None where no objective is called that."""
    from ops.slo.detail import detail

    found = next((objective for objective in promises(store, config) if objective.id == budget_id), None)
    return detail(store, found, at) if found else None


def budgets(store: Store, config: Config | None, at: float) -> tuple[Budget, ...]:
    """All budgets as they stood at a moment."""
    from ops.slo.load import load_series
    from ops.slo.status import status

    return tuple([status(one, load_series(store, one, at, ()), at) for one in promises(store, config)])
