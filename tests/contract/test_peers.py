"""Whatever answers at the other end, a poll over the network ends in time, in words, and leaves nothing behind."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest

from collectors.base import Collector
from collectors.registry import discover
from ops.config.problems import Problems
from ops.config.values import read_struct
from tests.parts.open_files import opened
from tests.parts.peers import PEERS, peer
from tests.parts.polled import poll
from tests.parts.servers import free_port
from tests.parts.wait import until_async

TIMEOUT_S = 0.5
_OVER_S = 0.2
"""How much later than its deadline a poll may be told (100 ms until a stuck one is given up, and a busy machine)."""
_AT = "127.0.0.1:{port}"
OVER_TCP: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "access_log": ({"container": "web", "url": f"tcp://{_AT}"},),
    "alertmanager": ({"url": f"http://{_AT}"},),
    "celery": ({"broker": f"redis://{_AT}/0"}, {"broker": f"amqp://guest@{_AT}//"}),
    "docker": ({"url": f"tcp://{_AT}"}, {"url": f"ssh://root@{_AT}"}),
    "host": ({"url": f"ssh://root@{_AT}"},),
    "log": ({"container": "web", "url": f"tcp://{_AT}"},),
    "memcached": ({"host": "127.0.0.1", "port": "{port}"},),
    "postgres": ({"dsn": f"postgresql://shop@{_AT}/shop"},),
    "prometheus": ({"url": f"http://{_AT}"},),
    "rabbitmq": ({"url": f"http://{_AT}"},),
    "redis": ({"url": f"redis://{_AT}/0"}, {"url": f"rediss://{_AT}/0"}),
    "service": ({"url": f"http://{_AT}/health"}, {"url": f"https://{_AT}/health"}),
    "swarm": ({"url": f"tcp://{_AT}"},),
    "tcp": ({"host": "127.0.0.1", "port": "{port}", "send": "version\r\n", "expect": "VERSION"},),
    "tls": ({"host": "127.0.0.1", "port": "{port}"},),
}
"""How each collector is pointed at a port, by section; some in several ways."""
ELSEWHERE = {
    "backup": "starts what asks its target",
    "dns": "asks the system's resolver",
    "drift": "starts what captures",
    "exec": "starts a program",
    "git": "starts git",
    "process": "reads this host",
    "systemd": "starts systemctl",
}
"""Collectors that are not pointed at a port, and what they do."""


def _collector(section: str, settings: Mapping[str, Any], port: int) -> Collector[Any]:
    def put(value: object) -> object:
        return port if value == "{port}" else value.replace("{port}", str(port)) if isinstance(value, str) else value

    found = discover()[section]
    table = {"name": "test", "timeout": f"{TIMEOUT_S * 1000:.0f}ms", **{key: put(settings[key]) for key in settings}}
    problems = Problems("f.toml", {})
    config = read_struct(found.Config, table, (section, 0), problems)
    assert config is not None, problems.found
    return found(config, {})


def test_every_collector_is_pointed_at_a_peer_or_says_why_it_cannot_be() -> None:
    assert set(OVER_TCP) | set(ELSEWHERE) == set(discover())
    assert not set(OVER_TCP) & set(ELSEWHERE)


async def _settled(collector: Collector[Any], before: frozenset[str], tasks: "set[asyncio.Task[Any]]") -> None:
    await collector.close()
    await until_async(lambda: opened() <= before, "what it opened to be closed")
    await until_async(lambda: not _others(tasks), "its tasks to end")


def _others(tasks: "set[asyncio.Task[Any]]") -> "set[asyncio.Task[Any]]":
    return {task for task in asyncio.all_tasks() - tasks if not task.done()}


@pytest.mark.parametrize("behaviour", PEERS)
@pytest.mark.parametrize(
    ("section", "settings"),
    [
        pytest.param(section, settings, id=f"{section}{number or ''}")
        for section, ways in OVER_TCP.items()
        for number, settings in enumerate(ways)
    ],
)
async def test_a_poll_ends_in_time_and_in_words(section: str, settings: Mapping[str, Any], behaviour: str) -> None:
    first = _collector(section, settings, free_port())
    await poll(first)  # Its client library is imported now.
    await first.close()
    tasks, before = asyncio.all_tasks(), opened()
    async with peer(behaviour) as port:
        collector = _collector(section, settings, port)
        began = time.monotonic()
        told = await poll(collector)
        took_s = time.monotonic() - began
    await _settled(collector, before, tasks)
    assert told.outcome == "failed", told
    assert told.error
    assert told.reason
    assert told.remedy or told.reason != "error", told
    assert took_s < TIMEOUT_S + _OVER_S, told
