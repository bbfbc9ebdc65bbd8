"""What others have seen: figures that Prometheus computes, and alerts that Alertmanager holds."""

from collections.abc import Iterator, Mapping

from collectors.alertmanager_api.unheard import UNHEARD
from collectors.base import Entity, Value
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import duration
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

VALUES = ("value", "value_s", "value_bytes", "value_ratio", "value_percent", "value_per_s")
"""The fact that a figure's value stands in, by its unit."""
OLD_S = 60.0
_LEVELS: Mapping[str, Level] = {
    **dict.fromkeys(("critical", "crit", "page", "error", "fatal", "emergency"), "critical"),
    **dict.fromkeys(("info", "informational", "information", "none", "ok", "debug", "notice"), "ok"),
}
"""By the label "severity", in small letters; every other word is a warning."""


def figure_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Tell a figure that can't be had: refused, too old, or without any data. Limits are put on its value."""
    error = entity.facts.get("error")
    if error:
        yield _known(entity, "unknown", "unreadable", str(error))
        return
    if any(entity.facts.get(name) is not None for name in (*VALUES, "requests_per_s")):
        yield _known(entity, "ok", "", "read")
        return
    age_s = number(entity.facts.get("sample_age_s"))
    if age_s is not None and age_s >= OLD_S:
        yield _known(entity, "unknown", "stale", f"its last sample is {duration(age_s)} old")
    else:
        first = "requests_per_s" in entity.facts and entity.facts.get("series")
        text = "counted from now on" if first else "the query gives no data now"
        yield _known(entity, "ok", "" if first else "no data", text)


def _known(entity: Entity, level: Level, word: str, text: str) -> Finding:
    return Finding(check=f"{entity.kind}.known", level=level, word=word, text=text)


def alert_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Take over an alert by its severity; one that is silenced or inhibited raises no alarm here either."""
    facts = entity.facts
    if facts.get("state") == UNHEARD:
        text = f"{_about(entity)}; Alertmanager was started anew and was not told of it since"
        yield Finding(check="alert.state", level="unknown", word="stale", text=text)
        return
    muted = _muted(facts)
    severity = str(facts.get("severity") or "").lower()
    level: Level = _LEVELS.get(severity, "warning")
    if muted:
        yield Finding(check="alert.state", level="ok", word=muted, text=f"{muted}: {_about(entity)}")
    else:
        word = "info" if level == "ok" else "firing"
        yield Finding(check="alert.state", level=level, word=word, text=_about(entity))


def _muted(facts: Mapping[str, Value]) -> str:
    if facts.get("state") != "suppressed":
        return ""
    return "inhibited" if facts.get("inhibited_by") and not facts.get("silenced_by") else "silenced"


def _about(entity: Entity) -> str:
    """What the alert says of itself. Its age is a fact: in the sentence it would change with every poll."""
    return str(entity.facts.get("summary") or entity.name)
