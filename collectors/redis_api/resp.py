"""Redis' protocol (RESP 2) within bounds; the usual client library costs 6 MB of memory and 70 ms to load."""

import asyncio
from collections.abc import Sequence

from collectors.base import CollectError
from collectors.net.links import Link
from collectors.redis_api.faults import refusal
from collectors.refusals import Lost

KEPT = 64 * 1024
"""Bytes kept of one text; the rest of a longer one is read over."""
_MOST_BYTES = 16 * 2**20
_MOST_ITEMS = 100_000
_DEEPEST = 8
_CHUNK = 64 * 1024

Command = tuple[str | int, ...]


class ErrorReply:
    """An error that the server gave as the reply to one command; its first word is its code."""

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def code(self) -> str:
        """The first word: ERR, NOAUTH, OOM, …"""
        return self.text.partition(" ")[0]


Reply = bytes | int | None | ErrorReply | list["Reply"]


class RespLink:
    """Commands and replies over one open link."""

    def __init__(self, link: Link, named: str) -> None:
        self._link = link
        self._named = named
        self._room = 0

    async def run(self, commands: Sequence[Command]) -> list[Reply]:
        """Send all commands at once and give their replies in order. After a CollectError the link is of no use."""
        self._room = _MOST_BYTES
        replies: list[Reply] = []
        try:
            self._link.writer.write(b"".join(encode(command) for command in commands))
            await self._link.writer.drain()
            for _ in commands:
                replies.append(await self._reply())
        except (asyncio.IncompleteReadError, OSError) as error:
            if replies and isinstance(replies[-1], ErrorReply):
                raise refusal(replies[-1].text, self._named) from error  # its last words say why it closed
            raise Lost(f"{self._named} closed the connection", reason="reset") from error
        except (ValueError, asyncio.LimitOverrunError) as error:
            raise CollectError(
                f"{self._named} does not speak Redis' protocol", reason="protocol", remedy="check host and port"
            ) from error
        return replies

    def abort(self) -> None:
        """Close at once."""
        self._link.abort()

    async def _reply(self, depth: int = 0) -> Reply:
        line = (await self._link.reader.readuntil(b"\r\n"))[:-2]
        self._take(len(line) + 2)
        sign, rest = line[:1], line[1:]
        match sign:
            case b"+":
                return rest
            case b"-":
                return ErrorReply(rest.decode("utf-8", "replace"))
            case b":":
                return int(rest)
            case b"$":
                return await self._text(int(rest))
            case b"*":
                return await self._items(int(rest), depth)
        raise ValueError(f"no reply begins with {sign!r}")

    def _take(self, length: int) -> None:
        self._room -= length
        if self._room < 0:
            raise ValueError("replies that are too long")

    async def _items(self, count: int, depth: int) -> Reply:
        if count > _MOST_ITEMS or depth >= _DEEPEST:
            raise ValueError("a reply of too many parts")
        return None if count < 0 else [await self._reply(depth + 1) for _ in range(count)]

    async def _text(self, length: int) -> bytes | None:
        if length < 0:
            return None
        self._take(length)
        reader = self._link.reader
        kept = await reader.readexactly(min(length, KEPT))
        left = length - len(kept)
        while left:
            left -= len(await reader.readexactly(min(left, _CHUNK)))
        if await reader.readexactly(2) != b"\r\n":
            raise ValueError("a text that does not end")
        return kept


def encode(command: Command) -> bytes:
    """Write one command as RESP."""
    parts = [str(part).encode("utf-8", "surrogateescape") for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
