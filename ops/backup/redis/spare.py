"""Marks the spare databases that a restore fills, so that what one that was killed left is known for what it is."""

from collections.abc import Callable, Mapping
from typing import Final

from collectors.redis_api.resp import ErrorReply
from ops.backup.errors import BackupError
from ops.backup.locks import here, is_dead
from ops.backup.redis.wire import Wire

MARK: Final = b"watchfloor:restore"
"""The key that says who fills a database: from before its first key until the moment in which it is swapped in."""


async def mark(wire: Wire) -> None:
    """Say that we fill the database that is selected. Raises BackupError."""
    await wire.ask("SET", MARK, here())


async def is_marked(wire: Wire) -> bool:
    """Whether the database that is selected is one that a restore fills. Raises BackupError."""
    return await wire.ask("EXISTS", MARK) == 1


async def marked(wire: Wire, keys: Mapping[int, int]) -> dict[int, str]:
    """Which of these databases a restore fills, or did, and who; none where the user may not ask.

    Another database is selected afterwards. Raises BackupError where the connection is lost.
    """
    found: dict[int, str] = {}
    for db in keys:
        selected, owner = await wire.run(("SELECT", db), ("GET", MARK))
        if not isinstance(selected, ErrorReply) and isinstance(owner, bytes):
            found[db] = owner.decode("utf-8", "replace")
    return found


async def left(wire: Wire, keys: Mapping[int, int]) -> list[int]:
    """Databases that a process of this host was filling when it was killed. Raises BackupError."""
    return [db for db, owner in (await marked(wire, keys)).items() if is_dead(owner)]


async def sweep(wire: Wire, keys: Mapping[int, int], say: Callable[[str], None]) -> None:
    """Empty them; what can't be is told. Raises BackupError where the connection is lost."""
    for db in await left(wire, keys):
        try:
            await wire.ask("SELECT", db)
            await wire.ask("FLUSHDB", "ASYNC")
        except BackupError as error:
            if error.reason == "lost":
                raise
            say(f"db{db} has what a restore that was killed left, and can't be emptied: {error.message}")
        else:
            say(f"db{db} is emptied: a restore that was killed left {keys[db]:,} keys there")
