"""A plan, a job and its output as lines of text."""

import shlex
from collections.abc import Iterator

from collectors.text import LINE_LIMIT, clean
from ops.figures import duration
from ops.fixes.price import words as price_words
from ops.fixes.record import words as record_words
from ops.fixes.structs import Plan
from ops.jobs.structs import Job, OutputLine
from ops.past.wall import moment

_SIGNS = {"call": "$ ", "out": "  ", "err": "! ", "say": "# "}


def plan_lines(plan: Plan, now: float) -> Iterator[str]:
    """What exactly will be done, what it costs, how it is undone and proven."""
    offer = plan.offer
    yield f"{offer.title}{f'  [[fix]] {offer.fix}' if offer.fix else ''}"
    yield from (f"  {_SIGNS[step.kind]}{step.text}" for step in plan.steps)
    for head, text in (
        ("interrupts", plan.interrupts or "nothing"),
        ("undone", plan.undone),
        ("price", price_words(plan.price)),
        ("record", record_words(plan.record, now)),
        ("proof", _proof(plan)),
        ("agreed by", _agreed(plan)),
    ):
        if text:
            yield f"  {head:<11} {text}"
    yield from (f"  warning     {warning}" for warning in plan.warnings)


def _agreed(plan: Plan) -> str:
    """What has to be typed, since a yes is not enough."""
    return f"its name, which is asked for, or --confirm {shlex.quote(plan.typed)}" if plan.typed else ""


def _proof(plan: Plan) -> str:
    proof = plan.proof
    checks = f" ({', '.join(proof.checks)})" if proof.checks else ""
    was = f", now {proof.was}" if proof.was else ""
    return f"{clean(proof.row)} good again within {duration(proof.within_s)}{checks}{was}"


def output_line(line: OutputLine) -> str:
    """One line of a job's output with its kind's sign."""
    return f"{_SIGNS[line.kind]}{line.text}"


def ending(job: Job) -> str:
    """How it ended, in one line."""
    parts = [f"job {job.id}: {job.verdict or job.state}"]
    if job.said:
        parts.append(clean(job.said, LINE_LIMIT))
    return ": ".join(parts)


def job_cells(job: Job) -> tuple[str, ...]:
    """Number, when, row, what, how it ended, how long, who, and what was said of it."""
    request = job.request
    took = job.ended_at - request.asked_at if job.ended_at is not None else None
    return (
        str(job.id),
        moment(request.asked_at),
        clean(request.row),
        clean(request.title),
        job.verdict or job.state,
        duration(took) if took is not None else "",
        f"{clean(request.by.user)} ({request.by.via})",
        clean(job.said),
    )


JOB_HEAD = ("job", "when", "row", "what", "how", "took", "who", "said")


def job_lines(job: Job) -> Iterator[str]:
    """All about a job but its output."""
    request = job.request
    where = ", ".join(part for part in (request.by.via, request.by.tty, request.by.origin, request.by.host) if part)
    yield f"job {job.id}: {clean(request.title)}"
    for head, text in (
        ("asked", f"{moment(request.asked_at)} by {clean(request.by.user)} ({clean(where)})"),
        ("row", clean(request.row)),
        ("fix", clean(request.fix)),
        ("action", clean(request.action)),
        ("state", job.verdict or job.state),
        ("said", clean(job.said, LINE_LIMIT)),
        ("remedy", clean(job.remedy, LINE_LIMIT)),
        ("ran", duration(job.ran_s) if job.ran_s is not None else ""),
        ("interrupted", duration(job.interrupted_s) if job.interrupted_s is not None else ""),
        ("undone", clean(request.undone, LINE_LIMIT)),
    ):
        if text:
            yield f"  {head:<11} {text}"
    if job.left_out:
        yield f"  output      {job.lines:,} lines, {job.left_out:,} of them were too much to keep"
