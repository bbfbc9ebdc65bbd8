"""The restart of a container by our own action beside `docker restart` and the SDK, in turns on the same container."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from docker import DockerClient

from ops.actions.registry import discover
from ops.runner.real import RealRunner
from tests.bench.fixes_floor import engine
from tests.parts.acting import MemorySink, config_of, fresh_case
from tests.parts.docker import Box, Engine, Made, make_image
from tests.parts.dockerd import engine_here

TURNS = 12
SERVES = "trap 'exit 0' TERM; echo up; while :; do sleep 1 & wait $!; done"


@contextmanager
def a_container() -> Iterator[tuple[Box, Made]]:
    """One that ends when it is told to; gone afterwards."""
    socket, started = engine_here()
    client = DockerClient(base_url=f"unix://{socket}", timeout=120)
    image = make_image(client)
    box = Box(Engine(socket, client, image))
    try:
        yield box, box.run(SERVES)
    finally:
        box.remove_all()
        client.images.remove(image, force=True)
        client.close()
        if started:
            started.remove()


async def _ours(box: Box, made: Made) -> float:
    """Seconds of the action through the runner that makes its calls, as a job runs it."""
    config = config_of(engine(box.engine.url, box.glob))
    case = await fresh_case(config, "container.restart", f"container:bench/{made.name}")
    runner = RealRunner(config, MemorySink())
    began = time.perf_counter()
    await discover()["container.restart"].run(case, runner)
    return time.perf_counter() - began


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def restarts(box: Box, made: Made) -> dict[str, Any]:
    """Medians of all, and how ours stand to the others'; each turn has each, so a busy moment meets all of them."""
    docker = shutil.which("docker")
    command = [docker or "", "-H", box.engine.url, "restart", made.name]
    ways: dict[str, Callable[[], float]] = {
        "ours": lambda: asyncio.run(_ours(box, made)),
        "sdk": lambda: _seconds(made.sdk.restart),
        "docker": lambda: _seconds(lambda: subprocess.run(command, capture_output=True, check=True)),
    }
    if docker is None:
        del ways["docker"]
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS):
        order = list(ways)[turn % len(ways) :] + list(ways)[: turn % len(ways)]
        for name in order:
            spent[name].append(ways[name]())
    figures: dict[str, Any] = {f"restart_{name}_ms": round(median(spent[name]) * 1000, 1) for name in spent}
    for name in spent.keys() - {"ours"}:
        turns = (ours / theirs for ours, theirs in zip(spent["ours"], spent[name], strict=True))
        figures[f"restart_to_{name}_ratio"] = round(median(turns), 3)
    return figures
