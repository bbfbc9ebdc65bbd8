"""Backups in a folder of this host: a local disk, or one that is mounted from elsewhere."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from collectors.backup import BackupConfig
from collectors.base import Secret
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.folders.shelf import Shelf
from ops.backup.folders.unfinished import Unfinished, close_quietly
from ops.backup.storing import InOrder, check_room, in_thread, safe_part, safe_set, taken
from ops.backup.target import PIECE_BYTES, Leftover, Target, Writing


class FolderWriting(Writing):
    """One that is being written, in a folder that nobody takes for a backup."""

    def __init__(self, unfinished: Unfinished, order: InOrder) -> None:
        self._unfinished, self._order = unfinished, order

    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Into a file of its own, which is on the disk at the end."""
        file = await self._order.taken(close_quietly, self._unfinished.create, safe_part(name))
        total = 0
        try:
            async for piece in pieces:
                await self._order.run(self._unfinished.write, file, piece)
                total += len(piece)
            await self._order.run(self._unfinished.durable, file)
        finally:
            # A write that nobody waits for any more must not go on into another file of the same number.
            await self._order.run(close_quietly, file)
        return total

    async def commit(self, manifest: bytes) -> None:
        """By renaming its folder."""
        await self._order.run(self._unfinished.finish, manifest)

    async def abandon(self) -> None:
        """Delete its folder; what stays is found by `leftovers`, and must not hide why it was given up."""
        with suppress(BackupError):
            await self._order.run(self._unfinished.discard)


class FolderTarget(Target):
    """TARGET/SET/ID with the files of a backup; unfinished ones are called .partial-ID, half deleted ones .gone-ID."""

    schemes = ("file",)
    title = "a folder of this host"

    def __init__(self, config: BackupConfig, secrets: Mapping[str, Secret], owner: str) -> None:
        super().__init__(config, secrets, owner)
        self._root = folder_of(config.target)
        self._shelf = Shelf(self._root, safe_set(config.name))

    @property
    def shown(self) -> str:
        """The folder."""
        return clean(self._root)

    async def begin(self, backup: str, expected_bytes: int) -> Writing:
        """Make its folder, and the target's where that is the only one that is missing."""
        check_room(self.shown, await self.free_bytes(), expected_bytes)
        begun = await taken(Unfinished.discard, Unfinished, self._root, self.config.name, backup, self.owner)
        return FolderWriting(begun, InOrder())

    async def ids(self) -> Sequence[str]:
        """Folders that are called as a backup and have a manifest."""
        return await in_thread(self._shelf.ids)

    async def manifest(self, backup: str) -> bytes:
        """Its file."""
        return await in_thread(self._shelf.manifest, backup)

    async def read(self, backup: str, part: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """From its file, as it is."""
        order = InOrder()
        file = await taken(close_quietly, self._shelf.open, backup, safe_part(part))
        try:
            left = length
            while left is None or left > 0:
                wanted = PIECE_BYTES if left is None else min(left, PIECE_BYTES)
                piece = await order.run(self._shelf.read, file, start, wanted)
                if not piece:
                    return
                start += len(piece)
                left = None if left is None else left - len(piece)
                yield piece
        finally:
            await order.run(close_quietly, file)

    async def sizes(self, backup: str) -> Mapping[str, int]:
        """Of its files."""
        return await in_thread(self._shelf.sizes, backup)

    async def remove(self, backup: str) -> int:
        """Rename its folder, then delete it."""
        return await in_thread(self._shelf.remove, backup)

    async def leftovers(self) -> Sequence[Leftover]:
        """Folders whose names begin with .partial- or .gone-."""
        return await in_thread(self._shelf.leftovers)

    async def sweep(self, ids: Sequence[str]) -> int:
        """Delete those folders, but for those that a living process of this host holds."""
        return await in_thread(self._shelf.sweep, list(ids))

    async def free_bytes(self) -> int | None:
        """Of the file system that it is on."""
        return await in_thread(self._shelf.free_bytes)


def folder_of(address: str) -> str:
    """The path of "file:///var/backups/watchfloor". Raises BackupError "refused"."""
    parts = urlsplit(address)
    path = unquote(parts.path)
    right = parts.scheme == "file" and parts.netloc in ("", "localhost") and not parts.query and not parts.fragment
    if right and os.path.isabs(path) and "\0" not in path and ".." not in path.split("/") and path.strip("/"):
        return os.path.normpath("/" + path.strip("/"))
    remedy = "write it as file:///var/backups/watchfloor, from the root on"
    raise BackupError(f"{clean(address)} names no folder", remedy, reason="refused")
