"""A connection to a Redis that carries values of any size: they are passed on in pieces, never held whole."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from collectors.base import CollectError
from collectors.net.links import Link, open_unix_link
from collectors.redis_api.faults import refusal
from collectors.redis_api.link import RedisLink
from collectors.redis_api.parse import parse_info
from collectors.redis_api.resp import ErrorReply, Reply
from collectors.redis_api.url import RedisPlace
from collectors.text import clean
from ops.backup.errors import BackupError, Reason
from ops.backup.target import PIECE_BYTES

SILENCE_S = 120.0
"""How long nothing may come while something is awaited; a server that saves says something every ten seconds."""
_MOST_BYTES = 64 * 2**20
_MOST_ITEMS = 1_000_000
_REASONS: dict[str, Reason] = {
    "auth": "auth", "permission": "auth", "timeout": "timeout", "refused": "unreachable", "reset": "lost",
    "dns": "unreachable", "tls": "unreachable",
}  # fmt: skip

Command = Sequence[bytes | str | int]


class _Door(RedisLink):
    """Connects and logs in as everywhere else, and remembers the connection itself."""

    link: Link | None = None

    async def _connect(self) -> Link:
        self.link = await super()._connect()
        return self.link


class Wire:
    """Commands and replies over one open connection. Raises BackupError when it is of no use any more."""

    def __init__(self, link: Link, named: str) -> None:
        self._link = link
        self.named = named

    async def run(self, *commands: Command) -> list[Reply]:
        """Send all at once and give their replies in order, errors among them."""
        await self.send(b"".join(encoded(command) for command in commands))
        return [await self.reply() for _ in commands]

    async def ask(self, *parts: bytes | str | int) -> Reply:
        """One command. Raises BackupError where the reply is an error."""
        (reply,) = await self.run(parts)
        if isinstance(reply, ErrorReply):
            raise told(reply, self.named)
        return reply

    async def info(self, section: str) -> dict[str, str]:
        """What INFO says."""
        reply = await self.ask("INFO", section)
        return parse_info(reply if isinstance(reply, bytes) else b"")

    async def send(self, data: bytes) -> None:
        """Write, and wait until there is room again."""
        try:
            self._link.writer.write(data)
            async with asyncio.timeout(SILENCE_S):
                await self._link.writer.drain()
        except (OSError, TimeoutError) as error:
            raise self._lost(error) from error

    async def line(self) -> bytes:
        """The next line, without its end."""
        try:
            async with asyncio.timeout(SILENCE_S):
                return (await self._link.reader.readuntil(b"\n")).rstrip(b"\r\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise self._lost(error) from error

    async def some(self, most: int) -> bytes:
        """What is there, at most so much, at least one byte."""
        try:
            async with asyncio.timeout(SILENCE_S):
                piece = await self._link.reader.read(most)
        except (OSError, TimeoutError) as error:
            raise self._lost(error) from error
        if not piece:
            raise self._lost(None)
        return piece

    async def exactly(self, length: int) -> bytes:
        """So many bytes, of which there must be few enough to hold."""
        try:
            async with asyncio.timeout(SILENCE_S):
                return await self._link.reader.readexactly(length)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise self._lost(error) from error

    async def pieces(self, length: int) -> AsyncIterator[bytes]:
        """The next `length` bytes, in pieces of 1 MiB."""
        while length > 0:
            piece = await self.exactly(min(length, PIECE_BYTES))
            length -= len(piece)
            yield piece

    async def reply(self, depth: int = 0) -> Reply:
        """The next reply, whole."""
        line = await self.line()
        sign, rest = line[:1], line[1:]
        if sign == b"+":
            return rest
        if sign == b"-":
            return ErrorReply(rest.decode("utf-8", "replace"))
        if sign in (b":", b"$", b"*") and rest.removeprefix(b"-").isdigit():
            number = int(rest)
            if sign == b":":
                return number
            if number < 0:
                return None
            if sign == b"$" and number <= _MOST_BYTES:
                return (await self.exactly(number + 2))[:-2]
            if sign == b"*" and number <= _MOST_ITEMS and depth < 8:
                return [await self.reply(depth + 1) for _ in range(number)]
        raise BackupError(
            f"{clean(self.named)} does not speak Redis' protocol", "check host and port", reason="unreachable"
        )

    def abort(self) -> None:
        """Close at once."""
        self._link.abort()

    def _lost(self, error: Exception | None) -> BackupError:
        named = clean(self.named)
        if isinstance(error, TimeoutError):
            return BackupError(
                f"{named} said nothing for {SILENCE_S:.0f} s", "look whether it hangs, then try again", reason="timeout"
            )
        return BackupError(
            f"{named} closed the connection",
            "see its log: it may have ended, or found us too slow (client-output-buffer-limit replica)",
            reason="lost",
        )


@asynccontextmanager
async def opened(place: RedisPlace, ca_file: str = "", verify_tls: bool = True) -> AsyncIterator[Wire]:
    """A connection of its own to a server, logged in."""
    door = _Door(place, ca_file, verify_tls, lambda _: None)
    try:
        try:
            async with asyncio.timeout(SILENCE_S):
                await door.open()
        except CollectError as error:
            raise as_backup_error(error) from error
        except TimeoutError as error:
            raise BackupError(f"{clean(place.named)} does not answer", "look at it", reason="timeout") from error
        if door.link is None:
            raise BackupError(f"there is no connection to {clean(place.named)}", "try again", reason="unreachable")
        yield Wire(door.link, place.named)
    finally:
        door.drop()
        if door.link is not None:
            door.link.abort()


@asynccontextmanager
async def opened_in(folder: Path, socket: str) -> AsyncIterator[Wire]:
    """A connection to a socket in a folder, however long the folder's path is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        link = await open_unix_link(f"/proc/self/fd/{handle}/{socket}", lambda _: None)
    except CollectError as error:
        raise as_backup_error(error) from error
    finally:
        os.close(handle)
    try:
        yield Wire(link, "the throwaway Redis")
    finally:
        link.abort()


def encoded(command: Command) -> bytes:
    """One command as Redis reads it."""
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def told(reply: ErrorReply, named: str) -> BackupError:
    """An error that the server gave, in a sentence."""
    return as_backup_error(refusal(reply.text, named))


def as_backup_error(error: CollectError) -> BackupError:
    """The same, as those who deal with backups know it."""
    remedy = error.remedy or "look at Redis, then try again"
    return BackupError(error.message, remedy, reason=_REASONS.get(error.reason, "error"))
