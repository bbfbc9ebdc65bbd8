"""Reads a job's output while its process writes it: whole, the last lines, or on and on, each byte once."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ops.jobs.output import part
from ops.jobs.structs import OutputLine

_BLOCK = 256 * 1024


def parts(folder: Path) -> list[int]:
    """The numbers of the files that there are, oldest first."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name.partition(".") for entry in entries]
    except FileNotFoundError:
        return []
    return sorted(int(number) for stem, _, number in names if stem == "output" and number.isdecimal())


def whole(folder: Path) -> list[OutputLine]:
    """All lines that are kept."""
    reader = OutputReader(folder)
    lines: list[OutputLine] = []
    try:
        while more := reader.read():
            lines += more
    finally:
        reader.close()
    return lines


def newest(folder: Path, count: int) -> list[OutputLine]:
    """The last lines, read from the end."""
    found: list[OutputLine] = []
    for number in reversed(parts(folder)):
        for raw in _backwards(part(folder, number)):
            line = decode(raw)
            if line is not None:
                found.append(line)
            if len(found) >= count:
                return found[::-1]
    return found[::-1]


def _backwards(file: Path) -> Iterator[bytes]:
    """The lines of a file, last first, a torn one too; nothing of one that was removed meanwhile."""
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return
    with stream:
        at = stream.seek(0, os.SEEK_END)
        rest = b""
        while at:
            size = min(_BLOCK, at)
            at -= size
            stream.seek(at)
            rest, *lines = (stream.read(size) + rest).split(b"\n")
            yield from reversed(lines)
        yield rest


class OutputReader:
    """Gives what is new each time it is asked. It has one file open, and reads that to its end before the next."""

    def __init__(self, folder: Path, after: int = -1) -> None:
        self._folder, self._after = folder, after
        self._number = -1
        self._file: int | None = None
        self._at = 0
        """Where in it the next line begins: a torn one is read again, for its writer may take it back."""

    def read(self) -> list[OutputLine]:
        """The next lines with a number over `after`, some thousands at most; none when there is nothing new yet."""
        while self._file is not None or self._open_next():
            # The next file is begun after the last byte of this one: looked at in this order nothing is missed.
            left = self._has_next()
            lines, moved = self._more()
            if lines:
                return lines
            if not moved:
                if not left:
                    return []
                self.close()
        return []

    def close(self) -> None:
        """Close what is open."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _more(self) -> tuple[list[OutputLine], bool]:
        """Wanted lines, and whether there were any at all."""
        if self._file is None:
            return [], False
        data = os.pread(self._file, _BLOCK, self._at)
        end = data.rfind(b"\n") + 1
        self._at += end
        decoded = map(decode, data[:end].split(b"\n"))
        lines = [line for line in decoded if line is not None and line.number > self._after]
        if lines:
            self._after = lines[-1].number
        return lines, end > 0

    def _has_next(self) -> bool:
        return any(number > self._number for number in parts(self._folder))

    def _open_next(self) -> bool:
        """Open the next file, or the one in which the lines after the wanted one begin."""
        found = [number for number in parts(self._folder) if number > self._number]
        if self._number < 0:
            found = found[self._begun_before(found) :]
        for number in found:
            try:
                self._file = os.open(part(self._folder, number), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            self._number, self._at = number, 0
            return True
        return False

    def _begun_before(self, found: list[int]) -> int:
        """Place of the last file whose first line is not after what is wanted: those before hold nothing new."""
        place = 0
        for index, number in enumerate(found[1:], start=1):
            first = _first_number(part(self._folder, number))
            if first is None or first > self._after + 1:
                break
            place = index
        return place


def _first_number(file: Path) -> int | None:
    try:
        with file.open("rb") as stream:
            line = decode(stream.readline(_BLOCK))
    except FileNotFoundError:
        return None
    return line.number if line else None


def decode(line: bytes) -> OutputLine | None:
    """A line as it is written; None for one that is torn."""
    try:
        return msgspec.json.decode(line, type=OutputLine)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
