"""What an HTTP answer says: its status, what was expected of its body, and the health words in its JSON."""

from collections.abc import Iterator, Mapping, Sequence

from collectors.base import Entity, Value
from collectors.net.http_config import Expect, HttpConfig
from ops.config.structs import TargetSpec
from ops.verdicts.finding import Finding, Past
from ops.verdicts.health_words import CLEARLY_BAD, COMPONENTS, meaning, normal

JSON = "json."
_STATE_FIELDS = frozenset({"status", "state", "health"})
_GROUPS = frozenset({"checks", "components", "services", "dependencies", "details", "subsystems"})
"""Objects whose fields are components, whatever they are called."""
_EXPLAINING = ("error", "message", "detail", "reason", "title")
"""Fields in which services say why they fail."""
_TEXT_LIMIT = 60


def service_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge an answer: one finding that fails it, or its health words."""
    expect = spec.config.expect if isinstance(spec.config, HttpConfig) else Expect()
    refused = _refused(entity.facts, expect)
    if refused:
        told = refused + _own_words(entity.facts)
        yield Finding(check="service.expect", level="critical", word="down", text=told, fails=True)
        return
    yield from _degraded(entity.facts, expect.json)


def _own_words(facts: Mapping[str, Value]) -> str:
    """What the answer itself says is wrong, to stand behind our own sentence; "" when it says nothing of it."""
    said = [facts.get(JSON + field) for field in _EXPLAINING]
    words = next((word for word in said if isinstance(word, str) and word), "")
    return f": {words[: 2 * _TEXT_LIMIT]}" if words else ""


def _refused(facts: Mapping[str, Value], expect: Expect) -> str:
    """Why the answer is no good, as far as that is plain; "" when it is good enough."""
    return (
        _wrong_status(facts.get("status"), expect.statuses)
        or _wrong_text(facts, expect)
        or _wrong_json(facts, expect.json)
        or _unhealthy(facts, expect.json)
    )


def _wrong_status(status: Value, wanted: Sequence[int]) -> str:
    if not isinstance(status, int):
        return ""
    if not wanted:
        return "" if 200 <= status < 400 else f"answers {status}"
    return "" if status in wanted else f"answers {status}, expected {' or '.join(map(str, wanted))}"


def _wrong_text(facts: Mapping[str, Value], expect: Expect) -> str:
    if facts.get("contains") is False:
        return f"the answer lacks {_quoted(expect.contains)}"
    if facts.get("absent") is False:
        return f"the answer has {_quoted(expect.absent)}, which must not be there"
    return ""


def _wrong_json(facts: Mapping[str, Value], wanted: Mapping[str, Value]) -> str:
    if not wanted:
        return ""
    if facts.get("json_error"):
        return f"the answer is no JSON: {facts['json_error']}"
    for path, value in wanted.items():
        found = facts.get(JSON + path)
        if _same(found, value) or (found is not None and meaning(found) == "degraded"):
            continue
        return f"{path} is {_quoted(found) if found is not None else 'missing'}, expected {_quoted(value)}"
    return ""


def _same(found: Value, wanted: Value) -> bool:
    """JSON numbers and flags are compared as such; True is not 1."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _unhealthy(facts: Mapping[str, Value], wanted: Mapping[str, Value]) -> str:
    """A 200 that says of itself that it is unhealthy."""
    status = facts.get("json.status")
    if "status" in wanted or not isinstance(status, str) or meaning(status) != "bad":
        return ""
    return f"says that it is {_quoted(status)}"


def _degraded(facts: Mapping[str, Value], wanted: Mapping[str, Value]) -> Iterator[Finding]:
    """Warnings of an answer that is good enough; a field with an expectation is judged by that alone."""
    for fact, value in facts.items():
        path = fact.removeprefix(JSON)
        if path == fact or (path in wanted and _same(value, wanted[path])):
            continue
        text = _ill(path, value, facts, expected=path in wanted)
        if text:
            yield Finding(check=f"service.{fact}", level="warning", word="degraded", text=text)


def _ill(path: str, value: Value, facts: Mapping[str, Value], *, expected: bool) -> str:
    """What is not well, as a sentence; "" when it is."""
    if path == "status":
        return f"says that it is {_quoted(value)}" if isinstance(value, str) and meaning(value) == "degraded" else ""
    component = _component(path.split("."), value) or (path if expected else "")
    return f"{_named(path, component, facts)} is {_quoted(value)}" if component else ""


def _component(path: list[str], value: Value) -> str:
    """The name of the component that is not well; "" when it is, or when this field is no component's state."""
    if not isinstance(value, str | bool):
        return ""
    in_group = bool(_GROUPS.intersection(path[:-1]))
    names_state = path[-1] in _STATE_FIELDS and len(path) > 1
    said = meaning(value)
    a_component = path[-1] in COMPONENTS and isinstance(value, str)
    if names_state or (in_group and path[-2] in _GROUPS) or a_component:
        # Only inside a group is an unheard word a state: an order's status may be "packed".
        ill = said in ("bad", "degraded") or (said == "other" and names_state and in_group)
    else:
        ill = len(path) == 1 and isinstance(value, str) and normal(value) in CLEARLY_BAD
    named = [part for part in (path[:-1] if names_state else path) if part not in _GROUPS]
    return (" ".join(named) or path[-1]) if ill else ""


def _named(path: str, component: str, facts: Mapping[str, Value]) -> str:
    """The name that an item of a list has beside its state; else the component's own."""
    name = facts.get(f"{JSON}{path.rpartition('.')[0]}.name") if component.rpartition(" ")[2].isdecimal() else None
    return name if isinstance(name, str) and name else component


def _quoted(value: object) -> str:
    text = str(value)
    return f'"{text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"}"'
