"""Drills of a swarm: an update that fails and is paused, and tasks that find no place."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.drills.drill import LONG, Drill, Fault, Part
from tests.drills.site import TIMES, Missing, Site, until_true

REPOSITORY = "localhost/watchfloor-drill"
"""An engine may try to pull a tagged image even when it is here: this keeps the attempt on this machine."""
STAY = ("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.2; done")
_QUIET = ("--detach", "--no-resolve-image", "--quiet")


async def _docker(*words: str) -> str:
    """Run the docker program; gives what it says. Raises Missing with its words when it refuses."""
    argv = ["docker", *words]
    done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise Missing(f"docker {' '.join(words[:2])}: {done.stderr.strip()}")
    return done.stdout.strip()


async def _a_manager(site: Site) -> None:
    """Take the swarm that there is, or make one of this engine for the time being."""
    async with site.lock:
        if not site.first("swarm") or await _docker("info", "--format", "{{.Swarm.LocalNodeState}}") == "active":
            return
        await _docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377")
        site.stack.push_async_callback(_docker, "swarm", "leave", "--force")


@asynccontextmanager
async def _service(site: Site, name: str, inject: tuple[str, ...], heal: tuple[str, ...]) -> AsyncIterator[Fault]:
    engine = await site.engine()
    await _a_manager(site)
    image, service = f"{REPOSITORY}:{site.name}", f"wf-{site.name}-{name}"
    await _docker("tag", engine.image, image)
    policy = ("--update-failure-action", "pause", "--update-monitor", "3s", "--restart-delay", "1s")
    await _docker("service", "create", *_QUIET, "--name", service, "--replicas", "2", *policy, image, *STAY)
    config = f'[[swarm]]\nname = "{name}"\nurl = "{engine.url}"\nonly = ["{service}"]\n{TIMES}\n'

    async def stands() -> bool:
        told = await _docker("service", "ls", "--filter", f"name={service}", "--format", "{{.Replicas}}")
        return told.startswith("2/2")

    async def update(words: tuple[str, ...]) -> None:
        await _docker("service", *words, *_QUIET[:1], service)

    try:
        await until_true(stands, f"{service} runs twice", 40)
        yield Fault(config, partial(update, inject), partial(update, heal))
    finally:
        for words in (("service", "rm", service), ("rmi", "--force", image)):
            await asyncio.to_thread(subprocess.run, ["docker", *words], check=False, capture_output=True)


def _part(name: str, inject: tuple[str, ...], heal: tuple[str, ...]) -> Part:
    return lambda site: _service(site, name, inject, heal)


_SWARM_S = 60.0
_NOTE = "the swarm takes its own time to see it, and to place tasks again"
DRILLS = (
    Drill(
        name="swarm-update-failing", shows="that the update is paused, and the error of its tasks",
        row="swarm.service:swarm-update-failing/*", says="update paused.*3",
        part=_part("swarm-update-failing", ("update", "--args", "sh -c 'sleep 0.3; exit 3'"), ("rollback",)),
        wave=LONG, seen_s=_SWARM_S, healed_s=_SWARM_S, note=_NOTE,
    ),
    Drill(
        name="swarm-unplaceable", shows="how many are wanted, how many run, and why",
        row="swarm.service:swarm-unplaceable/*", says="no suitable node",
        part=_part(
            "swarm-unplaceable", ("update", "--constraint-add", "node.hostname==nowhere"),
            ("update", "--constraint-rm", "node.hostname==nowhere"),
        ),
        wave=LONG, seen_s=_SWARM_S, healed_s=_SWARM_S, note=_NOTE,
    ),
)  # fmt: skip
