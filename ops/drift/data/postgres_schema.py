"""The schema of a PostgreSQL's database by object, as items; pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from collectors.text import clean_lines
from ops.drift.data.postgres_access import grants, plain
from ops.drift.hiding import is_secret, told
from ops.drift.host.texts import without_secrets
from ops.drift.named import safe_name
from ops.drift.structs import TEXT, Item, Value

Digest = Callable[[str, str], str]
_LINES = 5_000
_PARTS = ("constraint", "index", "trigger", "policy", "rule")
"""What hangs on a relation, as the facts of it begin."""
Rows = Iterable[Mapping[str, Any]]


def relations(prefix: str, rows: Rows, columns: Rows, parts: Rows, digest: Digest, most: int = 0) -> list[Item]:
    """Tables, views and sequences, each with its columns and what hangs on it.

    Where there are `most` columns or parts, more were left out: of whose none came, or only some, they are unreadable.
    """
    columns, parts = tuple(columns), tuple(parts)
    inside: dict[tuple[str, str], dict[str, Value]] = {}
    for column in columns:
        facts = inside.setdefault((column["schema"], column["relation"]), {})
        default = _default(column, digest)
        facts[f"column.{safe_name(column['name'])}"] = _line(f"{column['declared']}{default}", digest)
    for part in parts:
        facts = inside.setdefault((part["schema"], part["relation"]), {})
        facts[f"{part['kind']}.{safe_name(part['name'])}"] = _line(part["definition"], digest)
    whole = {kinds: _whole(told, most) for kinds, told in ((("column",), columns), (_PARTS, parts))}
    found = []
    for row in rows:
        key = (row["schema"], row["name"])
        cut = [kind for kinds, known in whole.items() if known is not None and key not in known for kind in kinds]
        item = _relation(prefix, row, inside.get(key, {}), digest)
        found.append(replace(item, unreadable=dict.fromkeys(cut, f"there are more than {most} in this database")))
    return found


def _whole(told: Sequence[Mapping[str, Any]], most: int) -> set[tuple[str, str]] | None:
    """Schema and name of the relations of which all came; None where nothing was left out."""
    if not most or len(told) < most:
        return None
    return {(row["schema"], row["relation"]) for row in told} - {(told[-1]["schema"], told[-1]["relation"])}


def _relation(prefix: str, row: Mapping[str, Any], inside: Mapping[str, Value], digest: Digest) -> Item:
    facts = plain(row, ("schema", "name", "kind", "definition", "options")) | grants(row["grants"]) | dict(inside)
    for option in row["options"]:
        name, _, value = str(option).partition("=")
        facts[f"option.{safe_name(name)}"] = told(digest, name, value)
    return _with_text(f"{prefix}{row['kind']}/{_named(row)}", facts, row["definition"], digest)


def functions(prefix: str, rows: Rows, digest: Digest) -> list[Item]:
    """Functions and procedures by name and arguments."""
    found = []
    for row in rows:
        facts = plain(row, ("schema", "name", "definition")) | grants(row["grants"])
        found.append(_with_text(f"{prefix}function/{_named(row)}", facts, row["definition"], digest))
    return found


def types(prefix: str, rows: Rows) -> list[Item]:
    """Enumerations with their labels in order, and domains."""
    found = []
    for row in rows:
        facts = plain(row, ("schema", "name", "labels"))
        if row["labels"]:
            facts["labels"] = tuple(safe_name(label) for label in row["labels"])
        found.append(Item(name=f"{prefix}type/{_named(row)}", facts=facts))
    return found


def _named(row: Mapping[str, Any]) -> str:
    return safe_name(f"{row['schema']}.{row['name']}")


def _with_text(name: str, facts: dict[str, Value], text: str | None, digest: Digest) -> Item:
    """A definition is kept for the diff, where no password stands in it."""
    if text is None:
        return Item(name=name, facts=facts)
    kept = without_secrets(text)
    secret = kept is None or kept.text != text
    facts[TEXT] = digest(TEXT, text) if secret else _printable(text)
    return Item(name=name, facts=facts, kept=not secret)


def _default(column: Mapping[str, Any], digest: Digest) -> str:
    """What stands in a column where nothing is given; of one that is called like a secret a digest."""
    if column["by_default"] is None:
        return ""
    secret = is_secret(str(column["name"]))
    return f" DEFAULT {digest('default', column['by_default']) if secret else column['by_default']}"


def _line(text: str, digest: Digest) -> str:
    return told(digest, "definition", " ".join(text.split()))


def _printable(text: str) -> str:
    return clean_lines(text, _LINES)
