"""The ground that drills are done on: folders, and real parts that several drills use together."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from tests.drills.drill import INTERVAL_S, TIMEOUT_S

if TYPE_CHECKING:
    from tests.drills.names import Resolver
    from tests.parts.docker import Box, Engine

TIMES = f'interval = "{INTERVAL_S:g}s"\ntimeout = "{TIMEOUT_S:g}s"\n'
"""What every target of a drill is configured with."""


class Missing(Exception):
    """A part can't run on this machine; the text says what is needed."""


class Site:
    """Owns what the drills of one run share; `shared` makes each thing once."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.name = uuid4().hex[:6]
        self.resolver: Resolver | None = None
        self.resolv: Path | None = None
        """Takes the place of /etc/resolv.conf for the floor alone (needs root); set by the drills of names."""
        self.environment: dict[str, str] = {}
        """What the floor alone is told in its environment; set by the drills of units."""
        self.lock = asyncio.Lock()
        self._asked: set[str] = set()
        self._made: dict[str, asyncio.Future[object]] = {}

    def room(self, name: str) -> Path:
        """A folder of its own, which servers under another account can reach."""
        folder = self.folder / name
        folder.mkdir(mode=0o755, exist_ok=True)
        return folder

    def command(self, *argv: str) -> list[str]:
        """What starts that command here: where names are resolved as the drills want, and told what they set."""
        told = ["env", *[f"{name}={value}" for name, value in self.environment.items()], *argv]
        if self.resolv is None:
            return told
        mount = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", mount, str(self.resolv), *told]

    def first(self, what: str) -> bool:
        """Whether this is asked for the first time."""
        new = what not in self._asked
        self._asked.add(what)
        return new

    async def shared(self, what: str, make: Callable[[], object]) -> object:
        """What `make` gave (in a thread) when it was first asked for; raises again what it raised."""
        if what not in self._made:
            self._made[what] = asyncio.ensure_future(asyncio.to_thread(make))
        return await asyncio.shield(self._made[what])

    async def engine(self) -> "Engine":
        """The Docker engine of this machine with an image of ours. Raises Missing without one."""
        found = cast("Engine", await self.shared("engine", _engine))
        if self.first("engine"):
            self.stack.push_async_callback(asyncio.to_thread, _leave, found)
        return found

    async def box(self) -> "Box":
        """Where the containers of all drills are made; they are removed with the site."""
        from tests.parts.docker import Box

        engine = await self.engine()
        box = cast(Box, await self.shared("box", lambda: Box(engine)))
        if self.first("box"):
            self.stack.push_async_callback(asyncio.to_thread, box.remove_all)
        return box


def _engine() -> object:
    from docker import DockerClient

    from tests.parts.docker import BUSYBOX, Engine, make_image
    from tests.parts.dockerd import DEFAULT_SOCKET, answers

    if not answers(DEFAULT_SOCKET):
        raise Missing(f"no Docker engine answers at {DEFAULT_SOCKET}")
    if not BUSYBOX.exists():
        raise Missing(f"no {BUSYBOX} to make an image of")
    client = DockerClient(base_url=f"unix://{DEFAULT_SOCKET}", timeout=60)
    return Engine(DEFAULT_SOCKET, client, make_image(client))


def _leave(engine: "Engine") -> None:
    engine.client.images.remove(engine.image, force=True)
    engine.client.close()


def site_folder() -> "TemporaryDirectory[str]":
    """A temporary folder that other accounts may walk through."""
    made = TemporaryDirectory(prefix="wf-drill-", ignore_cleanup_errors=True)
    os.chmod(made.name, 0o755)  # noqa: S103 - servers of other accounts have their own closed folders in it
    return made


async def until_true(question: Callable[[], Awaitable[object]], what: str, limit_s: float = 20.0) -> None:
    """Ask again and again until the answer is true. TimeoutError with `what` at the limit."""
    end = time.monotonic() + limit_s
    while not await question():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {limit_s:g} s until {what}")
        await asyncio.sleep(0.1)


def root_needed(what: str) -> None:
    """Raise Missing unless we are root."""
    if os.geteuid() != 0:
        raise Missing(f"{what} needs root")
