"""A backup that is being written over SFTP: invisible under a name of its own until all of it is there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from ops.backup.errors import BackupError
from ops.backup.sftp import packets
from ops.backup.sftp.files import Files
from ops.backup.sftp.session import Refused
from ops.backup.sftp.shelf import Shelf, told
from ops.backup.storing import OWNER, PARTIAL, safe_part, swept
from ops.backup.target import MANIFEST, Writing

_NO_ROOM = 2**20
"""Free bytes below which a write that failed for no stated reason is taken for a full disk."""


class SftpWriting(Writing):
    """A folder .partial-ID, which is renamed at the end."""

    def __init__(self, files: Callable[[], Awaitable[Files]], shelf: Shelf, backup: str) -> None:
        self._files, self.shelf = files, shelf
        self._backup, self.name = backup, PARTIAL + backup
        self.parts: dict[str, int] = {}
        """Bytes of each part that is there."""

    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Into a file of its own."""
        self.parts[name] = total = await self._written(safe_part(name), pieces)
        return total

    async def _written(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        files = await self._files()
        with told(self.shelf.shown):
            try:
                return await files.write(self.shelf.path(self.name, name), pieces)
            except Refused as error:
                await self._room(files, error)
                raise

    async def _room(self, files: Files, error: Refused) -> None:
        """SFTP has no word for a full disk: say so where there is no room."""
        free = await files.free_bytes(self.shelf.root) if error.code == packets.FAILURE else None
        if free is not None and free < _NO_ROOM:
            words = f"{self.shelf.shown} has no room left"
            raise BackupError(
                words, "make room there, or let `watchfloor backup prune` delete", reason="full"
            ) from error

    async def begin(self, owner: str) -> None:
        """Make its folder, with the owner's name in it."""
        files = await self._files()
        with told(self.shelf.shown):
            await self.shelf.make(files)
            if await files.about(self.shelf.path(self._backup)) is not None:
                raise self._already()
            try:
                await files.make_folder(self.shelf.path(self.name))
            except Refused as error:
                if await files.about(self.shelf.path(self.name)) is None:
                    await self._room(files, error)
                    raise
                words = f"the backup {self._backup} is being written already, or was left unfinished"
                remedy = "take another one: each gets a name of its own"
                raise BackupError(words, remedy, reason="held") from error
        await self._written(OWNER, _only(owner.encode()))

    async def commit(self, manifest: bytes) -> None:
        """Write the manifest, then rename the folder; the server refuses where the name is taken.

        Raises BackupError "lost" where parts are not there any more.
        """
        await self._written(MANIFEST, _only(manifest))
        files = await self._files()
        with told(self.shelf.shown):
            there = await files.listed(self.shelf.path(self.name))
            if any(name not in there or there[name].size != size for name, size in self.parts.items()):
                raise swept(self._backup)
            try:
                await files.rename(self.shelf.path(self.name), self.shelf.path(self._backup))
            except Refused as error:
                if await files.about(self.shelf.path(self._backup)) is not None:
                    raise self._already() from error
                raise
        with suppress(Refused, BackupError):  # one file more in it, which nobody takes for a part
            await files.remove(self.shelf.path(self._backup, OWNER))

    async def abandon(self) -> None:
        """Delete its folder; what stays is found by `leftovers`, and must not hide why it was given up."""
        with suppress(BackupError), told(self.shelf.shown):
            await (await self._files()).remove_folder(self.shelf.path(self.name))

    def _already(self) -> BackupError:
        words = f"there is a backup {self._backup} already, which nothing is written over"
        return BackupError(words, "take another one: each gets a name of its own", reason="refused")


async def _only(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def begun(writing: SftpWriting, owner: str) -> SftpWriting:
    """Begin it; what was made of it goes away again where that fails."""
    try:
        await writing.begin(owner)
    except BackupError as error:
        if error.reason not in ("held", "refused"):
            await writing.abandon()
        raise
    return writing
