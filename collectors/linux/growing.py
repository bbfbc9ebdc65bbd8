"""One open log file that others write to: where it has been read up to, and whether it began anew. Calls block."""

import os
import stat

from collectors.base import CollectError
from collectors.text import clean

_MARK_BYTES = 64
"""Bytes before the place read up to that are remembered: when they changed, the file was emptied and written anew."""
_CHECK_IT = "check its path, and that this user may read it"


class Growing:
    """A plain file, read on from where it was. It is closed with the last reference, also while a thread still reads.

    Raises CollectError for what is absent (reason "missing"), hidden, or no plain file.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = -1
        self._descriptor = _open(path)
        self.offset = 0
        self._mark = b""
        there = os.fstat(self._descriptor)
        self.identity = there.st_dev, there.st_ino

    def size(self) -> int:
        """How many bytes it has now."""
        return os.fstat(self._descriptor).st_size

    def changed_at(self) -> float:
        """When it was last written to, in UTC seconds."""
        return os.fstat(self._descriptor).st_mtime

    def move(self, offset: int) -> None:
        """Go on reading there."""
        self.offset = offset
        begin = max(0, offset - _MARK_BYTES)
        self._mark = os.pread(self._descriptor, offset - begin, begin)

    def read(self, most: int) -> bytes:
        """The next bytes; b"" when there are no more."""
        data = os.pread(self._descriptor, most, self.offset)
        self.offset += len(data)
        self._mark = (self._mark + data[-_MARK_BYTES:])[-_MARK_BYTES:]
        return data

    def emptied(self) -> bool:
        """Whether it was emptied since, also when it has grown past the old place again."""
        return not self._has(self.offset, self._mark)

    def began_anew(self) -> bool:
        """Whether it was emptied since; it is then read from 0."""
        anew = self.emptied()
        if anew:
            self.move(0)
        return anew

    def copy(self, path: str) -> "Growing | None":
        """The file at `path`, at the place that this one was read up to, if it is a copy of it up to there.

        None also where nothing was read yet: then nothing tells a copy.
        """
        try:
            other = Growing(path)
        except CollectError:
            return None
        if not self._mark or other.identity == self.identity or not other._has(self.offset, self._mark):
            return None
        other.move(self.offset)
        return other

    def _has(self, offset: int, mark: bytes) -> bool:
        """Whether these bytes stand before that place."""
        return self.size() >= offset and os.pread(self._descriptor, len(mark), offset - len(mark)) == mark

    def replaced(self, path: str) -> bool:
        """Whether another file is at the path now, or none."""
        try:
            there = os.stat(path)
        except OSError:
            return True
        return (there.st_dev, there.st_ino) != self.identity

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _open(path: str) -> int:
    """Open a plain file for reading; a pipe in its place must not make us wait for a writer."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "there is no such path"
        raise CollectError(
            f"cannot read the log {clean(path)}: {why}",
            reason="missing" if isinstance(error, FileNotFoundError) else "permission",
            remedy=_CHECK_IT,
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CollectError(
            f"{clean(path)} is not a plain file, so it cannot be followed",
            reason="protocol",
            remedy="name the file that the program writes its log to",
        )
    return descriptor
