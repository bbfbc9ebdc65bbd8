"""What the past says, as screens and reports get it."""

from collections.abc import Sequence

import msgspec

from ops.board import Bucket, Budget


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, for the time axis of a chart."""

    at: float
    kind: str
    """As `ops.store.contract.Event`: level, restart, deploy, config…"""
    row: str
    text: str
    after: str = ""
    """The level, image or commit that it then had, by kind."""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Latency percentiles of one row over a span of time."""

    row: str
    start: float
    end: float
    columns: Sequence[Bucket]
    """Oldest first, each with what was counted in the step that ends at its `at`; empty ones have count 0."""
    whole: Bucket | None = None
    """All of the span in one: its own percentiles."""
    before: Sequence[Bucket] = ()
    """The same span a week earlier, moved to the present; empty where nothing is known of it."""
    marks: Sequence[Mark] = ()
    rule: str = ""
    """How percentiles were made: "nearest rank, to 1 %"."""


class Heat(msgspec.Struct, frozen=True, kw_only=True):
    """How many answers took how long, over time."""

    row: str
    start: float
    end: float
    """The columns share the time between them equally; the last may reach beyond the moment that was asked for."""
    edges_s: Sequence[float]
    """Upper edges of the bands, rising; the last band has no upper edge and is not listed."""
    columns: Sequence[Sequence[int]]
    """By column of time, oldest first: counts by band, one more than edges."""
    failed: Sequence[int]
    """By column: how many failed."""


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """What a stretch of time spent of a budget."""

    start: float
    end: float
    total: int
    bad: int
    spent_ratio: float
    """Of the whole budget of the window."""
    happened: Sequence[Mark] = ()
    """What else happened then."""


class TakenOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time that counts neither as good nor as bad."""

    start: float
    end: float
    why: str
    """"maintenance nightly", "correction 3 by ana: load test"."""


class BudgetDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Where an error budget went."""

    budget: Budget
    curve: Sequence[tuple[float, float | None]]
    """(UTC seconds, remaining ratio then) from the start of the window to now; None where nothing is known."""
    days: Sequence[Spend]
    """Each day (of the SLO's time zone) of the window, oldest first, those without data left out."""
    worst: Sequence[Spend]
    """The worst stretches of ten minutes, most spent first; only where something was bad."""
    spells: Sequence[Spend]
    """Each unbroken outage or bad stretch, newest first: what an incident cost."""
    at_end_ratio: float | None
    """Remaining ratio at the end of the window (rolling: a whole window from now) at the burn of the last hour."""
    taken_out: Sequence[TakenOut] = ()
    """Maintenance and corrections within the window, oldest first."""
