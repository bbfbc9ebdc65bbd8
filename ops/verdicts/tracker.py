"""State machines over time: how long a finding stands until it counts, and how many polls make a target down or up."""

from typing import Literal

import msgspec

from ops.board import LEVELS, Level
from ops.figures import duration
from ops.verdicts.finding import Finding

LONGEST_GAP_S = 60.0
"""No pause between two evaluations counts for more: neither a sleeping laptop nor a stepped clock fills a hold."""


class CheckMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One check over time. `warning_s` and `critical_s`: for how long at least that level has been seen, or None."""

    level: Level
    """The level that counts."""
    shown: Level
    """What is shown: also "warning" for a critical that is not yet held long enough."""
    since: float
    """UTC seconds when `shown` last changed."""
    at: float
    warning_s: float | None = None
    critical_s: float | None = None
    pending: bool = False
    word: str = ""
    text: str = ""


def held(memory: CheckMemory | None, finding: Finding, now: float) -> CheckMemory:
    """Take one finding: a level counts once it was seen without a break for `hold_s`; one better finding ends it.

    While a critical waits it is shown as a pending warning, so that it is on the screen within one poll; a warning
    that waits is marked pending and changes nothing else.
    """
    gap = min(max(0.0, now - memory.at), LONGEST_GAP_S) if memory else 0.0
    warning_s = _seen(memory.warning_s if memory else None, finding.level in ("warning", "critical"), gap)
    critical_s = _seen(memory.critical_s if memory else None, finding.level == "critical", gap)
    level = _counts(finding, warning_s, critical_s)
    pending = level != finding.level
    shown: Level = "warning" if pending and finding.level == "critical" else level
    waited = critical_s if finding.level == "critical" else warning_s
    return CheckMemory(
        level=level,
        shown=shown,
        since=min(memory.since, now) if memory and memory.shown == shown else now,
        at=now,
        warning_s=warning_s,
        critical_s=critical_s,
        pending=pending,
        word=finding.word,
        text=finding.text + (_waiting(waited or 0.0, finding.hold_s) if pending else ""),
    )


def _waiting(waited_s: float, hold_s: float) -> str:
    whole = round(waited_s)
    return f" (for {duration(whole)} of {duration(hold_s)})" if whole else f" (counts after {duration(hold_s)})"


def _seen(before: float | None, is_seen: bool, gap: float) -> float | None:
    if not is_seen:
        return None
    return 0.0 if before is None else before + gap


def _counts(finding: Finding, warning_s: float | None, critical_s: float | None) -> Level:
    if finding.level in ("ok", "unknown"):
        return finding.level
    if critical_s is not None and critical_s >= finding.hold_s:
        return "critical"
    return "warning" if warning_s is not None and warning_s >= finding.hold_s else "ok"


Reached = Literal["up", "failing", "down", "recovering"]


class ReachMemory(msgspec.Struct, frozen=True):
    """A target's answers in a row. `reached`: failing and recovering are the steps before down and up are certain."""

    reached: Reached = "up"
    failures: int = 0
    successes: int = 0


def reach(memory: ReachMemory, good: bool, failures: int, successes: int) -> ReachMemory:
    """Take one poll: down after `failures` bad ones in a row, up again after `successes` good ones (Gatus's rule).

    A failure resets the successes and the reverse. Thresholds under 1 count as 1.
    """
    was_down = memory.reached in ("down", "recovering")
    if good:
        run = memory.successes + 1
        state: Reached = "recovering" if was_down and run < successes else "up"
        return ReachMemory(state, 0, run)
    run = memory.failures + 1
    return ReachMemory("down" if was_down or run >= failures else "failing", run, 0)


def rank(level: Level) -> int:
    """A level's place from best (0) to worst."""
    return LEVELS.index(level)
