"""Tells the person at the screen when jobs have ended, wherever he is by then."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ops.figures import duration
from ops.jobs.structs import Job

_WORDS = {
    "verified": "is fixed and verified",
    "unverified": "ran, but it is not fixed",
    "failed": "failed",
    "refused": "was refused",
    "cancelled": "was cancelled",
    "lost": "died, and its outcome is unknown",
}


class Told(NamedTuple):
    """One sentence about a job that has ended."""

    text: str
    severity: Literal["information", "warning", "error"]


class JobWatch:
    """Remembers what ran at the last look."""

    def __init__(self) -> None:
        self.running: frozenset[int] = frozenset()
        self._last = -1

    def expect(self, number: int) -> None:
        """A job was started from here: tell its end, however soon it comes."""
        self.running |= {number}

    def look(self, jobs: Sequence[Job]) -> list[Told]:
        """What has ended since the last look; of jobs that were there before the first look nothing is told."""
        newest = max((job.id for job in jobs), default=0)
        known = self._last if self._last >= 0 else newest
        ended = [job for job in jobs if not job.runs and (job.id in self.running or job.id > known)]
        self.running = frozenset(job.id for job in jobs if job.runs)
        self._last = max(newest, known)
        return [_told(job) for job in reversed(ended)]


def _told(job: Job) -> Told:
    verified = job.verdict == "verified"
    took = job.ended_at - job.began_at if job.ended_at is not None and job.began_at is not None else None
    after = f" after {duration(took)}" if took is not None else ""
    since = job.request.failing_since
    if verified and job.ended_at is not None and since is not None and job.ended_at >= since:
        began = "differed" if job.request.row.startswith("drift.difference:") else "failed"
        after += f" ({duration(job.ended_at - since)} since it {began})"
    why = "" if verified or not job.said else f": {job.said}"
    text = f"job {job.id}, {job.request.title}, {_WORDS.get(job.verdict, job.verdict)}{after}{why}; o shows it"
    return Told(text, "information" if verified else "warning" if job.verdict in ("cancelled", "refused") else "error")
