"""What a job is: the request that began it, how it stands, and its output."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from ops.actions.base import Offer, Risk

State = Literal["starting", "waiting", "running", "verifying", "ended"]
Verdict = Literal["", "verified", "unverified", "failed", "refused", "cancelled", "lost"]
"""verified: the check that failed is good again; unverified: it ran, and that check is still bad; failed: the action
itself went wrong; refused: nothing was done; cancelled: by a person; lost: its process died and nobody knows."""
EXITS: Mapping[str, int] = {"verified": 0, "unverified": 1, "failed": 2, "cancelled": 2, "lost": 2, "refused": 3}
"""Exit status of `watchfloor fix`, by verdict."""


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked for it, and from where."""

    user: str
    uid: int
    via: Literal["screen", "command", "policy", "schedule"]
    tty: str = ""
    """"/dev/pts/3"."""
    origin: str = ""
    """Address that the SSH session came from."""
    host: str = ""
    pid: int = 0


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What shows that it is fixed: checks of a row, good again in a fresh reading made after the run."""

    row: str
    """Id of the row that is looked at."""
    checks: tuple[str, ...] = ()
    """Ids of the checks that were bad when the plan was made; without any, the row must be ok."""
    was: str = ""
    """Its state then, in words: "down: connection refused"."""
    within_s: float = 60.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """All that a job needs beside the config; it holds no secret."""

    config: str
    """Absolute path of the config file."""
    action: str
    row: str
    """Id of the row that is acted on."""
    key: str = ""
    """Exact identity of that row when the plan was made; another one is refused."""
    title: str
    """"restart container web-1"."""
    params: Mapping[str, str] = {}
    fix: str = ""
    seen: Mapping[str, str] = {}
    """What the plan relied on, by name."""
    plan: tuple[str, ...] = ()
    """The plan's calls and steps as they were shown."""
    interrupts: str = ""
    undone: str = ""
    locks: tuple[str, ...] = ()
    proof: Proof
    by: By
    wait_s: float = 0.0
    """How long to wait for a lock that somebody holds; 0: refuse at once."""
    timeout_s: float = 300.0
    risk: Risk = "interrupts"
    typed: str = ""
    """What the person typed who said yes, where that was asked for."""
    asked_at: float
    """UTC seconds."""
    failing_since: float | None = None
    """When what is to be mended began to fail, for the time from fault to verified fix."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """How a job stands."""

    id: int
    """Counted up from 1 in each history folder."""
    request: Request
    state: State
    verdict: Verdict = ""
    said: str = ""
    """One sentence: how it ended, or what it waits for."""
    remedy: str = ""
    began_at: float | None = None
    """When the action itself began, UTC seconds."""
    ran_s: float | None = None
    """How long the action took, without waiting and verification."""
    interrupted_s: float | None = None
    """How long the row was not well after the action began, as far as verification saw it."""
    ended_at: float | None = None
    verify_until: float | None = None
    """When the verification gives up."""
    progress_ratio: float | None = None
    progress_words: str = ""
    exit: int | None = None
    """Exit code or status of the last call."""
    digest: str = ""
    """SHA-256 of the whole output, also of what was too much to keep."""
    lines: int = 0
    left_out: int = 0
    """Lines that were too much to keep."""
    undo: Offer | None = None
    """The action that undoes it, where there is one."""

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.state != "ended"


class OutputLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a job's output, sanitized and masked."""

    number: int
    """From 0; numbers are missing where lines were left out."""
    at: float
    """UTC seconds."""
    kind: Literal["call", "out", "err", "say"]
    """The exact call; what the part wrote; what it complained of; our own words."""
    text: str
