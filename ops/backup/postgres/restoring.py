"""Puts databases back: into new ones, compared, hooks run, and only then in the place of the old ones."""

from contextlib import AsyncExitStack
from typing import NamedTuple

import msgspec

from collectors.text import clean
from ops.backup.base import Compared, Place, Restored, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.hooks import hook
from ops.backup.postgres import roles
from ops.backup.postgres.aiming import Aim, Aims, aimed
from ops.backup.postgres.complaints import Judged
from ops.backup.postgres.drilling import database_in, globals_in, main_of, settings_in
from ops.backup.postgres.dumps import dumps_of
from ops.backup.postgres.overwriting import There, fits, refuse, there_now
from ops.backup.postgres.restored import Work, compared, load, proven, together
from ops.backup.postgres.scratch import Scratch, scratch_database
from ops.backup.postgres.server import Server, environment, psql, read_server
from ops.backup.postgres.session import Address, Said, Session, beside, opened, quoted, text
from ops.backup.postgres.swapping import Swap, aside_of, swap
from ops.backup.postgres.tools import for_dump

_SET_APART = 16


class Loaded(NamedTuple):
    """One database that lies ready beside the old one."""

    scratch: Scratch
    swap: Swap
    compared: Compared


async def restored(place: Place, source: Source, wish: Wish) -> Restored:
    """Raises BackupError; what was there is as it was then."""
    aims = aimed(place, source.manifest, wish)
    there: dict[str, There | None] = {}
    async with beside(aims.address) as session:
        server = await read_server(session)
        fits(server)
        for aim in aims.aims:
            there[aim.to] = await there_now(aims.address, session, aim.to)
            refuse(aim, there[aim.to], wish)
        work = await _work(place, source, aims, server, session)
        notes = await make_roles(session, server, await globals_in(source))
    if wish.only:
        from ops.backup.postgres.selecting import tables_restored

        return await tables_restored(work, aims, there, notes)
    return await _all(work, aims, there, notes)


async def _work(place: Place, source: Source, aims: Aims, server: Server, session: Session) -> Work:
    tools = await for_dump(place, source.manifest.versions.get("pg_dump", ""), hurried=True)
    spaces = [row["name"] for row in await session.run("SELECT spcname::text AS name FROM pg_tablespace")]
    wanted = roles.tablespaces(await globals_in(source))
    return Work(
        place, source, tools, msgspec.structs.replace(aims.address, english=server.superuser), server,
        await settings_in(source), tablespaces={*wanted} <= {*spaces},
    )  # fmt: skip


async def make_roles(session: Session, server: Server, sql: str) -> list[str]:
    """Make the roles that the server lacks, as they were; what could not be, in words. Raises BackupError."""
    there = {row["name"] for row in await session.run("SELECT rolname::text AS name FROM pg_roles")}
    lacking = roles.missing(sql, there)
    if not lacking.names:
        return []
    shown = ", ".join(clean(name) for name in lacking.names[:10])
    if not (server.superuser or server.createrole):
        return [f"roles that are not there, and that {clean(server.user)} may not make: {shown}"]
    notes = [f"roles that were made: {shown}"]
    for statement in lacking.statements:
        try:
            await session.run(statement)
        except Said as error:
            notes.append(f"not all of a role could be restored: {error.message}")
    return notes


async def _all(work: Work, aims: Aims, there: dict[str, There | None], notes: list[str]) -> Restored:
    async with AsyncExitStack() as stack:
        ready = [await _ready(work, stack, aim, there[aim.to]) for aim in aims.aims]
        work.place.say("swaps in by renaming")
        await swap(work.address, [one.swap for one in ready])
        for one in ready:
            one.scratch.kept = True
    whole = together([one.compared for one in ready])
    asides = [f"database {one.swap.aside}" for one in ready if one.swap.aside]
    return Restored(
        compared=Compared(equal=whole.equal, differences=whole.differences, notes=(*whole.notes, *notes)),
        aside=", ".join(asides),
        back=tuple(_back(work.address, one.swap) for one in ready if one.swap.back),
        drop=tuple(_drop(work.address, one.swap) for one in ready if one.swap.aside),
    )


def _back(address: Address, one: Swap) -> str:
    return psql(address, "template1" if one.to == "postgres" else "postgres", *one.back, whole=False)


def _drop(address: Address, one: Swap) -> str:
    return psql(address, one.to, f"DROP DATABASE {quoted(one.aside)}", whole=False)


async def _ready(work: Work, stack: AsyncExitStack, aim: Aim, there: There | None) -> Loaded:
    """Load one beside, compare it, and make all that it had: settings, grants, statistics, migrations."""
    like = database_in(work.settings, aim.database)
    owner = await _owner(work, like, there)
    scratch = await stack.enter_async_context(scratch_database(work.address, like, owner=owner))
    work.place.say(f"restores {aim.database} beside")
    part = dumps_of(work.source.manifest)[aim.database]
    options = () if work.tablespaces else ("--no-tablespaces",)
    judged = await load(work.tools, work.address, scratch.name, work.source.open(part), options)
    said = [scratch.note] if scratch.note else []
    said += [] if work.tablespaces else ["tablespaces that this server lacks: all is in the default one"]
    noted = Judged(judged.lost, (*judged.harmless, *said))
    checks = work.place.backup.checks if aim.database == main_of(work.source.manifest) else ()
    if work.source.manifest.why == "safety":
        checks = ()  # it shows what was to be got rid of, and is asked for to have just that back
    found = await compared(work.address, scratch.name, work.source.manifest, aim.database, noted, checks)
    proven(found)
    notes = await finish(work, scratch.name, like)
    await run_hook(work, aim, scratch.name)
    one = Swap(
        new=scratch.name, to=aim.to, aside=aside_of(aim.to) if there else "", comment=like.comment if like else ""
    )
    return Loaded(scratch, one, Compared(equal=found.equal, notes=(*found.notes, *notes)))


async def _owner(work: Work, like: roles.Database | None, there: There | None) -> str:
    """Who shall own it: as it was, else as it is; "" for ourselves where neither may be. Raises BackupError."""
    # Since 16 who makes a role is its member, and may not act as it for all that.
    may = "SET" if work.server.major >= _SET_APART else "MEMBER"
    async with beside(work.address) as session:
        for name in (like.owner if like else "", there.owner if there else ""):
            if name and await session.value(
                "SELECT pg_has_role(r.oid, %s) FROM pg_roles r WHERE r.rolname = %s", may, name
            ):
                return name
    return ""


async def finish(work: Work, name: str, like: roles.Database | None) -> list[str]:
    """What a dump of one database has not: its own settings, grants, limit; and fresh statistics.

    What could not be set, in words. Raises BackupError.
    """
    notes: list[str] = []
    async with opened(work.address, name) as session:
        for statements in _properties(name, like) if like else ():
            try:
                await session.run("BEGIN")
                for statement in statements:
                    await session.run(statement)
                await session.run("COMMIT")
            except Said as error:
                await session.run("ROLLBACK")
                notes.append(f"something of the database could not be set: {error.message}")
        await session.run("ANALYZE")
    return notes


def _properties(name: str, like: roles.Database) -> list[tuple[str, ...]]:
    """Statements that go together. The server itself writes values into lists where a setting is one."""
    found: list[tuple[str, ...]] = []
    if like.limit != -1:
        found.append((f"ALTER DATABASE {quoted(name)} CONNECTION LIMIT {like.limit:d}",))
    for role, one in like.settings:
        setting, _, value = one.partition("=")
        whose = f"ROLE {quoted(role)} IN DATABASE {quoted(name)}" if role else f"DATABASE {quoted(name)}"
        named = ".".join(quoted(part) for part in setting.split("."))
        found.append(
            (
                f"SELECT set_config({text(setting)}, {text(value)}, true)",
                f"ALTER {whose} SET {named} FROM CURRENT",
            )
        )
    if like.custom_grants:
        found.append((f"REVOKE ALL ON DATABASE {quoted(name)} FROM PUBLIC",))
    for role, privilege, further in like.grants:
        to = quoted(role) if role else "PUBLIC"
        also = " WITH GRANT OPTION" if further and role else ""
        if privilege in ("CONNECT", "CREATE", "TEMPORARY"):
            found.append((f"GRANT {privilege} ON DATABASE {quoted(name)} TO {to}{also}",))
    return found


async def run_hook(work: Work, aim: Aim, database: str) -> None:
    """The config's migrations, on what lies beside. Raises BackupError, before users get it."""
    try:
        await hook(
            work.place.backup.restored,
            {"SET": work.place.backup.name, "ID": work.source.manifest.id, "DATABASE": database, "FOR": aim.to},
            work.place.say,
            plain=environment(work.address, database),
        )
    except BackupError as error:
        message = f"{error.message}; nothing was swapped in"
        raise BackupError(message, error.remedy, reason=error.reason) from error
