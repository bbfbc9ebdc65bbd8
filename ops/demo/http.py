"""Just enough HTTP/1.1 for the shop's services: small GET requests, keep-alive, one deadline for a whole call."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

HEAD_LIMIT = 8192
_REASONS = {200: "OK", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}


class Answer(NamedTuple):
    """A status and a JSON object."""

    status: int
    body: Mapping[str, object]


Handler = Callable[[str], Awaitable[Answer]]
"""Takes a path, gives an answer."""


def _encode(answer: Answer, keep_alive: bool) -> bytes:
    body = json.dumps(answer.body).encode()
    head = (
        f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Status')}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
    )
    return head.encode() + body


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].partition(b"?")[0].decode("latin-1")
        keep_alive = b"connection: close" not in head.lower()
        writer.write(_encode(await handler(path), keep_alive))
        await writer.drain()
        if not keep_alive:
            return


async def serve(port: int, handler: Handler) -> None:
    """Answer on loopback until cancelled. Raises OSError when the port is taken."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _converse(reader, writer, handler)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            pass  # the client left, or does not speak HTTP
        finally:
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", port, limit=HEAD_LIMIT, reuse_address=True)
    async with server:
        await server.serve_forever()


async def fetch(port: int, path: str, timeout_s: float) -> Answer:
    """Ask a service on loopback. Raises OSError (TimeoutError is one) or ValueError for what is not an answer."""
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
    try:
        return Answer(int(head.split(b" ", 2)[1]), json.loads(body))
    except (IndexError, ValueError) as error:
        raise ValueError("the answer is not HTTP with JSON") from error
