"""Restores single tables: loaded beside and counted first, then put into the place in one transaction."""

from collections.abc import Sequence
from contextlib import aclosing

from collectors.text import clean
from ops.backup.base import Compared, Restored
from ops.backup.errors import BackupError
from ops.backup.postgres.aiming import Aim, Aims
from ops.backup.postgres.blocking import blockers_told
from ops.backup.postgres.complaints import Judged
from ops.backup.postgres.copying import Aside, Copied, Foreign, foreign_of, go_on, replaced
from ops.backup.postgres.counting import Table, rows_of, tables_of
from ops.backup.postgres.drilling import database_in
from ops.backup.postgres.dumps import LIST_MOST, beginning, differences, dumps_of, rows_taken
from ops.backup.postgres.overwriting import There
from ops.backup.postgres.restored import Work, load, proven, together
from ops.backup.postgres.scratch import scratch_database
from ops.backup.postgres.server import environment, psql
from ops.backup.postgres.session import Address, Session, opened, quoted
from ops.backup.postgres.swapping import Swap, aside_of, swap

_SCHEMA = ("--schema-only", "--no-tablespaces", "--no-subscriptions", "--no-publications")


async def tables_restored(work: Work, aims: Aims, there: dict[str, There | None], notes: list[str]) -> Restored:
    """Raises BackupError; what was there is as it was then, or the error says what is not."""
    done = [await _one(work, aim, exists=there[aim.to] is not None) for aim in aims.aims]
    whole = together([one.compared for one in done])
    return Restored(
        compared=Compared(equal=whole.equal, notes=(*whole.notes, *notes)),
        aside=", ".join(one.aside for one in done if one.aside),
        back=tuple(command for one in done for command in one.back),
        drop=tuple(command for one in done for command in one.drop),
    )


async def _one(work: Work, aim: Aim, *, exists: bool) -> Restored:
    async with scratch_database(work.address, database_in(work.settings, aim.database)) as scratch:
        async with opened(work.address, scratch.name) as session:
            tables, foreign, judged = await _loaded(work, aim, scratch.name, session)
            rows = await rows_of(session, tables)
            taken = rows_taken(work.source.manifest, aim.database)
            found = Compared(
                equal=sum(rows.values()),
                differences=tuple(differences(taken, rows, "rows", aim.tables)),
                notes=tuple(f"not held against it: {what}" for what in judged.harmless),
            )
            proven(found)
            if exists:
                return await _into(work, aim, session, tables, foreign, found)
        await swap(work.address, [Swap(new=scratch.name, to=aim.to)])
        scratch.kept = True
        note = f"the new database {clean(aim.to)} has all tables, and rows in {len(tables)} only; no foreign keys there"
        return Restored(compared=Compared(equal=found.equal, notes=(*found.notes, note)))


async def _loaded(work: Work, aim: Aim, scratch: str, session: Session) -> tuple[list[Table], list[Foreign], Judged]:
    """Everything without rows first; then, without what would look at other tables, the rows of the chosen ones."""
    part = dumps_of(work.source.manifest)[aim.database]
    work.place.say(f"restores {', '.join(aim.tables)} beside")
    outline = beginning(work.source.open(part), LIST_MOST)
    first = await load(work.tools, work.address, scratch, outline, _SCHEMA)
    tables = [table for table in await tables_of(session) if table.told in aim.tables]
    if gone := sorted({*aim.tables} - {table.told for table in tables}):
        why = first.lost[0] if first.lost else "it is not there"
        raise BackupError(f"{clean(gone[0])} could not be made: {why}", "restore the whole database", reason="mismatch")
    foreign = await foreign_of(session, tables)
    for one in foreign:
        await session.run(f"ALTER TABLE {one.of.quoted} DROP CONSTRAINT IF EXISTS {quoted(one.name)}")
    for table in tables:
        await session.run(f"ALTER TABLE {table.quoted} DISABLE TRIGGER USER")
    # Schemas and tables are matched each by itself: what else that takes in lies in the scratch database only.
    chosen = [f"--schema={name}" for name in sorted({table.schema for table in tables})]
    chosen += [f"--table={table.name}" for table in tables]
    judged = await load(
        work.tools, work.address, scratch, work.source.open(part), ("--data-only", "--no-tablespaces", *chosen)
    )
    for table in tables:
        await go_on(session, table)
        await session.run(f"ALTER TABLE {table.quoted} ENABLE TRIGGER USER")
    return tables, foreign, judged


async def _into(
    work: Work, aim: Aim, scratch: Session, tables: Sequence[Table], foreign: Sequence[Foreign], found: Compared
) -> Restored:
    """Existing ones are written over in one transaction; those that are not there are made first."""
    async with opened(work.address, aim.to) as place:
        there = {table.told for table in await tables_of(place)}
        existing = [table for table in tables if table.told in there]
        new = [table for table in tables if table.told not in there]
        if new:
            await _made(work, aim, await _name(scratch), new)
        try:
            late = [one for one in foreign if one.of in new]
            async with blockers_told(work.address, place, work.place.say):
                copied = await replaced(scratch, place, existing, Aside(work.server.superuser, aside_of, late))
        except BaseException:
            await _unmade(work.address, aim.to, new)
            raise
        rows = await rows_of(place, tables)
    taken = rows_taken(work.source.manifest, aim.database)
    since = differences(taken, rows, "rows now: they were written to since", aim.tables)
    return _told(work, aim, copied, Compared(equal=found.equal, notes=(*found.notes, *copied.notes, *since)), new)


def _told(work: Work, aim: Aim, copied: Copied, compared: Compared, new: Sequence[Table]) -> Restored:
    back = "; ".join((*((copied.back,) if copied.back else ()), *(f"DROP TABLE {table.quoted}" for table in new)))
    return Restored(
        compared=compared,
        aside=", ".join(f"table {clean(name)} of {clean(aim.to)}" for name in copied.asides),
        back=(psql(work.address, aim.to, back),),
        drop=(psql(work.address, aim.to, f"DROP TABLE {', '.join(copied.dropped)}"),) if copied.dropped else (),
    )


async def _name(session: Session) -> str:
    return str(await session.value("SELECT current_database()::text"))


async def _made(work: Work, aim: Aim, scratch: str, tables: Sequence[Table]) -> None:
    """Tables that are not there, with indexes, triggers and grants: all of them, or none. Raises BackupError."""
    argv = ["pg_dump", "--format=custom", "--compress=0", "--no-password"]
    argv += [f"--table={table.quoted}" for table in tables]
    stream = work.tools.stream(argv, environment(work.address, scratch, near=work.tools.near))
    async with aclosing(stream) as pieces:
        judged = await load(
            work.tools, work.address, aim.to, pieces, ("--single-transaction", "--exit-on-error", "--no-tablespaces")
        )
    if judged.lost:
        raise BackupError(
            f"{clean(tables[0].told)} can't be made in {clean(aim.to)}, and nothing was changed: {judged.lost[0]}",
            "restore into another database, and take the rows from there", reason="mismatch",
        )  # fmt: skip


async def _unmade(address: Address, database: str, tables: Sequence[Table]) -> None:
    if not tables:
        return
    async with opened(address, database) as session:
        for table in tables:
            await session.run(f"DROP TABLE IF EXISTS {table.quoted}")
