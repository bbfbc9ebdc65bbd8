"""The whole contract of a collector: what it is given, what it returns, how it says that it can't.

A collector reads one subject. It reports facts with units in their names (`_s`, `_bytes`, `_ratio`, `_percent`,
`_per_s`) and never a verdict: whether 92 % is bad is decided in `ops`. It starts programs that only read, and those
through `collectors.programs` alone; it needs no root, finishes inside its interval and gives a bounded answer. The
poller owns interval, jitter, timeout, back-off and catching.

    CollectError     the source could not be asked, or its answer makes no sense: one sentence, and a remedy
    └── NoData       there is nothing here to read (no such feature on this host); not a failure
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar, Generic, Literal, NamedTuple, Self, TypeVar

import msgspec

from collectors.redact import mask_address, mask_passwords
from collectors.units import Duration

Value = float | int | str | bool | None
"""A fact. None means "not known now", which is neither zero nor absent."""

Outcome = Literal["fresh", "no_data", "failed", "broken"]
"""How a poll ended: a reading; nothing to read; the source's fault (expected); our fault (a bug)."""


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """What happened since the poll before, counted: requests of an access log, increases of counters.

    A total of 0 says that it was watched and nobody asked; where nobody knows there are no events at all.
    """

    total: int
    failed: int
    latencies: bytes = b""
    """A packed `collectors.sketch.Sketch` of seconds; empty where none are known."""


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was read: a service, a container, a queue, a mount.

    `kind` and the name of a fact make a metric's name: kind "host.disk" and fact "percent" are "host.disk.percent".
    `key` is the exact identity (a container's full id) where `name` is only what people call it.
    """

    kind: str
    name: str
    key: str = ""
    facts: Mapping[str, Value] = {}
    texts: Mapping[str, str] = {}
    """Longer texts for the detail screen, by title: a probe's output, a query, a blocking tree."""
    hints: tuple[str, ...] = ()
    """What could be known but is not, and how to make it known: one sentence each."""
    events: Events | None = None
    """For sources that count what users did; probes are counted by whoever judges them."""


class Reading(msgspec.Struct, frozen=True):
    """What one poll found. The first entity is the target itself (kind = the collector's section); then its parts."""

    entities: tuple[Entity, ...]


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """One finished poll of one target, as the poller delivers it. Its texts are sanitized: inert and bounded."""

    target: str
    outcome: Outcome
    at: float
    """UTC seconds at the end of the poll."""
    took_s: float
    reading: Reading | None = None
    error: str = ""
    """One sentence for the operator; empty when fresh."""
    reason: str = ""
    """A short code for the same: timeout, refused, reset, dns, tls, protocol, auth, limit, missing, permission, bug."""
    remedy: str = ""
    retry: bool = True
    """False when asking again cannot help until something is changed by hand."""


class Secret:
    """A secret value: `reveal()` gives it to the client that needs it; nothing else ever shows it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value itself. Call it only in the call that hands it to a client library."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is never serialized")


class PartNeeds(NamedTuple):
    """What a part depends on."""

    at: tuple[str | int, ...]
    """Where in the target's table the part stands."""
    needs: tuple[str, ...]
    """Ids of targets."""


class TargetConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every `[[section]]` of the config can say. A collector's own `Config` adds its settings.

    A secret is declared as up to three plain fields with one stem: `password_env`, `password_file` (paths) and
    `password_command` (a list of arguments). The collector receives it resolved, under the stem, in `secrets`.
    """

    name: str
    interval: Duration = Duration(10)
    timeout: Duration = Duration(5)
    """For the whole poll, name resolution included."""
    failures: int = 3
    """Failed polls in a row until it counts as down."""
    successes: int = 2
    """Good polls in a row until it counts as up again."""
    depends_on: tuple[str, ...] = ()
    """Ids of other targets, such as "postgres:shop"."""
    runbook: str = ""
    runs_on: str = ""
    """The host that it runs on, where that is not this one; shown with its rows."""

    def part(self, name: str) -> Self:
        """Settings for reading only what says something about the part of that name; these same ones where that is all.

        For whoever acts on one part and looks at it again and again.
        """
        return self

    def parts_depend_on(self) -> Mapping[str, PartNeeds]:
        """What parts depend on beside their target, as the config says, by the part's id."""
        return {}

    def __repr__(self) -> str:
        values = [(name, getattr(self, name)) for name in self.__struct_fields__]
        shown = [f"{name}={_shown(value)}" for name, value in values]
        return f"{type(self).__name__}({', '.join(shown)})"


def _shown(value: object) -> str:
    return repr(mask_address(value)) if isinstance(value, str) else mask_passwords(repr(value))


ConfigT = TypeVar("ConfigT", bound=TargetConfig)


class CollectError(Exception):
    """The source could not be read. `message` is one sentence for the operator, `remedy` says what to do about it."""

    def __init__(self, message: str, *, reason: str = "error", remedy: str = "", retry: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.remedy = remedy
        self.retry = retry


class NoData(CollectError):
    """Nothing to read here: the feature does not exist on this host. Shown as such, never as a fault."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="missing")


class Collector(ABC, Generic[ConfigT]):
    """One subject that can be polled. One instance per configured target; a poll is never started twice at once.

    The class docstring becomes the pane's help. Client libraries are imported where they are first used, never at the
    top of the module: the config needs every collector's `Config`, startup can't pay for every library.
    """

    name: ClassVar[str]
    """The module's name; unique."""
    section: ClassVar[str]
    """The TOML table `[[section]]`, the first part of target ids ("section:name"), the kind of the first entity."""
    title: ClassVar[str]
    """What people call it, for headings."""
    Config: ClassVar[type[TargetConfig]]
    source_only: ClassVar[bool] = False
    """True where the target only reads other things (an engine, a host): unreachable then means unknown, not down."""

    def __init__(self, config: ConfigT, secrets: Mapping[str, Secret]) -> None:
        self.config = config
        self.secrets = secrets
        self.phase = "starting"
        """What it is doing now, for the sentence of a timeout: "connecting", "waiting for the first byte"."""

    @classmethod
    def counting(cls, config: ConfigT) -> tuple[str, ...]:
        """What `from` of an SLO can name of such a target: "section:name", or "section:name/part", with `events`."""
        return ()

    def set_phase(self, phase: str) -> None:
        """Say what it is doing now; for the helpers that a collector works through."""
        self.phase = phase

    @abstractmethod
    async def collect(self) -> Reading:
        """Read once. Raises CollectError (or NoData). May be cancelled at any await when its time is up."""

    async def close(self) -> None:
        """Let go of connections. Must not block."""

    def follow(self, key: str) -> AsyncIterator[str]:
        """Live log lines of the part with that key, newest last. Raises CollectError where there are none."""
        raise CollectError(f"{self.title} has no log to follow", reason="missing", retry=False)
