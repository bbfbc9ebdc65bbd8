"""Small real servers on loopback, right and wrong ones, in the test's own event loop."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Talk = Callable[["Exchange"], Awaitable[None]]
"""Answers one request; raising ConnectionError ends the connection."""
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Talks on one connection; raising ConnectionError ends it."""
_LINE_BYTES = 2**16
"""As asyncio has it."""


class Exchange:
    """One request that a server got, and the way to answer it."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        pairs = (line.partition(": ") for line in lines[1:] if line)
        self.headers = {name.lower(): value for name, _, value in pairs}
        self.reader, self.writer = reader, writer
        self.number = number
        """1 for the first request of the server."""

    async def send(self, *pieces: bytes) -> None:
        """Write raw bytes."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def gone(self) -> None:
        """Wait until the client hangs up."""
        while await self.reader.read(4096):
            pass

    async def answer(self, status: int = 200, body: bytes = b"ok", **headers: str) -> None:
        """Send a whole answer; header names are given with underscores."""
        lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if self.method == "HEAD" else body))


class Server:
    """What is known of a running server: its port, how many connections it had, what was asked of it."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.port = 0
        self.connections = 0
        self.exchanges: list[Exchange] = []
        self.writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Its address over plain HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self.writers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk on one connection until either side ends it."""
        self.connections += 1
        self.writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                exchange = Exchange(head, reader, writer, len(self.exchanges) + 1)
                self.exchanges.append(exchange)
                await self.talk(exchange)
        finally:
            self.writers.discard(writer)

    def hang_up(self) -> None:
        """Close every connection politely, as a server does that is tired of idle ones."""
        for writer in self.writers:
            writer.close()


def cut_off(serve: Serve) -> Serve:
    """The same, cut off at its end however it ends."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    return served


@asynccontextmanager
async def listening(
    serve: Serve, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, limit: int = _LINE_BYTES
) -> AsyncIterator[int]:
    """Have each connection served until either side ends it; gives the port. At the end all are cut off."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def noted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.current_task())
        try:
            await serve(reader, writer)
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(cut_off(noted), host, 0, ssl=tls, limit=limit)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        talks = [task for task in tasks if task is not None]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def running(talk: Talk, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Run a server that answers each request through `talk`."""
    server = Server(talk)
    async with listening(server.serve, host, tls) as server.port:
        yield server


@asynccontextmanager
async def blurting(said: bytes) -> AsyncIterator[int]:
    """Run a server that speaks first and then waits, whatever the client says; gives its port."""

    async def blurt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        while await reader.read(4096):
            pass

    async with listening(blurt) as port:
        yield port


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def ok(exchange: Exchange) -> None:
    """A healthy service with JSON."""
    body = b'{"status": "healthy", "components": {"database": "ok", "cache": {"state": "ok"}}, "uptime_s": 12.5}'
    await exchange.answer(body=body, Content_Type="application/json")


async def hang(exchange: Exchange) -> None:
    """Take the request and never answer."""
    await exchange.gone()
    raise ConnectionError


async def reset(exchange: Exchange) -> None:
    """Reset the connection."""
    sock = exchange.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    exchange.writer.transport.abort()
    raise ConnectionError


async def vanish(exchange: Exchange) -> None:
    """Close without a word."""
    raise ConnectionError


async def garbage(exchange: Exchange) -> None:
    """Speak something that is not HTTP, and wait for more."""
    await exchange.send(b"\x1b]0;owned\x07SSH-2.0-OpenSSH_9.2\r\n")
    await exchange.gone()
    raise ConnectionError


async def half(exchange: Exchange) -> None:
    """Promise more than is sent."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
    await asyncio.sleep(0)
    exchange.writer.close()
    raise ConnectionError


async def drip(exchange: Exchange) -> None:
    """A byte now and then, without end."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        await exchange.send(b".")
        await asyncio.sleep(0.02)


async def endless(exchange: Exchange) -> None:
    """A body without end, as fast as it is taken."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    while True:
        await exchange.send(piece)


def body(content: bytes, content_type: str = "text/plain", status: int = 200) -> Talk:
    """A server that always answers the same."""

    async def talk(exchange: Exchange) -> None:
        await exchange.answer(status, content, Content_Type=content_type)

    return talk


def redirect(routes: dict[str, str], status: int = 302, then: Talk = ok) -> Talk:
    """A server that sends some paths elsewhere and answers the others."""

    async def talk(exchange: Exchange) -> None:
        if exchange.target in routes:
            await exchange.answer(status, b"", Location=routes[exchange.target])
        else:
            await then(exchange)

    return talk
