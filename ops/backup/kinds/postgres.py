"""PostgreSQL databases with their server's roles and settings, by pg_dump and pg_restore."""

from collections.abc import AsyncGenerator, Sequence

from msgspec.structs import replace

from collectors.text import clean
from ops.backup.base import About, Compared, Kind, Place, Restored, Source, Stream, Wish
from ops.backup.structs import Found, Manifest, Overwrite, Part


class PostgresKind(Kind):
    """Each database is one dump, taken and counted at one snapshot."""

    name = "postgres"
    title = "a PostgreSQL database"
    hooks = True

    async def estimate(self, place: Place) -> int:
        """The size on the server's disk, indexes included: rather too much."""
        from ops.backup.postgres.server import address_of, looked_at, read_server, size_of
        from ops.backup.postgres.tools import asked, for_server

        async with asked(place), looked_at(place, address_of(place)) as (session, meant):
            server = await read_server(session)
            size = await size_of(session, meant)
        await for_server(place, server.major)
        return size

    def take(self, place: Place, about: About) -> AsyncGenerator[Stream, None]:
        """Roles, each database, settings."""
        from ops.backup.postgres.taking import taken

        return taken(place, about)

    async def check(self, place: Place, source: Source, part: Part) -> str:
        """A dump by pg_restore, to its end; the other parts by reading them as what they are."""
        from ops.backup.postgres import dumps, roles
        from ops.backup.postgres.drilling import settings_in
        from ops.backup.postgres.tools import for_dump

        if part.format == "pg_custom":
            tools = await for_dump(place, source.manifest.versions.get("pg_dump", ""))
            return await dumps.checked(tools, source.open(part))
        if part.name == roles.SETTINGS:
            await settings_in(source)
            return ""
        text = await dumps.read_text(source, part, roles.LIMIT)
        return "" if "database cluster dump complete" in text else f"{clean(part.name)} has no end: it is cut"

    async def drill(self, place: Place, source: Source) -> Compared:
        """Restored into a server of its own, counted, checked."""
        from ops.backup.postgres.drilling import drilled

        return await drilled(place, source)

    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """Each database that would be swapped out, or table written over."""
        from ops.backup.postgres.overwriting import overwritten

        return await overwritten(place, manifest, wish)

    async def restore(self, place: Place, source: Source, wish: Wish) -> Restored:
        """Into a new database, compared, then swapped in by renaming; single tables in one transaction."""
        from ops.backup.postgres.restoring import restored

        return await restored(place, source, wish)

    async def contents(self, place: Place, source: Source, part: Part) -> AsyncGenerator[Found, None]:
        """Tables with their rows first, then everything else; of the small parts only themselves."""
        from ops.backup.postgres import dumps
        from ops.backup.postgres.tools import for_dump

        if part.format != "pg_custom":
            yield Found(part=part.name, name=part.name, kind="text", bytes=part.plain_bytes)
            return
        tools = await for_dump(place, source.manifest.versions.get("pg_dump", ""))
        entries = await dumps.listed(tools, source, part)
        every = dumps.dumps_of(source.manifest)
        database = next(name for name, one in every.items() if one.name == part.name)
        for found in dumps.found_in(entries, part, dumps.rows_taken(source.manifest, database)):
            # Whoever chooses a table here means this database's, and not all that are called so.
            several = len(every) > 1 and found.kind == "table"
            yield replace(found, name=f"{database}.{found.name}") if several else found
