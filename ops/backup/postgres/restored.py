"""Loads a dump into a database that is made for it, and holds the result against the manifest."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from collectors.text import clean
from ops.backup.base import Compared, Place, Source
from ops.backup.errors import BackupError
from ops.backup.postgres import roles
from ops.backup.postgres.complaints import Judged, judged
from ops.backup.postgres.counting import objects_of, rows_of, tables_of
from ops.backup.postgres.dumps import differences, objects_taken, rows_taken
from ops.backup.postgres.server import Server, environment
from ops.backup.postgres.session import Address, Said, Session, opened, quoted, text
from ops.backup.postgres.tools import Tools
from ops.backup.structs import Manifest

_NO_SUCH_LOCALE = ("42809", "22023", "42704")
_CHECK_S = 600
_MOST_CHECKED = 30


class Work(NamedTuple):
    """What all steps of one restore need."""

    place: Place
    source: Source
    tools: Tools
    address: Address
    server: Server
    settings: roles.Settings
    tablespaces: bool
    """Whether the server has each that the backup names."""


async def make_database(session: Session, name: str, like: roles.Database | None, *, owner: str = "") -> str:
    """Create an empty one as the one that was taken; what had to be otherwise, "" for nothing. Raises BackupError."""
    begins = f"CREATE DATABASE {quoted(name)} TEMPLATE template0" + (f" OWNER {quoted(owner)}" if owner else "")
    if like is None:
        await session.run(begins)
        return ""
    encoded = f"{begins} ENCODING {text(like.encoding)}"
    try:
        await session.run(f"{encoded} {_locale(like)}")
    except Said as error:
        if error.sqlstate not in _NO_SUCH_LOCALE:
            raise
    else:
        return ""
    await session.run(f"{encoded} LC_COLLATE 'C' LC_CTYPE 'C'")
    return f"there is no locale {clean(like.collate)} here: it sorts as C"


def _locale(like: roles.Database) -> str:
    found = f"LC_COLLATE {text(like.collate)} LC_CTYPE {text(like.ctype)}"
    if like.provider == "i" and like.locale:
        return f"LOCALE_PROVIDER icu ICU_LOCALE {text(like.locale)} {found}"
    if like.provider == "b" and like.locale:
        return f"LOCALE_PROVIDER builtin BUILTIN_LOCALE {text(like.locale)} {found}"
    return found


async def load(
    tools: Tools, address: Address, database: str, pieces: AsyncIterator[bytes], options: Sequence[str] = (),
    *, proof: bool = False,
) -> Judged:  # fmt: skip
    """Let pg_restore put a dump into a database; what it lost. Raises BackupError where `pieces` does."""
    argv = ["pg_restore", f"--dbname={_conninfo(database)}", "--no-password", *options]
    ended = await tools.run(argv, environment(address, database, near=tools.near), pieces)
    return judged(ended.code, ended.err.decode("utf-8", "replace"), proof=proof)


def _conninfo(database: str) -> str:
    from psycopg import conninfo

    return conninfo.make_conninfo(dbname=database)


async def compared(
    address: Address, there: str, manifest: Manifest, database: str, judged: Judged, checks: Sequence[str] = ()
) -> Compared:
    """Count all in the database `there`, which `database` of the manifest was put into. Raises BackupError."""
    taken = rows_taken(manifest, database)
    async with opened(address, there) as session:
        await session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rows = await rows_of(session, await tables_of(session))
        objects = await objects_of(session)
        await session.run("COMMIT")
        wrong = [*judged.lost, *differences(taken, rows, "rows")]
        wrong += [f"{name} is there, and was not taken" for name in sorted({*rows} - {*taken})[:_MOST_CHECKED]]
        wrong += lacking(objects_taken(manifest, database), objects, database)
        wrong += await checked_by(session, checks)
    equal = sum(count for name, count in taken.items() if rows.get(name) == count)
    notes = tuple(f"not held against it: {what}" for what in judged.harmless)
    return Compared(equal=equal, differences=tuple(wrong), notes=notes)


def lacking(taken: Mapping[str, int], there: Mapping[str, int], database: str) -> list[str]:
    """Of which kinds of things fewer are there than were taken; a later version may make more. Pure."""
    return [
        f"{clean(database)} has {there.get(what, 0)} {what}, {count} were taken"
        for what, count in sorted(taken.items())
        if there.get(what, 0) < count
    ]


async def checked_by(session: Session, checks: Sequence[str]) -> list[str]:
    """Which of the user's own checks did not give true, in a transaction that can't write. Raises BackupError."""
    wrong = []
    await session.run("RESET search_path")
    await session.run("SELECT set_config('statement_timeout', %s, false)", f"{_CHECK_S}s")
    for check in checks:
        shown = clean(" ".join(check.split()), 120)
        await session.run("BEGIN READ ONLY")
        try:
            answer = await session.value(check)
        except Said as error:
            wrong.append(f"the check {shown} failed: {error.message}")
        else:
            if answer is not True:
                wrong.append(f"the check {shown} gave {clean(answer, 80)} in place of true")
        finally:
            await session.run("ROLLBACK")
    await session.run("SELECT set_config('statement_timeout', '0', false)")
    await session.run("SELECT set_config('search_path', 'pg_catalog', false)")
    return wrong


def together(found: Sequence[Compared]) -> Compared:
    """Several databases as one answer. Pure."""
    return Compared(
        equal=sum(one.equal for one in found),
        differences=tuple(words for one in found for words in one.differences),
        notes=tuple(dict.fromkeys(words for one in found for words in one.notes)),
    )


def proven(found: Compared) -> None:
    """Raises BackupError "mismatch" where something is not as it was taken."""
    if not found.differences:
        return
    first, more = found.differences[0], len(found.differences) - 1
    others = f" and {more} more" if more else ""
    raise BackupError(
        f"what was restored is not what was taken: {first}{others}",
        "nothing was changed; choose another backup, or put right what is said",
        reason="mismatch",
    )
