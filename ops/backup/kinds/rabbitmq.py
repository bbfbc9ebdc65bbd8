"""RabbitMQ: its definitions, which say all but the messages."""

from collections.abc import AsyncGenerator, Sequence

from ops.backup.base import About, Compared, Kind, Place, Restored, Source, Stream, Wish
from ops.backup.errors import BackupError
from ops.backup.structs import Found, Manifest, Overwrite, Part


class RabbitmqKind(Kind):
    """One part, in the form that the management plugin and rabbitmqctl import_definitions take."""

    name = "rabbitmq"
    title = "a RabbitMQ"

    async def estimate(self, place: Place) -> int:
        """Nobody knows before; whether it can be asked is found out."""
        from ops.backup.rabbitmq.broker import opened

        async with opened(place) as broker:
            await broker.ask("GET", "whoami")
        return 0

    def take(self, place: Place, about: About) -> AsyncGenerator[Stream, None]:
        """With hashes of passwords where it is encrypted, without them where not."""
        from ops.backup.rabbitmq.doing import taken

        return taken(place, about)

    async def check(self, place: Place, source: Source, part: Part) -> str:
        """Read as what it is, and counted."""
        from ops.backup.rabbitmq.doing import definitions_in

        try:
            await definitions_in(source)
        except BackupError as error:
            if error.reason != "damaged":
                raise
            return error.message
        return ""

    async def drill(self, place: Place, source: Source) -> Compared:
        """Made anew in virtual hosts of their own (wf_verify_…), which are deleted afterwards."""
        from ops.backup.rabbitmq.doing import drilled

        return await drilled(place, source)

    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """A line for each list."""
        from ops.backup.rabbitmq.doing import overwritten

        return await overwritten(place, manifest, wish)

    async def restore(self, place: Place, source: Source, wish: Wish) -> Restored:
        """What is other or missing; nothing is deleted."""
        from ops.backup.rabbitmq.doing import restored

        return await restored(place, source, wish)

    async def contents(self, place: Place, source: Source, part: Part) -> AsyncGenerator[Found, None]:
        """Its things: "queue shop/orders"."""
        from ops.backup.rabbitmq.definitions import things
        from ops.backup.rabbitmq.doing import definitions_in

        for name in things(await definitions_in(source)):
            yield Found(part=part.name, name=name, kind="object")
