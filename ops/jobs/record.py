"""What of a job is put on record: who meant to do what, where and how; and what became of it."""

import os
from collections.abc import Sequence
from typing import Any

import msgspec

from ops.jobs.structs import Job

_STEPS = 50
_STEP_LENGTH = 300


def intent(job: Job) -> dict[str, Any]:
    """Who, from where, what exactly is planned, on what. Everything that was shown when it was confirmed."""
    request = job.request
    steps = [step[:_STEP_LENGTH] for step in request.plan[:_STEPS]]
    return {
        "job": job.id,
        "title": request.title,
        "action": request.action,
        "row": request.row,
        "key": request.key,
        "params": dict(request.params),
        "fix": request.fix,
        "by": msgspec.to_builtins(request.by),
        "on": os.uname().nodename,
        "config": request.config,
        "asked_at": request.asked_at,
        "plan": steps,
        "plan_left_out": len(request.plan) - len(steps),
        "relied_on": dict(request.seen),
        "interrupts": request.interrupts,
        "undone": request.undone,
        "locks": list(request.locks),
        "risk": request.risk,
        "typed": request.typed,
        "proof": msgspec.to_builtins(request.proof),
    }


def outcome(job: Job, intended: int | None, calls: Sequence[str], calls_left_out: int) -> dict[str, Any]:
    """How it ended: verdict, the exact calls, a digest of the whole output, what the proof gave."""
    request = job.request
    return {
        "job": job.id,
        "intent": intended,
        "title": request.title,
        "action": request.action,
        "row": request.row,
        "by": msgspec.to_builtins(request.by),
        "verdict": job.verdict,
        "said": job.said,
        "proof": {"row": request.proof.row, "verified": job.verdict == "verified"},
        "exit": job.exit,
        "calls": list(calls),
        "calls_left_out": calls_left_out,
        "began_at": job.began_at,
        "ran_s": job.ran_s,
        "interrupted_s": job.interrupted_s,
        "output": {"sha256": job.digest, "lines": job.lines, "left_out": job.left_out},
    }
