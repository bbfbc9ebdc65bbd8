"""Takes a container's log stream apart: frames of 8 header bytes and a payload, then lines, bounded and inert."""

from collections.abc import Iterator

from collectors.text import LINE_LIMIT, clean

_HEADER = 8
_LINE_BYTES = LINE_LIMIT * 4
"""Bytes kept of an unfinished line: no character of UTF-8 has more than four."""


class Frames:
    """Undoes the multiplexing of stdout (1) and stderr (2): stream, 0, 0, 0, length in 4 bytes (big endian)."""

    def __init__(self) -> None:
        self._header = b""
        self._stream = 0
        self._left = 0

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """Give the pieces of payload that a chunk holds, each with its stream; a frame may come in many pieces."""
        at = 0
        while at < len(chunk):
            if not self._left:
                part = chunk[at : at + _HEADER - len(self._header)]
                self._header += part
                at += len(part)
                if len(self._header) == _HEADER:
                    self._stream, self._left = self._header[0], int.from_bytes(self._header[4:], "big")
                    self._header = b""
                continue
            piece = chunk[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            yield self._stream, piece


class Lines:
    """Cuts one stream of bytes into clean lines; of an endless one only the beginning is kept."""

    def __init__(self) -> None:
        self._open = b""

    def feed(self, piece: bytes) -> Iterator[str]:
        """Give the lines that this piece completes."""
        *whole, rest = piece.split(b"\n")
        for part in whole:
            yield self._finish(part)
        self._open += rest[: max(0, _LINE_BYTES - len(self._open))]

    def end(self) -> Iterator[str]:
        """Give the last line if it was left unfinished."""
        if self._open:
            yield self._finish(b"")

    def _finish(self, part: bytes) -> str:
        line, self._open = self._open + part[: max(0, _LINE_BYTES - len(self._open))], b""
        return clean(line.removesuffix(b"\r"), LINE_LIMIT)


class LogText:
    """Turns the chunks of a log answer into lines, with (`tty`) or without a terminal between."""

    def __init__(self, *, tty: bool) -> None:
        self._frames = None if tty else Frames()
        self._lines: dict[int, Lines] = {}

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Give the lines that this chunk completes; stdout and stderr never share a line."""
        pieces = self._frames.feed(chunk) if self._frames else [(0, chunk)]
        for stream, piece in pieces:
            yield from self._lines.setdefault(stream, Lines()).feed(piece)

    def end(self) -> Iterator[str]:
        """Give what was left unfinished when the log ended."""
        for lines in self._lines.values():
            yield from lines.end()
