"""Tells whether a target can be reached as a check: failing, down, unreachable, recovering, up."""

from collectors.base import Poll
from collectors.rabbitmq_api.faults import NO_PLUGIN
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import duration
from ops.verdicts.finding import Finding
from ops.verdicts.tracker import CheckMemory, ReachMemory

_COULD_NOT_ASK = {"auth": "locked out", "permission": "locked out"}
"""Reasons of failed polls that say nothing about the target itself."""
_BESIDE_IT = frozenset({("rabbitmq", NO_PLUGIN)})
"""Sections and reasons of polls that found the target itself answering, and only what would tell of it away."""
_SERVERS = frozenset({"postgres", "redis", "memcached"})
_SERVER_WORDS = {"timeout": "hung", "limit": "full"}
"""A server that hangs or has no slot free is not one that is gone."""


def reach_check(
    reached: ReachMemory, poll: Poll, bad: Finding | None, spec: TargetSpec, before: CheckMemory | None, now: float
) -> CheckMemory:
    """The check "section.reach". `bad` is what an answer was rejected for; `before` is the check of the last poll."""
    level, word = _state(reached, poll, spec, before)
    pending = reached.reached in ("failing", "recovering")
    return CheckMemory(
        level="ok" if reached.reached == "failing" else level,
        shown=level,
        since=min(before.since, now) if before and before.shown == level else now,
        at=now,
        pending=pending,
        word=word,
        text=_text(reached, poll, bad, spec),
    )


def _state(reached: ReachMemory, poll: Poll, spec: TargetSpec, before: CheckMemory | None) -> tuple[Level, str]:
    if reached.reached == "up":
        return "ok", ""
    if reached.reached == "recovering":
        return ("unknown" if before and before.shown == "unknown" else "warning"), "recovering"
    level, word = _down(poll, spec)
    if reached.reached == "failing":
        return ("unknown" if level == "unknown" else "warning"), "failing"
    return level, word


def _down(poll: Poll, spec: TargetSpec) -> tuple[Level, str]:
    if poll.outcome == "broken":
        return "unknown", "broken"
    if poll.reason in _COULD_NOT_ASK:
        return "unknown", _COULD_NOT_ASK[poll.reason]
    if spec.collector.source_only or (spec.collector.section, poll.reason) in _BESIDE_IT:
        return "unknown", "unreachable"
    server = spec.collector.section in _SERVERS
    return "critical", _SERVER_WORDS.get(poll.reason, "down") if server else "down"


def _text(reached: ReachMemory, poll: Poll, bad: Finding | None, spec: TargetSpec) -> str:
    why = bad.text if bad else poll.error or "no answer"
    match reached.reached:
        case "up":
            return f"answered in {duration(poll.took_s)}"
        case "failing":
            return f"{why} ({reached.failures} of {spec.config.failures})"
        case "recovering":
            return f"answers again ({reached.successes} of {spec.config.successes})"
        case "down":
            return why
