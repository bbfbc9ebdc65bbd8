"""Statements that make rights, roles and extensions of a PostgreSQL again what was agreed; pure.

Such statements take no parameters, so names are quoted here; what is no name is one of fixed words.
"""

import re
from collections.abc import Iterator, Mapping

from ops.actions.postgres_settings import alter_system, identifier, is_name, literal
from ops.drift.named import raw_name
from ops.drift.structs import DIGEST, Difference, Item, Value

_ON: Mapping[str, str] = {
    "table": "TABLE",
    "view": "TABLE",
    "materialized_view": "TABLE",
    "foreign_table": "TABLE",
    "sequence": "SEQUENCE",
    "schema": "SCHEMA",
    "database": "DATABASE",
}
"""What GRANT calls each kind of item."""
_OWNED: Mapping[str, str] = {
    "table": "TABLE",
    "view": "VIEW",
    "materialized_view": "MATERIALIZED VIEW",
    "foreign_table": "FOREIGN TABLE",
    "sequence": "SEQUENCE",
    "schema": "SCHEMA",
    "database": "DATABASE",
}
_ATTRIBUTES: Mapping[str, str] = {
    "superuser": "SUPERUSER",
    "inherits": "INHERIT",
    "creates_roles": "CREATEROLE",
    "creates_databases": "CREATEDB",
    "logs_in": "LOGIN",
    "replication": "REPLICATION",
    "bypasses_row_security": "BYPASSRLS",
}
_PRIVILEGE = re.compile(r"[A-Z]+(?: [A-Z]+)?\*?")
_MOMENT = re.compile(r"infinity|\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def statements(difference: Difference, agreed: Item | None) -> tuple[str, ...]:
    """What leads back; () where nothing here does. `agreed` is the item as it was."""
    target, _, rest = difference.place.item.partition("/")
    kind, slash, name = rest.partition("/")
    if not target or not slash or difference.kind in ("unreadable", "reordered"):
        return ()
    try:
        return tuple(_of(kind, raw_name(name), difference, agreed))
    except ValueError:
        return ()


def _of(kind: str, name: str, difference: Difference, agreed: Item | None) -> Iterator[str]:
    """Raises ValueError for what can't be written."""
    fact = difference.place.fact
    if kind == "extension":
        yield from _extension(name, difference, agreed)
    elif fact.startswith("grants.") and kind in _ON:
        yield from _grants(f"{_ON[kind]} {_path(kind, name)}", raw_name(fact.removeprefix("grants.")), difference)
    elif fact == "owner" and kind in _OWNED and difference.kind == "changed":
        yield f"ALTER {_OWNED[kind]} {_path(kind, name)} OWNER TO {identifier(_text(difference.before))}"
    elif fact.startswith("settings.") and kind in ("role", "database"):
        setting = raw_name(fact.removeprefix("settings."))
        yield _setting(f"ALTER {kind.upper()} {identifier(name)}", setting, difference.before)
    elif kind == "role":
        yield from _role(identifier(name), fact, difference.before, difference.after)


def _path(kind: str, name: str) -> str:
    """A name with its schema. Raises ValueError where it is not clear which part is which."""
    if kind in ("schema", "database"):
        return identifier(name)
    schema, dot, own = name.partition(".")
    if not dot or "." in own:
        raise ValueError(f"{name} has more dots than one")
    return f"{identifier(schema)}.{identifier(own)}"


def _grants(on: str, grantee: str, difference: Difference) -> Iterator[str]:
    who = "PUBLIC" if grantee == "PUBLIC" else identifier(grantee)
    before, after = _privileges(difference.before), _privileges(difference.after)
    for privilege in sorted(after):
        if privilege not in before:
            yield f"REVOKE {privilege} ON {on} FROM {who}"
        elif after[privilege] and not before[privilege]:
            yield f"REVOKE GRANT OPTION FOR {privilege} ON {on} FROM {who}"
    for privilege in sorted(before):
        if privilege not in after or (before[privilege] and not after[privilege]):
            option = " WITH GRANT OPTION" if before[privilege] else ""
            yield f"GRANT {privilege} ON {on} TO {who}{option}"


def _privileges(value: Value | None) -> dict[str, bool]:
    """Each with whether it may be passed on. Raises ValueError for what is no privilege."""
    words = value if isinstance(value, tuple) else ()
    if not all(_PRIVILEGE.fullmatch(word) for word in words):
        raise ValueError("that is no list of privileges")
    return {word.rstrip("*"): word.endswith("*") for word in words}


def _role(name: str, fact: str, before: Value | None, after: Value | None) -> Iterator[str]:
    if fact in _ATTRIBUTES and isinstance(before, bool):
        yield f"ALTER ROLE {name} {'' if before else 'NO'}{_ATTRIBUTES[fact]}"
    elif fact == "connections_max" and isinstance(before, int):
        yield f"ALTER ROLE {name} CONNECTION LIMIT {before:d}"
    elif fact == "valid_until":
        moment = "infinity" if before is None else _text(before)
        if not _MOMENT.fullmatch(moment):
            raise ValueError("that is no moment")
        yield f"ALTER ROLE {name} VALID UNTIL {literal(moment)}"
    elif fact == "member_of" and isinstance(before, tuple) and isinstance(after, tuple):
        yield from (f"REVOKE {identifier(raw_name(one))} FROM {name}" for one in after if one not in before)
        yield from (f"GRANT {identifier(raw_name(one))} TO {name}" for one in before if one not in after)


def _setting(start: str, name: str, before: Value | None) -> str:
    """Raises ValueError for a setting in one database of a role's, and for a value that is not kept."""
    if not is_name(name) or "." in name or DIGEST in str(before):
        raise ValueError(f"{name} is none that can be set so")
    if before is None:
        return f"{start} RESET {name}"
    return f"{start} {alter_system(name, _text(before)).removeprefix('ALTER SYSTEM ')}"


def _extension(name: str, difference: Difference, agreed: Item | None) -> Iterator[str]:
    if difference.kind == "removed" and not difference.place.fact and agreed is not None:
        schema, version = _text(agreed.facts["schema"]), _text(agreed.facts["version"])
        yield f"CREATE EXTENSION {identifier(name)} SCHEMA {identifier(raw_name(schema))} VERSION {literal(version)}"
    elif difference.place.fact == "version":
        yield f"ALTER EXTENSION {identifier(name)} UPDATE TO {literal(_text(difference.before))}"
    elif difference.place.fact == "schema":
        yield f"ALTER EXTENSION {identifier(name)} SET SCHEMA {identifier(_text(difference.before))}"


def _text(value: Value | None) -> str:
    """Raises ValueError for what is no text that can stand in a statement."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("that is no text")
    return value
