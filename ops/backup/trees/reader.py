"""Reads a tar piece by piece, as it comes: nothing of it is kept but the header that is being read."""

from collections.abc import Iterator, Sequence

from ops.backup.trees.entries import BLOCK, Data, Entry, damaged, header, holes, plain_header, records

_META = 8 * 2**20
"""Bytes of an extended header, or of a map of holes; nothing that is right has more."""
_EXTENDED, _GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_BEFORE = (_EXTENDED, _GLOBAL, _LONG_NAME, _LONG_LINK)
"""Sorts of headers that say something of the one after them."""


class TarReader:
    """Takes pieces and gives what is in them. Raises BackupError "damaged".

    With `data` the bytes of files are given too: they follow their entry, and holes are left out.
    """

    def __init__(self, *, data: bool = False) -> None:
        self._data = data
        self._kept = bytearray()
        self._want = BLOCK
        self._body = self._padding = 0
        self._extended: dict[str, bytes] = {}
        self._before = b""
        self._before_bytes = 0
        self._map: bytearray | None = None
        self._regions: Iterator[tuple[int, int]] = iter(())
        self._offset = self._region = self._size = 0
        self.ended = False
        """Whether the end of the archive was there."""

    def feed(self, piece: bytes) -> Iterator[Entry | Data]:
        """What this piece completes."""
        view = memoryview(piece)
        while view and not self.ended:
            if self._body and self._map is None:
                part, view = view[: self._body], view[self._body :]
                self._body -= len(part)
                if self._data:
                    yield from self._spread(part)
            elif self._padding and not self._body:
                skipped = min(self._padding, len(view))
                self._padding -= skipped
                view = view[skipped:]
            else:
                missing = self._want - len(self._kept)
                self._kept += view[:missing]
                view = view[missing:]
                if len(self._kept) == self._want:
                    block = bytes(self._kept)
                    self._kept.clear()
                    yield from self._collected(block)

    def finish(self) -> None:
        """Nothing comes any more. Raises BackupError where its end is missing."""
        if not self.ended:
            raise damaged("its end is missing")

    def _collected(self, block: bytes) -> Iterator[Entry]:
        if self._map is not None:
            self._more_map(block)
        elif self._before:
            self._said_before(block[: self._before_bytes])
        elif not any(block):
            self.ended = True
        else:
            yield from self._header(block)

    def _header(self, block: bytes) -> Iterator[Entry]:
        info = plain_header(block)
        if info.type in _BEFORE:
            if not 0 < info.size <= _META:
                raise damaged("an extended header is too long")
            self._before, self._before_bytes, self._want = info.type, info.size, _padded(info.size)
            return
        found = header(info, self._extended)
        self._extended = {}
        self._body, self._padding = found.body, _padded(found.body) - found.body
        self._offset, self._region, self._size = 0, found.body, found.entry.size
        self._regions = iter(())
        self._map = bytearray() if found.sparse else None
        yield found.entry

    def _said_before(self, content: bytes) -> None:
        sort, self._before, self._want = self._before, b"", BLOCK
        if sort == _EXTENDED:
            self._extended |= records(content)
        elif sort != _GLOBAL:
            self._extended["path" if sort == _LONG_NAME else "linkpath"] = content.rstrip(b"\0")

    def _more_map(self, block: bytes) -> None:
        """The map of a file with holes is a part of its body, in whole blocks."""
        if self._map is None or self._body < BLOCK or len(self._map) > _META:
            raise damaged("the map of a file with holes is cut")
        self._body -= BLOCK
        self._map += block
        regions = holes(bytes(self._map))
        if regions is not None:
            if sum(length for _, length in regions) != self._body or not _grows(regions, self._size):
                raise damaged("the map of a file with holes is wrong")
            self._map, self._regions, self._region = None, iter(regions), 0

    def _spread(self, part: memoryview) -> Iterator[Data]:
        while part:
            while not self._region:
                self._offset, self._region = next(self._regions)
            some, part = part[: self._region], part[self._region :]
            yield Data(self._offset, some)
            self._offset += len(some)
            self._region -= len(some)


def _grows(regions: Sequence[tuple[int, int]], size: int) -> bool:
    """Whether each begins after the one before, and the last ends within the file."""
    end = 0
    for offset, length in regions:
        if offset < end:
            return False
        end = offset + length
    return end <= size


def _padded(length: int) -> int:
    return -(-length // BLOCK) * BLOCK
