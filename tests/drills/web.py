"""Drills of HTTP services: every way in which one can be wrong, slow, silent or hostile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.drills.drill import HEALED_S, LONG, Drill, Fault, Part
from tests.drills.site import TIMES, Site
from tests.parts import servers
from tests.parts.servers import Exchange, Server, Talk, cut_off

SLOW_S, DRIP_S, FLAP_S = 2.0, 0.5, 5.0


class Web(Server):
    """A server that can leave its port and come back to it."""

    def __init__(self) -> None:
        super().__init__(servers.ok)
        self._listening: asyncio.Server | None = None

    async def listen(self) -> None:
        """Take the port of the last time again (any at first)."""
        self._listening = await asyncio.start_server(cut_off(self.serve), "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Stop listening and drop everybody."""
        if self._listening is not None:
            self._listening.close()
            for writer in list(self.writers):
                writer.transport.abort()
            await self._listening.wait_closed()
            self._listening = None


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    """A healthy service that is ended afterwards."""
    server = Web()
    await server.listen()
    try:
        yield server
    finally:
        await server.leave()


def service(name: str, url: str, more: str = "") -> str:
    """The config of a service."""
    return f'[[service]]\nname = "{name}"\nurl = "{url}/health"\n{TIMES}{more}\n'


@asynccontextmanager
async def _answering(site: Site, name: str, wrong: Talk, more: str = "") -> AsyncIterator[Fault]:
    async with web() as server:

        async def become(talk: Talk) -> None:
            server.talk = talk
            server.exchanges.clear()  # what comes and goes begins with the first one each time

        yield Fault(service(name, server.url, more), partial(become, wrong), partial(become, servers.ok))


@asynccontextmanager
async def _refusing(site: Site) -> AsyncIterator[Fault]:
    async with web() as server:
        yield Fault(service("connection-refused", server.url), server.leave, server.listen)


async def _slow(exchange: Exchange) -> None:
    await asyncio.sleep(SLOW_S)
    await servers.ok(exchange)


async def _drip(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        await exchange.send(b".")
        await asyncio.sleep(DRIP_S)


async def _some(exchange: Exchange) -> None:
    """One request in three fails, beginning with the first."""
    await exchange.answer(500 if exchange.number % 3 == 1 else 200, b"{}", Content_Type="application/json")


async def _flap(exchange: Exchange) -> None:
    bad = int(asyncio.get_running_loop().time() / FLAP_S) % 2
    await exchange.answer(500 if bad else 200, b"{}", Content_Type="application/json")


EVIL = b'{"status": "\x1b]52;c;b3duZWQ=\x07\xc2\x9b2J[red]down[/] \xe2\x80\xae", "error": "\x1b[2J[/]\x00"}'
_JSON = 'expect = { json = { "status" = "healthy" } }'
_KINDS: tuple[tuple[str, Talk, str, str, str], ...] = (
    ("http-500", servers.body(b'{"error": "no"}', "application/json", 500), "", "answers 500", "down by its status"),
    ("http-500-some", _some, "", "(failing|erring|flapping).*(500|failed)", "failing or erring, never silent"),
    ("http-slow", _slow, "", "slow answer took 2", "slow, with the time it took, and not down"),
    ("http-hang", servers.hang, "", "no answer within 5 s while waiting for the first byte", "down at the deadline"),
    ("http-drip", _drip, "", "no answer within 5 s while reading the body", "down at the deadline of the whole"),
    ("http-huge", servers.endless, _JSON, "too long", "reading ends at a limit, and that is said"),
    ("http-reset", servers.reset, "", "(closed|reset) the connection", "down, the connection was reset"),
    ("http-garbage", servers.garbage, "", "is not HTTP", "down, it speaks no HTTP"),
    ("http-bad-json", servers.body(b'{"status": "heal', "application/json"), _JSON, "JSON is cut short", "cut JSON"),
    ("http-redirect-loop", servers.redirect({"/health": "/health"}), "", "redirects in a loop", "a loop of redirects"),
    ("http-evil", servers.body(EVIL, "application/json"), _JSON, "(down|failing) ", "down in inert words"),
)  # fmt: skip

_HEALS_LATER = {"http-500-some": 45.0}
"""Failures that come and go are remembered for a while."""


def _part(name: str, wrong: Talk, more: str = "") -> Part:
    return lambda site: _answering(site, name, wrong, more)


DRILLS = (
    *(
        Drill(
            name=name, shows=shows, row=f"service:{name}", says=says, part=_part(name, talk, more), wave="web",
            healed_s=_HEALS_LATER.get(name, HEALED_S),
        )
        for name, talk, more, says, shows in _KINDS
    ),
    Drill(
        name="connection-refused", shows="down, the connection is refused", row="service:connection-refused",
        says="refused the connection", part=_refusing, wave="web",
    ),
    Drill(
        name="http-flap", shows="flapping, instead of up and down", row="service:http-flap", says="flapping",
        part=_part("http-flap", _flap), wave=LONG, seen_s=60, healed_s=90,
        note="five seconds good, five bad: called flapping within a minute, calm within one and a half",
    ),
)  # fmt: skip
