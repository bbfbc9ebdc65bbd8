"""Reads what a config says about alerts and incidents; where nothing is said, none of its checks are loaded."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from collectors.registry import AnyCollector
from ops.config.alerting import (
    Alerting,
    AlertRule,
    Escalation,
    IncidentSettings,
    Inhibit,
    MonitorSettings,
    OnCall,
    Quiet,
    Receiver,
    Route,
)
from ops.config.lines import Path
from ops.config.problems import Problems
from ops.config.said import Said
from ops.config.structs import StoreSettings
from ops.config.tables import many, single, structs
from ops.config.values import read_struct

SECTIONS = ("alert", "inhibit", "notify", "route", "escalation", "oncall", "quiet", "incidents", "monitor")


class Heard(NamedTuple):
    """What the rest of a config needs of it."""

    alerting: Alerting = Alerting()
    paths: Mapping[str, Path] = {}
    """Name of a `[[notify]]` to path."""
    notes: tuple[str, ...] = ()
    """What is no mistake, but hardly meant."""


def read_alerting(
    table: Mapping[str, Any], targets: Mapping[str, Path], sections: Mapping[str, AnyCollector], problems: Problems
) -> Heard:
    """Read all sections of it and check them; `targets` are the ids of those that are there."""
    if not any(name in table for name in SECTIONS):
        return Heard()
    from ops.config.alert_checks import check_alerts
    from ops.config.incident_checks import check_incidents, check_monitor
    from ops.config.receivers import check_receivers
    from ops.config.route_checks import check_routes, unheard

    said = _said(table, problems)
    check_receivers(said.receivers, problems)
    check_routes(said, problems)
    check_alerts(said, targets, sections, problems)
    check_incidents(said, problems)
    check_monitor(said.monitor, problems)
    alerting = Alerting(
        rules=tuple(said.rules.values()),
        inhibits=tuple(said.inhibits.values()),
        receivers=tuple(said.receivers.values()),
        route=said.route,
        escalations=tuple(said.escalations.values()),
        oncall=tuple(said.oncall.values()),
        quiet=tuple(said.quiet.values()),
        incidents=said.incidents,
        monitor=said.monitor,
    )
    paths = {receiver.name: path for path, receiver in said.receivers.items()}
    notes = () if problems.found else (*_mistyped(said, table, problems), *unheard(said, problems))
    return Heard(alerting, paths, notes)


def _mistyped(said: Said, table: Mapping[str, Any], problems: Problems) -> Iterator[str]:
    from ops.config.alert_checks import mistyped_checks, mistyped_states

    thresholds = (entry for _, entry in many(table, "threshold", problems))
    yield from mistyped_states(said, problems)
    yield from mistyped_checks(said, [str(entry.get("metric")) for entry in thresholds], problems)


def _said(table: Mapping[str, Any], problems: Problems) -> Said:
    from ops.config.receivers import named

    raw = [entry for _, entry in many(table, "notify", problems)]
    incidents = read_struct(IncidentSettings, single(table, "incidents", problems), ("incidents",), problems)
    monitor = read_struct(MonitorSettings, single(table, "monitor", problems), ("monitor",), problems)
    return Said(
        rules=dict(structs(AlertRule, table, "alert", problems)),
        inhibits=dict(structs(Inhibit, table, "inhibit", problems)),
        receivers=named(dict(structs(Receiver, table, "notify", problems))),
        route=read_struct(Route, single(table, "route", problems), ("route",), problems) or Route(),
        escalations=dict(structs(Escalation, table, "escalation", problems)),
        oncall=dict(structs(OnCall, table, "oncall", problems)),
        quiet=dict(structs(Quiet, table, "quiet", problems)),
        incidents=incidents or IncidentSettings(),
        monitor=monitor or MonitorSettings(),
        names=frozenset(str(entry.get("name") or entry.get("kind")) for entry in raw),
    )


def unheard_of(alerting: Alerting, store: StoreSettings) -> tuple[str, ...]:
    """A sentence where somebody is to be told, and yet never will be: only who records leads, and tells."""
    if store.record or not alerting.receivers:
        return ()
    return ("[store] record = false: no incident is kept, and so no [[notify]] ever hears of anything",)
