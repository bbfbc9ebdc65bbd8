"""A crowd to watch, as a process of its own: an engine with recorded answers, services that are well, one that hangs.

`python -m tests.parts.crowd SOCKET CONTAINERS` writes the ports of the well and of the hung one as a line, and serves
until its input ends. The engine answers as a real one did (Docker 20.10), for as many containers as it is told.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("recorded_engine.json").read_text())
HEALTHY = b'{"status": "healthy", "components": {"database": "ok", "cache": "ok"}, "uptime_s": 12345.6}'
STATS_EACH_S = 1.0
COUNTS = "/counts"


def key(number: int) -> str:
    """The id of a container."""
    return f"{number:064x}"


class Crowd:
    """Answers for all of them, and counts what was asked."""

    def __init__(self, containers: int) -> None:
        self.asked: Counter[str] = Counter()
        listed = RECORDED["listed"]
        self._list = _json([listed | {"Id": key(n), "Names": [f"/shop-{n:03}"]} for n in range(containers)])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = head.split(" ")[1].partition("?")[0]
                self.asked[path] += 1
                if path.endswith("/stats"):
                    await self._stream(writer)
                writer.write(_answer(self._body(path)))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        line = _json(RECORDED["stats"]) + b"\n"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            await writer.drain()
            await asyncio.sleep(STATS_EACH_S)

    def _body(self, path: str) -> bytes:
        if path == COUNTS:
            return _json(self.asked)
        if path.startswith("/health/"):
            return HEALTHY
        if path.endswith("/version"):
            return _json(RECORDED["version"])
        if path.endswith("/containers/json"):
            return self._list
        if path.endswith("/system/df"):
            return _json(RECORDED["df"])
        found = re.search(r"/containers/([0-9a-f]{64})/json$", path)
        return _json(RECORDED["inspected"] | {"Id": found[1]}) if found else b"{}"


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(4096):
        pass
    writer.close()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def main(socket: str, containers: int) -> None:
    """Serve until the input ends."""
    crowd = Crowd(containers)
    well = await asyncio.start_server(crowd.serve, "127.0.0.1", 0, backlog=1000)
    hung = await asyncio.start_server(_hang, "127.0.0.1", 0, backlog=1000)
    await asyncio.start_unix_server(crowd.serve, socket, backlog=1000)
    print(*(server.sockets[0].getsockname()[1] for server in (well, hung)), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
