"""What a config says, decoded: frozen structs that the engine, the commands and the screens read."""

from collections.abc import Mapping

import msgspec

from collectors.base import Collector, Secret, TargetConfig
from collectors.units import Duration, Size


class Quantity(float):
    """A figure of a threshold: a number, or a duration or size as people write it ("500ms", "1GiB")."""


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


class Slo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[slo]]`: what is promised for a service."""

    service: str
    objective: float = 99.9
    """Percent of probes that must be good, under 100."""
    window: Duration = Duration(30 * 86400)
    latency: LatencyObjective = LatencyObjective()


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
    keys: Mapping[str, str] = {}
    """`[keys]`: action id to keys, as in `"pane.zoom" = "z,f11"`."""
    notes: tuple[str, ...] = ()
    """What discovery wants to say on the floor."""
