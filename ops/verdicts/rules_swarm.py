"""What a swarm, its services and its nodes say."""

from collections.abc import Iterator, Mapping

from collectors.base import Entity, Value
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import count
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

_SETTLES_S = 10.0
"""Tasks that start, or are replaced by an update, are missing for a moment without anything being wrong."""
_STEADY_S = 15.0
"""What has run for so long after failures has got over them."""
_PAUSED = {"paused": "update paused", "rollback_paused": "rollback paused"}
_UNDER_WAY = {"updating": "updating", "rollback_started": "rolling back"}


def swarm_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge the managers: without more than half of them a swarm can be neither changed nor read."""
    managers, reachable = number(entity.facts.get("managers")), number(entity.facts.get("manager_reachable"))
    if managers is None or reachable is None:
        return
    text = f"{count(int(reachable))} of {count(int(managers))} managers reachable"
    level: Level = "warning" if reachable < managers else "ok"
    yield Finding(check="swarm.managers", level=level, word="managers" if level != "ok" else "", text=text)


def swarm_service_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a service by what runs of it, by its update, and by what keeps tasks from running."""
    facts = entity.facts
    yield _job(facts) if str(facts.get("mode")).endswith("job") else _replicas(facts)


def swarm_node_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a node: one that was drained on purpose may go."""
    facts = entity.facts
    state, availability = str(facts.get("state") or "unknown"), facts.get("availability")
    said = f": {facts['message']}" if facts.get("message") else ""
    check = "swarm.node.state"
    if state == "ready":
        word = {"drain": "drained", "pause": "paused"}.get(str(availability), "ready")
        yield Finding(check=check, level="ok", word=word, text=word)
    elif availability == "drain":
        yield Finding(check=check, level="warning", word=state, text=f"{state}, after it was drained{said}")
    else:
        yield Finding(check=check, level="critical", word=state, text=f"the node is {state}{said}")


def _replicas(facts: Mapping[str, Value]) -> Finding:
    running, wanted = number(facts.get("running")), number(facts.get("wanted"))
    if running is None or wanted is None:
        return _finding("unknown", "unknown", "how many run is not known")
    have = f"{count(int(running))}/{count(int(wanted))}"
    update = str(facts.get("update_state") or "")
    error = _because(facts)
    if update in _PAUSED:
        said = error or (f": {facts['update_message']}" if facts.get("update_message") else "")
        return _finding("critical", "paused", f"{have}, {_PAUSED[update]}{said}")
    if running >= wanted:
        if _keeps_failing(facts):
            return _finding("warning", "failing", f"{_failures(facts)}{error}")
        return _finding("ok", _UNDER_WAY.get(update) or ("running" if wanted else "none wanted"), f"{have} running")
    level: Level = "critical" if running == 0 else "warning"
    if facts.get("pending_reason"):
        text = f"wanted {count(int(wanted))}, have {count(int(running))}: {facts['pending_reason']}"
        return _finding(level, "unplaced", text)
    word = _UNDER_WAY.get(update, "down" if running == 0 else "degraded")
    return _finding(level, word, f"{have} running{error}", 0.0 if error else _SETTLES_S)


def _job(facts: Mapping[str, Value]) -> Finding:
    """A job is done when enough of its tasks have ended well; until then it works, or fails."""
    done, wanted = number(facts.get("completed")), number(facts.get("completions"))
    if done is None or wanted is None:
        return _finding("unknown", "unknown", "how far the job is is not known")
    have = f"{count(int(done))}/{count(int(wanted))} completed"
    if done >= wanted:
        return _finding("ok", "done", have)
    if facts.get("pending_reason"):
        return _finding("warning", "unplaced", f"{have}: {facts['pending_reason']}")
    if number(facts.get("failed_tasks")):
        return _finding("warning", "failing", f"{have}, {_failures(facts)}{_because(facts)}")
    return _finding("ok", "working", have)


def _keeps_failing(facts: Mapping[str, Value]) -> bool:
    """Tasks fail one after the other, though enough of them run just now."""
    uptime_s = number(facts.get("uptime_s"))
    young = uptime_s is None or uptime_s < _STEADY_S
    return young and (number(facts.get("failed_tasks")) or 0) >= 2 and not facts.get("update_state")


def _failures(facts: Mapping[str, Value]) -> str:
    failed = int(number(facts.get("failed_tasks")) or 0)
    return f"{count(failed)} task{'' if failed == 1 else 's'} failed in the last 10 min"


def _because(facts: Mapping[str, Value]) -> str:
    return f": {facts['last_error']}" if facts.get("last_error") else ""


def _finding(level: Level, word: str, text: str, hold_s: float = 0.0) -> Finding:
    return Finding(check="swarm.service.replicas", level=level, word=word, text=text, hold_s=hold_s)
