"""Measures what reading 20 running containers costs, beside the Docker SDK on the same engine.

`python -m tests.bench.containers [--json]`. A round is one poll and one second of all open stats streams. The SDK asked
for one container after another is measured on 3 containers and scaled to 20, because it takes 2 s for each of them.
"""

import asyncio
import statistics
import time
from typing import Any

from docker import DockerClient

from collectors.base import Reading
from collectors.docker_engine import DockerConfig, DockerEngine
from tests.bench.shown import show
from tests.parts.docker import BUSYBOX, Box, Engine, make_image
from tests.parts.dockerd import DEFAULT_SOCKET, answers, engine_here, may_start

CONTAINERS = 20
ROUNDS = 15
PEER_CONTAINERS = 3
WORK = "while :; do sleep 0.2; done"


def missing() -> str:
    """What keeps this from being measured here; empty when nothing does."""
    if not BUSYBOX.exists():
        return f"no {BUSYBOX} (Debian package busybox-static)"
    reason = may_start()
    return f"no Docker engine, and {reason}" if reason and not answers(DEFAULT_SOCKET) else ""


def _all_known(reading: Reading) -> bool:
    return all(entity.facts["cpu_percent"] is not None for entity in reading.entities[1:])


async def ours(box: Box) -> dict[str, float]:
    """Wall and CPU milliseconds of a round, and seconds from the first poll to figures of all containers."""
    collector = DockerEngine(DockerConfig(name="bench", url=box.engine.url, only=(box.glob,)), {})
    walls: list[float] = []
    began = time.perf_counter()
    reading = await collector.collect()
    first = time.perf_counter() - began
    while not _all_known(reading):
        await asyncio.sleep(0.05)
        reading = await collector.collect()
    known = time.perf_counter() - began
    await asyncio.sleep(2)
    cpu = time.process_time()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        reading = await collector.collect()
        walls.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, 1 - walls[-1]))
    cpu = time.process_time() - cpu
    await collector.close()
    return {
        "containers": len(reading.entities) - 1,
        "wall_ms": round(statistics.median(walls) * 1000, 2),
        "wall_worst_ms": round(max(walls) * 1000, 2),
        "cpu_ms": round(cpu / ROUNDS * 1000, 2),
        "first_poll_ms": round(first * 1000, 1),
        "all_figures_after_s": round(known, 2),
    }


def peer(box: Box, client: DockerClient) -> dict[str, Any]:
    """The SDK: `stats` one after another, and its list, which inspects every container."""
    some = client.containers.list(filters={"name": box.prefix})
    began, cpu = time.perf_counter(), time.process_time()
    for container in some[:PEER_CONTAINERS]:
        container.stats(stream=False)
    scale = CONTAINERS / PEER_CONTAINERS * 1000
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    listing = time.process_time()
    client.containers.list(filters={"name": box.prefix})
    return {
        "measured_on": PEER_CONTAINERS,
        "scaled_to": CONTAINERS,
        "wall_ms": round(wall * scale),
        "cpu_ms": round(cpu * scale, 1),
        "list_cpu_ms": round((time.process_time() - listing) * 1000, 1),
    }


def measure() -> dict[str, Any]:
    """All figures, or why there are none."""
    reason = missing()
    if reason:
        return {"skipped": reason}
    socket, started = engine_here()
    client = DockerClient(base_url=f"unix://{socket}", timeout=120)
    image = make_image(client)
    box = Box(Engine(socket, client, image))
    try:
        for number in range(CONTAINERS):
            box.run(WORK, f"n{number}")
        figures: dict[str, Any] = asyncio.run(ours(box))
        return figures | {"sdk": peer(box, client)}
    finally:
        box.remove_all()
        client.images.remove(image, force=True)
        client.close()
        if started:
            started.remove()


if __name__ == "__main__":
    show(__doc__, measure)
