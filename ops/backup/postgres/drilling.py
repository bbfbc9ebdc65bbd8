"""Restores a backup for proof: into a server of its own, or a scratch database where no server can run here."""

import msgspec

from ops.backup.base import Compared, Place, Source
from ops.backup.errors import BackupError
from ops.backup.postgres import roles
from ops.backup.postgres.complaints import Judged
from ops.backup.postgres.dumps import dumps_of, read_text
from ops.backup.postgres.restored import compared, load, together
from ops.backup.postgres.scratch import scratch_database
from ops.backup.postgres.server import address_of, read_server
from ops.backup.postgres.session import Address, Said, Session, beside, opened
from ops.backup.postgres.taking import MAIN
from ops.backup.postgres.throwaway import programs, throwaway
from ops.backup.postgres.tools import Tools, for_dump
from ops.backup.structs import Manifest

_THERE_ALREADY = "42710"
_OPTIONS = ("--no-tablespaces", "--no-subscriptions")


async def drilled(place: Place, source: Source) -> Compared:
    """Restore every database of it and compare. Raises BackupError where it could not be tried."""
    settings = await settings_in(source)
    # A later pg_dump writes what an earlier pg_restore can't read: that would say nothing of the backup.
    written_by = _major(source.manifest.versions.get("pg_dump", ""))
    server_program = await programs(place, max(_major(settings.version), written_by))
    if server_program is not None:
        async with throwaway(place, server_program) as address:
            async with beside(address) as session:
                await _make_roles(session, await globals_in(source))
            return await _each(place, source, settings, server_program, address)
    address = address_of(place)
    async with opened(address) as session:
        server = await read_server(session)
    if not (server.createdb or server.superuser) or server.standby:
        why = "a standby takes no changes" if server.standby else f"{server.user} may not create databases"
        raise BackupError(
            f"there is no PostgreSQL {settings.version} here to restore into, and on the server itself {why}",
            f"install postgresql-{_major(settings.version)} here, or ALTER ROLE … CREATEDB", reason="missing",
        )  # fmt: skip
    place.say("no server program is here: restored into scratch databases of the server itself")
    tools = await for_dump(place, source.manifest.versions.get("pg_dump", ""))
    address = msgspec.structs.replace(address, english=server.superuser)
    return await _each(place, source, settings, tools, address)


def _major(version: str) -> int:
    number = version.partition(".")[0]
    return int(number) if number.isdecimal() else 0


async def _make_roles(session: Session, sql: str) -> None:
    """Roles without passwords, so that owners, grants and what is made in their name can be restored."""
    for statement in roles.missing(sql, (), bare=True).statements:
        try:
            await session.run(statement)
        except Said as error:
            if error.sqlstate != _THERE_ALREADY:
                raise


async def _each(place: Place, source: Source, settings: roles.Settings, tools: Tools, address: Address) -> Compared:
    found = []
    for name, part in dumps_of(source.manifest).items():
        async with scratch_database(address, database_in(settings, name)) as scratch:
            place.say(f"restores {name} for proof")
            judged = await load(tools, address, scratch.name, source.open(part), _OPTIONS, proof=True)
            noted = Judged(judged.lost, (*judged.harmless, *((scratch.note,) if scratch.note else ())))
            checks = place.backup.checks if name == main_of(source.manifest) else ()
            found.append(await compared(address, scratch.name, source.manifest, name, noted, checks))
    return together(found)


def main_of(manifest: Manifest) -> str:
    """The database of the dsn, where it was taken; else the first. Pure."""
    names = list(dumps_of(manifest))
    told = str(manifest.facts.get(MAIN, ""))
    return told if told in names else next(iter(names), "")


def database_in(settings: roles.Settings, name: str) -> roles.Database | None:
    """How one was made. Pure."""
    return next((one for one in settings.databases if one.name == name), None)


async def settings_in(source: Source) -> roles.Settings:
    """What the backup says of the server and its databases. Raises BackupError."""
    try:
        part = source.part(roles.SETTINGS)
    except KeyError as error:
        raise BackupError("this is no backup of a PostgreSQL", "choose another backup", reason="damaged") from error
    return roles.decoded((await read_text(source, part, roles.LIMIT)).encode())


async def globals_in(source: Source) -> str:
    """The statements that make the server's roles. Raises BackupError."""
    try:
        part = source.part(roles.GLOBALS)
    except KeyError:
        return ""
    return await read_text(source, part, roles.LIMIT)
