"""Said: what a config says about alerts and incidents, with the place of each table in the file."""

from collections.abc import Mapping
from typing import NamedTuple

from ops.config.alerting import (
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


class Said(NamedTuple):
    """All that can be read of it, with the path of each table."""

    rules: Mapping[Path, AlertRule]
    inhibits: Mapping[Path, Inhibit]
    receivers: Mapping[Path, Receiver]
    route: Route
    escalations: Mapping[Path, Escalation]
    oncall: Mapping[Path, OnCall]
    quiet: Mapping[Path, Quiet]
    incidents: IncidentSettings
    monitor: MonitorSettings
    names: frozenset[str]
    """Of receivers, those that are wrong otherwise too."""
