"""Reads a Redis snapshot piece by piece: which keys it has, of what kind, and how large; their values are passed over.

The format is that of Redis' rdb.c and rdb.h up to version 12 (Redis 7.4); whatever is newer is said to be so.
"""

import struct
from collections import Counter
from collections.abc import Generator, Iterator
from typing import NamedTuple

from ops.backup.errors import BackupError
from ops.backup.redis.reading import Reading, Steps, damaged

_KINDS = {
    0: "string", 1: "list", 2: "set", 3: "zset", 4: "hash", 5: "zset", 7: "module", 9: "hash", 10: "list", 11: "set",
    12: "zset", 13: "hash", 14: "list", 15: "stream", 16: "hash", 17: "zset", 18: "list", 19: "stream", 20: "set",
    21: "stream", 24: "hash", 25: "hash",
}  # fmt: skip
_ONE_TEXT = (0, 9, 10, 11, 12, 13, 16, 17, 20)
"""Types that are one text, whatever is inside it."""
_MANY_TEXTS = {1: 1, 2: 1, 4: 2, 14: 1}
"""Types that are so many texts for each entry."""
_STREAMS = {15: 1, 19: 2, 21: 3}
_END = object()


class Key(NamedTuple):
    """One key."""

    db: int
    name: bytes
    kind: str
    bytes: int
    """Of its value, as it stands in the snapshot."""
    expires_at: float | None
    """UTC seconds."""


class RdbReader(Reading):
    """Takes pieces and gives the keys in them. Raises BackupError "damaged", and "newer" for what is not known here."""

    def __init__(self) -> None:
        super().__init__()
        self._walk = self._whole()
        self.version = 0
        self.told: dict[str, str] = {}
        """What it says of itself: "redis-ver", "ctime", "used-mem"."""
        self.counts: Counter[int] = Counter()
        """Keys by number of database."""
        self.ended = False
        """Whether its end was there."""

    def feed(self, piece: bytes) -> Iterator[Key]:
        """The keys that this piece completes."""
        self.add(piece)
        while (key := next(self._walk, _END)) is not None:
            if not isinstance(key, Key):
                if self.left:
                    raise damaged("something stands after its end")
                return
            yield key

    def finish(self) -> None:
        """Nothing comes any more. Raises BackupError where its end is missing."""
        if not self.ended:
            raise damaged("its end is missing")

    def _whole(self) -> Generator[Key | None, None, None]:
        head = yield from self._take(9)
        if head[:5] != b"REDIS" or not head[5:].isdigit():
            raise damaged("it does not begin as a snapshot does")
        self.version = int(head[5:])
        db, expires_at = 0, None
        while (code := (yield from self._byte())) != 0xFF:
            if code in _KINDS:
                yield (yield from self._key(db, code, expires_at))
                expires_at = None
            elif code == 0xFE:
                db = yield from self._length()
            elif code == 0xFC:
                expires_at = struct.unpack("<q", (yield from self._take(8)))[0] / 1000
            elif code == 0xFD:
                expires_at = float(struct.unpack("<i", (yield from self._take(4)))[0])
            else:
                yield from self._aside(code)
        yield from self._skip(8 if self.version >= 5 else 0)
        self.ended = True

    def _key(self, db: int, code: int, expires_at: float | None) -> Generator[None, None, Key]:
        name = yield from self._text()
        before = self.passed
        yield from self._value(code)
        self.counts[db] += 1
        return Key(db, name, _KINDS[code], self.passed - before, expires_at)

    def _aside(self, code: int) -> Steps:
        """What stands between keys."""
        match code:
            case 0xFA:
                name = yield from self._text()
                self.told[name.decode("utf-8", "replace")] = (yield from self._text()).decode("utf-8", "replace")
            case 0xFB:
                yield from self._lengths(2)
            case 0xF9:
                yield from self._skip(1)
            case 0xF8:
                yield from self._lengths(1)
            case 0xF7:
                yield from self._lengths(1)
                yield from self._module()
            case 0xF5:
                yield from self._texts(1)
            case 0xF4:
                yield from self._lengths(3)
            case _:
                raise _newer(code)

    def _value(self, code: int) -> Steps:
        if code in _ONE_TEXT:
            yield from self._texts(1)
        elif code in _MANY_TEXTS:
            yield from self._texts((yield from self._length()) * _MANY_TEXTS[code])
        elif code in _STREAMS:
            yield from self._stream(_STREAMS[code])
        elif code == 7:
            yield from self._lengths(1)
            yield from self._module()
        elif code == 25:
            yield from self._skip(8)
            yield from self._texts(1)
        else:
            yield from self._by_entry(code)

    def _by_entry(self, code: int) -> Steps:
        if code == 24:
            yield from self._skip(8)
        for _ in range((yield from self._length())):
            if code == 18:
                yield from self._lengths(1)
                yield from self._texts(1)
            elif code == 24:
                yield from self._lengths(1)
                yield from self._texts(2)
            else:
                yield from self._texts(1)
                score = 8 if code == 5 else (yield from self._byte())
                yield from self._skip(score if score < 253 else 0)

    def _stream(self, form: int) -> Steps:
        yield from self._texts(2 * (yield from self._length()))
        yield from self._lengths(3 if form == 1 else 8)
        for _ in range((yield from self._length())):
            yield from self._texts(1)
            yield from self._lengths(2 if form == 1 else 3)
            for _ in range((yield from self._length())):
                yield from self._skip(24)
                yield from self._lengths(1)
            for _ in range((yield from self._length())):
                yield from self._texts(1)
                yield from self._skip(8 if form < 3 else 16)
                yield from self._skip(16 * (yield from self._length()))

    def _module(self) -> Steps:
        while code := (yield from self._length()):
            if code in (1, 2):
                yield from self._lengths(1)
            elif code in (3, 4):
                yield from self._skip(4 * (code - 2))
            elif code == 5:
                yield from self._texts(1)
            else:
                raise _newer(code)


def _newer(code: int) -> BackupError:
    return BackupError(
        f"this Redis writes something of a kind ({code}) that is not known here",
        "upgrade watchfloor; the backup can be restored with redis-server itself",
        reason="newer",
    )
