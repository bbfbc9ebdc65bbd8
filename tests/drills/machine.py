"""Drills of the machine itself: a full disk, no inodes, burnt CPU, zombies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.drills.drill import Drill, Fault, Part
from tests.drills.site import TIMES, Missing, Site, root_needed

ZOMBIES = 20
PARENT = "undead-parent"
"""The name of the process that leaves them; at most 15 letters."""
_LEAVE = f"""
import os, signal, time
open("/proc/self/comm", "w").write({PARENT!r})
for _ in range({ZOMBIES}):
    if os.fork() == 0:
        os._exit(0)
print("left", flush=True)
signal.pause()
"""
_BURN = "import os\nos.nice(19)\nwhile True: sum(range(20_000))"


@asynccontextmanager
async def _mount(site: Site, name: str, options: str, inodes: bool) -> AsyncIterator[Fault]:
    root_needed("a small disk of its own")
    point = site.room(name)
    argv = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(point)]
    done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"a tmpfs of its own: {done.stderr.strip()}")

    async def inject() -> None:
        with suppress(OSError):
            for number in range(10_000):
                (point / f"file-{number}").write_bytes(b"" if inodes else b"x" * 2**16)

    async def heal() -> None:
        for path in point.iterdir():
            path.unlink()

    config = f'[[host]]\nname = "{name}"\ninclude_mounts = ["{point}"]\n{TIMES}\n'
    try:
        yield Fault(config, inject, heal)
    finally:
        await asyncio.to_thread(subprocess.run, ["umount", "--lazy", str(point)], check=False, capture_output=True)


def _start(children: list[subprocess.Popen[str]], argv: list[str]) -> subprocess.Popen[str]:
    children.append(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
    return children[-1]


async def _end(children: list[subprocess.Popen[str]]) -> None:
    for child in children:
        child.kill()
        await asyncio.to_thread(child.wait)
        if child.stdout:
            child.stdout.close()
    children.clear()


@asynccontextmanager
async def _zombies(site: Site) -> AsyncIterator[Fault]:
    children: list[subprocess.Popen[str]] = []

    async def inject() -> None:
        child = _start(children, [sys.executable, "-c", _LEAVE])
        assert child.stdout
        await asyncio.to_thread(child.stdout.readline)

    try:
        yield Fault(f'[[host]]\nname = "zombies"\n{TIMES}\n', inject, lambda: _end(children))
    finally:
        await _end(children)


@asynccontextmanager
async def _burn(site: Site) -> AsyncIterator[Fault]:
    children: list[subprocess.Popen[str]] = []

    async def inject() -> None:
        for _ in range(os.cpu_count() or 1):
            _start(children, [sys.executable, "-c", _BURN])

    soon = '[[threshold]]\nmetric = "host.cpu_percent"\nrow = "host:cpu-burn"\nwarning = 97\ncritical = 98\n'
    try:
        yield Fault(f'[[host]]\nname = "cpu-burn"\n{TIMES}\n{soon}\n', inject, lambda: _end(children))
    finally:
        await _end(children)


@asynccontextmanager
async def _process(site: Site) -> AsyncIterator[Fault]:
    children: list[subprocess.Popen[str]] = []
    pid_file = site.room("process-killed") / "pid"

    async def start() -> None:
        child = _start(children, ["sleep", "86400"])
        pid_file.write_text(f"{child.pid}\n")

    async def kill() -> None:
        children[-1].send_signal(signal.SIGKILL)
        await asyncio.to_thread(children[-1].wait)

    await start()
    try:
        yield Fault(f'[[process]]\nname = "process-killed"\npid_file = "{pid_file}"\n{TIMES}\n', kill, start)
    finally:
        await _end(children)


def _disk(name: str, options: str, inodes: bool) -> Part:
    return lambda site: _mount(site, name, options, inodes)


DRILLS = (
    Drill(
        name="disk-full", shows="how full", row="host.disk:disk-full/*", says="full used 100 %",
        part=_disk("disk-full", "size=8m", False), wave="machine",
    ),
    Drill(
        name="inodes-full", shows="that inodes are out, with free bytes", row="host.disk:inodes-full/*",
        says="full inodes used 100 %", part=_disk("inodes-full", "size=8m,nr_inodes=64", True), wave="machine",
    ),
    Drill(
        name="zombies", shows="how many, and whose", row="host:zombies", says=f"zombies.*{PARENT}", part=_zombies,
        wave="machine", shared=True,
    ),
    Drill(
        name="process-killed", shows="that it has ended", row="process:process-killed",
        says="critical (exited|missing)", part=_process, wave="machine",
    ),
    Drill(
        name="cpu-burn", shows="busy, while everything goes on", row="host:cpu-burn", says="busy CPU (9\\d|100)",
        part=_burn, wave="cpu", shared=True, note="counts at once here, not after 30 s",
    ),
)  # fmt: skip
