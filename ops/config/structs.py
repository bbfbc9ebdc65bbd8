"""What a config says, decoded: frozen structs that the engine, the commands and the screens read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from collectors.base import Collector, Secret, TargetConfig
from collectors.units import Duration, Size
from ops.config.alerting import Alerting
from ops.config.fixing import Auto, Fix, Right, Scale
from ops.config.quantity import Quantity


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[watchfloor]`: the floor itself."""

    name: str = "watchfloor"
    environment: str = ""
    """"production" makes the header look different."""
    refresh: Duration = Duration(1)
    """How often the screen takes a new Board."""
    line_bytes_per_s: Size = Size(0)
    """What may be sent to the terminal in the long run; beyond it less is drawn, then less often. 0: no limit."""
    line: bool = False
    """Show in the header what the line carries."""
    theme: str = "dark"
    ascii: bool = False
    """Draw with ASCII only, for terminals without UTF-8."""
    changed_cells: bool = True
    """Send only the cells that changed; otherwise Textual's own writing, which sends all that was painted."""
    flapping: bool = True
    """Mark what goes up and down again and again as flapping."""
    read_only: bool = False
    """Nothing is ever changed from here: no fix is offered, no policy acts."""


class Threshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[threshold]]`: from which figure on a fact is a warning or critical, for how long, and when it clears."""

    metric: str
    """Kind and fact: "host.disk.percent"."""
    warning: Quantity | None = None
    critical: Quantity | None = None
    below: bool = False
    """True where small figures are the bad ones (days left, hit ratio)."""
    hold: Duration = msgspec.field(default=Duration(0), name="for")
    """How long it must stand before it counts."""
    clear_ratio: float = 0.05
    """Hysteresis: it clears only this part of the limit beyond it (85 clears under 80.75)."""
    row: str = "*"
    """Glob over row ids, such as "container:*/web-*"; the most particular threshold of a metric wins."""


class LatencyObjective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`latency = { p50 = "200ms", p95 = "500ms", p99 = "1s" }` of an SLO."""

    p50: Duration | None = None
    p95: Duration | None = None
    p99: Duration | None = None


class FastObjective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fast = { under = "300ms", objective = 99 }`: how many percent of answers must take no longer."""

    under: Duration
    objective: float


class BurnWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pair of windows in `burn = […]`, for those who want others than the SRE workbook's."""

    severity: Literal["page", "ticket"]
    budget_percent: float
    """What of the budget the long window may spend before it fires; the factor follows from it."""
    long: Duration
    short: Duration


class Slo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[slo]]`: what is promised. Either for a `service`, or `from` a row that counts what users did."""

    name: str = ""
    """What it is called; the service's name where it is not given."""
    service: str = ""
    """The service whose probes count."""
    source: str = msgspec.field(default="", name="from")
    """Id of a row whose events count in place of probes: "access_log:web", "prometheus:main/api"."""
    objective: float = 99.9
    """Percent of events that must be good, under 100: availability."""
    errors: float | None = None
    """Percent of events that may fail at most, where that is promised apart from availability (S0: 0.5)."""
    window: Duration = Duration(30 * 86400)
    """A rolling window …"""
    calendar: Literal["", "month"] = ""
    """… or "month": the calendar month of `time_zone`."""
    time_zone: str = "UTC"
    """Of days and calendar months: a name of the IANA database."""
    latency: LatencyObjective = LatencyObjective()
    fast: FastObjective | None = None
    method: Literal["events", "slices"] = "events"
    """Count events, or slices of time: a slice is bad when more than `slice_bad` percent of its events failed."""
    slice: Duration = Duration(60)
    slice_bad: float = 0.0
    min_events: int = 0
    """The guard for little traffic: no burn alert where the short window has fewer events."""
    burn: tuple[BurnWindow, ...] = ()
    """Own windows in place of the workbook's four pairs."""


class Maintenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[maintenance]]`: planned work, which leaves numerator and denominator of every SLO it is for."""

    name: str
    slos: tuple[str, ...] = ("*",)
    """Globs over names of SLOs."""
    start: datetime | None = None
    """Once: from this moment, with its offset from UTC …"""
    every: str = ""
    """… or again and again: "day 02:00", "sun 03:00", "1 04:00" (day of the month), in `time_zone`."""
    length: Duration = msgspec.field(default=Duration(3600), name="for")
    time_zone: str = "UTC"


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[store]`: what is remembered, where, and for how long."""

    record: bool = True
    path: str = ""
    """The folder; "" means $XDG_STATE_HOME/watchfloor/<name of the floor>."""
    raw: Duration = Duration(86400)
    minutes: Duration = Duration(35 * 86400)
    hours: Duration = Duration(400 * 86400)


class TargetSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One configured target: which collector reads it, with which settings and resolved secrets."""

    id: str
    """ "section:name"; also the row id of its first entity."""
    collector: type[Collector[TargetConfig]]
    config: TargetConfig
    secrets: Mapping[str, Secret] = {}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A whole config, right and complete: nothing starts from anything less."""

    path: str
    """The file it came from, or "" when it was discovered."""
    settings: Settings
    targets: tuple[TargetSpec, ...]
    thresholds: tuple[Threshold, ...]
    """The user's own, in file order; the built-in ones are `ops.verdicts.defaults`."""
    slos: tuple[Slo, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    store: StoreSettings = StoreSettings()
    fixes: tuple[Fix, ...] = ()
    scales: tuple[Scale, ...] = ()
    auto: Auto = Auto()
    rights: tuple[Right, ...] = ()
    alerting: Alerting = Alerting()
    keys: Mapping[str, str] = {}
    """`[keys]`: action id to keys, as in `"pane.zoom" = "z,f11"`."""
    notes: tuple[str, ...] = ()
    """What discovery wants to say on the floor."""
    intervals: Mapping[str, float] = {}
    """How often targets that are not here were polled, seconds, by id: so a store tells it of the floor it is from."""
