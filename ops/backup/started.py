"""A program that bytes stream through, as long as it runs: its pipes, its complaints, its group, its end."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import perf_counter
from typing import cast

import msgspec

from collectors.base import CollectError
from collectors.programs.run import environment as seen_by
from collectors.programs.run import look_first, not_started
from collectors.text import clean
from collectors.waits import surely, within
from ops.backup.errors import BackupError
from ops.backup.pipes import End, Ends, Waiters
from ops.jobs.guard import GUARD
from ops.redact import mask

HELD_S = 0.5
"""How long an output may stay open after its program has ended: something that it left behind may hold it for ever."""
_END_S = 2.0
_TOLD = ("error", "fatal", "panic")
_LINES = 3


class Ended(msgspec.Struct, frozen=True):
    """How a program ended. Nothing in it is sanitized or masked."""

    code: int
    """The exit code; −n when signal n ended it."""
    out: bytes
    """The beginning and the end of what it wrote; "" where that was streamed."""
    err: bytes
    """The beginning and the end of what it complained of."""
    whole: bool
    """Whether it took all that it was fed; what it left was read to its end all the same."""
    took_s: float


class _Process(asyncio.SubprocessProtocol):
    """A running process whose pipes are not the loop's. `kill` must be called whatever happened."""

    def __init__(self) -> None:
        self._transport: asyncio.SubprocessTransport | None = None
        self.exited = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def process_exited(self) -> None:
        """It ended."""
        self.exited.set()

    @property
    def pid(self) -> int:
        """Its number, which is its group's too."""
        return self._transport.get_pid() if self._transport is not None else 0

    @property
    def code(self) -> int | None:
        """The exit code; −n when signal n ended it, None while it runs."""
        return self._transport.get_returncode() if self._transport is not None else None

    def send(self, number: signal.Signals) -> None:
        """A signal to its whole group; nothing where it has ended."""
        if self.pid and self.code is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """KILL its whole group where it runs, and let go of it: its end may come after that of the loop."""
        if self._transport is not None:
            # First of all: closing looks whether it has ended, and would take its exit code from who waits for that.
            with suppress(PermissionError):
                self._transport.close()
            self.send(signal.SIGKILL)


class Started:
    """A program in a group of its own. `close` must be awaited whatever happened; it may be called twice."""

    def __init__(self, argv: Sequence[str], name: str) -> None:
        self.name = name or os.path.basename(argv[0] if argv else "")
        self._argv = list(argv)
        self._waiters = Waiters()
        self.input: End | None = None
        self.out = End(reads=True, waiters=self._waiters)
        self._complaints = End(reads=True, waiters=self._waiters)
        self.err = Ends()
        self._process: _Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._number = 0
        self._began = perf_counter()

    async def start(
        self, environment: Mapping[str, str], folder: str, nice: int, *, feeds: bool, leads: bool = False
    ) -> None:
        """Raises BackupError "missing" where it can't be started. With `leads` it has a session of its own."""
        program = self._argv[0] if self._argv else ""
        seen = seen_by(environment)
        if feeds:
            self.input = End(reads=False, waiters=self._waiters)
        self._number = GUARD.begins()
        try:
            await look_first(program, folder, seen)
            _, self._process = await asyncio.get_running_loop().subprocess_exec(
                _Process,
                *self._argv,
                stdin=self.input.theirs if self.input else asyncio.subprocess.DEVNULL,
                stdout=self.out.theirs,
                stderr=self._complaints.theirs,
                cwd=folder or None,
                env=seen,
                process_group=None if leads else 0,
                start_new_session=leads,
            )
        except (OSError, ValueError) as error:
            raise _missing(not_started(program, folder, error)) from error
        if nice:
            with suppress(OSError):  # it has ended already, or the system forbids it: then it is merely not so nice
                os.setpriority(os.PRIO_PGRP, self.pid, nice)
        for end in (self.input, self.out, self._complaints):
            if end is not None:
                end.close_theirs()
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch())]

    async def _listen(self) -> None:
        while piece := await self._complaints.read(64 * 1024, soon=True):
            self.err.add(piece)

    async def _watch(self) -> None:
        if self._process is not None:
            await self._process.exited.wait()
            asyncio.get_running_loop().call_later(HELD_S, self._waiters.end)

    def send(self, number: signal.Signals) -> None:
        """A signal to its whole group; nothing where it is gone."""
        if self._process is not None:
            self._process.send(number)

    async def wait(self) -> int:
        """Its exit code, once it has ended and said all."""
        await asyncio.gather(*self._tasks)
        return self.code

    @property
    def code(self) -> int:
        """The exit code; −n when signal n ended it, 0 while it runs."""
        return (self._process.code or 0) if self._process is not None else 0

    @property
    def pid(self) -> int:
        """Its number, 0 before it runs."""
        return self._process.pid if self._process is not None else 0

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return self._process is not None and self._process.code is None

    async def close(self, patience_s: float = 0.0, gently: signal.Signals = signal.SIGTERM) -> None:
        """End its whole group, gently first where there is patience, and close the pipes."""
        try:
            if self._process is not None and self.runs and patience_s:
                self.send(gently)
                await within(self._process.exited, patience_s)
        finally:
            if self._process is not None:
                self._process.kill()
            self._waiters.end()
            try:
                if self._process is not None:
                    await surely(self._process.exited, _END_S)
            finally:
                await self._let_go()

    async def _let_go(self) -> None:
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            for end in (self.input, self.out, self._complaints):
                if end is not None:
                    end.close()
            if self._number:
                GUARD.ended(self._number, self.pid)
                self._number = 0

    def ended(self, out: bytes, *, whole: bool) -> Ended:
        """How it was."""
        return Ended(self.code, out, self.err.whole, whole, perf_counter() - self._began)

    def failed(self) -> BackupError:
        """What to say of a bad exit code: the program's own last words, with secrets masked."""
        return failed(self.name, self.code, self.err.whole)


def failed(name: str, code: int, err: bytes) -> BackupError:
    """What to say of a program that ended as it should not."""
    how = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with status {code}"
    said = last_words(err)
    return BackupError(f"{clean(name)} {how}{': ' + said if said else ''}", "see what it says, and put that right")


def last_words(err: bytes) -> str:
    """One line of what a program complained of last: from its last error on, masked and printable."""
    lines = [line.strip() for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    first = next((at for at in reversed(range(len(lines))) if any(word in lines[at].lower() for word in _TOLD)), -1)
    return clean(mask("; ".join(lines[first:][:_LINES])), 600)


def _missing(error: CollectError) -> BackupError:
    return BackupError(error.message, error.remedy or "correct the call, or what it needs", reason="missing")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
