"""How many files and bytes there are, and one digest over all of them that does not ask for their order."""

import os
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from ops.backup.trees.entries import Sort

BLOCK = 64 * 1024
_WHOLE = 2**256
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class Tally(msgspec.Struct):
    """What was seen."""

    files: int = 0
    """All that is no folder: each name of a file counts."""
    folders: int = 0
    bytes: int = 0
    """Of files, holes counted; those of a file with several names once."""
    content: int = 0
    """The sum of what stands for each file and link."""
    skipped: int = 0
    """Device files, which are taken and never made."""

    def add(self, sort: Sort, size: int) -> None:
        """Count one."""
        self.skipped += sort == "device"
        self.folders += sort == "folder"
        self.files += sort != "folder"
        self.bytes += size

    def digest(self, value: int) -> None:
        """Add what stands for one file or link."""
        self.content = (self.content + value) % _WHOLE


class Content:
    """What stands for the bytes of one file: the same whether its holes were holes or zeros."""

    def __init__(self) -> None:
        self._sum = self._index = 0
        self._block = bytearray()

    def add(self, offset: int, content: memoryview) -> None:
        """Bytes from an offset on; offsets only grow."""
        while content:
            index, within = divmod(offset, BLOCK)
            if index != self._index:
                self._fold()
                self._index = index
            some, content = content[: BLOCK - within], content[BLOCK - within :]
            self._block += bytes(within - len(self._block))
            self._block += some
            offset += len(some)

    def value(self) -> bytes:
        """Of all that was added."""
        self._fold()
        return self._sum.to_bytes(32, "big")

    def _fold(self) -> None:
        kept = bytes(self._block).rstrip(b"\0")
        self._block.clear()
        if kept:
            found = sha256(self._index.to_bytes(8, "big") + kept).digest()
            self._sum = (self._sum + int.from_bytes(found, "big")) % _WHOLE


def stamp(name: str, content: bytes) -> int:
    """What stands for one name with what is behind it."""
    return int.from_bytes(sha256(os.fsencode(name) + b"\0" + content).digest(), "big")


def content_of(handle: int) -> bytes:
    """What stands for an open file; its holes are not read."""
    found, end = Content(), os.fstat(handle).st_size
    for start, stop in _data(handle, end):
        at = start
        while at < stop and (piece := os.pread(handle, min(2**20, stop - at), at)):
            found.add(at, memoryview(piece))
            at += len(piece)
    return found.value()


def _data(handle: int, end: int) -> Iterator[tuple[int, int]]:
    at = 0
    while at < end:
        try:
            at = os.lseek(handle, at, os.SEEK_DATA)
        except OSError:
            return  # ENXIO: only a hole is left
        stop = os.lseek(handle, at, os.SEEK_HOLE)
        yield at, stop
        at = stop


def counted(folder: Path) -> Tally:
    """Read a folder of ours back: what is in it now. Blocks. Raises OSError."""
    found, inodes = Tally(), set[tuple[int, int]]()
    # The folder itself is the place, not a part of what was unpacked.
    for here, folders, files, handle in os.fwalk(folder, follow_symlinks=False):
        within = os.path.relpath(here, folder)
        for name in (*folders, *files):
            seen = os.stat(name, dir_fd=handle, follow_symlinks=False)
            path = name if within == "." else f"{within}/{name}"
            if stat.S_ISDIR(seen.st_mode):
                found.add("folder", 0)
            elif stat.S_ISLNK(seen.st_mode):
                found.add("link", 0)
                found.digest(stamp(path, os.fsencode(os.readlink(name, dir_fd=handle))))
            elif stat.S_ISREG(seen.st_mode):
                again = (seen.st_dev, seen.st_ino) in inodes
                if seen.st_nlink > 1:
                    inodes.add((seen.st_dev, seen.st_ino))
                found.add("hard" if again else "file", 0 if again else seen.st_size)
                found.digest(stamp(path, _content_at(handle, name)))
            else:
                found.add("other", 0)
    return found


def _content_at(folder: int, name: str) -> bytes:
    handle = os.open(name, _FILE, dir_fd=folder)
    try:
        return content_of(handle)
    finally:
        os.close(handle)
