"""What happened to jobs between two looks at them: which began and which ended, in sentences. Pure."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.figures import duration
from ops.jobs.structs import Job


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One job that began or ended."""

    kind: Literal["began", "ended"]
    job: int
    row: str
    fix: str
    verdict: str = ""
    text: str


class News:
    """Compares the jobs of each look with those of the look before; of the first look only what runs is known."""

    def __init__(self) -> None:
        self._known: dict[int, bool] | None = None

    def look(self, jobs: Sequence[Job]) -> list[Happened]:
        """What is new, oldest first."""
        known = self._known
        self._known = {job.id: job.runs for job in jobs}
        if known is None:
            return []
        found: list[Happened] = []
        for job in reversed(jobs):
            if job.id not in known:
                found.append(began(job))
            if not job.runs and known.get(job.id, True):
                found.append(ended(job))
        return found


def began(job: Job) -> Happened:
    """A job was asked for."""
    request = job.request
    what = f"{request.fix}: {request.title}" if request.fix and request.fix != request.title else request.title
    text = f"job {job.id} by {request.by.user} began: {what}"
    return Happened(kind="began", job=job.id, row=request.proof.row, fix=request.fix, text=clean(text, LINE_LIMIT))


def ended(job: Job) -> Happened:
    """A job ended, with its verdict, and how long it was from the fault to the verified fix."""
    request = job.request
    text = f"job {job.id} {job.verdict}: {request.title}"
    if job.said:
        text += f": {job.said}"
    if job.verdict == "verified" and job.ended_at is not None and request.failing_since is not None:
        text += f" ({duration(max(job.ended_at - request.failing_since, 0))} after it began to fail)"
    return Happened(
        kind="ended",
        job=job.id,
        row=request.proof.row,
        fix=request.fix,
        verdict=job.verdict,
        text=clean(text, LINE_LIMIT),
    )
