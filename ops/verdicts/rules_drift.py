"""What a detection of drift says: how many differences count, and each of them as a row of its own."""

from collections.abc import Iterator, Mapping

from collectors.base import Entity, Value
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import count, several
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

_LEVELS: Mapping[str, Level] = {"critical": "critical", "warning": "warning"}
"""By severity; what is only information is well."""


def drift_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Tell that all is as agreed, or how many differences are only information; limits are put on the graver ones."""
    info = number(entity.facts.get("info")) or 0
    graver = any(number(entity.facts.get(name)) for name in ("critical", "warning"))
    word = "" if graver else f"{count(int(info))} info" if info else "as agreed"
    text = f"{several(int(info), 'difference')} for information" if info else "as agreed"
    yield Finding(check="drift.known", level="ok", word=word, text=text)


def difference_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """A difference is as grave as its severity; its word is what became of the fact."""
    facts = entity.facts
    level = _LEVELS.get(str(facts.get("severity")), "ok")
    word = str(facts.get("change") or "changed")
    yield Finding(check=f"{entity.kind}.severity", level=level, word=word, text=sentence(word, *_values(facts)))


def _values(facts: Mapping[str, Value]) -> tuple[str, str]:
    return str(facts.get("before") or ""), str(facts.get("after") or "")


def sentence(change: str, before: str, after: str) -> str:
    """What is different, in one clause: "changed from nginx:1.24 to nginx:1.25".

    `after` of what is unreadable is the reason.
    """
    if change == "unreadable":
        return f"can't be read: {after}" if after else "can't be read"
    if change == "changed" and before and before == after:
        return f"changed in what is not shown here: {after}"
    if change == "changed":
        return f"changed from {before or 'nothing'} to {after or 'nothing'}"
    if change == "reordered":
        return "the same things in another order"
    value = after if change == "added" else before
    return f"{change}: {value}" if value else change
