"""What drift is made of: facts under stable paths, baselines, differences, and what one detection found."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

Value = str | int | float | bool | tuple[str, ...]
"""A fact. A tuple keeps the order in which things stand; what has no order is sorted by its source."""
Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""From least to gravest."""
Kind = Literal["added", "removed", "changed", "reordered", "unreadable"]
DIGEST = "digest:"
"""How a salted digest begins; the value that it is of is never kept."""
TEXT = "text"
"""Name of the fact that is a whole text of several lines, such as a file's."""


class Path(NamedTuple):
    """Where a fact stands: "containers:local/web-1#env.DATABASE_URL"; without a fact the whole item is meant.

    Items of a configured target begin with its name, as its rows do: "local/web-1". In an item "%", "#" and whatever
    can't be printed are percent-encoded, so that every path is one printable line.
    """

    source: str
    item: str
    fact: str = ""

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.source}:{self.item}" + (f"#{self.fact}" if self.fact else "")

    @classmethod
    def read(cls, text: str) -> "Path":
        """The path that is written so. Raises ValueError with a sentence."""
        source, colon, rest = text.partition(":")
        item, _, fact = rest.partition("#")
        if not source or not colon or not item:
            raise ValueError(
                f'"{text}" is no path of a fact; write "source:item#fact", such as "files:/etc/hosts#mode"'
            )
        return cls(source, item, fact)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a source: a container, a file, a repository."""

    name: str
    """Stable, as in `Path.item`."""
    facts: Mapping[str, Value] = {}
    """By name; parts of a name are parted by dots: "limits.memory_bytes". Units are in the names."""
    unreadable: Mapping[str, str] = {}
    """Facts that could not be read, with the reason in one sentence; "" as name: the whole item."""
    kept: bool = True
    """Whether the facts are all that is needed to make it so again: no text of it was too long or secret."""


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """What one source gave."""

    source: str
    items: tuple[Item, ...] = ()
    unreadable: str = ""
    """Why it could not be read at all; its items are then unknown, never gone."""
    remedy: str = ""
    nothing: str = ""
    """Why there is nothing to read here ("no engine is configured"): it has no items, and that is no fault."""
    took_s: float = 0.0
    left_out: int = 0
    """Items over the source's limit."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a baseline says of itself."""

    name: str
    id: str
    """Twelve hexadecimal signs, drawn when it was captured."""
    at: float
    """UTC seconds."""
    host: str
    machine: str = ""
    """Digest of the machine's id, so that a clone with the same name is told."""
    user: str
    version: str
    """Of the tool that wrote it."""
    format: int = 1
    salt: str = ""
    """Name of the key of its digests, as `ops.drift.salt.key_name` gives it: with another key all of them differ."""
    digest: str = ""
    """SHA-256 over all else in it, in canonical form."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed."""

    head: Head
    captured: tuple[Captured, ...]
    """Sorted by source, items by name."""

    def source(self, name: str) -> Captured | None:
        """What it holds of that source."""
        return next((one for one in self.captured if one.source == name), None)

    def item(self, path: Path) -> Item | None:
        """The item that a path is of."""
        found = self.source(path.source)
        return next((item for item in found.items if item.name == path.item), None) if found else None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was agreed."""

    path: str
    kind: Kind
    severity: Severity = "warning"
    before: Value | None = None
    """As agreed; None for what was added, and for whole items."""
    after: Value | None = None
    """As it is."""
    facts: Mapping[str, Value] = {}
    """Of a whole item that was added or removed."""
    reason: str = ""
    """Why it can't be read."""
    kept: bool = True
    """Whether the baseline has all that is needed to put it right."""
    ignored: str = ""
    """The rule that ignores it; "" for none."""
    expected: str = ""
    """Why it is expected: "accepted by ann: new image (ticket 12)", "job 12 by ann: restart"; "" for drift."""
    since: float = 0.0
    """UTC seconds when it was first seen so."""

    @property
    def counts(self) -> bool:
        """Whether it is drift: neither ignored nor expected."""
        return not self.ignored and not self.expected

    @property
    def place(self) -> Path:
        """Its path, taken apart."""
        return Path.read(self.path)


class SourceRead(msgspec.Struct, frozen=True, kw_only=True):
    """How reading one source went, without what it gave."""

    source: str
    items: int = 0
    unreadable: str = ""
    remedy: str = ""
    nothing: str = ""
    took_s: float = 0.0
    left_out: int = 0

    @classmethod
    def of(cls, captured: Captured) -> "SourceRead":
        """How reading that went."""
        return cls(
            source=captured.source,
            items=len(captured.items),
            unreadable=captured.unreadable,
            remedy=captured.remedy,
            nothing=captured.nothing,
            took_s=captured.took_s,
            left_out=captured.left_out,
        )


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What one detection found."""

    at: float
    """UTC seconds when it ended."""
    took_s: float = 0.0
    baseline: Head
    against: str = ""
    """Name of the baseline that was compared with, in place of what is live; "" for live."""
    differences: tuple[Difference, ...] = ()
    """Gravest first, then by path; with those that are ignored and expected, which are flagged as such."""
    sources: tuple[SourceRead, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences: from another host, edited by hand, newer version."""

    @property
    def drift(self) -> tuple[Difference, ...]:
        """Those that count."""
        return tuple(one for one in self.differences if one.counts)


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody said that a difference is meant. It holds while the fact stays as it was accepted."""

    path: str
    kind: Kind
    value: str
    """Digest of what was accepted, as `ops.drift.compare.value_key` gives it."""
    baseline: str
    """Id of the baseline that it is an exception to."""
    by: str
    at: float
    reason: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history of drift: counts at one time, written when they changed or an hour has passed."""

    at: float
    baseline: str
    """Its name."""
    critical: int = 0
    warning: int = 0
    info: int = 0
    unreadable: int = 0
    ignored: int = 0
    expected: int = 0
    new: tuple[str, ...] = ()
    """Paths that were not there in the line before, at most 20."""
    gone: tuple[str, ...] = ()
    took_s: float = 0.0
