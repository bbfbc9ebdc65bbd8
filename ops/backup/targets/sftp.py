"""Backups in a folder of another host, over SFTP with the user's own ssh."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing

from collectors.backup import BackupConfig
from collectors.base import CollectError, Secret
from collectors.ssh.address import Address, parse_ssh_url
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.names import checked_id
from ops.backup.sftp.files import Files
from ops.backup.sftp.session import Session
from ops.backup.sftp.shelf import Shelf, told
from ops.backup.sftp.unfinished import SftpWriting, begun
from ops.backup.storing import check_room, safe_part, safe_set
from ops.backup.target import MANIFEST, Leftover, Target, Writing


class SftpTarget(Target):
    """TARGET/SET/ID with the files of a backup; unfinished ones are called .partial-ID, half deleted ones .gone-ID."""

    schemes = ("sftp",)
    title = "a folder of another host, over SFTP"

    def __init__(self, config: BackupConfig, secrets: Mapping[str, Secret], owner: str) -> None:
        super().__init__(config, secrets, owner)
        self.address, self._root = place_of(config.target)
        self.ssh_config = os.path.expanduser(config.ssh_config)
        self.shelf = Shelf(self.files, self._root, safe_set(config.name), self.shown)
        self._session: Session | None = None
        self._opening = asyncio.Lock()

    @property
    def shown(self) -> str:
        """Host and folder."""
        user = f"{self.address.user}@" if self.address.user else ""
        port = f":{self.address.port}" if self.address.port else ""
        return clean(f"{self.schemes[0]}://{user}{self.address.host}{port}{self._root}")

    async def files(self) -> Files:
        """Of the one session, which is opened by the first who needs it, and anew when it broke."""
        async with self._opening:
            if self._session is not None and not self._session.alive:
                await self.close()
            if self._session is None:
                self._session = await opened(self.address, self.ssh_config)
            return Files(self._session)

    async def begin(self, backup: str, expected_bytes: int) -> Writing:
        """Make its folder, and the target's where that is the only one that is missing."""
        writing = self.writing(checked_id(backup))
        check_room(self.shown, await self.free_bytes(), expected_bytes)
        return await begun(writing, self.owner)

    def writing(self, backup: str) -> SftpWriting:
        """One that has not begun."""
        return SftpWriting(self.files, self.shelf, backup)

    async def ids(self) -> Sequence[str]:
        """Folders that are called as a backup and have a manifest."""
        return await self.shelf.ids()

    async def manifest(self, backup: str) -> bytes:
        """Its file."""
        return await self.shelf.small(checked_id(backup), MANIFEST)

    async def read(self, backup: str, part: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """From its file, with many requests under way."""
        async with aclosing(self.shelf.read(checked_id(backup), safe_part(part), start, length)) as pieces:
            async for piece in pieces:
                yield piece

    async def sizes(self, backup: str) -> Mapping[str, int]:
        """Of its files."""
        return await self.shelf.sizes(checked_id(backup))

    async def remove(self, backup: str) -> int:
        """Rename its folder, then delete it."""
        return await self.shelf.remove(checked_id(backup))

    async def leftovers(self) -> Sequence[Leftover]:
        """Folders whose names begin with .partial- or .gone-."""
        return await self.shelf.leftovers()

    async def sweep(self, ids: Sequence[str]) -> int:
        """Delete those folders."""
        return await self.shelf.sweep([checked_id(backup) for backup in ids])

    async def free_bytes(self) -> int | None:
        """Of the disk there, where its server tells."""
        files = await self.files()
        with told(self.shown):
            return await files.free_bytes(self._root) if await files.about(self._root) else None

    async def close(self) -> None:
        """Hang up."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def opened(address: Address, config_file: str) -> Session:
    """A session that has logged in."""
    session = Session(address, config_file)
    try:
        await session.open()
    except BaseException:
        await session.close()
        raise
    return session


def place_of(url: str) -> tuple[Address, str]:
    """Host and folder of "sftp://user@host:port/path". Raises BackupError "refused"."""
    scheme, rest = url.partition(":")[0], url.partition("://")[2]
    form = f"write it as {clean(scheme)}://user@host:port/folder; keys belong in the agent or ~/.ssh"
    try:
        address, path = parse_ssh_url(f"ssh://{rest}")
    except CollectError as error:
        raise BackupError(error.message, form, reason="refused") from error
    if not path:
        raise BackupError(f"{clean(scheme)}://{address.host} names no folder there", form, reason="refused")
    return address, path
