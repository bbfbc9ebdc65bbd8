"""Redis: all keys of all its databases, as a snapshot that is streamed from it."""

from collections.abc import AsyncGenerator, Sequence

from ops.backup.base import About, Compared, Kind, Place, Restored, Source, Stream, Wish
from ops.backup.structs import Found, Manifest, Overwrite, Part


class RedisKind(Kind):
    """One part, in Redis' own format (RDB), which redis-server alone can load."""

    name = "redis"
    title = "a Redis"

    async def estimate(self, place: Place) -> int:
        """The memory that it uses: rather too much."""
        from ops.backup.redis.server import address_of, read_server
        from ops.backup.redis.wire import opened

        address = address_of(place)
        async with opened(address.place, address.ca_file, address.verify_tls) as wire:
            return (await read_server(wire)).memory_bytes

    def take(self, place: Place, about: About) -> AsyncGenerator[Stream, None]:
        """What a replica would get."""
        from ops.backup.redis.taking import taken

        return taken(place, about)

    async def check(self, place: Place, source: Source, part: Part) -> str:
        """By redis-check-rdb."""
        from ops.backup.redis.proving import read_through

        return await read_through(place, source, part)

    async def drill(self, place: Place, source: Source) -> Compared:
        """Loaded by a server of its own, its keys counted."""
        from ops.backup.redis.proving import drilled

        return await drilled(place, source)

    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """Each database that would be swapped out."""
        from ops.backup.redis.aiming import overwritten

        return await overwritten(place, manifest, wish)

    async def restore(self, place: Place, source: Source, wish: Wish) -> Restored:
        """Into empty databases, counted, then swapped in; single keys over those that are there."""
        from ops.backup.redis.restoring import restored

        return await restored(place, source, wish)

    def contents(self, place: Place, source: Source, part: Part) -> AsyncGenerator[Found, None]:
        """Its keys, "db0/orders:1", with the bytes of their values."""
        from ops.backup.redis.proving import found_in

        return found_in(source, part)
