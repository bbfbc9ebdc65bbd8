"""Reads what Redis snapshots are made of, lengths and texts, from pieces as they come: nothing else of them is kept."""

from collections.abc import Generator

from ops.backup.errors import BackupError
from ops.backup.redis.lzf import unpacked

KEPT = 64 * 1024
"""Bytes kept of a text; a longer one is cut."""
_PACKED = 3

Steps = Generator[None, None, None]
"""What stops where more bytes are needed."""


def damaged(why: str) -> BackupError:
    """What is read is no snapshot as Redis writes it."""
    return BackupError(
        f"the snapshot of Redis is damaged: {why}", "restore another backup, and take a new one", reason="damaged"
    )


class Reading:
    """A place in a stream. Its steps are generators that stop where the pieces so far end."""

    def __init__(self) -> None:
        self._kept = b""
        self._at = 0
        self._before = 0

    @property
    def passed(self) -> int:
        """Bytes that were read or passed over."""
        return self._before + self._at

    @property
    def left(self) -> int:
        """Bytes of the pieces so far that were not."""
        return len(self._kept) - self._at

    def add(self, piece: bytes) -> None:
        """Here is more."""
        self._kept = self._kept[self._at :] + piece if self.left else piece
        self._before += self._at
        self._at = 0

    def _texts(self, count: int) -> Steps:
        for _ in range(count):
            kept, at = self._kept, self._at
            # Nearly all are short and whole in this piece: this way is ten times as fast.
            if at < len(kept) and kept[at] < 0x40 and (end := at + 1 + kept[at]) <= len(kept):
                self._at = end
            else:
                yield from self._skip_text()

    def _skip_text(self) -> Steps:
        length, form = yield from self._head()
        if form == _PACKED:
            length = yield from self._length()
            yield from self._lengths(1)
        elif form is not None:
            length = 1 << form
        yield from self._skip(length)

    def _text(self) -> Generator[None, None, bytes]:
        length, form = yield from self._head()
        if form is None:
            found = yield from self._take(min(length, KEPT))
            yield from self._skip(length - len(found))
            return found
        if form != _PACKED:
            return str(int.from_bytes((yield from self._take(1 << form)), "little", signed=True)).encode()
        length = yield from self._length()
        whole = yield from self._length()
        packed = yield from self._take(min(length, KEPT))
        yield from self._skip(length - len(packed))
        return unpacked(packed, min(whole, KEPT))

    def _lengths(self, count: int) -> Steps:
        for _ in range(count):
            yield from self._length()

    def _length(self) -> Generator[None, None, int]:
        length, form = yield from self._head()
        if form is not None:
            raise damaged("a length is none")
        return length

    def _head(self) -> Generator[None, None, tuple[int, int | None]]:
        """A length; or the form of a text that is a number of 1, 2 or 4 bytes (0 to 2) or is packed (3)."""
        first = yield from self._byte()
        if first < 0x40:
            return first, None
        if first < 0x80:
            return (first & 0x3F) << 8 | (yield from self._byte()), None
        if first in (0x80, 0x81):
            return int.from_bytes((yield from self._take(4 if first == 0x80 else 8)), "big"), None
        if 0xC0 <= first <= 0xC3:
            return 0, first & 3
        raise damaged("a length is none")

    def _byte(self) -> Generator[None, None, int]:
        while not self.left:
            yield None
        self._at += 1
        return self._kept[self._at - 1]

    def _take(self, count: int) -> Generator[None, None, bytes]:
        while self.left < count:
            yield None
        self._at += count
        return self._kept[self._at - count : self._at]

    def _skip(self, count: int) -> Steps:
        while count > self.left:
            count -= self.left
            self._at = len(self._kept)
            yield None
        self._at += count
