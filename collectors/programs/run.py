"""Starts a program that only reads, bounded in time and output, and leaves nothing of it behind."""

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from subprocess import DEVNULL, PIPE  # noqa: TID251 - the one place of this room that starts processes
from time import perf_counter
from typing import cast

import msgspec

from collectors.base import CollectError
from collectors.text import clean
from collectors.threads import DaemonPool
from collectors.waits import surely, within

OUTPUT_LIMIT = 64 * 1024
"""Bytes kept of each of the two outputs; the rest is read and dropped."""
FLOOD_LIMIT = 32 * 2**20
"""Bytes that `run` takes in of both outputs together: who writes more would keep us busy until the deadline."""
HELD_S = 0.2
"""How long an output may stay open after its program has ended: something that it left behind may hold it for ever."""
END_S = 0.05
"""How long a program that was killed is waited for; a cancelled poll must end within twice that."""
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "TZ")
_POOL = DaemonPool(4, name="watchfloor-programs")
_Look = tuple[asyncio.AbstractEventLoop, str, str]
_looks: dict[_Look, "asyncio.Task[None]"] = {}
"""Looks at programs and folders that have not ended: each that hangs takes one thread, however often it is asked."""


class Ended(msgspec.Struct, frozen=True):
    """How a program ended. Nothing in it is sanitized."""

    code: int
    """The exit code; −n when signal n ended it."""
    out: bytes
    err: bytes
    cut: bool
    """True when it wrote more than was kept."""
    held: bool
    """True when something that it left behind kept an output open; that was killed where it was of its group."""
    took_s: float


class Program(asyncio.SubprocessProtocol):
    """A running program in a session of its own: the beginnings of its outputs, its end, and its whole group's end.

    `stop` must be called whatever happened; it may be called twice.
    """

    def __init__(self, limit: int, most: int | None = None) -> None:
        self._limit, self._most = limit, most
        self._taken = 0
        self._kept = {1: bytearray(), 2: bytearray()}
        self._open = {1, 2}
        self._transport: asyncio.SubprocessTransport | None = None
        self.cut = False
        self.flooded = False
        """True when it wrote more than was to be taken in, and was ended for it."""
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()
        """Set when both outputs are closed."""
        self.stirred = asyncio.Event()
        """Set when it wrote something or ended; who waits for more of that clears it."""

    @property
    def out(self) -> bytes:
        """What it wrote so far, up to the limit."""
        return bytes(self._kept[1])

    @property
    def err(self) -> bytes:
        """What it complained of so far, up to the limit."""
        return bytes(self._kept[2])

    @property
    def code(self) -> int | None:
        """The exit code, −n for signal n, None while it runs."""
        return self._transport.get_returncode() if self._transport else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """It wrote something: keep what fits."""
        room = self._limit - len(self._kept[fd])
        self._kept[fd] += data[:room]
        self.cut = self.cut or len(data) > room
        self._taken += len(data)
        self.stirred.set()
        if self._most is not None and self._taken > self._most and not self.flooded:
            self.flooded = True
            self.stop()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """It closed an output, or its input."""
        self._open.discard(fd)
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        """It ended; what it left behind may still write."""
        self.exited.set()
        self.stirred.set()

    def stop(self) -> None:
        """Kill it with all of its group, and close the pipes."""
        if self._transport is None:
            return
        # First of all: closing looks whether it has ended, and would take its exit code from who waits for that.
        with suppress(PermissionError):
            self._transport.close()
        # The group outlives its leader; without a living member its number could become another's only after a wrap.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._transport.get_pid(), signal.SIGKILL)

    async def end(self) -> None:
        """Stop it and wait until it was collected: soon, but where the kernel holds it (a dead mount)."""
        self.stop()
        await surely(self.exited, END_S)


async def start(
    arguments: Sequence[str],
    *,
    extra: Mapping[str, str] | None = None,
    folder: str = "",
    limit: int = OUTPUT_LIMIT,
    keep_input: bool = False,
    most: int | None = None,
) -> Program:
    """Start a program; `arguments` is never a shell's line. Raises CollectError when it can't be started.

    With `keep_input` its standard input is a pipe that stays open as long as we live, so that a program that reads
    it can end with us, also when we are killed; without, it reads nothing. With `most` it is ended once it wrote more
    bytes than that.
    """
    loop = asyncio.get_running_loop()
    seen = environment(extra)
    await look_first(arguments[0], folder, seen)
    try:
        _, program = await loop.subprocess_exec(
            lambda: Program(limit, most),
            *arguments,
            stdin=PIPE if keep_input else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=folder or None,
            env=seen,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise not_started(arguments[0], folder, error) from error
    return program


async def run(
    arguments: Sequence[str], *, extra: Mapping[str, str] | None = None, folder: str = "", limit: int = OUTPUT_LIMIT
) -> Ended:
    """Run a program to its end. When cancelled its whole group is killed.

    Raises CollectError only when it can't be started or never stops writing; any exit code is an answer.
    """
    began = perf_counter()
    program = await start(arguments, extra=extra, folder=folder, limit=limit, most=FLOOD_LIMIT)
    try:
        await program.exited.wait()
        took_s = perf_counter() - began
        await within(program.silent, HELD_S)
        held = not program.silent.is_set()
    finally:
        await program.end()
    if program.flooded:
        raise CollectError(
            f"{clean(arguments[0])} wrote more than {FLOOD_LIMIT // 2**20} MiB, so it was ended",
            reason="limit",
            remedy="let it write less",
        )
    return Ended(program.code or 0, program.out, program.err, program.cut, held, took_s)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program gets to see: where programs and the home are, English words, and what the caller adds."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {"LC_ALL": "C.UTF-8"} | passed | dict(extra or {})


async def look_first(program: str, folder: str, seen: Mapping[str, str]) -> None:
    """Touch what will be started, in a thread: on a mount that hangs the start itself would stop this whole program."""
    loop = asyncio.get_running_loop()
    look = (loop, program, folder)
    if look not in _looks:
        _looks[look] = loop.create_task(_POOL.run(_touch, program, folder, seen.get("PATH", os.defpath)))
        _looks[look].add_done_callback(lambda _: _looks.pop(look))
    await asyncio.shield(_looks[look])


def _touch(program: str, folder: str, path: str) -> None:
    if folder:
        os.path.isdir(folder)
    shutil.which(os.path.join(folder, program) if "/" in program else program, path=path)


def not_started(program: str, folder: str, error: OSError | ValueError) -> CollectError:
    """Why a program could not be started, in a sentence."""
    named = clean(program)
    if isinstance(error, FileNotFoundError) and folder and not os.path.isdir(folder):
        return CollectError(f"there is no folder {clean(folder)} to run {named} in", reason="missing", retry=False)
    if isinstance(error, FileNotFoundError):
        return CollectError(f"there is no program {named}", reason="missing", remedy="install it, or correct its path")
    if isinstance(error, PermissionError):
        return CollectError(
            f"{named} may not be run by this user",
            reason="permission",
            remedy=f"give this user the right to run {named}",
        )
    why = error.strerror if isinstance(error, OSError) else str(error)
    return CollectError(f"{named} can't be started: {clean(why)}")
