"""Reads a log file on from poll to poll: through rotation and truncation, bounded, what is left out counted."""

from collections.abc import Iterator
from typing import NamedTuple

from collectors.base import CollectError
from collectors.linux.growing import Growing
from collectors.linux.tail import last_lines
from collectors.log_api.lines import WholeLines
from collectors.log_api.newest import copies

BLOCK_BYTES = 65_536
COUNTED_BYTES = 256 * 2**20
"""Of what is skipped at once, the newest so many bytes are looked through for lines."""
_COPIES = 4
"""Files beside a log that was emptied that are looked at: the newest, as its copy must be."""


class Most(NamedTuple):
    """The most that is taken of one file in one poll."""

    bytes: int
    lines: int


class Portion(NamedTuple):
    """A block of whole lines of one stream, each with its newline, or what was skipped before the next."""

    stream: str
    """Lines of one stream follow each other; those of two have nothing to do with each other."""
    block: bytes = b""
    skipped_bytes: int = 0
    skipped_lines: int = 0
    context: bool = False
    """True for lines that were there before anyone watched."""


class _Opened:
    """A file with the line that it left unfinished."""

    def __init__(self, file: Growing, stream: str, lines: WholeLines | None = None) -> None:
        self.file, self.stream = file, stream
        self._lines = lines or WholeLines()

    def in_copy(self, copy: Growing) -> "_Opened":
        """The same, read on in a copy of its file."""
        return _Opened(copy, self.stream, self._lines)

    def context(self) -> Portion:
        return Portion(self.stream, self._lines.feed(last_lines(self.file)), context=True)

    def portions(self, most: Most) -> Iterator[Portion]:
        """What is new, up to the end that the file has now."""
        end = self.file.size()
        skipped = skip(self.file, end, most)
        if skipped != (0, 0):
            self._lines.end()
            yield Portion(self.stream, skipped_bytes=skipped[0], skipped_lines=skipped[1])
        while self.file.offset < end:
            at = self.file.offset
            data = self.file.read(min(BLOCK_BYTES, end - at))
            if not data:
                return
            # A writer that does not append leaves a hole of zeros where its file was truncated.
            block = self._lines.feed(data.lstrip(b"\0") if data[:1] == b"\0" else data)
            if block:
                yield Portion(self.stream, block)

    def last(self) -> Iterator[Portion]:
        block = self._lines.end()
        if block:
            yield Portion(self.stream, block)


class FileReader:
    """One path. Its methods block, and must not run twice at the same time.

    A file that was rotated away is read on beside the new one for as long as somebody still writes to it. Of one that
    was copied and emptied the rest is read from its copy, where that lies beside it unpacked.
    """

    def __init__(self, path: str, most: Most, *, from_start: bool = False) -> None:
        self.path = path
        self._most = most
        self._files = 0
        self._now: _Opened | None = None
        self._left: _Opened | None = None
        self._from_start = from_start
        self.changed_at = 0.0
        """When the newest that was read was written, in UTC seconds; 0 for never."""

    @property
    def waits(self) -> bool:
        """Whether there is no file at the path now."""
        return self._now is None

    def identities(self) -> set[tuple[int, int]]:
        """Device and inode of what it reads."""
        return {opened.file.identity for opened in (self._now, self._left) if opened}

    def portions(self) -> Iterator[Portion]:
        """Everything since the last poll, oldest first. Raises CollectError for what is no log, or was never there."""
        yield from self._old()
        if self._now is None:
            yield from self._enter()
        elif self._now.file.emptied():
            yield from self._copied(self._now)
            yield from self._now.last()
            self._now.file.move(0)
        if self._now is None:
            return
        yield from self._rest(self._now)
        if self._now.file.replaced(self.path):
            if self._left:
                yield from self._left.last()
            self._left, self._now = self._now, None
            yield from self._enter()
            if self._now is not None:
                yield from self._rest(self._now)

    def is_copied_to(self, path: str) -> bool:
        """Whether the file there is a copy of what it reads."""
        return self._now is not None and self._now.file.copy(path) is not None

    def _copied(self, opened: _Opened) -> Iterator[Portion]:
        for path in copies(self.path)[:_COPIES]:
            copy = opened.file.copy(path)
            if copy is not None:
                yield from opened.in_copy(copy).portions(self._most)
                return

    def _old(self) -> Iterator[Portion]:
        left = self._left
        if left is None:
            return
        before = left.file.offset
        yield from self._rest(left)
        if left.file.offset == before and self._now is not None:
            self._left = None
            yield from left.last()

    def _rest(self, opened: _Opened) -> Iterator[Portion]:
        before = opened.file.offset
        yield from opened.portions(self._most)
        if opened.file.offset != before:
            self.changed_at = max(self.changed_at, opened.file.changed_at())

    def _enter(self) -> Iterator[Portion]:
        """Open what is at the path now; what was never seen before is entered at its end, with its last lines."""
        known = self._files or self._from_start
        try:
            file = Growing(self.path)
        except CollectError as error:
            if error.reason != "missing" or not self._files:
                self._from_start = self._from_start or error.reason == "missing"
                raise
            return
        self._files += 1
        self._now = _Opened(file, f"{self.path} {self._files}")
        if not known:
            self.changed_at = file.changed_at()
            yield self._now.context()


def skip(file: Growing, end: int, most: Most) -> tuple[int, int]:
    """Leave out the oldest of what is too much, up to the begin of a line; gives the bytes and lines left out."""
    begin = file.offset
    if end - begin <= min(most):
        return 0, 0
    if end - begin > COUNTED_BYTES:
        file.move(end - COUNTED_BYTES)
    first = file.offset
    counts = list(_newlines(file, end))
    kept = _kept(counts, most)
    file.move(begin)
    if kept == len(counts):
        return 0, 0
    file.move(first + (len(counts) - kept) * BLOCK_BYTES)
    lines = sum(counts[: len(counts) - kept])
    before = file.offset
    cut = file.read(BLOCK_BYTES).find(b"\n")
    file.move(before + cut + 1)
    return file.offset - begin, lines + (cut >= 0)


def _newlines(file: Growing, end: int) -> Iterator[int]:
    while file.offset < end:
        data = file.read(min(BLOCK_BYTES, end - file.offset))
        if not data:
            return
        yield data.count(b"\n")


def _kept(counts: list[int], most: Most) -> int:
    """How many of the last blocks can be taken; the very last one always."""
    blocks = lines = 0
    for count in reversed(counts):
        if blocks and (lines + count > most.lines or (blocks + 1) * BLOCK_BYTES > most.bytes):
            break
        blocks, lines = blocks + 1, lines + count
    return blocks
