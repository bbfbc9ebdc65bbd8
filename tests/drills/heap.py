"""What a process has taken from the C library's heap, and how much of it SQLite has."""

import ctypes
from functools import cache
from typing import Any

import msgspec

_FIELDS = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class _Info(ctypes.Structure):
    """Struct mallinfo2 of glibc's malloc.h."""

    _fields_ = [(name, ctypes.c_size_t) for name in _FIELDS]


class Heap(msgspec.Struct, frozen=True):
    """Bytes; all 0 where the C library does not tell (before glibc 2.33)."""

    used: int = 0
    free: int = 0
    """Between what is used; whole pages of it may have been given back."""
    sqlite: int = 0
    """Part of what is used: page caches, statements, schemas."""


NOT_KNOWN = Heap()


def heap() -> Heap:
    """That of this process, now."""
    told = _mallinfo()
    if told is None:
        return NOT_KNOWN
    info = told()
    return Heap(info.uordblks, info.fordblks, _sqlite_used())


@cache
def _mallinfo() -> Any:
    function = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if function is not None:
        function.restype = _Info
    return function


def _sqlite_used() -> int:
    library = _sqlite()
    return int(library.sqlite3_memory_used()) if library is not None else 0


@cache
def _sqlite() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libsqlite3.so.0")  # the one that Python has loaded
    except OSError:
        return None
    library.sqlite3_memory_used.restype = ctypes.c_longlong
    return library
