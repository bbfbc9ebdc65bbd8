"""Who acts by policy over one history: one process at a time, known by a lock that the kernel drops with it."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

LOCK_FILE = "policy.lock"
_PID_BYTES = 20


class PolicyLock:
    """The right to act without a person, from `take` until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def take(self) -> int | None:
        """Take it, if we have it not; None then. Else the pid of who has it, 0 where that is not known.

        Raises OSError where the folder can't be written to.
        """
        if self._descriptor is not None:
            return None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._folder / LOCK_FILE, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            digits = os.pread(descriptor, _PID_BYTES, 0).strip()
            os.close(descriptor)
            return int(digits) if digits.isdigit() else 0
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        # Who looks finds the lock itself taken; that its pid can't be written down (a full disk) matters little.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return None

    def release(self) -> None:
        """Give it up, if we have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
