"""Starts a program that changes something: its output streams, and its whole group ends with its time or with us."""

import asyncio
import os
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE  # noqa: TID251 - the one place of the runner that starts programs
from time import perf_counter
from typing import cast

from collectors.base import CollectError
from collectors.programs.run import environment, look_first, not_started
from collectors.text import clean
from collectors.waits import surely, within
from ops.actions.errors import ActionError, Refused
from ops.jobs.guard import GUARD
from ops.redact import mask
from ops.runner.base import Answer
from ops.runner.calls import Program
from ops.runner.lines import Lines
from ops.runner.reach import Reach
from ops.runner.sink import Sink

KEPT_BYTES = 64 * 1024
"""What an Answer has of the output."""
PATIENCE_S = 5.0
"""Between TERM and KILL."""
HELD_S = 0.5
"""How long an output may stay open after its program has ended: something that it left behind may hold it for ever."""
_UMASK = 0o022
"""As systemd gives its services (systemd.exec(5)); our own would keep what a service writes from everybody else."""
_LOOK_EVERY_S = 0.05
_GONE_S = 1.0


async def make(call: Program, reach: Reach) -> Answer:
    """Run it to its end. Raises Refused when it can't be started, ActionError when it ends as it should not."""
    number, group = GUARD.begins(), 0
    try:
        running = await _start(call, reach.sink)
        group = running.group
        await _run(running, reach.sink)
    finally:
        GUARD.ended(number, group)
    return _answer(call, running, reach.sink)


async def _run(running: "Running", sink: Sink) -> None:
    """To its end; its whole group's, where that is cut off."""
    whole = False
    try:
        await running.exited.wait()
        await within(running.silent, HELD_S)
        whole = True
    finally:
        try:
            if not whole:
                await running.end_group(sink)
        finally:
            running.close()
            await surely(running.exited, _GONE_S)


def _answer(call: Program, running: "Running", sink: Sink) -> Answer:
    if not running.silent.is_set():
        sink.line("say", "it left something running that still holds its output: what that writes is not seen here")
    code = running.code
    if code not in call.good:
        sink.call_ended(code)
        raise _failed(call.argv[0], code, running.out.last if not running.err.last else running.err.last)
    return Answer(status=code, text=running.out.beginning)


class Running(asyncio.SubprocessProtocol):
    """A program that leads a group of its own, inside our session."""

    def __init__(self, sink: Sink) -> None:
        self.out = Lines(partial(sink.line, "out"), KEPT_BYTES)
        self.err = Lines(partial(sink.line, "err"))
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()
        """Set when both outputs are closed."""
        self._open = {1, 2}
        self._transport: asyncio.SubprocessTransport | None = None
        self.group = 0
        """Its number, once it runs."""

    @property
    def code(self) -> int:
        """The exit code; −n when signal n ended it."""
        return (self._transport.get_returncode() or 0) if self._transport else 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self.group = self._transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """It wrote something. Nothing more is read meanwhile, so a flood waits in the program, not here."""
        (self.out if fd == 1 else self.err).feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """It closed an output."""
        self._open.discard(fd)
        (self.out if fd == 1 else self.err).end()
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        """It ended; what it left behind may still write."""
        self.exited.set()

    def close(self) -> None:
        """Close the pipes."""
        for lines in (self.out, self.err):
            lines.end()
        if self._transport is not None:
            with suppress(PermissionError):  # it runs as another user, which was told
                self._transport.close()

    async def end_group(self, sink: Sink) -> None:
        """TERM to the whole group, KILL to what still lives after 5 s, or at once when even this is cancelled."""
        try:
            self._send(signal.SIGTERM, sink)
            self._send(signal.SIGCONT, sink)
            await self._gone(PATIENCE_S)
        finally:
            if _lives(self.group):
                sink.line("say", f"it did not end within {PATIENCE_S:g} s of TERM: KILL to its whole group")
                self._send(signal.SIGKILL, sink)
        await self._gone(_GONE_S)

    async def _gone(self, within_s: float) -> None:
        end = perf_counter() + within_s
        while perf_counter() < end:
            if self.exited.is_set() and not _lives(self.group):
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def _send(self, number: signal.Signals, sink: Sink) -> None:
        try:
            os.killpg(self.group, number)
        except ProcessLookupError:
            return
        except PermissionError:
            sink.line("say", f"{number.name} was not allowed: group {self.group} runs as another user and may go on")


async def _start(call: Program, sink: Sink) -> Running:
    program = call.argv[0] if call.argv else ""
    if not program or program.startswith("-"):
        raise Refused(f"{clean(program)!r} is no program's name", "correct argv: a program, then its arguments")
    seen = environment(call.environment)
    try:
        await look_first(program, call.folder, seen)
        _, running = await asyncio.get_running_loop().subprocess_exec(
            lambda: Running(sink),
            *call.argv,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=call.folder or None,
            env=seen,
            process_group=0,
            umask=_UMASK,
        )
    except (OSError, ValueError) as error:
        raise _refused(not_started(program, call.folder, error)) from error
    return running


def _refused(error: CollectError) -> Refused:
    return Refused(error.message, error.remedy or "correct the call, or what it needs", reason=error.reason)


def _failed(program: str, code: int, last: str) -> ActionError:
    how = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with status {code}"
    said = f": {clean(mask(last))}" if last else ""
    return ActionError(f"{clean(program)} {how}{said}", "look at its output for what it lacks")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _lives(group: int) -> bool:
    """Whether any process of the group still runs; one that only waits to be collected does not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return any(_runs_in(entry, group) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _runs_in(entry: Path, group: int) -> bool:
    try:
        fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    return int(fields[2]) == group and fields[0] not in (b"Z", b"X")
