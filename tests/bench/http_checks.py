"""CPU of one HTTP check with 200 kept-alive targets, beside httpx with a client for each host: `python -m` this.

The servers run in a child on another core where there is one, so only the checks themselves are counted here.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection

TARGETS = 200
ROUNDS = 5
SECONDS = 1.5
_BODY = b'{"status": "healthy", "components": {"database": "ok", "cache": "ok"}, "uptime_s": 12345.6}'
_ANSWER = b"HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(_BODY),
    _BODY,
)

Check = Callable[[], Awaitable[object]]


class _Always(asyncio.Protocol):
    """Answers whatever comes in one piece with the same 200."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(_ANSWER)


def serve(pipe: Connection, cores: set[int], count: int = TARGETS) -> None:
    """Serve on so many ports of loopback until ended; sends their numbers through the pipe."""
    os.sched_setaffinity(0, cores)

    async def forever() -> None:
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(_Always, "127.0.0.1", 0) for _ in range(count)]
        pipe.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(forever())


async def _cpu_ms(checks: Sequence[Check]) -> float:
    """CPU milliseconds of a check, all of them in flight at once, as long as the window lasts."""
    await asyncio.gather(*(check() for check in checks))
    done = 0
    began, end = time.process_time(), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        await asyncio.gather(*(check() for check in checks))
        done += len(checks)
    return (time.process_time() - began) * 1000 / done


async def ours(ports: Sequence[int]) -> float:
    """Whole checks as the poller runs them: Reading and sanitizing included."""
    from collectors.http_health import HttpHealth
    from collectors.net.http_config import HttpConfig
    from collectors.polling.inert import sanitize

    collectors = [HttpHealth(HttpConfig(name=str(port), url=f"http://127.0.0.1:{port}/health"), {}) for port in ports]

    def check(collector: HttpHealth) -> Check:
        async def run() -> None:
            reading = sanitize(await collector.collect())
            assert reading.entities[0].facts["json.status"] == "healthy"

        return run

    try:
        return await _cpu_ms([check(collector) for collector in collectors])
    finally:
        await asyncio.gather(*(collector.close() for collector in collectors))


async def peer(ports: Sequence[int]) -> float:
    """The best that httpx offers: a client for each host, one TLS context for all."""
    import ssl

    import httpx

    context = ssl.create_default_context()
    clients = [httpx.AsyncClient(verify=context, trust_env=False) for _ in ports]

    def check(client: httpx.AsyncClient, port: int) -> Check:
        async def run() -> None:
            answer = await client.get(f"http://127.0.0.1:{port}/health")
            assert answer.json()["status"] == "healthy"

        return run

    try:
        return await _cpu_ms([check(client, port) for client, port in zip(clients, ports, strict=True)])
    finally:
        await asyncio.gather(*(client.aclose() for client in clients))


def measure() -> dict[str, float]:
    """Medians over interleaved rounds: `ours_ms`, `httpx_ms` (CPU milliseconds a check) and their `ratio`."""
    cores = sorted(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=serve, args=(sender, {cores[-1]}), daemon=True)
    child.start()
    os.sched_setaffinity(0, {cores[0]})
    try:
        ports: list[int] = receiver.recv()
        pairs = [(asyncio.run(ours(ports)), asyncio.run(peer(ports))) for _ in range(ROUNDS)]
    finally:
        child.kill()
        child.join()
        os.sched_setaffinity(0, set(cores))
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"ours_ms": round(mine, 3), "httpx_ms": round(theirs, 3), "ratio": round(mine / theirs, 3)}


def main() -> None:
    """Print the figures, as JSON with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json: bool = parser.parse_args().json
    figures = measure()
    if as_json:
        print(json.dumps(figures))
    else:
        print(f"CPU of an HTTP check with {TARGETS} targets: {figures['ours_ms']} ms, httpx {figures['httpx_ms']} ms")


if __name__ == "__main__":
    main()
