"""Backups in an object store: Amazon's, or any server that speaks S3."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress

from collectors.backup import BackupConfig
from collectors.base import Secret
from collectors.redact import mask_address
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.names import checked_id
from ops.backup.s3.client import bucket_of, connect
from ops.backup.s3.objects import Objects
from ops.backup.s3.reading import Reading
from ops.backup.s3.uploading import Uploading, part_bytes
from ops.backup.storing import OWNER, InOrder, in_thread, missing, safe_part, safe_set, taken
from ops.backup.target import MANIFEST, Leftover, Target, Writing


class S3Writing(Writing):
    """Parts as objects; while one piece of a part is sent the next is gathered, and no more is held in memory."""

    def __init__(self, uploading: Uploading, expected_bytes: int) -> None:
        self._uploading, self._expected = uploading, expected_bytes
        self._order = InOrder()

    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """A small part in one request, a larger one in pieces."""
        part, total, held, held_bytes = safe_part(name), 0, list[bytes](), 0
        sending = _Sending(self._uploading, self._order, part)
        try:
            async for piece in pieces:
                held.append(piece)
                held_bytes += len(piece)
                total += len(piece)
                if held_bytes >= part_bytes(sending.number, self._expected):
                    body, held, held_bytes = b"".join(held), [], 0
                    await sending.send(body)
                    del body
            await sending.end(b"".join(held))
        finally:
            sending.stop()
        return total

    async def commit(self, manifest: bytes) -> None:
        """Write the manifest, where there is none."""
        await self._order.run(self._uploading.commit, manifest)

    async def abandon(self) -> None:
        """Delete objects and uploads; what stays is found by `leftovers`, and must not hide why it was given up."""
        with suppress(BackupError):
            await self._order.run(self._uploading.discard)


class _Sending:
    """One part on its way: at most one piece at a time."""

    def __init__(self, uploading: Uploading, order: InOrder, part: str) -> None:
        self._uploading, self._order, self._part = uploading, order, part
        self._now: asyncio.Task[str] | None = None
        self._marks: list[str] = []
        self.number = 1

    async def send(self, body: bytes) -> None:
        """Begin to send a piece, once the one before is over there."""
        if self.number == 1:
            await self._order.run(self._uploading.begin, self._part)
        await self._sent()
        self._now = asyncio.create_task(self._order.run(self._uploading.send, self._part, self.number, body))
        self.number += 1

    async def end(self, rest: bytes) -> None:
        """Send what is left, and make the object."""
        if self.number == 1:
            await self._order.run(self._uploading.whole, self._part, rest)
            return
        if rest:
            await self.send(rest)
        await self._sent()
        await self._order.run(self._uploading.end, self._part, self._marks)

    def stop(self) -> None:
        """Wait for nothing any more."""
        if self._now is not None and not self._now.cancel() and not self._now.cancelled():
            self._now.exception()  # what failed first is told, and this beside it would only be logged

    async def _sent(self) -> None:
        if self._now is not None:
            now, self._now = self._now, None
            self._marks.append(await now)


class S3Target(Target):
    """PREFIX/SET/ID/PART: a backup is complete when it has a manifest, which is written last and deleted first."""

    schemes = ("s3",)
    title = "an S3-compatible object store"

    def __init__(self, config: BackupConfig, secrets: Mapping[str, Secret], owner: str) -> None:
        super().__init__(config, secrets, owner)
        bucket = bucket_of(config.target)
        self._shown = f"s3://{bucket.name}/{bucket.prefix}".rstrip("/")
        self._objects = Objects(lambda: connect(config, secrets), bucket, safe_set(config.name))

    @property
    def shown(self) -> str:
        """Bucket and prefix, and the server where it is not Amazon's."""
        return clean(self._shown + (f" at {mask_address(self.config.endpoint)}" if self.config.endpoint else ""))

    async def begin(self, backup: str, expected_bytes: int) -> Writing:
        """Put the owner's name there, where nobody else's is."""
        begun = await taken(Uploading.discard, Uploading, self._objects, checked_id(backup), self.owner)
        return S3Writing(begun, expected_bytes)

    async def ids(self) -> Sequence[str]:
        """Of all objects those that are manifests."""
        return await in_thread(lambda: sorted(one.backup for one in self._objects.listed() if one.part == MANIFEST))

    async def manifest(self, backup: str) -> bytes:
        """Its object."""
        return await in_thread(self._objects.small, checked_id(backup), MANIFEST)

    async def read(self, backup: str, part: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """By one request, and more where that breaks off."""
        reading, order = Reading(self._objects, checked_id(backup), safe_part(part), start, length), InOrder()
        try:
            while piece := await order.run(reading.piece):
                yield piece
        finally:
            await order.run(reading.close)

    async def sizes(self, backup: str) -> Mapping[str, int]:
        """Of its objects."""
        return await in_thread(self._sizes, checked_id(backup))

    def _sizes(self, backup: str) -> dict[str, int]:
        found = {one.part: one.bytes for one in self._objects.listed(backup)}
        if MANIFEST not in found:
            raise missing(backup)
        return {name: size for name, size in sorted(found.items()) if name not in (MANIFEST, OWNER)}

    async def remove(self, backup: str) -> int:
        """Delete the manifest, then the rest."""
        return await in_thread(self._remove, checked_id(backup))

    def _remove(self, backup: str) -> int:
        size = {one.part: one.bytes for one in self._objects.listed(backup)}.get(MANIFEST)
        if size is None:
            raise missing(backup)
        self._objects.delete(backup, MANIFEST)
        return size + self._objects.clear(backup, [])

    async def leftovers(self) -> Sequence[Leftover]:
        """Objects without a manifest, and uploads that are not complete."""
        return await in_thread(self._objects.leftovers)

    async def sweep(self, ids: Sequence[str]) -> int:
        """Delete them; what has become complete meanwhile stays."""
        return await in_thread(self._sweep, [checked_id(backup) for backup in ids])

    def _sweep(self, ids: list[str]) -> int:
        uploads = self._objects.uploads()
        return sum(self._objects.clear(backup, uploads) for backup in ids if not self._objects.complete(backup))

    async def free_bytes(self) -> int | None:
        """Nobody knows."""
        return None
