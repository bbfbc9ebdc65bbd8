"""What a leader and the floors that are attached to it tell each other: frames of MessagePack, each with its length.

Of a Board only the rows go over the wire that are others than in the Board before: rows never change, so another row
is another object, and who reads keeps the objects of those that stayed.
"""

import asyncio
import struct
from collections.abc import Sequence
from typing import Literal, TypeVar

import msgspec

from ops.board import Board, Bucket, Row
from ops.columns import Columns

T = TypeVar("T")
PROTOCOL = 1
FRAME_LIMIT = 64 * 2**20
"""Bytes of one frame at most, from a leader; a floor of thousands of rows has a few million."""
ASK_LIMIT = 64 * 2**10
"""The same, of what a floor asks."""
_HEAD = struct.Struct(">I")
Role = Literal["monitor", "floor"]


class FrameError(Exception):
    """What came is no frame of ours: one sentence."""


class Greeting(msgspec.Struct, frozen=True, tag="greeting", array_like=True):
    """The first frame: who leads. Only ever added to at its end, so that every version can read it."""

    protocol: int
    pid: int
    role: Role
    host: str
    config: str
    """Real path of the config file."""
    auto: bool
    """Whether policy acts there."""

    @property
    def words(self) -> str:
        """Whose data it is: "monitor on db1, pid 4711"."""
        return f"{self.role} on {self.host}, pid {self.pid}"


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """A row that is new or another one, and where it stands."""

    place: int
    row: Row
    chart: tuple[bytes, int] | None
    """Its buckets where they are packed; `row` has none then."""


class Picture(msgspec.Struct, frozen=True, tag="picture", array_like=True):
    """A Board without its rows, how many it has, and those that are others than before."""

    board: Board
    count: int
    rows: tuple[Placed, ...]


class Alive(msgspec.Struct, frozen=True, tag="alive", array_like=True):
    """Nothing is new."""


class Logged(msgspec.Struct, frozen=True, tag="logged", array_like=True):
    """A line of a log that is followed."""

    number: int
    text: str


class Over(msgspec.Struct, frozen=True, tag="over", array_like=True):
    """A log that can't be followed, or not any more."""

    number: int
    message: str = ""
    """Why; "" where it just ended."""
    reason: str = ""
    retry: bool = True


class PollNow(msgspec.Struct, frozen=True, tag="poll", array_like=True):
    """Ask everything at once, now."""


class Follow(msgspec.Struct, frozen=True, tag="follow", array_like=True):
    """Follow the log of a row, under a number of the asker's own."""

    number: int
    row: str


class Unfollow(msgspec.Struct, frozen=True, tag="unfollow", array_like=True):
    """Enough of it."""

    number: int


class GiveWay(msgspec.Struct, frozen=True, tag="give-way", array_like=True):
    """A monitor would lead in place of a floor."""


Told = Greeting | Picture | Alive | Logged | Over
Asked = PollNow | Follow | Unfollow | GiveWay


def _plain(value: object) -> object:
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no form in a frame")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)
_TOLD: "msgspec.msgpack.Decoder[Told]" = msgspec.msgpack.Decoder(Told)
_ASKED: "msgspec.msgpack.Decoder[Asked]" = msgspec.msgpack.Decoder(Asked)


def encoded(frame: Told | Asked) -> bytes:
    """A frame as it goes over the wire."""
    body = _ENCODER.encode(frame)
    return _HEAD.pack(len(body)) + body


async def read_told(reader: asyncio.StreamReader) -> Told:
    """The next frame from a leader. Raises EOFError, OSError, FrameError."""
    return _decoded(_TOLD, await _body(reader, FRAME_LIMIT))


async def read_asked(reader: asyncio.StreamReader) -> Asked:
    """The next frame from a floor. Raises EOFError, OSError, FrameError."""
    return _decoded(_ASKED, await _body(reader, ASK_LIMIT))


def _decoded(decoder: "msgspec.msgpack.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise FrameError(f"it speaks as another version of watchfloor does: {error}") from error


async def _body(reader: asyncio.StreamReader, limit: int) -> bytes:
    (length,) = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    if length > limit:
        raise FrameError(f"a frame of {length} bytes is longer than {limit}")
    return await reader.readexactly(length)


class Sent:
    """What one floor has, so that it is sent what it lacks."""

    def __init__(self) -> None:
        self._rows: Sequence[Row] = ()

    def picture(self, board: Board) -> Picture:
        """The frame that makes the next Board of what was sent before."""
        before = self._rows
        known = len(before)
        rows = [
            _placed(place, row) for place, row in enumerate(board.rows) if place >= known or before[place] is not row
        ]
        self._rows = board.rows
        return Picture(msgspec.structs.replace(board, rows=()), len(board.rows), tuple(rows))


def _placed(place: int, row: Row) -> Placed:
    if not isinstance(row.buckets, Columns):
        return Placed(place, row, None)
    return Placed(place, msgspec.structs.replace(row, buckets=()), row.buckets.packed)


class Received:
    """Makes Boards of the frames of one leader."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def board(self, picture: Picture) -> Board:
        """The Board. Raises FrameError for a frame that does not follow the one before."""
        rows = self._rows[: picture.count]
        for placed in picture.rows:
            if placed.place == len(rows):
                rows.append(_row(placed))
            elif placed.place < len(rows):
                rows[placed.place] = _row(placed)
        if len(rows) != picture.count:
            raise FrameError(f"{len(rows)} of {picture.count} rows were sent")
        self._rows = rows
        return msgspec.structs.replace(picture.board, rows=tuple(rows))


def _row(placed: Placed) -> Row:
    if placed.chart is None:
        return placed.row
    buckets: Sequence[Bucket] = Columns(*placed.chart)
    return msgspec.structs.replace(placed.row, buckets=buckets)
