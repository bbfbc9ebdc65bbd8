"""How an action did before, from the jobs that are kept: what a menu says beside each offer."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from ops.figures import duration
from ops.fixes.structs import Record
from ops.jobs.structs import Job, Request

_COUNTED = frozenset({"verified", "unverified", "failed", "lost"})
"""What was refused was not tried, and what a person ended says nothing of the action."""
_OWN = frozenset({"command", "http.hook"})
"""Actions whose meaning is the `[[fix]]` that they come from."""

Key = tuple[str, str, str]
"""Action, row, and the `[[fix]]` where that is what the action means."""


def key_of(action: str, row: str, fix: str) -> Key:
    """What counts as the same thing tried again."""
    return action, row, fix if action in _OWN else ""


def records(jobs: Iterable[Job]) -> Mapping[Key, Record]:
    """A Record for all that was ever tried, by its key."""
    tried: dict[Key, list[Job]] = {}
    for job in jobs:
        if job.state == "ended" and job.verdict in _COUNTED:
            tried.setdefault(_key(job.request), []).append(job)
    return {key: _record(found) for key, found in tried.items()}


def latest(jobs: Iterable[Job], key: Key) -> Job | None:
    """The last try that has ended, of jobs as they come: newest first."""
    return next(
        (job for job in jobs if job.state == "ended" and job.verdict in _COUNTED and _key(job.request) == key), None
    )


def _key(request: Request) -> Key:
    return key_of(request.action, request.row, request.fix)


def _record(jobs: Sequence[Job]) -> Record:
    worked = [job for job in jobs if job.verdict == "verified"]
    took = [job.ended_at - job.began_at for job in worked if job.ended_at is not None and job.began_at is not None]
    interrupted = [job.interrupted_s for job in worked if job.interrupted_s is not None]
    failed_at = [job.ended_at for job in jobs if job.verdict != "verified" and job.ended_at is not None]
    return Record(
        tried=len(jobs),
        worked=len(worked),
        median_s=median(took) if took else None,
        interrupted_s=median(interrupted) if interrupted else None,
        last_failed_at=max(failed_at, default=None),
    )


def words(record: Record, now: float) -> str:
    """ "7 of 9 worked, median 41 s, last failed 2d ago", or "never tried here"."""
    if not record.tried:
        return "never tried here"
    parts = [f"{record.worked} of {record.tried} worked"]
    if record.median_s is not None:
        parts.append(f"median {duration(record.median_s)}")
    if record.last_failed_at is not None:
        parts.append(f"last failed {duration(max(0.0, now - record.last_failed_at))} ago")
    return ", ".join(parts)


def weight(record: Record) -> float:
    """How much a record moves a score, -10 to 10: 20 × (worked + 1) ÷ (tried + 2) − 10, Laplace's rule of succession.

    Nothing is said by nothing (0), little by one try (3.3 up or down), most by many.
    """
    return 20 * (record.worked + 1) / (record.tried + 2) - 10
