"""Which server a set is of, what it is and what it has, and how programs are led to it."""

import os
import shlex
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from collectors.base import CollectError, Secret
from collectors.postgres import PostgresConfig
from collectors.postgres_api.dsn import Dsn, read_dsn
from collectors.text import clean
from ops.backup.base import Place
from ops.backup.errors import BackupError
from ops.backup.meant import meant
from ops.backup.postgres.session import Address, Session, beside, opened, unreachable
from ops.config.structs import TargetSpec

PREFIX = "wf_verify_"
"""What databases are called that are made for one proof or restore: they are in no backup."""
_NO_DATABASE_OF_ITS_OWN = ("template0", "template1")
_NOT_HANDED_ON = ("client_encoding", "application_name", "dbname")
"""A dump is in its database's own encoding, whatever the dsn says."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says of itself."""

    version: int
    """160014."""
    words: str
    """"16.14"."""
    superuser: bool
    createdb: bool
    createrole: bool
    standby: bool
    user: str
    database: str
    """The one of the dsn."""
    system: str = ""
    """Its system identifier, which initdb drew; "" where it is not told."""

    @property
    def major(self) -> int:
        """16."""
        return self.version // 10000


def address_of(place: Place, target: str = "") -> Address:
    """The set's server as the set's user, or the one of that target as its own. Raises BackupError "missing"."""
    address = _address(*meant(place, PostgresConfig, "postgres", target or place.backup.source))
    if not place.backup.user or target.rpartition(":")[2] not in ("", place.backup.source):
        return address
    return _as_user(address, place.backup.user, place.spec.secrets.get("user_password"))


def _address(spec: TargetSpec, config: PostgresConfig) -> Address:
    return Address(
        target=spec.id, dsn=config.dsn, password=spec.secrets.get("password"), timeout_s=max(5.0, config.timeout)
    )


def _as_user(address: Address, user: str, password: Secret | None) -> Address:
    """The same server as another user; a password that stands in the dsn is not that one's. Raises BackupError."""
    from psycopg import conninfo

    dsn = conninfo.make_conninfo("", **{**dsn_of(address).parameters, "user": user})
    return msgspec.structs.replace(address, dsn=dsn, password=password)


def dsn_of(address: Address) -> Dsn:
    """Its dsn taken apart. Raises BackupError."""
    try:
        return read_dsn(address.dsn, address.password, os.environ)
    except CollectError as error:
        raise unreachable(error) from error


def subject_of(address: Address) -> str:
    """The server without secrets: "postgres:shop at 127.0.0.1:5432"."""
    servers = ", ".join(f"{host or 'localhost'}:{port}" for host, port in dsn_of(address).servers)
    return f"{address.target} at {clean(servers)}"


async def read_server(session: Session) -> Server:
    """Raises BackupError."""
    row = (
        await session.run(
            "SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS words, "
            "r.rolsuper AS superuser, r.rolcreatedb AS createdb, r.rolcreaterole AS createrole, "
            "pg_is_in_recovery() AS standby, current_user::text AS user, current_database()::text AS database "
            "FROM pg_roles r WHERE r.rolname = current_user"
        )
    )[0]
    return msgspec.convert({**row, "system": await _system(session)}, Server)


async def _system(session: Session) -> str:
    allowed = await session.value("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
    return str(await session.value("SELECT system_identifier FROM pg_control_system()")) if allowed else ""


@asynccontextmanager
async def looked_at(place: Place, address: Address) -> AsyncIterator[tuple[Session, list[str]]]:
    """A session of the set's server, and the set's databases that are there. Raises BackupError.

    Before a restore (`lost_ok`) also where the dsn's own is lost: the session is in another one then.
    """
    wanted = place.backup.databases
    lost = place.lost_ok and await _is_lost(address)
    async with beside(address) if lost else opened(address) as session:
        yield session, [] if lost and not wanted else await databases(session, wanted, lost_ok=place.lost_ok)


async def _is_lost(address: Address) -> bool:
    try:
        async with opened(address):
            return False
    except BackupError as error:
        if error.reason != "missing":
            raise
        return True


async def databases(session: Session, wanted: Sequence[str], *, lost_ok: bool = False) -> list[str]:
    """Which databases a set means, sorted. Raises BackupError "missing" for one that is not there, unless it may."""
    rows = await session.run("SELECT datname::text AS name FROM pg_database WHERE datallowconn ORDER BY datname")
    there = [row["name"] for row in rows if row["name"] not in _NO_DATABASE_OF_ITS_OWN]
    there = [name for name in there if not name.startswith(PREFIX)]
    if not wanted:
        return [str(await session.value("SELECT current_database()::text"))]
    if "*" in wanted:
        return there
    if (gone := [name for name in wanted if name not in there]) and not lost_ok:
        shown = ", ".join(clean(name) for name in there[:20])
        raise BackupError(f"there is no database {clean(gone[0])}", f"there are: {shown}", reason="missing")
    return sorted(set(wanted) - set(gone))


async def closed(session: Session) -> list[str]:
    """Databases that take no connections, so that nobody can take them. Raises BackupError."""
    rows = await session.run(
        "SELECT datname::text AS name FROM pg_database WHERE NOT datallowconn AND datname <> 'template0' ORDER BY 1"
    )
    return [row["name"] for row in rows]


async def size_of(session: Session, names: Sequence[str]) -> int:
    """Bytes that these databases take on the server's disk; those that may not be asked count as nothing."""
    size = await session.value(
        "SELECT sum(pg_database_size(oid))::bigint FROM pg_database "
        "WHERE datname = ANY(%s) AND has_database_privilege(oid, 'CONNECT')",
        list(names),
    )
    return int(size or 0)


def environment(address: Address, database: str, *, near: bool = False) -> dict[str, str]:
    """How libpq in a program is led to a database; with the password, so never shown.

    `near`: for a program beside the server (in its container), which takes the server's own socket.
    Raises BackupError.
    """
    dsn = dsn_of(address)
    found = {} if near else {name: value for name, value in os.environ.items() if name.startswith("PG")}
    by_variable = _variables()
    for name, value in dsn.parameters.items():
        if name in _NOT_HANDED_ON or (near and name not in ("user", "options")):
            continue
        if name in by_variable:
            found[by_variable[name]] = value
        elif name == "sslpassword":
            raise BackupError(
                "a key with a passphrase can't be handed on to pg_dump", "use a key without one", reason="auth"
            )
    if dsn.password is not None:
        found["PGPASSWORD"] = dsn.password.reveal()
    if address.english:
        found["PGOPTIONS"] = f"{found.get('PGOPTIONS', '')} -c lc_messages=C".strip()
    found |= {"PGDATABASE": database, "PGAPPNAME": "watchfloor"}
    found.setdefault("PGCONNECT_TIMEOUT", "30")
    return found


def psql(address: Address, database: str, *statements: str, whole: bool = True) -> str:
    """One command for a shell that makes statements there, as a `whole` or each by itself.

    psql asks for the password.
    """
    dsn = dsn_of(address)
    argv = ["psql"]
    if servers := dsn.servers:
        argv += ["-h", servers[0][0], "-p", str(servers[0][1])] if servers[0][0] else []
    if user := dsn.parameters.get("user"):
        argv += ["-U", user]
    argv += ["-d", database, *(("-1",) if whole else ())]
    return shlex.join([*argv, *(word for one in statements for word in ("-c", one))])


def _variables() -> Mapping[str, str]:
    """libpq's environment variables by parameter."""
    from psycopg import pq

    return {option.keyword.decode(): option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar}
