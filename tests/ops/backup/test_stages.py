"""Streams through stages: in order, bounded, closed, and no error is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256

import pytest

from ops.backup.errors import BackupError
from ops.backup.stages import AHEAD, Joined, Tally, ahead, closing, early, limited, through, watched


class Fed:
    """A stream that knows how far it was read, and that it was closed."""

    def __init__(self, count: int, error: BackupError | None = None) -> None:
        self.given, self.closed = 0, False
        self._count, self._error = count, error

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            for number in range(self._count):
                self.given += 1
                yield bytes([number % 256]) * 10
            if self._error:
                raise self._error
        finally:
            self.closed = True


class Doubling:
    """A stage that gives more than it got, also at the end."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        yield piece
        yield piece

    def end(self) -> Iterator[bytes]:
        yield b"end"


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_what_goes_through_joined_stages_is_counted_at_its_place() -> None:
    before, after = Tally(), Tally()
    fed = Fed(3)
    found = await whole(through(ahead(fed.pieces()), Joined(before, Doubling(), after)))
    assert (before.bytes, after.bytes) == (30, 63)
    assert after.digest == sha256(found).hexdigest()
    assert found.endswith(b"end")
    assert before.ended
    assert after.ended
    assert fed.closed


async def test_an_error_at_the_end_of_a_stream_reaches_whoever_reads_it() -> None:
    fed = Fed(5, BackupError("pg_dump ended with 1"))
    tally = Tally()
    with pytest.raises(BackupError, match="ended with 1"):
        await whole(limited(ahead(through(ahead(fed.pieces()), tally)), 0))
    assert not tally.ended, "a part that failed is never complete"


async def test_nobody_reads_further_ahead_than_is_bounded() -> None:
    fed = Fed(100)
    pieces = ahead(fed.pieces())
    async with closing(pieces):
        await anext(pieces)
        for _ in range(50):
            await asyncio.sleep(0)
        assert fed.given <= AHEAD + 2
    assert fed.closed


async def test_a_stream_that_is_begun_early_is_read_before_anybody_asks_and_closed_though_nobody_does() -> None:
    fed = Fed(100)
    async with early(fed.pieces()):
        for _ in range(50):
            await asyncio.sleep(0)
        assert AHEAD <= fed.given <= AHEAD + 2
    assert fed.closed


async def test_an_early_stream_that_failed_gives_all_before_that_and_then_the_error() -> None:
    fed = Fed(AHEAD - 1, BackupError("pg_dump ended with 1"))
    async with early(fed.pieces()) as pieces:
        for _ in range(50):
            await asyncio.sleep(0)
        assert fed.closed
        found = [await anext(pieces) for _ in range(AHEAD - 1)]
        with pytest.raises(BackupError, match="ended with 1"):
            await anext(pieces)
    assert found == [bytes([number]) * 10 for number in range(AHEAD - 1)]


async def test_a_stage_is_turned_to_once_for_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[object] = []

    class Counted:
        async def run(self, function: Callable[..., object], *args: object) -> object:
            turns.append(function)
            return function(*args)

    monkeypatch.setattr("ops.backup.stages._POOL", Counted())
    await whole(through(Fed(10).pieces(), Tally()))
    assert len(turns) == 11, "ten pieces and the end"


async def test_leaving_early_closes_all_that_feeds() -> None:
    fed = Fed(100)
    async with closing(limited(ahead(through(ahead(watched(fed.pieces(), lambda _: None)), Doubling())), 0)) as pieces:
        await anext(pieces)
    assert fed.closed


async def test_cancelling_whoever_waits_closes_all_that_feeds() -> None:
    waiting, closed = asyncio.Event(), asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        try:
            waiting.set()
            await asyncio.Event().wait()
            yield b""
        finally:
            closed.set()

    async def read() -> None:
        async with closing(ahead(through(ahead(silent()), Tally()))) as pieces:
            await whole(pieces)

    task = asyncio.create_task(read())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()


async def test_a_limit_cuts_into_small_pieces_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        waited.append(seconds)
        now += seconds

    class Clock:
        def time(self) -> float:
            return now

    monkeypatch.setattr("ops.backup.stages.asyncio.sleep", sleep)
    monkeypatch.setattr("ops.backup.stages.asyncio.get_running_loop", Clock)
    found = [piece async for piece in limited(Fed(4).pieces(), 10)]
    assert b"".join(found) == await whole(Fed(4).pieces())
    assert max(map(len, found)) == 1
    assert now == pytest.approx(3.9), "40 bytes by 10 a second, the first at once"


async def test_who_watches_hears_how_far_it_is() -> None:
    heard: list[int] = []
    await whole(watched(Fed(3).pieces(), heard.append))
    assert heard == [10, 20, 30]


def test_more_than_there_can_be_is_damaged() -> None:
    tally = Tally(15)
    assert list(tally.feed(b"0123456789"))
    with pytest.raises(BackupError) as told:
        list(tally.feed(b"0123456789"))
    assert told.value.reason == "damaged"
