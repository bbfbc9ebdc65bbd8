"""Files that are whole or not there after a crash: written beside, synced, renamed, with their folder."""

import errno
import os
from contextlib import suppress
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when there is no room."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder outlive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(file: Path, content: bytes, *, sync: bool = True) -> None:
    """Put the content in place of whatever is there, whole or not at all, for the owner alone. Raises OSError.

    One writer at a time: whoever calls it holds a lock on what the file is of.
    """
    beside = file.with_name(f"{file.name}.new")
    try:
        descriptor = os.open(beside, _NEW, 0o600)
        try:
            write_all(descriptor, content)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(file)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    if sync:
        sync_folder(file.parent)


def overwrite_file(file: Path, content: bytes) -> None:
    """Write over what is there, in the room that it has already: for when there is no other. Raises OSError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        write_all(descriptor, content)
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def begin_file(file: Path) -> None:
    """Make an empty file for the owner alone where there is none; one that is there is not even opened. Raises OSError.

    For databases: a process that closes any descriptor of a file loses all its POSIX locks on it, SQLite's with them
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write every byte. Raises OSError, with a part of them written."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
