"""What a person should think of before he says yes: stops by hand, vain tries, old facts, others at work."""

from collections.abc import Iterator, Sequence

from collectors.text import clean
from ops.actions.base import Offer
from ops.board import Row
from ops.figures import duration
from ops.fixes.record import key_of, latest
from ops.jobs.structs import Job

_BY_HAND = frozenset({0, 130, 137, 143})
"""Exit codes as `docker stop`, `docker kill` and ctrl+c leave them."""
_STOPS = ("stop", "kill", "pause")


def cautions(row: Row, offer: Offer, jobs: Sequence[Job], now: float) -> Iterator[str]:
    """One sentence each, gravest first. `jobs` newest first."""
    yield from _stopped(row, jobs, now)
    last = latest(jobs, key_of(offer.action, offer.row, offer.fix))
    if last is not None and last.verdict != "verified":
        how = {"unverified": "ran, but it was not fixed", "lost": "ended with its outcome unknown"}
        yield f"the last try {how.get(last.verdict, 'failed')}{_ago(last.ended_at, now)} (job {last.id})"
    elsewhere = offer.verify_row not in ("", row.id)
    if offer.risk == "interrupts" and row.level == "ok" and row.word != "waiting" and not elsewhere:
        yield f"{row.kind} {clean(row.called)} is well by what is known; it will be interrupted"
    if row.stale and not _fails_to_answer(row):
        yield f"{clean(row.id)} could not be read lately: what is shown of it is old{_read(row, now)}"
    if row.flapping:
        yield f"{clean(row.id)} is good and bad by turns: it may become well, or ill, by itself"
    yield from _others(offer, jobs)


def _stopped(row: Row, jobs: Sequence[Job], now: float) -> Iterator[str]:
    """Whether a person wanted it so: it is not for us to start again what somebody stopped."""
    if row.kind != "container" or row.facts.get("state") not in ("exited", "paused"):
        return
    on_it = (job for job in jobs if job.request.row == row.id and job.began_at is not None)
    job = next(on_it, None)
    if job is not None and job.request.action.endswith(_STOPS) and job.verdict in ("verified", "unverified"):
        yield f"{clean(job.request.by.user)} stopped it by hand{_ago(job.ended_at, now)} (job {job.id})"
        return
    code, finished = row.facts.get("exit_code"), row.facts.get("finished_at")
    if row.facts.get("state") == "exited" and code in _BY_HAND and not row.facts.get("oom_killed"):
        ago = _ago(finished, now) if isinstance(finished, float | int) else ""
        yield f"it exited ({code}){ago} as what somebody stops by hand does: ask before you start it again"


def _fails_to_answer(row: Row) -> bool:
    """Whether a target's silence is its very failure: then what is shown of it is of now."""
    return row.id == row.target and row.level in ("warning", "critical") and row.word != "stale"


def _others(offer: Offer, jobs: Sequence[Job]) -> Iterator[str]:
    for job in jobs:
        if job.runs and (job.request.row == offer.row or job.request.action == offer.action):
            yield f"job {job.id} of {clean(job.request.by.user)} runs now: {clean(job.request.title)}"


def _ago(at: float | None, now: float) -> str:
    return "" if at is None else f" {duration(max(0.0, now - at))} ago"


def _read(row: Row, now: float) -> str:
    return "" if row.at is None else f" (read {duration(max(0.0, now - row.at))} ago)"
