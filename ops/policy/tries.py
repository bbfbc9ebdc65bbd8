"""The brakes that count tries: of one row, of all rows, and those that did not help. Pure, made from the jobs kept."""

from collections.abc import Iterable, Mapping, Sequence

from ops.config.fixing import Auto
from ops.figures import duration
from ops.jobs.structs import Job
from ops.policy.structs import Try

HOUR_S = 3600.0
BURST_S = 600.0
BURST = 3
"""Tries on one row in ten minutes, whatever a config says."""
_NEGLECTED = ("refused", "cancelled")
"""A person who ends a job, and a job that did nothing, say nothing about whether it helps."""


def tries_of(jobs: Iterable[Job]) -> tuple[Try, ...]:
    """The jobs that did something or still may, in the order given; refused ones did nothing."""
    return tuple(_try(job) for job in jobs if job.verdict != "refused")


def _try(job: Job) -> Try:
    request = job.request
    return Try(
        job=job.id,
        acted=request.row,
        proof=request.proof.row,
        fix=request.fix,
        action=request.action,
        user=request.by.user,
        by_policy=request.by.via == "policy",
        at=request.asked_at if job.began_at is None else job.began_at,
        ended_at=None if job.runs else (job.ended_at or request.asked_at),
        verdict=job.verdict,
    )


def since(tries: Iterable[Try], now: float, seconds: float) -> int:
    """How many began in the last so many seconds; what the clock calls the future began just now."""
    return sum(now - one.at < seconds for one in tries)


def last_end(tries: Iterable[Try]) -> float | None:
    """When the latest of those that have ended did."""
    return max((one.ended_at for one in tries if one.ended_at is not None), default=None)


def unhelpful(tries: Sequence[Try], rows: Sequence[str], pardons: Mapping[str, float]) -> tuple[Try, ...]:
    """The tries in a row, newest first, that were not verified: until one that was, or until a pardon."""
    pardoned = max((pardons[row] for row in (*rows, "*") if row in pardons), default=float("-inf"))
    found: list[Try] = []
    for one in sorted((one for one in tries if one.ended_at is not None), key=_ended, reverse=True):
        if one.verdict == "verified" or _ended(one) <= pardoned:
            break
        if one.verdict not in _NEGLECTED:
            found.append(one)
    return tuple(found)


def _ended(one: Try) -> float:
    return one.ended_at or 0.0


def too_many(tries: Sequence[Try], most_per_hour: int, now: float) -> str:
    """Why one more on this row is too many now; "" where it is not."""
    burst, hour = since(tries, now, BURST_S), since(tries, now, HOUR_S)
    if burst >= BURST:
        return f"{burst} tries in the last {duration(BURST_S)}"
    return f"{hour} tries in the last hour, of {most_per_hour}" if hour >= most_per_hour else ""


def too_many_overall(tries: Sequence[Try], auto: Auto, now: float) -> str:
    """Why policy may not try anything more now; "" where it may."""
    hour = since((one for one in tries if one.by_policy), now, HOUR_S)
    return f"policy tried {hour} times in the last hour, of {auto.max_per_hour}" if hour >= auto.max_per_hour else ""
