"""What the state of systemd and of its units says."""

from collections.abc import Callable, Iterator, Mapping

from collectors.base import Entity, Value
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import count, duration
from ops.verdicts.exits import ended_by, signal_name
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import RECENT_S, number

_STARTS_LONG_S = 90.0
"""systemd's own limit for a start (DefaultTimeoutStartSec)."""
_LOOP = 3

Judged = tuple[Level, str, str]
"""Level, word, text."""


def systemd_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a manager: units that failed, maintenance, going down."""
    failed, state = number(entity.facts.get("failed")), entity.facts.get("system_state")
    judged: Judged = ("ok", str(state) if state and state != "running" else "", str(state or "state not known"))
    if state == "maintenance":
        judged = "critical", "maintenance", "in maintenance: only the rescue or emergency target is active"
    elif failed:
        named = entity.facts.get("failed_units")
        text = f"{count(int(failed))} unit{'' if failed == 1 else 's'} failed" + (f": {named}" if named else "")
        judged = "warning", "degraded", text
    elif state == "stopping":
        judged = "warning", "stopping", "the host is going down"
    yield _finding("systemd.state", judged)


def unit_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a unit by its state, by how its main process ended, and by its restarts."""
    facts = entity.facts
    state = str(facts.get("state") or "")
    judged = _STATES.get(state, _other)(facts)
    recent = past.rose("restarts", RECENT_S)
    if recent >= 2 and judged[0] != "critical":
        text = f"restarting again and again ({count(int(recent))} restarts in the last 5 min){_how(facts)}"
        judged = ("critical" if recent >= _LOOP else "warning"), "restarting", text
    yield _finding("systemd.unit.state", judged)
    starting = state == "activating" and facts.get("sub") != "auto-restart"
    level: Level = "warning" if starting else "ok"
    text = f"has been starting for longer than {duration(_STARTS_LONG_S)}" if starting else "started"
    word = "starting" if starting else ""
    yield Finding(check="systemd.unit.start", level=level, word=word, text=text, hold_s=_STARTS_LONG_S)


def _finding(check: str, judged: Judged) -> Finding:
    level, word, text = judged
    return Finding(check=check, level=level, word=word, text=text)


def _other(facts: Mapping[str, Value]) -> Judged:
    state = facts.get("state")
    if not state:
        return "unknown", "unknown", "its state is not known"
    return "ok", str(state), str(state)


def _failed(facts: Mapping[str, Value]) -> Judged:
    why = str(facts.get("result") or "failed")
    return "critical", "failed", _RESULTS.get(why, f"failed: {why}") + _code(facts)


def _activating(facts: Mapping[str, Value]) -> Judged:
    if facts.get("sub") == "auto-restart":
        code = number(facts.get("exit_code"))
        name = signal_name(code) if code is not None and code < 0 else ""
        ended = f"was ended by {name}" if name else f"ended{_how(facts)}"
        return "critical", "restarting", f"restarting: it {ended} and waits for its next start"
    return "ok", "starting", "starting"


def _inactive(facts: Mapping[str, Value]) -> Judged:
    if facts.get("load") == "masked":
        return "warning", "masked", "masked: it can't be started"
    load = facts.get("load")
    if load not in (None, "loaded"):
        return "critical", "unreadable", f"its unit file can't be used: {load}"
    stopped_s = number(facts.get("stopped_s"))
    ago = "" if stopped_s is None else f" {duration(stopped_s)} ago"
    if facts.get("type") == "oneshot":
        return "ok", "inactive" if stopped_s is None else "done", f"ended well{ago}" if ago else "has not run yet"
    if facts.get("enabled") == "disabled" and stopped_s is None:
        return "ok", "inactive", "disabled, and not started since the boot"
    return "warning", "stopped", f"stopped{ago}" if ago else "not started since the boot"


def _missing(facts: Mapping[str, Value]) -> Judged:
    return "critical", "missing", "missing: there is no such unit"


def _code(facts: Mapping[str, Value]) -> str:
    code = number(facts.get("exit_code"))
    if code is None:
        return ""
    return ended_by(code) if code < 0 else f" ({code:.0f})"


def _how(facts: Mapping[str, Value]) -> str:
    code = number(facts.get("exit_code"))
    if code is None:
        return ""
    return ended_by(code) if code < 0 else f" with exit code {code:.0f}"


_RESULTS: Mapping[str, str] = {
    "exit-code": "failed: its main process ended with an error",
    "signal": "failed: its main process was killed",
    "core-dump": "failed: its main process crashed",
    "oom-kill": "failed: killed for memory",
    "timeout": "failed: it did not start or stop in time",
    "watchdog": "failed: it did not answer its watchdog in time",
    "start-limit-hit": "failed: started too often, so systemd gave up",
    "resources": "failed: something that it needs was not to be had",
    "protocol": "failed: it did not behave as its unit file says",
    "dependency": "failed: something that it depends on failed",
}
"""The Result property, as systemd.exec(5) and systemd.service(5) describe it."""
_STATES: Mapping[str, Callable[[Mapping[str, Value]], Judged]] = {
    "failed": _failed,
    "activating": _activating,
    "inactive": _inactive,
    "not-found": _missing,
}
