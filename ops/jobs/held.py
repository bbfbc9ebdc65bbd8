"""Locks on files that the kernel drops with whoever has them, however that process ends."""

import fcntl
import os
import time
from pathlib import Path

ALIVE = "alive"
"""The file in a job's folder that its process holds while it lives."""
_TRIES = 6
_AGAIN_S = 0.005
NAMED_S = 0.5
"""Who has just taken it may need so long to write inside who that is; without room on the disk nobody ever does."""
SOON_S = 0.01
LIMIT = 16 * 1024
"""Bytes that are read of what is said inside."""


def grab(file: Path) -> int | None:
    """Make the file and lock it: its descriptor, or None while another process has it. Raises OSError.

    Whoever only looks whether it is held holds it for an instant too, so it is tried a few times.
    """
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_AGAIN_S)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if _locked(descriptor, fcntl.LOCK_EX) and _is_still(file, descriptor):
            return descriptor
        os.close(descriptor)
    return None


def is_held(file: Path) -> bool:
    """Whether a process has it now; False where there is no such file. Raises OSError."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def write_inside(descriptor: int, content: bytes) -> None:
    """Say in the file who has it. Raises OSError."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)


def read_inside(file: Path) -> bytes:
    """What is said there; nothing where it can't be read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(descriptor, LIMIT, 0)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(file: Path, descriptor: int) -> bool:
    """Whoever lets go may remove the file: one that was opened just before has no name that others could lock it by."""
    try:
        return os.path.samestat(os.stat(file, follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False
