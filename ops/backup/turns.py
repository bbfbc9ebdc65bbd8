"""What is to be done to a set now without a person: by its schedule, its proofs and its rule for what goes. Pure."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from collectors.backup import BackupConfig
from ops.backup import times
from ops.backup.keeping import expired
from ops.backup.standing import BAD
from ops.backup.structs import Event, Kept
from ops.jobs.structs import Job

What = Literal["run", "verify", "drill", "prune"]
FIRST_S, LONGEST_S = 60.0, 3600.0
"""After a failure it is tried again so much later, then after twice that, and so on up to an hour."""
_WEEK = 7
"""Days."""
_WELL = ("verified", "unverified")
"""Verdicts of jobs that did what they should."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is due."""

    set: str
    what: What
    backup: str = ""
    due: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """Of the job that does it."""
        return f"backup.{self.what}"

    @property
    def row(self) -> str:
        """Of the floor, which it acts on."""
        return f"backup:{self.set}"

    @property
    def params(self) -> dict[str, str]:
        """Of the action."""
        if self.what == "run":
            return {"due": " ".join(self.due)}
        return {"backup": self.backup} if self.backup else {}

    @property
    def title(self) -> str:
        """What it does to what."""
        words = {
            "run": f"take the {' and '.join(self.due)} backup of {self.set}",
            "verify": f"verify a backup of {self.set}",
            "drill": f"drill a restore of {self.set}",
            "prune": f"delete expired backups of {self.set}",
        }
        return words[self.what]


def run_due(config: BackupConfig, events: Sequence[Event], now: float) -> Turn | None:
    """The backup that is due; several that were missed are one."""
    due = times.due(config.name, config.schedule, events, now)
    return Turn(set=config.name, what="run", due=due) if due else None


def proof_due(what: Literal["verify", "drill"], config: BackupConfig, events: Iterable[Event], now: float) -> bool:
    """Whether the time of a proof has come. One that found a backup bad was made: the same again tells nothing new."""
    made = (replace(event, ok=True) if event.reason in BAD else event for event in events)
    return times.proof_due(what, config.schedule, made, now)


def left_unread(config: BackupConfig, events: Iterable[Event]) -> Turn | None:
    """The newest one of a schedule without times for that, where it was not read through when it had been taken.

    Its job was killed, or could not reach it. `events` are newest first.
    """
    if config.schedule.verify:
        return None
    judged = set()
    for event in events:
        if event.what in ("verify", "drill") and (event.ok or event.reason in BAD):
            judged.add(event.backup)
        if event.what == "run" and event.ok:
            # Of others nobody said that they are to be read.
            is_left = bool(event.due) and event.backup not in judged
            return Turn(set=config.name, what="verify", backup=event.backup) if is_left else None
    return None


def to_verify(config: BackupConfig, kept: Sequence[Kept], now: float) -> tuple[Turn, ...]:
    """Which to read through now: the newest sound one, and of the others so much that all are within each week.

    That is about a seventh of them each day; all of them where it is done on one day of the week or month only.
    """
    newest = _newest(kept)
    if newest is None:
        return ()
    others = [
        (one.id, one.verified_at, one.manifest.stored_bytes) for one in kept if one is not newest and not one.broken
    ]
    clock = times.read_proof_clock(config.schedule.verify)
    each_day = clock is None or clock.period == "daily"
    again = times.to_read_again(others, now, days=_WEEK if each_day else 1) if others else ()
    return tuple(Turn(set=config.name, what="verify", backup=backup) for backup in (newest.id, *again))


def to_drill(config: BackupConfig, kept: Sequence[Kept]) -> Turn | None:
    """The newest sound one."""
    newest = _newest(kept)
    return Turn(set=config.name, what="drill", backup=newest.id) if newest else None


def _newest(kept: Sequence[Kept]) -> Kept | None:
    """The newest sound one. What was taken before a restore is no proof of anything: it shows what was lost."""
    sound = [one for one in kept if not one.broken]
    return next((one for one in sound if one.manifest.why != "safety"), sound[0] if sound else None)


def proven_since_prune(config: BackupConfig, events: Sequence[Event]) -> float | None:
    """When something was proven after the last prune, where this set is pruned by itself; None where nothing was."""
    if not config.keep.prune:
        return None
    pruned = max((event.at for event in events if event.what == "prune"), default=float("-inf"))
    proven = max((event.at for event in events if event.what in ("verify", "drill") and event.ok), default=pruned)
    return proven if proven > pruned else None


def to_prune(config: BackupConfig, kept: Sequence[Kept]) -> Turn | None:
    """Where anything has expired."""
    return Turn(set=config.name, what="prune") if expired(kept) else None


def not_before(turn: Turn, jobs: Iterable[Job]) -> float:
    """From when on it may be tried (UTC seconds), by how its last tries went; `jobs` are newest first."""
    failures = 0
    last: Job | None = None
    for job in jobs:
        request = job.request
        if (request.row, request.action) != (turn.row, turn.action) or job.runs or request.by.via != "schedule":
            continue
        if job.verdict in _WELL:
            break
        last = last or job
        failures += 1
    if last is None:
        return float("-inf")
    # A person who ends it wants it ended for a while.
    pause_s = LONGEST_S if last.verdict == "cancelled" else pause(failures)
    return (last.ended_at or last.request.asked_at) + pause_s


def pause(failures: int) -> float:
    """How long to wait after so many failures in a row."""
    return min(FIRST_S * 2.0 ** max(0, min(failures, 10) - 1), LONGEST_S)


def busy(config: BackupConfig, every: Iterable[BackupConfig], jobs: Iterable[Job]) -> bool:
    """Whether something is done to it, or to another set of the same thing."""
    running = {job.request.row for job in jobs if job.runs and job.request.action.startswith("backup.")}
    same = (one.name for one in every if one.name == config.name or _same(one, config))
    return any(f"backup:{name}" in running for name in same)


def _same(one: BackupConfig, other: BackupConfig) -> bool:
    return bool(one.source) and (one.kind, one.source) == (other.kind, other.source)
