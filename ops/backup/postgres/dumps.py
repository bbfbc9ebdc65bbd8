"""Reads dumps: through to the end with the real tool, or only their lists of what is inside."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import NamedTuple

from collectors.text import clean
from ops.backup.base import Source
from ops.backup.errors import BackupError
from ops.backup.postgres.taking import FACT
from ops.backup.postgres.tools import Tools
from ops.backup.programs import last_words
from ops.backup.structs import Found, Manifest, Part

LIST_MOST = 512 * 2**20
"""A dump begins with its list and all but the rows: so much is read of it to have them, at most …"""
_LIST_FIRST = 8 * 2**20
"""… and so much at first, which is enough for thousands of tables."""
_LINE = re.compile(r"(\d+); (\d+) (\d+) (.+)")
_KINDS = (
    "TABLE DATA", "TABLE ATTACH", "TABLE", "SEQUENCE SET", "SEQUENCE OWNED BY", "SEQUENCE", "MATERIALIZED VIEW DATA",
    "MATERIALIZED VIEW", "VIEW", "FK CONSTRAINT", "CHECK CONSTRAINT", "CONSTRAINT", "INDEX ATTACH", "INDEX",
    "DEFAULT ACL", "DEFAULT",
    "TRIGGER", "EVENT TRIGGER", "RULE", "POLICY", "ROW SECURITY", "ACL", "COMMENT", "SECURITY LABEL", "SCHEMA",
    "EXTENSION", "FUNCTION", "PROCEDURE", "AGGREGATE", "TYPE", "DOMAIN", "STATISTICS", "BLOBS", "BLOB METADATA",
    "BLOB", "FOREIGN TABLE", "SERVER", "USER MAPPING", "PUBLICATION TABLE", "PUBLICATION", "SUBSCRIPTION",
    "ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE PROPERTIES", "DATABASE", "CAST", "COLLATION", "OPERATOR CLASS",
    "OPERATOR FAMILY", "OPERATOR", "LANGUAGE", "ACCESS METHOD", "TRANSFORM", "CONVERSION",
)  # fmt: skip


class Entry(NamedTuple):
    """One line of a dump's list."""

    line: str
    """As pg_restore takes it back with --use-list."""
    kind: str
    """"TABLE DATA"."""
    rest: str
    """Schema, name and owner: "public orders shop"; a schema of "-" for what is in none."""


def dumps_of(manifest: Manifest) -> dict[str, Part]:
    """Parts that are databases, by the database's name."""
    return {
        str(manifest.facts.get(f"{FACT}{part.name}", part.what.removeprefix("database "))): part
        for part in manifest.parts
        if part.format == "pg_custom"
    }


def rows_taken(manifest: Manifest, database: str) -> dict[str, int]:
    """What was counted in one database: rows by "schema.table"."""
    begins = f"{database}."
    others = [f"{name}." for name in dumps_of(manifest) if name != database and name.startswith(begins)]
    return {
        key.removeprefix(begins): count
        for key, count in manifest.counts.items()
        if key.startswith(begins) and not any(key.startswith(other) for other in others)
    }


def objects_taken(manifest: Manifest, database: str) -> dict[str, int]:
    """How many of each kind of thing one database had: "tables", "indexes" …"""
    begins = f"{database}: "
    facts = manifest.facts.items()
    return {key.removeprefix(begins): value for key, value in facts if key.startswith(begins) and type(value) is int}


async def checked(tools: Tools, pieces: AsyncIterator[bytes]) -> str:
    """Read one through with pg_restore, to nowhere; "" or what is wrong. Its list alone would prove nothing."""
    ended = await tools.run(["pg_restore", "--file=/dev/null"], {}, pieces)
    if ended.code:
        return f"pg_restore can't read it through: {last_words(ended.err) or f'status {ended.code}'}"
    return "" if ended.whole else "pg_restore stopped before the end of it"


async def read_text(source: Source, part: Part, limit: int) -> str:
    """A small part as text. Raises BackupError "damaged" where it is longer than that."""
    found = bytearray()
    async with aclosing(_generator(source.open(part))) as pieces:
        async for piece in pieces:
            found += piece
            if len(found) > limit:
                raise BackupError(f"{part.name} is longer than it can be", "take another backup", reason="damaged")
    return found.decode("utf-8", "replace")


async def beginning(pieces: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes, None]:
    """The first so many bytes, about; the rest is not read."""
    left = limit
    async with aclosing(_generator(pieces)) as whole:
        async for piece in whole:
            yield piece
            left -= len(piece)
            if left <= 0:
                return


async def _generator(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same, closed together with it where it can be closed."""
    try:
        async for piece in pieces:
            yield piece
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


async def listed(tools: Tools, source: Source, part: Part) -> list[Entry]:
    """What is inside, in order. Raises BackupError "damaged"."""
    if part.plain_bytes > _LIST_FIRST:
        with suppress(BackupError):  # its list is longer: the second try says what is wrong, if anything is
            return await _listed(tools, beginning(source.open(part), _LIST_FIRST))
    return await _listed(tools, beginning(source.open(part), LIST_MOST))


async def _listed(tools: Tools, pieces: AsyncIterator[bytes]) -> list[Entry]:
    found: list[Entry] = []
    rest = b""
    stream = tools.stream(["pg_restore", "--list"], {}, pieces)
    async with aclosing(stream) as written:
        async for piece in written:
            *lines, rest = (rest + piece).split(b"\n")
            found += [entry for line in lines if (entry := entry_of(line.decode("utf-8", "replace")))]
    return found


def entry_of(line: str) -> Entry | None:
    """Read one line of a list; None for a comment. Pure."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    said = match[4]
    kind = next((kind for kind in _KINDS if said.startswith(f"{kind} ")), said.partition(" ")[0])
    return Entry(line, kind, f"{said[len(kind) :].strip()} ")


_NOT_SHOWN = frozenset(
    ("ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES", "TABLE DATA", "SEQUENCE SET")
)


def found_in(entries: Sequence[Entry], part: Part, rows: Mapping[str, int]) -> list[Found]:
    """What people look for in a list: tables with their rows first, then all else. Pure."""
    # A list has spaces between its words, and names may have some too: tables that were counted are known by theirs.
    counted = {f"{told[:at]} {told[at + 1 :]}": told for told in rows for at, sign in enumerate(told) if sign == "."}
    tables, others = [], []
    for entry in entries:
        if entry.kind in _NOT_SHOWN:
            continue
        schema, _, rest = entry.rest.strip().partition(" ")
        name = rest.rpartition(" ")[0] or rest
        if entry.kind == "TABLE":
            told = counted.get(entry.rest.strip().rpartition(" ")[0], f"{schema}.{name}")
            tables.append(Found(part=part.name, name=told, kind="table", rows=rows.get(told)))
        elif entry.kind == "SCHEMA":
            others.append(Found(part=part.name, name=name, kind="schema"))
        else:
            where = "" if schema == "-" else f"{schema}."
            others.append(Found(part=part.name, name=f"{entry.kind.lower()} {where}{name}", kind="object"))
    return tables + others


def differences(
    taken: Mapping[str, int], there: Mapping[str, int], what: str, only: Collection[str] | None = None
) -> list[str]:
    """What was counted and is not so now: "public.orders has 11,997 rows, 11,998 were taken". Pure."""
    names = sorted(taken if only is None else {*taken} & {*only})
    return [
        f"{clean(name)} has {there[name]:,} {what}, {taken[name]:,} were taken"
        if name in there
        else f"{clean(name)} is not there, {taken[name]:,} {what} were taken"
        for name in names
        if there.get(name) != taken[name]
    ]
