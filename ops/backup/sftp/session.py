"""One ssh with SFTP behind it: many questions are under way at once, each answer finds who asked."""

import asyncio
import itertools
from contextlib import suppress
from typing import NamedTuple

from collectors.base import CollectError
from collectors.ssh.address import Address
from collectors.ssh.faults import lost_fault, ssh_fault
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.sftp import packets
from ops.backup.sftp.packets import Garbled, Reader
from ops.backup.started import Started

OPENING_S = 30.0
ANSWER_S = 120.0
"""How long a server may take for one answer before it counts as gone."""
_WORDS_S = 1.0
_OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": "10",
    "ConnectionAttempts": "1",
    "ServerAliveInterval": "10",
    "ServerAliveCountMax": "4",
    "ClearAllForwardings": "yes",
    "PermitLocalCommand": "no",
    "RemoteCommand": "none",
    "EscapeChar": "none",
    "LogLevel": "INFO",
}


class Refused(Exception):
    """The server says no: a code of SFTP, and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Answer(NamedTuple):
    """What came back."""

    kind: int
    reader: Reader


def ssh_arguments(address: Address, config_file: str) -> list[str]:
    """The ssh that asks nobody anything, up to where the host follows."""
    settings = [part for name, value in _OPTIONS.items() for part in ("-o", f"{name}={value}")]
    return ["ssh", *(["-F", config_file] if config_file else []), "-T", "-a", "-x", *settings]


class Session:
    """Open it, ask, close it. What breaks it is raised as BackupError by each that waits, and by all later ones."""

    def __init__(self, address: Address, config_file: str) -> None:
        self._address = address
        self._started = Started([*ssh_arguments(address, config_file), "-s", *address.arguments, "sftp"], "ssh")
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._writing = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None
        self._held = bytearray()
        self._fault: BackupError | None = None
        self.extensions: frozenset[str] = frozenset()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._fault is None

    async def open(self) -> None:
        """Log in. Raises BackupError "auth", "unreachable"."""
        try:
            await self._started.start({}, "", 0, feeds=True)
            async with asyncio.timeout(OPENING_S):
                await self._write(packets.packet(packets.INIT, packets.number(3)))
                self.extensions = await self._version()
        except TimeoutError as error:
            words = f"{clean(self._address.host)} does not answer over SFTP within {OPENING_S:.0f} s"
            raise BackupError(words, f"try it by hand: sftp {self._address.host}", reason="unreachable") from error
        except Garbled as error:
            raise await self._not_in() from error
        self._listening = asyncio.create_task(self._listen())

    async def _version(self) -> frozenset[str]:
        reader = Reader(await self._packet(), 1)
        reader.number()
        names = set()
        while reader.more:
            names.add(reader.text())
            reader.string()
        return frozenset(names)

    async def _not_in(self) -> BackupError:
        await self._last_words()
        return backup_fault(ssh_fault(self._started.err.whole, self._address))

    async def _last_words(self) -> None:
        """What ssh complains of while it ends."""
        # Not `wait_for`: that of Python 3.11 loses a cancellation which comes in the moment in which it ends.
        with suppress(TimeoutError):
            async with asyncio.timeout(_WORDS_S):
                await self._started.wait()

    async def _packet(self) -> bytes:
        size = int.from_bytes(await self._take(4), "big")
        if not 0 < size <= packets.PACKET_LIMIT:
            raise Garbled("what answers does not speak SFTP")
        return await self._take(size)

    async def _take(self, size: int) -> bytes:
        while len(self._held) < size:
            more = await self._started.out.read(2**18, soon=True)
            if not more:
                raise Garbled("the connection ended")
            self._held += more
        found = bytes(self._held[:size])
        del self._held[:size]
        return found

    async def _write(self, data: bytes) -> None:
        async with self._writing:
            try:
                async with asyncio.timeout(ANSWER_S):
                    whole = self._started.input is not None and await self._started.input.write(data)
            except TimeoutError as error:
                raise Garbled("the connection takes nothing any more") from error
            except asyncio.CancelledError:
                # Half a packet may be on its way: whatever came next would be taken for the rest of it.
                self._break(BackupError("the connection was left in the middle of a packet", reason="lost"))
                raise
            if not whole:
                raise Garbled("the connection ended")

    async def _listen(self) -> None:
        try:
            while True:
                body = await self._packet()
                reader = Reader(body, 1)
                future = self._waiting.pop(reader.number(), None)
                if future is not None and not future.done():
                    future.set_result(Answer(body[0], reader))
        except Garbled:
            await self._last_words()
            self._break(backup_fault(lost_fault(self._started.err.whole, self._address)))

    def _break(self, fault: BackupError) -> None:
        self._fault = self._fault or fault
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(_again(self._fault))
                future.exception()  # who waits may be gone
        self._waiting.clear()

    async def send(self, kind: int, *fields: bytes) -> "asyncio.Future[Answer]":
        """Ask, and give what the answer will be in; hand it to `result`."""
        if self._fault is not None:
            raise _again(self._fault)
        mark = next(self._numbers) & 0xFFFFFFFF
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[mark] = future
        try:
            await self._write(packets.packet(kind, packets.number(mark), *fields))
        except Garbled as error:
            fault = backup_fault(lost_fault(self._started.err.whole, self._address))
            self._break(fault)
            raise _again(fault) from error
        return future

    async def result(self, future: "asyncio.Future[Answer]") -> Answer:
        """Wait for an answer. Raises Refused, and BackupError where there will be none."""
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await future
        except TimeoutError as error:
            fault = BackupError(f"{clean(self._address.host)} fell silent over SFTP", reason="unreachable")
            self._break(fault)
            raise _again(fault) from error
        if answer.kind == packets.STATUS:
            code = answer.reader.number()
            if code != packets.OK:
                words = answer.reader.text() if answer.reader.more else ""
                raise Refused(code, clean(words, 200) or f"code {code}")
        return answer

    async def ask(self, kind: int, *fields: bytes) -> Answer:
        """One question and its answer."""
        return await self.result(await self.send(kind, *fields))

    async def close(self) -> None:
        """Hang up."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._break(BackupError("the connection was closed", reason="lost"))
        await self._started.close()


def backup_fault(error: CollectError) -> BackupError:
    """What is wrong with ssh, as an error of backups."""
    reason = {"auth": "auth", "reset": "lost", "permission": "refused"}.get(error.reason, "unreachable")
    return BackupError(error.message, error.remedy, reason=reason)  # type: ignore[arg-type]


def _again(fault: BackupError) -> BackupError:
    """A copy for each who is told: one exception must not gather the tracebacks of many."""
    return BackupError(fault.message, fault.remedy, reason=fault.reason)
