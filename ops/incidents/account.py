"""What is known of one incident from everywhere: the book, the history, the jobs and the outbox."""

import msgspec

from ops.board import Bucket
from ops.incidents.structs import Clocks, Incident, Moment
from ops.jobs.structs import Verdict
from ops.notify.structs import Message
from ops.store.contract import Event


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of one row while it lasted, in whole minutes."""

    row: str
    of: str
    """What was counted: "requests" of users, or "probes" of our own."""
    total: int
    failed: int


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What it cost one error budget."""

    budget: str
    """Its id: "api availability"."""
    row: str
    window: str
    bad: int
    total: int
    """Events, or slices where the objective counts those."""
    spent_ratio: float
    """Of the whole budget of the window; may be over 1."""
    remaining_ratio: float | None
    """What was left at its end."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Latency and failures of one row from shortly before it to shortly after it."""

    row: str
    start: float
    end: float
    step_s: float
    columns: tuple[Bucket, ...]


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """A job that acted on what the incident is about."""

    job: int
    at: float
    """When it was asked for."""
    ended_at: float | None
    row: str
    title: str
    by: str
    verdict: Verdict
    said: str
    calls: tuple[str, ...] = ()
    """The exact calls, in order."""
    output: tuple[str, ...] = ()
    """The newest lines of what they wrote."""
    left_out: int = 0
    """Lines of output that are not in `output`."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; the facts of a post-mortem. Times are UTC seconds."""

    floor: str
    environment: str
    at: float
    """When it was gathered."""
    incident: Incident
    start: float
    """When the first of its alerts began to be true."""
    end: float
    """When it was over; `at` while it goes on."""
    clocks: Clocks
    timeline: tuple[Moment, ...]
    """Every moment, as it was written."""
    happened: tuple[Event, ...] = ()
    """What the history has of the rows concerned and the timeline has not."""
    failures: tuple[Failures, ...] = ()
    """Most failures first; rows of which nothing was counted are left out."""
    spent: tuple[Spent, ...] = ()
    courses: tuple[Course, ...] = ()
    deeds: tuple[Deed, ...] = ()
    messages: tuple[Message, ...] = ()
    """Oldest first."""
    missing: tuple[str, ...] = ()
    """What could not be read and why, or was left out, one sentence each."""
    generated: bool = False
    """The history was made for trying things out, not recorded."""
