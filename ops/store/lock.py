"""Who records into a store: one process at a time."""

import fcntl
import os
from pathlib import Path

from ops.pidlock import PidLock, read_pid
from ops.store.contract import StoreHeld
from ops.store.opening import FILE_NAME

LOCK_FILE = "recorder.lock"


class RecorderLock(PidLock):
    """The right to record into the store of one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / LOCK_FILE)

    def take(self) -> None:
        """Take it, and write down who has it. Raises StoreHeld, with the pid, while another has; OSError."""
        pid = super().take()
        if pid is not None:
            who = f"pid {pid}" if pid else "another process"
            raise StoreHeld(f"recorded by {who}", "this floor takes over when that one ends")


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
        return read_pid(descriptor)
    finally:
        os.close(descriptor)
    return None
