"""Drills of containers and of the engine that runs them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.drills.drill import Drill, Fault, Part
from tests.drills.site import TIMES, Site, until_true
from tests.parts.docker import Box, Made

SECOND = 1_000_000_000
PROBE = {"test": ["CMD-SHELL", "test ! -e /sick || { echo out of order; exit 1; }"], "interval": SECOND, "retries": 2}
PROJECT = {"com.docker.compose.project": "drill", "com.docker.compose.service": "web"}
Run = Callable[[Box], Made]
Do = Callable[[Box, Made], object]


def section(name: str, url: str, box: Box) -> str:
    """The config of an engine, of which only the containers of the drills are watched."""
    return f'[[docker]]\nname = "{name}"\nurl = "{url}"\nonly = ["{box.glob}"]\n{TIMES}\n'


async def _state(made: Made, wanted: str) -> None:
    """Wait until the engine itself says that it is in that state."""

    def there() -> bool:
        made.sdk.reload()
        state = made.sdk.attrs["State"]
        return wanted in (state["Status"], state.get("Health", {}).get("Status"))

    await until_true(partial(asyncio.to_thread, there), f"{made.name} is {wanted}")


@asynccontextmanager
async def _container(site: Site, name: str, run: Run, inject: Do, heal: Do, until: str) -> AsyncIterator[Fault]:
    box = await site.box()
    made = await asyncio.to_thread(run, box)
    config = section("drills", box.engine.url, box) if site.first("engine section") else ""

    def there() -> Made:
        """The container of that name: it may be another by now."""
        found = box.engine.client.containers.get(made.name)
        return Made(made.name, str(found.id), found)

    async def break_it() -> None:
        one = await asyncio.to_thread(there)
        await asyncio.to_thread(inject, box, one)
        if until:
            await _state(one, until)

    async def mend() -> None:
        one = made if heal is _again else await asyncio.to_thread(there)
        await asyncio.to_thread(heal, box, one)

    yield Fault(config, break_it, mend)


def _remove(box: Box, made: Made) -> None:
    made.sdk.remove(force=True)


def _again(box: Box, made: Made) -> None:
    box.run(name=made.name.removeprefix(f"{box.prefix}-"), labels=PROJECT)


def _exec(command: str) -> Do:
    return lambda box, made: made.sdk.exec_run(["/bin/sh", "-c", command])


def _loops(box: Box, made: Made) -> None:
    made.sdk.exec_run(["/bin/sh", "-c", "touch /broken; kill 1"])


LOOP = "trap 'exit 3' TERM; test -e /broken && exit 3; while :; do sleep 0.1; done"


def _anew(options: dict[str, Any]) -> Do:
    """Put another like it in its place."""

    def mend(box: Box, made: Made) -> None:
        made.sdk.remove(force=True)
        box.run(name=made.name.removeprefix(f"{box.prefix}-"), **options)

    return mend


def _hog(box: Box, made: Made) -> None:
    made.sdk.exec_run(["/bin/sh", "-c", "touch /hungry"], detach=True)


EATS = "while test ! -e /hungry; do sleep 0.1; done; x=0123456789; while :; do x=$x$x; done"
"""What it eats it writes itself: a system call that would write beyond the limit may fail in place of being killed."""


LOOPS: dict[str, Any] = {"command": LOOP, "restart_policy": {"Name": "always"}}
HUNGRY: dict[str, Any] = {"command": EATS, "mem_limit": "16m"}


def _drill(
    name: str, says: str, shows: str, run: dict[str, Any], inject: Do, heal: Do, until: str = "", **more: Any
) -> Drill:
    def part(site: Site) -> Any:
        return _container(site, name, lambda box: box.run(name=name, **run), inject, heal, until)

    row = f"container:drills/wf-*-{name}"
    return Drill(name=name, shows=shows, row=row, says=says, part=part, wave="containers", **more)


class Doorway:
    """A socket in front of the engine's: open, shut, or taking everybody in and answering nobody."""

    def __init__(self, path: Path, engine: Path) -> None:
        self.path, self._engine = path, engine
        self._mute = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Let everybody through."""
        self._mute.clear()
        if self._server is None:
            self.path.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def hang(self) -> None:
        """Answer nobody any more, those that are inside neither."""
        self._mute.set()

    async def shut(self) -> None:
        """Refuse everybody; the socket stays."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        inside_reader, inside_writer = await asyncio.open_unix_connection(self._engine)
        try:
            await asyncio.gather(self._pass(reader, inside_writer), self._pass(inside_reader, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            inside_writer.close()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self._mute.is_set():
                continue
            writer.write(data)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def _engine(site: Site, name: str, hang: bool) -> AsyncIterator[Fault]:
    box = await site.box()
    await asyncio.to_thread(box.run, name=f"behind-{name}")
    door = Doorway(site.room(name) / "docker.sock", box.engine.socket)
    await door.open()
    config = section(name, f"unix://{door.path}", box).replace(box.glob, f"{box.prefix}-behind-{name}")
    try:
        yield Fault(config, door.hang if hang else door.shut, door.open)
    finally:
        await door.shut()


def _door(name: str, hang: bool) -> Part:
    return lambda site: _engine(site, name, hang)


def _unpause(box: Box, made: Made) -> None:
    made.sdk.unpause()


def _start(box: Box, made: Made) -> None:
    made.sdk.start()


DRILLS = (
    _drill(
        "container-killed", "exited exited \\(137\\)", "how it ended", {},
        lambda box, made: made.sdk.kill("KILL"), _start, "exited",
    ),
    _drill(
        "container-unhealthy", "unhealthy: out of order", "the last words of its probe", {"healthcheck": PROBE},
        _exec("touch /sick"), _exec("rm /sick"), "unhealthy",
    ),
    _drill(
        "container-paused", "paused", "paused, not running", {},
        lambda box, made: made.sdk.pause(), _unpause, "paused",
    ),
    _drill("container-removed", "gone", "gone, not ok by absence", {"labels": PROJECT}, _remove, _again),
    _drill(
        "container-restart-loop", "restarting: it keeps ending", "that it restarts again and again",
        LOOPS, _loops, _anew(LOOPS), shared=True,
        note="healed by another in its place; that it was a loop is remembered for 5 minutes",
    ),
    _drill(
        "container-oom", "out of memory .*memory", "killed for memory, not stopped",
        HUNGRY, _hog, _anew(HUNGRY), "exited", note="healed by another in its place",
    ),
    Drill(
        name="docker-down", shows="unknown: nobody listens; nothing is called gone", row="docker:docker-down",
        says="no engine listens", part=_door("docker-down", False), wave="containers",
    ),
    Drill(
        name="docker-hang", shows="no answer at the deadline; nothing is called gone", row="docker:docker-hang",
        says="no answer within 5 s", part=_door("docker-hang", True), wave="containers",
    ),
)  # fmt: skip
