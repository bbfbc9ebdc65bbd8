"""Board: one immutable picture of all that the floor shows, at one moment. Panes and commands get nothing else."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from collectors.base import Value
from ops.alerts.structs import Silenced
from ops.incidents.structs import Incident

Level = Literal["ok", "warning", "critical", "unknown"]
LEVELS: tuple[Level, ...] = ("ok", "unknown", "warning", "critical")
"""From best to worst, as rows are ranked."""
COUNTED = "drift.difference"
"""Kind of rows that another row counts."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was judged about a row, with its present verdict."""

    id: str
    """The metric ("host.disk.percent") or the question ("service.reach", "container.health")."""
    level: Level
    word: str
    """One word for the state: up, down, slow, full, paused, unhealthy, stale, flapping…"""
    text: str
    """One sentence, with figures: "p95 640 ms, over 500 ms"."""
    since: float
    """UTC seconds when the level last changed."""
    pending: bool = False
    """True while a worse level is seen but not yet held long enough (`for`, consecutive failures)."""


class WindowStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the probes of one window say. Percentiles are nearest-rank over answered probes; None without any."""

    window_s: float
    count: int
    failed: int
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    since: float | None = None
    """When counting began, UTC seconds, where the window goes back further; None where it is counted whole."""

    @property
    def error_ratio(self) -> float | None:
        """Failed of all, or None without any probe."""
        return self.failed / self.count if self.count else None


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a latency chart: the percentiles of the minute that ends at `at` (UTC seconds)."""

    at: float
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    failed: int
    count: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on the floor: a service, a container, a queue, a mount, or a source that is read."""

    id: str
    """"kind:name" for a configured target, "kind:target/name" for its parts."""
    kind: str
    name: str
    target: str
    """Id of the target that reads it."""
    host: str = ""
    """The host that it runs on; "" is this one."""
    key: str = ""
    level: Level
    word: str
    reason: str
    """Why it is not ok, in one sentence with figures; empty when ok."""
    since: float
    """UTC seconds when the level last changed."""
    at: float | None
    """UTC seconds of the last good reading; None before the first."""
    stale: bool = False
    """True when the facts are older than they should be: they are the last good ones, not today's."""
    flapping: bool = False
    facts: Mapping[str, Value] = {}
    texts: Mapping[str, str] = {}
    hints: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    """Worst first."""
    depends_on: tuple[str, ...] = ()
    runbook: str = ""
    error: str = ""
    """The last poll's error, also before it counts as down."""
    remedy: str = ""
    stats: tuple[WindowStats, ...] = ()
    """One for each of `WINDOWS`, for what is probed; empty for parts."""
    trend: Sequence[float | None] = ()
    """The last 30 minutes of the row's leading figure, oldest first, one value a minute; None = no data."""
    trend_of: str = ""
    """The fact that the trend is of."""
    buckets: Sequence[Bucket] = ()
    """The last 30 minutes in steps of 10 s, for the latency chart; empty for parts."""

    @property
    def called(self) -> str:
        """Its name, with the host where that is another one: "web-1@db1"."""
        return f"{self.name}@{self.host}" if self.host and self.host != self.name else self.name


WINDOWS: tuple[tuple[str, float], ...] = (("5m", 300.0), ("30m", 1800.0), ("1h", 3600.0))
"""The windows that percentiles are kept for, as (label, seconds)."""


class Burn(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of windows of a multi-window burn-rate alert; it fires while both burn faster than `factor`."""

    severity: Literal["page", "ticket"]
    speed: Literal["quick", "slow"]
    long_s: float
    short_s: float
    factor: float
    long: float | None
    short: float | None
    """Error ratio of the window ÷ (1 − objective); None without data."""
    fires: bool
    held: str = ""
    """Why it does not fire although both windows burn that fast: too little traffic."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """One objective and its error budget, spent by what is known so far (`known_s` of `window_s`)."""

    id: str = ""
    """Unique: "api availability"."""
    service: str
    """The SLO's name: the service's, unless it was given another."""
    row: str = ""
    """Id of the row whose events count."""
    kind: Literal["availability", "errors", "latency", "p50", "p95", "p99"] = "availability"
    limit_s: float | None = None
    """For latency: what is slower is bad."""
    objective_percent: float
    """Percent of events (or slices) that must be good: 95 for a p95."""
    window_s: float
    window: str = ""
    """Which: "30 d", or "November 2026" for a calendar month."""
    start: float = 0.0
    """When the window began, UTC seconds."""
    known_s: float
    """How much of the window was watched, whether anyone asked or not; the rest is neither good nor bad."""
    excluded_s: float = 0.0
    """How much of it maintenance and corrections took out."""
    total: int = 0
    bad: int = 0
    """Events, or slices where `slice_s` is not 0."""
    slice_s: float = 0.0
    sli_ratio: float | None = None
    """1 − bad ÷ total; None without data."""
    observed_s: float | None = None
    """For percentile objectives: the percentile over the window, nearest rank, to 1 %."""
    remaining_ratio: float | None
    """1 − bad ÷ total × known_s ÷ window_s ÷ (1 − objective); may be negative; None without data."""
    bad_left_s: float | None = None
    """How long everything may still fail: remaining × (1 − objective) × window_s; negative when overspent."""
    burn_5m: float | None
    burn_1h: float | None
    """Error ratio of the window ÷ (1 − objective)."""
    burns: tuple[Burn, ...] = ()
    """The pairs of its burn-rate alert, quickest first."""
    alert: Literal["", "page", "ticket"] = ""
    """The gravest that fires."""
    why: str = ""
    """One sentence: "page: 1h burns 14.9x and 5m 16.2x, over 14.4x"."""
    exhausted_in_s: float | None
    """remaining × window ÷ burn (1 h); None when nothing burns or nothing is left."""
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    """The latency objectives of the same SLO, for the lines on the chart."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The deepest failing thing that explains others."""

    row: str
    text: str
    """One sentence: "postgres shop refuses connections (api and checkout depend on it)"."""
    affected: tuple[str, ...]
    """Ids of the failing rows that depend on it, directly or not."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A row that changed its level."""

    at: float
    row: str
    before: Level
    after: Level
    text: str


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A fix that policy would take, and why it waits for a person."""

    row: str
    """The failing row."""
    fix: str
    """Name of the `[[fix]]` or `[[scale]]`."""
    text: str
    """One sentence: "restart api: down for 40 s; proposed, since 5 targets fail at once"."""
    at: float


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the floor shows."""

    name: str
    environment: str
    mode: Literal["live", "attached", "replayed"]
    at: float
    """UTC seconds of this picture."""
    late_s: float
    """How far the engine is behind its own schedule."""
    rows: tuple[Row, ...]
    """Grouped by kind in the order of the config; within a target as it was read."""
    budgets: tuple[Budget, ...] = ()
    causes: tuple[Cause, ...] = ()
    """Likeliest first."""
    changes: tuple[Change, ...] = ()
    """Newest first, bounded."""
    recording: str = ""
    """Why nothing is recorded, in a few words for the header ("disk full, not recording"); "" while all is well."""
    auto: str = ""
    """What policy does, in a few words for the header ("auto", "auto: gave up on api"); "" where it is off."""
    proposals: tuple[Proposal, ...] = ()
    jobs: int = 0
    """How many jobs run now."""
    incidents: tuple[Incident, ...] = ()
    """Those that go on: gravest first, of these what hurts services, then oldest."""
    silenced: Silenced = Silenced()
    undelivered: int = 0
    """Messages that wait longer than they should, or were given up: somebody may not know."""
    watching: str = ""
    """Whose data an attached Board shows: "monitor on db1, pid 4711"."""
    played: str = ""
    """Of a replayed Board: how it moves ("paused", "10x") and how exact it is ("to the minute")."""
    notes: tuple[str, ...] = ()
    """What the operator should know about the floor itself: no config found, what to do next."""

    def row(self, row_id: str) -> Row | None:
        """The row with that id, if it is still there."""
        return next((row for row in self.rows if row.id == row_id), None)

    def of(self, *kinds: str) -> tuple[Row, ...]:
        """The rows of those kinds, in order."""
        return tuple(row for row in self.rows if row.kind in kinds)

    @property
    def things(self) -> tuple[Row, ...]:
        """The rows that are told one by one: differences of drift are not, the row of their detection counts them."""
        return tuple(row for row in self.rows if row.kind != COUNTED)

    def counts(self) -> dict[Level, int]:
        """How many things stand at each level."""
        counts: dict[Level, int] = dict.fromkeys(LEVELS, 0)
        for row in self.things:
            counts[row.level] += 1
        return counts


def worst(levels: "tuple[Level, ...]") -> Level:
    """The worst of some levels; "ok" for none."""
    return max(levels, key=LEVELS.index, default="ok")
