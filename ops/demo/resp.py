"""A very small Redis client for the shop's own processes: it costs them no megabytes and hardly any time to import."""

import asyncio

Reply = bytes | int | None | list["Reply"]


class RedisError(Exception):
    """Redis answered with an error, such as "OOM command not allowed…"."""


async def _read(reader: asyncio.StreamReader) -> Reply:
    line = (await reader.readuntil(b"\r\n"))[:-2]
    sign, rest = line[:1], line[1:]
    match sign:
        case b"-":
            raise RedisError(rest.decode("utf-8", "replace"))
        case b":":
            return int(rest)
        case b"$":
            return (await reader.readexactly(int(rest) + 2))[:-2] if rest != b"-1" else None
        case b"*":
            return [await _read(reader) for _ in range(int(rest))] if rest != b"-1" else None
    return rest


def encode(arguments: tuple[str | int | bytes, ...]) -> bytes:
    """One command in the RESP protocol."""
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


class Redis:
    """One connection, opened when needed and dropped after any failure but an error reply."""

    def __init__(self, port: int, password: str) -> None:
        self._port = port
        self._password = password
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def run(self, *arguments: str | int | bytes, timeout_s: float = 0.8) -> Reply:
        """Run one command. Raises RedisError for an error reply, OSError (TimeoutError is one) for a dead line."""
        async with asyncio.timeout(timeout_s), self._turn:
            try:
                if self._streams is None:
                    await self._connect()
                return await self._exchange(arguments)
            except RedisError:
                raise
            except asyncio.IncompleteReadError as error:
                self.drop()
                raise ConnectionResetError("Redis closed the connection") from error
            except (OSError, asyncio.CancelledError):
                self.drop()  # a late answer must not be taken for that to the next command
                raise

    async def _connect(self) -> None:
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        if self._password:
            await self._exchange(("AUTH", self._password))

    async def _exchange(self, arguments: tuple[str | int | bytes, ...]) -> Reply:
        if self._streams is None:
            raise ConnectionResetError("not connected")
        reader, writer = self._streams
        writer.write(encode(arguments))
        await writer.drain()
        return await _read(reader)

    def drop(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
