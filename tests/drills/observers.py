"""Drills of what watches and keeps beside the shop: memcached, Prometheus, Alertmanager and its alerts."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ops.demo.child import Child
from tests.drills.drill import Drill, Fault, Part
from tests.drills.site import TIMES, Missing, Site
from tests.parts.alertmanager import AlertmanagerServer
from tests.parts.memcached import MemcachedServer
from tests.parts.prometheus import PrometheusServer

Make = Callable[[Path], Child]
LABELS = {"alertname": "DrillFires", "severity": "critical"}


@asynccontextmanager
async def launched(site: Site, name: str, program: str, make: Make) -> AsyncIterator[Child]:
    """A server of its own, ended afterwards. Raises Missing without its program."""
    if shutil.which(program) is None:
        raise Missing(f"a {program} on PATH")
    server = make(site.room(name))
    await asyncio.to_thread(server.launch)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def _gone(site: Site, name: str, section: str, program: str, make: Make, hang: bool) -> AsyncIterator[Fault]:
    async with launched(site, name, program, make) as server:
        where = f"port = {server.port}" if section == "memcached" else f'url = "http://127.0.0.1:{server.port}"'
        ways = (server.hang, server.unhang) if hang else (server.stop, server.launch)
        config = f'[[{section}]]\nname = "{name}"\n{where}\n{TIMES}\n'
        yield Fault(config, partial(asyncio.to_thread, ways[0]), partial(asyncio.to_thread, ways[1]))


@asynccontextmanager
async def _alert(site: Site) -> AsyncIterator[Fault]:
    async with launched(site, "alert-fires", "prometheus-alertmanager", AlertmanagerServer) as server:
        assert isinstance(server, AlertmanagerServer)

        async def inject() -> None:
            await asyncio.to_thread(server.fire, LABELS, summary="the drill is on")

        async def heal() -> None:
            await asyncio.to_thread(server.fire, LABELS, ends=datetime.now(UTC).isoformat())

        yield Fault(f'[[alertmanager]]\nname = "alerts"\nurl = "{server.url}"\n{TIMES}\n', inject, heal)


def _prometheus(folder: Path) -> PrometheusServer:
    return PrometheusServer(folder, scrapes=False)


def _part(name: str, section: str, program: str, make: Make, hang: bool) -> Part:
    return lambda site: _gone(site, name, section, program, make, hang)


_AM = "prometheus-alertmanager"
_KINDS: tuple[tuple[str, str, str, Make, bool], ...] = (
    ("memcached-down", "memcached", "memcached", MemcachedServer, False),
    ("memcached-hang", "memcached", "memcached", MemcachedServer, True),
    ("prometheus-down", "prometheus", "prometheus", _prometheus, False),
    ("prometheus-hang", "prometheus", "prometheus", _prometheus, True),
    ("alertmanager-down", "alertmanager", _AM, AlertmanagerServer, False),
)
DRILLS = (
    *(
        Drill(
            name=name, shows="that it does not answer in time" if hang else "that it refuses", row=f"{section}:{name}",
            says="no answer within 5 s" if hang else "refuse[sd]", part=_part(name, section, program, make, hang),
            wave="observers",
        )
        for name, section, program, make, hang in _KINDS
    ),
    Drill(
        name="alert-fires", shows="an alert that others raised, until it is resolved", row="alert:alerts/*",
        says="DrillFires|the drill is on|firing", part=_alert, wave="observers", shared=True,
    ),
)  # fmt: skip
