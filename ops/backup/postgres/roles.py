"""Roles and settings of a whole server: taken with pg_dumpall, and what of them a server lacks."""

import re
from collections.abc import AsyncGenerator, Collection, Iterator
from typing import NamedTuple

import msgspec

from collectors.redact import mask_passwords
from ops.backup.base import Place
from ops.backup.errors import BackupError
from ops.backup.postgres.server import Server, environment
from ops.backup.postgres.session import Address, Session
from ops.backup.postgres.tools import Tools

GLOBALS = "globals.sql"
SETTINGS = "settings.json"
LIMIT = 16 * 2**20
"""Bytes that are read of either part at most."""
_NAME = r'("(?:[^"]|"")+"|[^\s;"]+)'
_CREATE = re.compile(rf"CREATE ROLE {_NAME};")
_ALTER = re.compile(rf"(?:ALTER ROLE|COMMENT ON ROLE) {_NAME}[ ].*;", re.DOTALL)
_GRANT = re.compile(rf"GRANT {_NAME} TO {_NAME}[ ;].*", re.DOTALL)
_PASSWORD = re.compile(r" PASSWORD '[^']*'| VALID UNTIL '[^']*'")
_SPACE = re.compile(rf"CREATE TABLESPACE {_NAME} ")
_SET = re.compile(rf"^ALTER ROLE {_NAME} (?:IN DATABASE {_NAME} )?SET ")
_BEGINS = re.compile(r"^(?:CREATE|ALTER|GRANT|COMMENT|DROP|SET|SELECT|\\|--)", re.MULTILINE)

_DATABASE = """
SELECT d.datname::text AS name, pg_get_userbyid(d.datdba)::text AS owner, d.datacl IS NOT NULL AS custom,
pg_encoding_to_char(d.encoding)::text AS encoding, d.datcollate::text AS collate, d.datctype::text AS ctype,
coalesce(shobj_description(d.oid, 'pg_database'), '') AS comment,
d.datconnlimit AS limit, {provider} AS provider, {locale}::text AS locale, d.oid::bigint AS oid
FROM pg_database d WHERE d.datname = current_database()
"""


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """How one database was made, and what was set for it."""

    name: str
    owner: str
    encoding: str
    collate: str
    ctype: str
    limit: int = -1
    provider: str = "c"
    """"c" for libc, "i" for ICU, "b" for the built-in."""
    locale: str = ""
    """Of ICU and the built-in."""
    settings: tuple[tuple[str, str], ...] = ()
    """Role ("" for all) and "name=value"."""
    grants: tuple[tuple[str, str, bool], ...] = ()
    """Role ("" for all), privilege, and whether it may hand it on."""
    comment: str = ""
    custom_grants: bool = False
    """Whether any were ever given or taken; where not the usual ones hold."""
    objects: dict[str, int] = {}
    """How many tables, indexes, constraints … it has."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of the server that is not the default."""

    name: str
    value: str
    source: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `settings.json` has."""

    version: str
    settings: tuple[Setting, ...] = ()
    databases: tuple[Database, ...] = ()


async def settings_of(session: Session) -> tuple[Setting, ...]:
    """All that are not the default, with passwords in addresses masked. Raises BackupError."""
    rows = await session.run(
        "SELECT name, current_setting(name) AS value, source FROM pg_settings "
        "WHERE source NOT IN ('default', 'override', 'client', 'session') ORDER BY name LIMIT 1000"
    )
    return tuple(
        Setting(name=row["name"], value=mask_passwords(row["value"] or ""), source=row["source"]) for row in rows
    )


async def database_of(session: Session, version: int) -> Database:
    """How the session's own database was made. Raises BackupError."""
    locale = "d.daticulocale" if 150000 <= version < 170000 else "d.datlocale" if version >= 170000 else "NULL"
    provider = "d.datlocprovider::text" if version >= 150000 else "'c'"
    asked = _DATABASE.replace("{provider}", provider).replace("{locale}", locale)
    row = (await session.run(asked))[0]
    return Database(
        name=row["name"], owner=row["owner"], encoding=row["encoding"], collate=row["collate"], ctype=row["ctype"],
        comment=row["comment"], limit=row["limit"], provider=row["provider"], locale=row["locale"] or "",
        settings=await _set(session, row["oid"]), grants=await _grants(session, row["oid"]),
        custom_grants=row["custom"],
    )  # fmt: skip


async def _set(session: Session, oid: int) -> tuple[tuple[str, str], ...]:
    rows = await session.run(
        "SELECT coalesce(r.rolname, '')::text AS role, unnest(s.setconfig)::text AS one FROM pg_db_role_setting s "
        "LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = %s ORDER BY 1, 2",
        oid,
    )
    return tuple((row["role"], row["one"]) for row in rows)


async def _grants(session: Session, oid: int) -> tuple[tuple[str, str, bool], ...]:
    rows = await session.run(
        "SELECT coalesce(r.rolname, '')::text AS role, a.privilege_type::text AS privilege, a.is_grantable AS further "
        "FROM pg_database d CROSS JOIN LATERAL aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE d.oid = %s ORDER BY 1, 2",
        oid,
    )
    return tuple((row["role"], row["privilege"], row["further"]) for row in rows)


def with_passwords(place: Place, server: Server) -> bool:
    """Whether hashes of passwords are taken: only a superuser may read them, only encryption may keep them."""
    backup = place.backup
    sealed = (
        backup.encrypt or backup.key_env or backup.key_file or backup.key_command or backup.recipients
        or backup.target.startswith("restic:")
    )  # fmt: skip
    return server.superuser and bool(sealed)


def dumped(tools: Tools, address: Address, database: str, *, passwords: bool) -> AsyncGenerator[bytes, None]:
    """What pg_dumpall writes of roles and tablespaces."""
    from psycopg import conninfo

    argv = ["pg_dumpall", "--globals-only", "--no-password", f"--dbname={conninfo.make_conninfo(dbname=database)}"]
    if not passwords:
        argv.append("--no-role-passwords")
    return tools.stream(argv, environment(address, database, near=tools.near))


class Missing(NamedTuple):
    """What makes the roles that a server lacks."""

    names: tuple[str, ...]
    statements: tuple[str, ...]


def missing(sql: str, there: Collection[str], *, bare: bool = False) -> Missing:
    """The statements of `globals.sql` that make roles which are not there; `bare` without passwords and settings.

    Tablespaces are never made: they would reach into folders of this host. Pure.
    """
    names: list[str] = []
    made: list[str] = []
    for statement in _statements(sql):
        if match := _CREATE.fullmatch(statement):
            if (name := _unquoted(match[1])) not in there:
                names.append(name)
                made.append(statement)
        elif bare and not statement.startswith(("ALTER ROLE", "GRANT")):
            continue
        elif (match := _ALTER.fullmatch(statement)) and _unquoted(match[1]) in names:
            made += [_PASSWORD.sub("", statement)] if bare and not _SET.search(statement) else []
            made += [] if bare else [statement]
        elif (match := _GRANT.fullmatch(statement)) and {_unquoted(match[1]), _unquoted(match[2])} & {*names}:
            made.append(re.sub(r" GRANTED BY .*;", ";", statement))
    return Missing(tuple(names), tuple(made))


def tablespaces(sql: str) -> tuple[str, ...]:
    """Names of those that the server had beside its own. Pure."""
    return tuple(_unquoted(match[1]) for one in _statements(sql) if (match := _SPACE.match(one)))


def _statements(sql: str) -> Iterator[str]:
    """Whole statements as pg_dumpall writes them, each from the beginning of a line."""
    starts = [match.start() for match in _BEGINS.finditer(sql)]
    for start, end in zip(starts, [*starts[1:], len(sql)], strict=True):
        statement = sql[start:end].strip()
        if statement.endswith(";"):
            yield statement


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def decoded(text: bytes) -> Settings:
    """What a backup's `settings.json` says. Raises BackupError "damaged"."""
    try:
        return msgspec.json.decode(text, type=Settings)
    except msgspec.DecodeError as error:
        raise BackupError(
            "what the backup says of the server's settings can't be read", "take another backup", reason="damaged"
        ) from error
