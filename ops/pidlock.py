"""One process at a time: a lock that the kernel drops however its holder ends, with the holder's pid inside."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

_PID_BYTES = 20


class PidLock:
    """The right to something, from `take` until `release` or the end of the process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    def take(self) -> int | None:
        """Take it, if we have it not; None then. Else the pid of who has it, 0 where that is not known.

        Raises OSError where the file can't be written to.
        """
        if self._descriptor is not None:
            if self._there(self._descriptor):
                return None
            self.release()
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = read_pid(descriptor)
            os.close(descriptor)
            return pid
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        # Who looks finds the lock itself taken; that its pid can't be written down (a full disk) matters little.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return None

    def _there(self, descriptor: int) -> bool:
        """Whether the file that we hold still is the one of that name: one that was deleted keeps nobody away."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.lstat(self._file))
        except FileNotFoundError:
            return False

    @property
    def held(self) -> bool:
        """Whether we have it."""
        return self._descriptor is not None

    def release(self) -> None:
        """Give it up, if we have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_pid(descriptor: int) -> int:
    """Who has a lock, by its file; 0 where that is not known."""
    digits = os.pread(descriptor, _PID_BYTES, 0).strip()
    return int(digits) if digits.isdigit() else 0
