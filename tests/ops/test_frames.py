"""Boards over the wire: whatever changed between two of them, who reads has the same."""

import asyncio
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.board import Board, Bucket, Row
from ops.columns import Columns
from ops.frames import (
    ASK_LIMIT,
    Follow,
    FrameError,
    Picture,
    PollNow,
    Received,
    Sent,
    encoded,
    read_asked,
    read_told,
)
from tests.parts.boards import board, container, row, service

BUCKET = Bucket(at=1.0, p50_s=0.25, p95_s=None, p99_s=0.5, failed=1, count=2)
FULL = board(
    service("api"), container("web-1"), row("queue:mail", {"ready": 5, "rate": 0.5, "durable": True, "policy": None})
)


def feed(data: bytes) -> asyncio.StreamReader:
    """A line on which that came."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def over(sent: Sent, received: Received, shown: Board) -> Board:
    """A Board sent and received."""
    frame = await read_told(feed(encoded(sent.picture(shown))))
    assert isinstance(frame, Picture)
    return received.board(frame)


def same(one: Row, other: Row) -> bool:
    """Whether two rows say the same; charts may be packed or not."""
    plain = [replace(each, buckets=(), trend=()) for each in (one, other)]
    charts = [(list(each.buckets), list(each.trend)) for each in (one, other)]
    return plain[0] == plain[1] and charts[0] == charts[1]


async def test_a_whole_board_arrives_as_it_was() -> None:
    packed = Columns().with_last(BUCKET, 3).with_last(replace(BUCKET, at=2.0), 3)
    shown = replace(FULL, rows=(*FULL.rows, replace(service("web"), buckets=packed)))
    arrived = await over(Sent(), Received(), shown)
    assert all(same(one, other) for one, other in zip(shown.rows, arrived.rows, strict=True))
    assert replace(arrived, rows=()) == replace(shown, rows=())
    assert arrived.rows[-1].buckets == Columns(*packed.packed)
    assert list(arrived.rows[-1].buckets) == list(packed)


@given(st.lists(st.lists(st.integers(0, 7), max_size=6), max_size=8))
def test_any_rows_follow_any_others(boards: Sequence[Sequence[int]]) -> None:
    rows = [row(f"queue:{number}", {"ready": number}) for number in range(8)]
    sent, received = Sent(), Received()
    for numbers in boards:
        shown = replace(FULL, rows=tuple(rows[number] for number in numbers))
        assert received.board(sent.picture(shown)).rows == shown.rows


async def test_only_what_changed_goes_over_the_wire_and_the_rest_stays_the_same_object() -> None:
    sent, received = Sent(), Received()
    before = await over(sent, received, FULL)
    changed = replace(FULL, rows=(FULL.rows[0], replace(FULL.rows[1], word="paused"), FULL.rows[2]))
    frame = sent.picture(changed)
    assert [placed.place for placed in frame.rows] == [1]
    after = received.board(frame)
    assert after.rows[1].word == "paused"
    assert after.rows[0] is before.rows[0]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another protocol: its first bytes are a length that nobody has"),
        pytest.param(struct.pack(">I", 3) + b"abc", id="no MessagePack"),
        pytest.param(struct.pack(">I", ASK_LIMIT + 1), id="longer than anybody asks"),
        pytest.param(encoded(Sent().picture(FULL)), id="what only a leader says"),
    ],
)
async def test_what_is_no_question_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(FrameError, match=r"longer than|another version"):
        await read_asked(feed(data))


async def test_questions_arrive_one_after_another_and_then_the_line_ends() -> None:
    reader = feed(encoded(PollNow()) + encoded(Follow(3, "service:api")))
    assert await read_asked(reader) == PollNow()
    assert await read_asked(reader) == Follow(3, "service:api")
    with pytest.raises(EOFError):
        await read_asked(reader)


def test_rows_that_were_never_sent_are_missed() -> None:
    sent = Sent()
    sent.picture(FULL)
    with pytest.raises(FrameError, match="0 of 3 rows"):
        Received().board(sent.picture(FULL))
