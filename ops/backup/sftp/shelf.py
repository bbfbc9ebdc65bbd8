"""The backups of one set on a host that is reached by SFTP: which there are, their bytes, deleting, clearing away."""

import asyncio
import posixpath
import stat
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.names import is_id
from ops.backup.sftp import packets
from ops.backup.sftp.files import Files
from ops.backup.sftp.packets import Attributes, Garbled
from ops.backup.sftp.session import Refused
from ops.backup.storing import GONE, MANIFEST_LIMIT, OWNER, PARTIAL, missing, unfinished_id
from ops.backup.target import MANIFEST, PIECE_BYTES, Leftover


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Raise what a server refuses as BackupError."""
    try:
        yield
    except Refused as error:
        words = f"{shown} refuses: {error.words}"
        if error.code == packets.PERMISSION_DENIED:
            raise BackupError(words, "give the account there the right to write", reason="auth") from error
        if error.code == packets.NO_SUCH_FILE:
            raise BackupError(words, "see who deletes there, or whether its disk is mounted", reason="lost") from error
        raise BackupError(words, "look at that host: its disk, its log") from error
    except Garbled as error:
        raise BackupError(f"{shown} answers in no SFTP: {error}", "check the port", reason="unreachable") from error


class Shelf:
    """All raise BackupError."""

    def __init__(self, files: Callable[[], Awaitable[Files]], root: str, set_name: str, shown: str) -> None:
        self._files, self.root, self.shown = files, root, shown
        self.folder = f"{root}/{set_name}"

    def path(self, name: str, file: str = "") -> str:
        """Of a folder of the set, or of a file in it."""
        return f"{self.folder}/{name}/{file}" if file else f"{self.folder}/{name}"

    async def there(self, files: Files) -> bool:
        """Whether the set's folder is; False where nothing was written yet. Others may not be able to write there."""
        for path in (self.root, self.folder):
            about = await files.about(path)
            if about is not None:
                _check(path, about)
            elif path == self.root and await files.about(posixpath.dirname(path)) is None:
                words = f"{self.shown} is not there, nor is what it should be in"
                raise BackupError(words, "mount its disk there, or make the folder", reason="unreachable")
            else:
                return False
        return True

    async def make(self, files: Files) -> None:
        """The set's folder, and the target's where that is the only one that is missing."""
        if await self.there(files):
            return
        for path in (self.root, self.folder):
            if await files.about(path) is None:
                await files.make_folder(path)
        await self.there(files)

    async def ids(self) -> list[str]:
        """Complete ones, sorted."""
        files = await self._files()
        with told(self.shown):
            if not await self.there(files):
                return []
            found = await files.listed(self.folder)
            names = sorted(name for name, about in found.items() if is_id(name) and stat.S_ISDIR(about.mode))
            manifests = await files.about_all([self.path(name, MANIFEST) for name in names])
            return [name for name, one in zip(names, manifests, strict=True) if one and stat.S_ISREG(one.mode)]

    async def small(self, name: str, file: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """A small file whole."""
        body = b""
        async for piece in self.read(name, file):
            body += piece
            if len(body) > limit:
                raise BackupError(f"{file} of {name} is larger than {limit} bytes", reason="damaged")
        return body

    async def read(
        self, name: str, file: str, start: int = 0, length: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """A file of a backup, in pieces."""
        files = await self._files()
        path = self.path(name, file)
        with told(self.shown):
            for one in (self.path(name), path):
                about = await files.about(one)
                if about is None:
                    raise missing(name, file)
                if not (stat.S_ISREG if one == path else stat.S_ISDIR)(about.mode):
                    raise BackupError(f"{one} is a link, or not what it should be", "delete it", reason="unsafe")
            held = bytearray()
            async with aclosing(files.read(path, start, length)) as blocks:
                async for block in blocks:
                    held += block
                    if len(held) >= PIECE_BYTES:
                        yield bytes(held)
                        held.clear()
            if held:
                yield bytes(held)

    async def sizes(self, backup: str) -> dict[str, int]:
        """Bytes of its parts."""
        files = await self._files()
        with told(self.shown):
            if await files.about(self.path(backup, MANIFEST)) is None:
                raise missing(backup)
            found = await files.listed(self.path(backup))
        return {
            name: about.size
            for name, about in sorted(found.items())
            if name != MANIFEST and not name.startswith(".") and stat.S_ISREG(about.mode)
        }

    async def remove(self, backup: str) -> int:
        """Make it invisible, then delete its files."""
        files = await self._files()
        with told(self.shown):
            if await files.about(self.path(backup, MANIFEST)) is None:
                raise missing(backup)
            await files.remove_folder(self.path(GONE + backup))
            await files.rename(self.path(backup), self.path(GONE + backup))
            return await files.remove_folder(self.path(GONE + backup))

    async def leftovers(self) -> list[Leftover]:
        """What is unfinished or half deleted."""
        files = await self._files()
        with told(self.shown):
            if not await self.there(files):
                return []
            names = [name for name in await files.listed(self.folder) if unfinished_id(name)]
            return list(await asyncio.gather(*(self._leftover(files, name) for name in sorted(names))))

    async def _leftover(self, files: Files, name: str) -> Leftover:
        about = await files.about(self.path(name))
        try:
            inside = await files.listed(self.path(name))
            owner = await self.small(name, OWNER, 4096) if OWNER in inside else b""
        except (Refused, BackupError):
            # Who owns it ends it in this moment, or it can't be read: without an age nobody takes it for abandoned.
            return Leftover(unfinished_id(name), None, 0)
        total = sum(one.size for file, one in inside.items() if file != OWNER)
        began = float(about.changed) if about and about.changed else None
        return Leftover(unfinished_id(name), began, total, owner.decode(errors="replace"))

    async def sweep(self, ids: Sequence[str]) -> int:
        """Delete them."""
        files, freed = await self._files(), 0
        with told(self.shown):
            for backup in ids:
                freed += await files.remove_folder(self.path(PARTIAL + backup))
                freed += await files.remove_folder(self.path(GONE + backup))
        return freed


def _check(path: str, about: Attributes) -> None:
    if not stat.S_ISDIR(about.mode):
        words, remedy = f"{clean(path)} is a link, or no folder", "name the folder itself as the target"
    elif about.mode & (stat.S_IWGRP | stat.S_IWOTH):
        words, remedy = f"{clean(path)} may be written by other accounts there", f"chmod go-w {clean(path)}"
    else:
        return
    raise BackupError(words, remedy, reason="unsafe")
