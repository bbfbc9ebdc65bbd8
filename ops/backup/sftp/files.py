"""Files and folders over SFTP: the few operations that a target needs, with many requests under way at once."""

import asyncio
import stat
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress

from ops.backup.errors import BackupError
from ops.backup.sftp import packets
from ops.backup.sftp.packets import Attributes, Garbled, long, mode_only, number, string
from ops.backup.sftp.session import Answer, Refused, Session

BLOCK_BYTES = 32 * 1024
"""What every server reads and writes in one request."""
MOST_NAMES = 1_000_000
"""In a folder: what lists more is no server of SFTP."""
UNDER_WAY = 64
"""Requests that are not answered yet, at most: 2 MiB, which fills 200 Mbit/s over 80 ms."""
_FSYNC, _STATVFS = "fsync@openssh.com", "statvfs@openssh.com"


class Files:
    """Operations in one session. All may raise Refused and BackupError."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def about(self, path: str) -> Attributes | None:
        """Of the thing itself, not of what a link leads to; None where there is none."""
        try:
            answer = await self._session.ask(packets.LSTAT, string(path))
        except Refused as error:
            if error.code == packets.NO_SUCH_FILE:
                return None
            raise
        return answer.reader.attributes()

    async def about_all(self, paths: Sequence[str]) -> list[Attributes | None]:
        """The same of many."""
        found: list[Attributes | None] = []
        for first in range(0, len(paths), UNDER_WAY):
            found += await asyncio.gather(*(self.about(path) for path in paths[first : first + UNDER_WAY]))
        return found

    async def make_folder(self, path: str) -> None:
        """One that only its owner may enter. Raises Refused where there is something."""
        await self._session.ask(packets.MKDIR, string(path), mode_only(0o700))

    async def rename(self, old: str, new: str) -> None:
        """Raises Refused where the new name is taken."""
        await self._session.ask(packets.RENAME, string(old), string(new))

    async def remove(self, path: str) -> None:
        """Delete a file."""
        await self._session.ask(packets.REMOVE, string(path))

    async def listed(self, path: str) -> dict[str, Attributes]:
        """What is in a folder."""
        handle = (await self._session.ask(packets.OPENDIR, string(path))).reader.string()
        found: dict[str, Attributes] = {}
        try:
            while True:
                reader = (await self._session.ask(packets.READDIR, string(handle))).reader
                count = reader.number()
                if not count or len(found) > MOST_NAMES:
                    raise Garbled("a list of names that never ends")
                for _ in range(count):
                    name = reader.text()
                    reader.string()
                    found[name] = reader.attributes()
        except Refused as error:
            if error.code != packets.AT_END:
                raise
        finally:
            await self._close(handle)
        return {name: about for name, about in found.items() if name not in (".", "..")}

    async def remove_folder(self, path: str) -> int:
        """Delete a folder with the files in it; gives their bytes. What is gone already is no fault."""
        about = await self.about(path)
        if about is None:
            return 0
        if not stat.S_ISDIR(about.mode):
            raise BackupError(f"{path} is no folder", "see who made it, and delete it by hand", reason="unsafe")
        files = await self.listed(path)
        for name in files:
            with suppress(Refused):  # another sweeps here too; what stays is told by the folder, which is not empty
                await self._session.ask(packets.REMOVE, string(f"{path}/{name}"))
        await self._session.ask(packets.RMDIR, string(path))
        return sum(one.size for one in files.values() if stat.S_ISREG(one.mode))

    async def write(self, path: str, pieces: AsyncIterator[bytes]) -> int:
        """Write a new file, whole, and have the server put it on its disk where it can; gives its bytes."""
        opened = await self._session.ask(packets.OPEN, string(path), number(packets.NEW_FILE), mode_only(0o600))
        handle = opened.reader.string()
        waiting: deque[asyncio.Future[Answer]] = deque()
        total = 0
        try:
            async for piece in pieces:
                view = memoryview(piece)
                for first in range(0, len(view), BLOCK_BYTES):
                    block = bytes(view[first : first + BLOCK_BYTES])
                    while len(waiting) >= UNDER_WAY:
                        await self._session.result(waiting.popleft())
                    waiting.append(await self._session.send(packets.WRITE, string(handle), long(total), string(block)))
                    total += len(block)
            while waiting:
                await self._session.result(waiting.popleft())
            await self._synced(handle)
        except BaseException:
            await self._close(handle)
            raise
        await self._session.ask(packets.CLOSE, string(handle))
        return total

    async def sync(self, path: str) -> None:
        """Have the server put a file on its disk, where it can."""
        opened = await self._session.ask(packets.OPEN, string(path), number(packets.FOR_READING), number(0))
        handle = opened.reader.string()
        try:
            await self._synced(handle)
        finally:
            await self._close(handle)

    async def _synced(self, handle: bytes) -> None:
        if _FSYNC in self._session.extensions:
            await self._session.ask(packets.EXTENDED, string(_FSYNC), string(handle))

    async def read(self, path: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """A file from a place on, in blocks. Raises BackupError "lost" where it ends before its end."""
        opened = await self._session.ask(packets.OPEN, string(path), number(packets.FOR_READING), number(0))
        handle = opened.reader.string()
        try:
            size = (await self._session.ask(packets.FSTAT, string(handle))).reader.attributes().size
            end = size if length is None else min(size, start + length)
            waiting: deque[tuple[int, int, asyncio.Future[Answer]]] = deque()
            asked = start
            while asked < end or waiting:
                while asked < end and len(waiting) < UNDER_WAY:
                    wanted = min(BLOCK_BYTES, end - asked)
                    waiting.append((asked, wanted, await self._asked(handle, asked, wanted)))
                    asked += wanted
                at, wanted, future = waiting.popleft()
                yield await self._block(handle, at, wanted, future)
        finally:
            await self._close(handle)

    async def _asked(self, handle: bytes, at: int, wanted: int) -> "asyncio.Future[Answer]":
        return await self._session.send(packets.READ, string(handle), long(at), number(wanted))

    async def _block(self, handle: bytes, at: int, wanted: int, future: "asyncio.Future[Answer]") -> bytes:
        """What was asked for; the rest is asked for again where the server gave less."""
        found = b""
        while True:
            try:
                more = (await self._session.result(future)).reader.string()
            except Refused as error:
                if error.code != packets.AT_END:
                    raise
                more = b""
            if not more:
                raise BackupError("a file became shorter while it was read", "see who writes there", reason="lost")
            found += more
            if len(found) >= wanted:
                return found
            future = await self._asked(handle, at + len(found), wanted - len(found))

    async def free_bytes(self, path: str) -> int | None:
        """Room for us on the disk that a path is on; None where the server does not tell."""
        if _STATVFS not in self._session.extensions:
            return None
        reader = (await self._session.ask(packets.EXTENDED, string(_STATVFS), string(path))).reader
        _, unit, _, _, available = (reader.long() for _ in range(5))
        return unit * available

    async def _close(self, handle: bytes) -> None:
        """A handle that is not needed any more: a lost connection has closed it too."""
        with suppress(Refused, BackupError):
            await self._session.ask(packets.CLOSE, string(handle))
