"""Servers on a Unix socket that misbehave: one that accepts and never answers, one that says the same to everybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Mute:
    """Counts who is connected; answers with `answer`, or never when it is empty."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.connected = 0
        self.most_connected = 0
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep one connection until the other side closes it."""
        self.connected += 1
        self.most_connected = max(self.connected, self.most_connected)
        try:
            while line := await reader.readline():
                if line.startswith(b"GET "):
                    self.asked.append(line.decode().split()[1])
                if line == b"\r\n" and self._answer:
                    writer.write(self._answer)
                    break
        except ConnectionError:
            return
        finally:
            self.connected -= 1
            writer.close()


@asynccontextmanager
async def mute_server(path: Path, answer: bytes = b"") -> AsyncIterator[Mute]:
    """Serve at a socket path."""
    mute = Mute(answer)
    server = await asyncio.start_unix_server(mute.serve, path)
    async with server:
        yield mute
