"""The one connection to a memcached: opened when needed, bounded, dropped without waiting."""

import asyncio
from time import perf_counter

from collectors.base import CollectError
from collectors.memcached_api.faults import BINARY_ONLY, refusal
from collectors.net.links import Link, Phase, open_link, open_unix_link, where
from collectors.refusals import Lost

_MOST_LINES = 500
_HELLO_TIMES = 3
_HELLO = b"version\r\n" * _HELLO_TIMES
"""A server that speaks only the binary protocol waits for the 24 bytes of a header before it says that this is none."""
_BINARY_VERSION = b"\x80\x0b" + bytes(22)
_BINARY_ANSWER = b"\x81"
_LOOK_S = 1.0


class MemcachedLink:
    """Asks over one kept connection, in the text protocol."""

    def __init__(self, host: str, port: int, path: str, phase: Phase) -> None:
        self._host, self._port, self._path = host, port, path
        self._phase = phase
        self._link: Link | None = None
        self.named = path or where(host, port)
        """The place as people write it."""

    @property
    def is_open(self) -> bool:
        """Whether a connection is kept."""
        return self._link is not None

    async def open(self) -> None:
        """Connect and see that a memcached answers, unless that is done. Raises CollectError."""
        if self._link is not None:
            return
        self._link = await self._connect()
        self._phase("waiting for its first answer")
        try:
            await self._send(_HELLO)
            first = await self._line()
        except Lost as error:
            if await self._speaks_binary():
                raise BINARY_ONLY.about(self.named) from error
            raise CollectError(
                f"{self.named} closed the connection without an answer",
                reason="reset",
                remedy="check that a memcached runs there, and host and port",
            ) from error
        _version(first, self.named)
        for _ in range(_HELLO_TIMES - 1):
            _version(await self._line(), self.named)

    async def version(self) -> tuple[str, float]:
        """The server's version, and the seconds until it was told. Raises CollectError."""
        began = perf_counter()
        await self._send(b"version\r\n")
        return _version(await self._line(), self.named), perf_counter() - began

    async def stats(self) -> list[bytes]:
        """The lines of `stats`, without the last one, "END". Raises CollectError."""
        await self._send(b"stats\r\n")
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            line = await self._line()
            if line == b"END":
                return lines
            if not line.startswith(b"STAT "):
                raise refusal(line, self.named)
            lines.append(line)
        raise CollectError(f"{self.named} gives figures without end", reason="protocol")

    async def exchange(self, line: str) -> bytes:
        """Send one line and give the line that answers it. Raises CollectError."""
        await self._send(line.encode() + b"\r\n")
        return await self._line()

    def drop(self) -> None:
        """Close the connection without waiting for the server."""
        if self._link is not None:
            self._link.abort()
            self._link = None

    async def _connect(self) -> Link:
        if self._path:
            return await open_unix_link(self._path, self._phase)
        return await open_link(self._host, self._port, self._phase)

    async def _send(self, command: bytes) -> None:
        link = self._opened
        try:
            link.writer.write(command)
            await link.writer.drain()
        except OSError as error:
            raise Lost(f"{self.named} closed the connection", reason="reset") from error

    async def _line(self) -> bytes:
        try:
            return (await self._opened.reader.readuntil(b"\r\n"))[:-2]
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Lost(f"{self.named} closed the connection", reason="reset") from error
        except asyncio.LimitOverrunError as error:
            raise CollectError(
                f"{self.named} does not speak memcached's protocol", reason="protocol", remedy="check host and port"
            ) from error

    async def _speaks_binary(self) -> bool:
        """Ask for the version once more, in the binary protocol, on a connection of its own."""
        link: Link | None = None
        try:
            async with asyncio.timeout(_LOOK_S):
                link = await self._connect()
                link.writer.write(_BINARY_VERSION)
                return await link.reader.read(1) == _BINARY_ANSWER
        except (CollectError, OSError):
            return False
        finally:
            if link is not None:
                link.abort()

    @property
    def _opened(self) -> Link:
        if self._link is None:
            raise CollectError("there is no connection", reason="reset")
        return self._link


def _version(line: bytes, named: str) -> str:
    if not line.startswith(b"VERSION "):
        raise refusal(line, named)
    return line.removeprefix(b"VERSION ").decode("utf-8", "replace")
