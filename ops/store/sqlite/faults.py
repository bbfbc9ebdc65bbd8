"""What SQLite's errors mean to the operator."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ops.store.contract import StoreError, StoreFull

_WRITE_FAILED = frozenset(
    getattr(sqlite3, name)
    for name in (
        "SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC", "SQLITE_IOERR_TRUNCATE",
        "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP",
    )
)  # fmt: skip
_CORRUPT = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
_BUSY = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
_FULL_DISK = frozenset((28, 122))
"""ENOSPC and EDQUOT."""


def code_of(error: BaseException) -> int:
    """SQLite's extended code; 0 for what is none."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0)


def is_corrupt(error: BaseException) -> bool:
    """Whether it says that the file is no sound database."""
    return code_of(error) & 0xFF in _CORRUPT


def told(error: Exception, path: Path) -> StoreError:
    """The same as a StoreError: one sentence and what to do."""
    code = code_of(error)
    kind = code & 0xFF
    if code in _WRITE_FAILED or kind == sqlite3.SQLITE_FULL or getattr(error, "errno", 0) in _FULL_DISK:
        return StoreFull(
            f"the history at {path} can't grow: the file system is full",
            "free some space; recording goes on by itself. `watchfloor store info` says what it takes",
        )
    if kind in _CORRUPT or isinstance(error, zlib.error | ValueError | msgspec.MsgspecError):
        return StoreError(
            f"the history at {path} is damaged",
            "end what records into it and move it away: the next start begins a new one. A copy may still be readable",
        )
    if kind in _BUSY:
        return StoreError(f"the history at {path} is busy: another process keeps it locked", "try again in a moment")
    if kind == sqlite3.SQLITE_READONLY or isinstance(error, PermissionError) or getattr(error, "errno", 0) == 30:
        return StoreError(
            f"the history at {path} can't be written: the file or its file system is read-only",
            "make the folder writable for this user, or name another one with [store] path",
        )
    if kind == sqlite3.SQLITE_CANTOPEN or isinstance(error, OSError):
        return StoreError(f"the history at {path} can't be opened: {error}", "check that the folder can be entered")
    return StoreError(f"the history at {path} can't be used: {error}", "see `watchfloor store info`")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise StoreError in place of what SQLite, the file system and damaged contents raise."""
    try:
        yield
    except (sqlite3.Error, OSError, zlib.error, ValueError, msgspec.MsgspecError) as error:
        raise told(error, path) from error
