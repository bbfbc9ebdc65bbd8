"""Says before a restore what it would change, and refuses a place that it must not write into."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from collectors.text import clean
from ops.backup.base import Place, Wish
from ops.backup.errors import BackupError
from ops.backup.postgres.aiming import Aim, aimed
from ops.backup.postgres.copying import replaceable
from ops.backup.postgres.counting import rows_of, tables_of
from ops.backup.postgres.dumps import rows_taken
from ops.backup.postgres.server import Server, read_server, subject_of
from ops.backup.postgres.session import Address, Said, Session, beside, opened
from ops.backup.structs import Manifest, Overwrite
from ops.figures import several

_ABOUT_S = 20
"""How long rows that are there may be counted; then the server's own estimate is told."""

_MADE = """
SELECT 1 FROM pg_class WHERE oid >= 16384 UNION ALL SELECT 1 FROM pg_proc WHERE oid >= 16384
UNION ALL SELECT 1 FROM pg_type WHERE oid >= 16384 UNION ALL SELECT 1 FROM pg_namespace WHERE oid >= 16384
UNION ALL SELECT 1 FROM pg_extension WHERE oid >= 16384 UNION ALL SELECT 1 FROM pg_publication WHERE oid >= 16384
UNION ALL SELECT 1 FROM pg_event_trigger WHERE oid >= 16384
UNION ALL SELECT 1 FROM pg_largeobject_metadata LIMIT 1
"""
"""What people have made; the server's own things have lower numbers (FirstNormalObjectId)."""


class There(msgspec.Struct, frozen=True, kw_only=True):
    """A database as it is now."""

    owner: str
    tables: int = 0
    rows: int = 0
    exact: bool = True
    sessions: int = 0
    prepared: int = 0
    slots: int = 0
    subscriptions: int = 0
    empty: bool = False
    """Whether nobody ever made anything in it: no table, no function, no schema."""
    closed: str = ""
    """Why nobody gets in, where that is so: it can be put aside all the same."""


async def overwritten(place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
    """One line for each database or table. Raises BackupError "refused"."""
    aims = aimed(place, manifest, wish)
    subject = subject_of(aims.address)
    at = f" at {subject}" if subject != manifest.subject else ""
    found: list[Overwrite] = []
    async with beside(aims.address) as session:
        server = await read_server(session)
        fits(server)
        for aim in aims.aims:
            there = await there_now(aims.address, session, aim.to)
            refuse(aim, there, wish)
            if aim.tables:
                now = await _now_in(aims.address, aim, superuser=server.superuser) if there is not None else {}
                found += _tables(aim, manifest, at, now)
            else:
                found.append(_database(aim, manifest, at, there))
    return found


def fits(server: Server) -> None:
    """Raises BackupError "refused" or "auth" for a server that can't take it."""
    if server.standby:
        raise BackupError("this server is a standby: it takes no changes", "restore on the primary", reason="refused")
    if not (server.superuser or server.createdb):
        raise BackupError(
            f"{clean(server.user)} may not create databases, and a restore goes into a new one",
            f"ALTER ROLE {clean(server.user)} CREATEDB", reason="auth",
        )  # fmt: skip


def refuse(aim: Aim, there: There | None, wish: Wish) -> None:
    """Raises BackupError "refused" for a place that was named, has something in it, and may not be written over."""
    if there is None:
        return
    if aim.named and (there.tables or there.closed) and not wish.empty:
        has = f" with {several(there.tables, 'table')} in it" if there.tables else ""
        raise BackupError(
            f"there is a database {clean(aim.to)}{has}",
            "name one that is not there, or say that it may be written over", reason="refused",
        )  # fmt: skip
    if there.prepared and not aim.tables:
        raise BackupError(
            f"{clean(aim.to)} has {several(there.prepared, 'prepared transaction')}, and can't be renamed",
            "COMMIT PREPARED or ROLLBACK PREPARED them first (pg_prepared_xacts)", reason="refused",
        )  # fmt: skip


async def there_now(address: Address, session: Session, name: str) -> There | None:
    """What is there now; None where there is no such database. Raises BackupError."""
    rows = await session.run(
        "SELECT pg_get_userbyid(d.datdba)::text AS owner, "
        "(SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid) AS sessions, "
        "(SELECT count(*) FROM pg_prepared_xacts x WHERE x.database = d.datname) AS prepared, "
        "(SELECT count(*) FROM pg_replication_slots s WHERE s.database = d.datname) AS slots, "
        "(SELECT count(s.subname) FROM pg_subscription s WHERE s.subdbid = d.oid) AS subscriptions "
        "FROM pg_database d WHERE d.datname = %s",
        name,
    )
    if not rows:
        return None
    there = msgspec.convert(rows[0], There)
    try:
        async with opened(address, name) as inside:
            return await _counted(inside, there)
    except BackupError as error:
        return msgspec.structs.replace(there, closed=error.message)


async def _counted(session: Session, there: There) -> There:
    tables = await tables_of(session)
    empty = not await session.value(_MADE)
    await session.run("SELECT set_config('statement_timeout', %s, false)", f"{_ABOUT_S}s")
    try:
        count, exact = sum((await rows_of(session, tables)).values()), True
    except Said:
        count, exact = await _estimate(session), False
    return msgspec.structs.replace(there, tables=len(tables), rows=count, exact=exact, empty=empty)


async def _estimate(session: Session) -> int:
    return int(
        await session.value(
            "SELECT sum(greatest(c.reltuples, 0))::bigint FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' "
            "AND n.nspname <> 'information_schema'"
        )
        or 0
    )


def _database(aim: Aim, manifest: Manifest, server: str, there: There | None) -> Overwrite:
    taken = rows_taken(manifest, aim.database)
    at = f"{datetime.fromtimestamp(manifest.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    ended = f"; {several(there.sessions, 'session')} will be ended" if there and there.empty and there.sessions else ""
    return Overwrite(
        what=f"database {clean(aim.to)}{server}",
        now=_now(there) if there else "not there",
        then=f"{several(len(taken), 'table')}, {_rows(sum(taken.values()))} as of {at}{ended}",
        loses=_loses(there) if there else "",
    )


def _now(there: There) -> str:
    if there.closed:
        return f"can't be read: {there.closed}"
    if there.empty:
        return "empty"
    about = "" if there.exact else "about "
    sessions = f", {several(there.sessions, 'session')} that will be ended" if there.sessions else ""
    return f"{several(there.tables, 'table')}, {about}{_rows(there.rows)}{sessions}"


def _loses(there: There) -> str:
    found = ((there.slots, "replication slot"), (there.subscriptions, "subscription"))
    stay = " and ".join(several(number, thing) for number, thing in found if number)
    return f"{stay} will stay with the database that is put aside" if stay else ""


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


async def _now_in(address: Address, aim: Aim, *, superuser: bool) -> Mapping[str, int]:
    """The rows of the tables that are there. Raises BackupError where they can't be replaced by this user."""
    async with opened(address, aim.to) as session:
        wanted = [table for table in await tables_of(session) if table.told in aim.tables]
        await replaceable(session, wanted, superuser=superuser)
        return await rows_of(session, wanted)


def _tables(aim: Aim, manifest: Manifest, server: str, now: Mapping[str, int]) -> list[Overwrite]:
    taken = rows_taken(manifest, aim.database)
    at = f"{datetime.fromtimestamp(manifest.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return [
        Overwrite(
            what=f"table {clean(name)} of {clean(aim.to)}{server}",
            now=_rows(now[name]) if name in now else "not there",
            then=f"{_rows(taken[name])} as of {at}",
        )
        for name in aim.tables
    ]
