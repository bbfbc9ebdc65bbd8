"""A difference as a row of the floor and back: short texts, and a key that is exactly this difference."""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from collectors.base import Value as Fact
from collectors.drift import PART
from collectors.text import NAME_LIMIT, clean
from ops.board import Check, Level, Row
from ops.config.structs import Config
from ops.drift.structs import SEVERITIES, Difference, Kind, Path, Severity, Value
from ops.redact import shown
from ops.verdicts.rules_drift import sentence

KEY_SIGNS = 16
VALUE_SIGNS = 200
"""Characters of a value in a row; the whole one is in the findings."""
_DIGEST_SIGNS = 12
_CUT = "…"
_KINDS: tuple[Kind, ...] = ("added", "removed", "changed", "reordered", "unreadable")
_LEVELS: Mapping[Severity, Level] = {"info": "ok", "warning": "warning", "critical": "critical"}


def key_of(difference: Difference) -> str:
    """What it is exactly: the same only where path, kind and both values are the same."""
    same = [difference.path, difference.kind, difference.before, difference.after, dict(difference.facts)]
    return sha256(msgspec.json.encode(same, order="deterministic")).hexdigest()[:KEY_SIGNS]


def row_name(path: str) -> str:
    """What its row is called: the path, or of one that is too long for a name its beginning and a digest of it all."""
    if len(path) <= NAME_LIMIT:
        return path
    digest = sha256(path.encode()).hexdigest()[:_DIGEST_SIGNS]
    return f"{path[: NAME_LIMIT - _DIGEST_SIGNS - 1]}{_CUT}{digest}"


def is_cut(name: str) -> bool:
    """Whether it may be a name of a path that was too long for one."""
    return len(name) == NAME_LIMIT and name[-_DIGEST_SIGNS - 1] == _CUT


def short(value: Value | None) -> str:
    """A value in one line, masked; of a longer text its beginning and how many lines it has."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return clean(shown(", ".join(value)), VALUE_SIGNS)
    if isinstance(value, str) and "\n" in value.rstrip("\n"):
        lines = value.rstrip("\n").split("\n")
        return f"{clean(shown(lines[0]), VALUE_SIGNS // 2)} … ({len(lines)} lines)"
    return clean(shown(str(value).rstrip("\n")), VALUE_SIGNS)


def clause(one: Difference) -> str:
    """What became of it, in one clause: of a text how many lines are others, of a digest what it stands for."""
    before, after = one.before, one.after
    if one.kind == "unreadable":
        return sentence(one.kind, "", shown(one.reason))
    if what := meaning(one):
        return {"added": f"added: {what}", "removed": f"gone: {what}"}.get(one.kind, f"changed: {what}")
    if one.kind == "changed" and isinstance(before, str) and isinstance(after, str) and _is_text(before, after):
        return _lines_changed(before.splitlines(), after.splitlines())
    return sentence(one.kind, short(before), short(after))


def meaning(one: Difference) -> str:
    """What a digest stands for where that is no single value; "" where it is."""
    return "work that is not committed" if (one.place.source, one.place.fact) == ("git", "changes") else ""


def _is_text(before: str, after: str) -> bool:
    return all("\n" in text.rstrip("\n") for text in (before, after))


def _lines_changed(before: Sequence[str], after: Sequence[str]) -> str:
    had, has = Counter(before), Counter(after)
    number = max((had - has).total(), (has - had).total())
    if not number:
        return "changed: the same lines otherwise ended, or in another order"
    lines = max(len(before), len(after))
    return f"changed: {number} of {lines} lines {'differs' if number == 1 else 'differ'}"


def origin(config: Config, path: Path) -> str:
    """Id of the configured target that an item is of: "docker:local" of "local/web-1"; "" for this host itself."""
    first, slash, _ = path.item.partition("/")
    fitting = [spec.id for spec in config.targets if first and slash and spec.config.name == first]
    own = f"{path.source}:{first}"
    return own if own in fitting else next((one for one in fitting if not one.startswith("drift:")), "")


def facts_of(difference: Difference, config: Config) -> dict[str, Fact]:
    """The facts of its row; `name` and `key` beside them are what it is called, and what it is exactly."""
    path = difference.place
    return {
        "path": difference.path,
        "source": path.source,
        "item": path.item,
        "fact": path.fact,
        "change": difference.kind,
        "severity": difference.severity,
        "before": short(difference.before),
        "after": short(difference.after) or shown(difference.reason),
        "kept": difference.kept,
        "origin": origin(config, path),
        "since": difference.since,
        "name": row_name(difference.path),
        "key": key_of(difference),
    }


def row_of(difference: Difference, config: Config, target: str, at: float) -> Row:
    """The row of a difference as the floor has it. `target` is the id of the `[[drift]]` ("drift:web-1")."""
    facts = facts_of(difference, config)
    key, name = str(facts.pop("key")), str(facts.pop("name"))
    level = _LEVELS[difference.severity]
    said = sentence(difference.kind, str(facts["before"]), str(facts["after"]))
    since = difference.since or at
    check = Check(id=f"{PART}.severity", level=level, word=difference.kind, text=said, since=since)
    return Row(
        id=f"{PART}:{target.partition(':')[2]}/{name}",
        kind=PART,
        name=name,
        target=target,
        key=key,
        level=level,
        word="ok" if level == "ok" else difference.kind,
        reason="" if level == "ok" else said,
        since=since,
        at=at,
        facts=facts,
        checks=(check,),
    )


def difference_of(row: Row) -> Difference | None:
    """The difference that a row is, with short texts for its values.

    None where the row is none, or has lost the end of its path: such a long one is nothing that a fix can name.
    """
    facts = row.facts
    path, severity = str(facts.get("path") or ""), facts.get("severity")
    kind = next((one for one in _KINDS if one == facts.get("change")), None)
    if row.kind != PART or kind is None or not _is_path(path) or row_name(path) != row.name:
        return None
    before, after, since = facts.get("before"), facts.get("after"), facts.get("since")
    return Difference(
        path=path,
        kind=kind,
        severity=next((one for one in SEVERITIES if one == severity), "warning"),
        before=before if before != "" else None,
        after=after if after != "" else None,
        kept=facts.get("kept") is not False,
        since=float(since) if isinstance(since, int | float) else 0.0,
    )


def _is_path(text: str) -> bool:
    try:
        Path.read(text)
    except ValueError:
        return False
    return True
