"""Proves a snapshot of Redis: read through by Redis' own checker, loaded into a server of its own, keys counted."""

from collections.abc import AsyncGenerator, Mapping

from collectors.text import clean
from ops.backup.base import Compared, Place, Source
from ops.backup.redis.programs import POOL, checked, servers, written
from ops.backup.redis.rdb import Key, RdbReader
from ops.backup.redis.server import keys_of
from ops.backup.redis.taking import PART
from ops.backup.redis.throwaway import loaded
from ops.backup.stages import closing
from ops.backup.structs import Found, Part


async def read_through(place: Place, source: Source, part: Part) -> str:
    """As `Kind.check`."""
    async with written(place, source, part) as folder:
        return await checked(place, folder)


async def drilled(place: Place, source: Source) -> Compared:
    """As `Kind.drill`."""
    async with loaded(place, source, source.part(PART), await servers(place), keeps_all=True) as wire:
        found = keys_of(await wire.info("keyspace"))
    return compared(source, {f"db{number}": count for number, count in found.items()})


def compared(source: Source, found: Mapping[str, int]) -> Compared:
    """Keys by database as they are, against those that were taken."""
    taken = source.manifest.counts
    differences = [
        f"{name} has {found.get(name, 0):,} keys, {taken.get(name, 0):,} were taken"
        for name in sorted({*taken, *found})
        if found.get(name, 0) != taken.get(name, 0)
    ]
    if not taken and found:
        return Compared(equal=0, notes=("it was taken without a count of its keys: that it can be loaded is all",))
    equal = sum(count for name, count in found.items() if taken.get(name) == count)
    return Compared(equal=equal, differences=tuple(differences))


async def keys_in(source: Source, part: Part) -> AsyncGenerator[Key, None]:
    """The keys of a snapshot, in its order. Raises BackupError."""
    reader = RdbReader()
    async with closing(source.open(part)) as pieces:
        async for piece in pieces:
            for key in await POOL.run(_completed, reader, piece):
                yield key
    reader.finish()


def _completed(reader: RdbReader, piece: bytes) -> list[Key]:
    return list(reader.feed(piece))


async def found_in(source: Source, part: Part) -> AsyncGenerator[Found, None]:
    """As `Kind.contents`: "db0/orders:1", with the bytes of its value."""
    async for key in keys_in(source, part):
        yield Found(part=part.name, name=shown(key.db, key.name), kind="key", bytes=key.bytes)


def shown(db: int, name: bytes) -> str:
    """How a key is named: bytes that are no text stand as "\\xff"."""
    return f"db{db}/{clean(name.decode('utf-8', 'backslashreplace'), 500)}"
