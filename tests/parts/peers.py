"""What answers at a port while it should not: nobody, one that is mute, that talks rubbish, hangs up, or drips."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from tests.parts.servers import free_port

DRIP_S = 0.2
_DRIPPED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000
_RUBBISH = random.Random(7).randbytes(64 * 1024)

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(4096):
        pass


async def _rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_RUBBISH)
    await writer.drain()
    await _mute(reader, writer)


async def _close(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    return


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in _DRIPPED:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(DRIP_S)


PEERS: Mapping[str, Behave | None] = {
    "refuses": None,
    "accepts and never answers": _mute,
    "sends rubbish": _rubbish,
    "closes at once": _close,
    "drips a byte at a time": _drip,
}


@asynccontextmanager
async def peer(behaviour: str) -> AsyncIterator[int]:
    """The port of such a peer on 127.0.0.1; all of its connections are closed in the end."""
    behave = PEERS[behaviour]
    if behave is None:
        yield free_port()
        return
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await behave(reader, writer)
        finally:
            writer.transport.abort()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
