"""Statements that set PostgreSQL's settings: such ones take no parameters, so values are quoted here; pure."""

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?")
_LISTS = frozenset({
    "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
    "temp_tablespaces", "unix_socket_directories",
})  # fmt: skip
"""Settings whose value is a list of names, each quoted by itself (GUC_LIST_QUOTE in guc.h)."""
_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,"]*))\s*(?:,|$)')


def is_name(name: str) -> bool:
    """Whether it can be the name of a setting as it stands."""
    return bool(_NAME.fullmatch(name))


def alter_system(name: str, value: str) -> str:
    """ "ALTER SYSTEM SET work_mem TO '64MB'". Raises ValueError for what can be no setting or no value."""
    if not is_name(name) or "\0" in value:
        raise ValueError(f"{name!r} can't be set so")
    if name not in _LISTS:
        return f"ALTER SYSTEM SET {name} TO {literal(value)}"
    return f"ALTER SYSTEM SET {name} TO {', '.join(literal(part) for part in parts(value)) or literal('')}"


def literal(text: str) -> str:
    """The text as a literal that means the same whatever standard_conforming_strings says."""
    quoted = text.replace("'", "''")
    return f"E'{quoted.replace(chr(92), chr(92) * 2)}'" if "\\" in text else f"'{quoted}'"


def identifier(name: str) -> str:
    """The name in quotation marks."""
    return '"' + name.replace('"', '""') + '"'


def parts(value: str) -> list[str]:
    """The names of a list: '"$user", public' are two."""
    found = []
    at = 0
    while at < len(value):
        match = _PART.match(value, at)
        if match is None or match.end() == at:
            raise ValueError(f"{value!r} is no list of names")
        quoted, plain = match.groups()
        text = quoted.replace('""', '"') if quoted is not None else plain.strip()
        if text or quoted is not None:
            found.append(text)
        at = match.end()
    return found
