"""A container's log as a source of lines: what the engine has of it since the last line that was read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from datetime import datetime
from functools import lru_cache

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.following import follow_container, refuse_without_log
from collectors.docker_api.logs import Frames
from collectors.docker_api.parse import Inspected
from collectors.log_api.lines import WholeLines
from collectors.log_api.reader import Portion
from collectors.log_api.source import MOST_LINES, Take, pool
from collectors.net.links import Phase
from collectors.text import clean

_CONTEXT_LINES = 20
_BATCH_BYTES = 65_536
_STREAMS = {1: "stdout", 2: "stderr"}


class Stamped:
    """Cuts an engine's answer with timestamps into lines, each with the nanosecond that it was written at. Pure.

    `after` is the newest nanosecond that was read before, and how many lines of it: those are left out.
    """

    def __init__(self, *, tty: bool, after: tuple[int, int] = (0, 0)) -> None:
        self._frames = None if tty else Frames()
        self._lines: dict[int, WholeLines] = {}
        self._skip_at, self._skip = after
        self.newest, self._at_newest = after
        self.oldest = 0
        self.received = 0
        """Lines that came, those left out included."""

    @property
    def after(self) -> tuple[int, int]:
        """The same for the next answer."""
        return self.newest, self._at_newest

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Give blocks of whole lines without their times, each with its stream, in order."""
        for stream, piece in self._frames.feed(data) if self._frames else [(0, data)]:
            yield from self._new(stream, self._lines.setdefault(stream, WholeLines()).feed(piece))

    def end(self) -> Iterator[tuple[int, bytes]]:
        """Give what was left without a newline."""
        for stream, lines in self._lines.items():
            yield from self._new(stream, lines.end())

    def _new(self, stream: int, block: bytes) -> Iterator[tuple[int, bytes]]:
        for line in block.split(b"\n")[:-1]:
            stamp, _, text = line.partition(b" ")
            at = nanoseconds(stamp)
            self.received += 1
            if at is None:
                yield stream, line + b"\n"
            elif self._is_new(at):
                yield stream, text + b"\n"

    def _is_new(self, at: int) -> bool:
        self.oldest = self.oldest or at
        if at < self._skip_at:
            return False
        if at == self._skip_at and self._skip:
            self._skip -= 1
            return False
        if at > self.newest:
            self.newest, self._at_newest = at, 0
        self._at_newest += at == self.newest
        return True


def nanoseconds(stamp: bytes) -> int | None:
    """A time such as 2026-11-21T05:10:00.123456789Z in nanoseconds since 1970; None for what is none."""
    head, rest = stamp[:19], stamp[19:]
    digits = rest[1:].rstrip(b"Z") if rest[:1] == b"." and rest[-1:] == b"Z" else b"" if rest == b"Z" else None
    seconds = _seconds(head)
    if seconds is None or digits is None or not (digits == b"" or digits.isdigit()):
        return None
    return seconds * 10**9 + int(digits[:9].ljust(9, b"0"))


@lru_cache(maxsize=1024)
def _seconds(head: bytes) -> int | None:
    try:
        return int(datetime.fromisoformat(head.decode("ascii") + "+00:00").timestamp())
    except ValueError:
        return None


def _since(nanosecond: int) -> str:
    return f"{nanosecond // 10**9}.{nanosecond % 10**9:09d}"


class ContainerSource:
    """The log of the container with that name; one that was made anew under the name is read from its start."""

    kind = "container"

    def __init__(self, engine: Callable[[], EngineClient], name: str, count_s: float, phase: Phase) -> None:
        """`count_s` is how long lines that were left out may be counted."""
        self._make, self._name, self._count_s, self._phase = engine, name, count_s, phase
        self._client: EngineClient | None = None
        self._id = ""
        self._after: tuple[int, int] | None = None
        self._missed = False
        self._reading: Stamped | None = None
        self._hints: tuple[str, ...] = ()

    async def read(self, take: Take) -> None:
        """Ask for what is new. Raises CollectError."""
        inspected = await self._inspect()
        refuse_without_log(inspected)
        if inspected.id != self._id:
            self._after = (0, 0) if self._id or self._missed else None
            self._id = inspected.id
        self._hints = ()
        await self._read(take, inspected.config.tty)

    @property
    def written_at(self) -> float:
        """When the newest line was written, by the engine's clock."""
        return self._after[0] / 1e9 if self._after else 0.0

    @property
    def key(self) -> str:
        """The container's full id."""
        return self._id

    @property
    def waits(self) -> bool:
        """Never: what is away is an error."""
        return False

    def hints(self) -> tuple[str, ...]:
        """What was left out without being counted."""
        return self._hints

    async def follow(self) -> AsyncIterator[str]:
        """The log as it grows."""
        inspected = await self._inspect()
        async with aclosing(follow_container(self._engine(), inspected.id)) as lines:
            async for line in lines:
                yield line

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    def _engine(self) -> EngineClient:
        if self._client is None:
            self._client = self._make()
        return self._client

    async def _inspect(self) -> Inspected:
        client = self._engine()
        await client.connect()
        try:
            return await client.get(f"/containers/{self._name}/json", Inspected)
        except CollectError as error:
            if error.reason != "missing":
                raise
            self._missed = True
            raise CollectError(
                f"there is no container {clean(self._name)}",
                reason="missing",
                remedy="start it, or correct the name",
            ) from error

    async def _read(self, take: Take, tty: bool) -> None:
        first, before = self._after is None, self._after or (0, 0)
        tail = _CONTEXT_LINES if first else MOST_LINES
        text = Stamped(tty=tty, after=before)
        ask = {"since": _since(before[0])} if before[0] else {}

        self._reading = text

        def hand_on(blocks: Iterator[tuple[int, bytes]]) -> None:
            if self._reading is not text:
                return  # The poll was given up, and another reads the same lines now.
            for stream, block in joined(blocks):
                take(Portion(f"{self._id} {_STREAMS.get(stream, '')}", block, context=first))
            if not first:
                self._after = text.after

        self._phase("reading the container's log")
        await self._stream(lambda data: hand_on(text.feed(data)), tail=str(tail), **ask)
        await pool().run(lambda: hand_on(text.end()))
        self._after = text.after
        if not first and text.received >= MOST_LINES:
            await self._count(take, tty, before, text.oldest)

    async def _count(self, take: Take, tty: bool, before: tuple[int, int], until: int) -> None:
        """Count the lines between those of the last poll and the newest ones, as far as there is time for it."""
        counted = [0, 0]
        text = Stamped(tty=tty, after=before)

        def count(data: bytes) -> None:
            for _, block in text.feed(data):
                counted[0] += text.newest < until
                counted[1] += len(block) if text.newest < until else 0

        self._phase("counting the lines left out")
        try:
            async with asyncio.timeout(self._count_s):
                await self._stream(count, since=_since(before[0]), until=_since(until))
        except TimeoutError:
            self._hints = ("lines were left out, more than could be counted in time",)
        await pool().run(take, Portion("", skipped_lines=counted[0], skipped_bytes=counted[1]))

    async def _stream(self, feed: Callable[[bytes], None], **ask: str) -> None:
        """Hand an answer to a thread, piece by piece."""
        usual = {"stdout": "1", "stderr": "1", "timestamps": "1", "follow": "0"}
        waiting = b""
        async with aclosing(self._engine().chunks(f"/containers/{self._id}/logs", **usual, **ask)) as chunks:
            async for chunk in chunks:
                waiting += chunk
                if len(waiting) >= _BATCH_BYTES:
                    await pool().run(feed, waiting)
                    waiting = b""
        await pool().run(feed, waiting)


def joined(blocks: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Neighbours of one stream in one block."""
    at, held = -1, list[bytes]()
    for stream, block in blocks:
        if held and stream != at:
            yield at, b"".join(held)
            held = []
        at = stream
        held.append(block)
    if held:
        yield at, b"".join(held)
