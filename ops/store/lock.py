"""Who records into a store: one process at a time, known by a lock that the kernel drops however the process ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from ops.store.contract import StoreHeld
from ops.store.opening import FILE_NAME

LOCK_FILE = "recorder.lock"
_PID_BYTES = 20


class RecorderLock:
    """The right to record into the store of one folder, from `take` until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / LOCK_FILE
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take it, and write down who has it. Raises StoreHeld, with the pid, while another has; OSError."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = _read_pid(descriptor)
            os.close(descriptor)
            raise _held(pid) from error
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        # Who looks finds the lock itself taken; that its pid can't be written down (a full disk) matters little.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give it up, if we have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def recorded_by(place: Path) -> int | None:
    """The process that records into a store now, 0 where its pid is not known; None when nobody does.

    The store is named by its folder or its file. Into a file of another name, which is a copy, nobody records.
    """
    if place.is_file():
        if place.name != FILE_NAME:
            return None
        place = place.parent
    try:
        descriptor = os.open(place / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(descriptor)
    finally:
        os.close(descriptor)
    return None


def _read_pid(descriptor: int) -> int:
    digits = os.pread(descriptor, _PID_BYTES, 0).strip()
    return int(digits) if digits.isdigit() else 0


def _held(pid: int) -> StoreHeld:
    who = f"pid {pid}" if pid else "another process"
    return StoreHeld(f"recorded by {who}", "this floor takes over when that one ends")
