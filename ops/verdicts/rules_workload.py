"""What the state of a container or a supervised process says."""

from collections.abc import Callable, Iterator, Mapping

from collectors.base import Entity, Value
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import count, size
from ops.verdicts.exits import ended_by
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import RECENT_S, STARTS, number

_JUST_STARTED_S = 30.0
_LOOP = 3
"""Restarts within 5 minutes that make a loop."""

Judged = tuple[Level, str, str]
"""Level, word, text."""


def workload_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a container or process by its state, its restarts and its health probe."""
    facts = entity.facts
    state = str(facts.get("state") or "")
    judged = _STATES.get(state, _running)(facts)
    if judged[0] == "warning" and state == "exited" and entity.kind == "container" and _was_a_command(facts, past):
        judged = "ok", "exited", judged[2]
    if state in ("exited", "dead") and facts.get("swarm_service"):
        # A swarm never starts a task's container again: it makes another, and keeps the last five of a slot.
        judged = "ok", "replaced", f"{judged[2]}; the swarm runs another in its place if it is still wanted"
    loop = _loop(facts, past)
    if loop and judged[0] != "critical":
        judged = loop
    elif state == "running" and past.rose(STARTS, _JUST_STARTED_S):
        judged = "ok", "restarted", "was started anew"
    yield _finding(f"{entity.kind}.state", judged)
    if state == "running":
        yield _finding(f"{entity.kind}.health", _health(entity))


def _was_a_command(facts: Mapping[str, Value], past: Past) -> bool:
    """Whether what ended well was never meant to stay: in no compose project, and nobody saw it run."""
    return not facts.get("project") and "uptime_s" not in past.facts


def _finding(check: str, judged: Judged) -> Finding:
    level, word, text = judged
    return Finding(check=check, level=level, word=word, text=text)


def _running(facts: Mapping[str, Value]) -> Judged:
    state = facts.get("state")
    if not state:
        return "unknown", "unknown", "its state is not known"
    if facts.get("oom_killed") and state == "running":
        return "warning", "out of memory", f"a process in it was killed for memory{_limit(facts)}"
    return "ok", "" if state in ("running", "sleeping") else str(state), str(state)


def _exited(facts: Mapping[str, Value]) -> Judged:
    code = number(facts.get("exit_code"))
    if facts.get("oom_killed"):
        return "critical", "out of memory", f"killed for memory: {_exit(code)}{_limit(facts)}"
    return ("warning" if code == 0 else "critical"), "exited", _exit(code) + ended_by(code)


def _restarting(facts: Mapping[str, Value]) -> Judged:
    code = number(facts.get("exit_code"))
    if facts.get("oom_killed"):
        return "critical", "restarting", f"restarting: it was killed for memory{_limit(facts)}"
    how = "" if code is None else f" with exit code {code:.0f}{ended_by(code)}"
    return "critical", "restarting", f"restarting: it keeps ending soon after its start{how}"


def _exit(code: float | None) -> str:
    return "exited" if code is None else f"exited ({code:.0f})"


def _limit(facts: Mapping[str, Value]) -> str:
    limit = number(facts.get("memory_limit_bytes"))
    return f", its limit is {size(limit)}" if limit else ""


def _always(level: Level, word: str, text: str) -> Callable[[Mapping[str, Value]], Judged]:
    return lambda facts: (level, word, text)


_STATES: Mapping[str, Callable[[Mapping[str, Value]], Judged]] = {
    "exited": _exited,
    "paused": _always("warning", "paused", "paused: its processes are frozen and answer nothing"),
    "restarting": _restarting,
    "dead": _always("critical", "dead", "dead: the engine could not remove it"),
    "missing": _always("critical", "missing", "missing: there is no such process"),
    "stopped": _always("warning", "frozen", "frozen: stopped by a signal, it answers nothing"),
    "zombie": _always("critical", "zombie", "zombie: it has ended and its parent does not collect it"),
}


def _loop(facts: Mapping[str, Value], past: Past) -> Judged | None:
    recent = past.rose("restarts", RECENT_S)
    if recent < 2:
        return None
    times = f"{count(int(recent))} restarts in the last 5 min"
    if recent >= _LOOP:
        return "critical", "restarting", f"restarting again and again ({times})"
    return "warning", "restarting", f"restarting again and again ({times})"


def _health(entity: Entity) -> Judged:
    health = entity.facts.get("health")
    if health == "unhealthy":
        said = _last_line(entity.texts.get("health probe", ""))
        return "critical", "unhealthy", f"unhealthy: {said}" if said else "unhealthy: its health probe fails"
    if health == "starting":
        return "ok", "starting", "its health probe has not passed yet"
    return "ok", "", str(health or "no health probe")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
