"""Two calls of the kernel that Python has no name for: swap two names in one step, and write a file system out."""

import ctypes
import errno
import os

_HERE = -100  # AT_FDCWD
_NOREPLACE, _EXCHANGE = 1, 2
_LIBRARY = ctypes.CDLL(None, use_errno=True)
_UNKNOWN = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})


def exchange(one: str, other: str) -> None:
    """Swap two names that are both there. Raises OSError.

    Where the file system can't do it in one step there is a moment in which only `one` is there.
    """
    if _rename(one, other, _EXCHANGE):
        return
    beside = f"{other}.swap"
    os.rename(other, beside)
    try:
        os.rename(one, other)
    except OSError:
        os.rename(beside, other)
        raise
    os.rename(beside, one)


def moved(one: str, other: str) -> None:
    """Rename to a name that is free. Raises OSError, FileExistsError where it is not."""
    if not _rename(one, other, _NOREPLACE):
        if os.path.lexists(other):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), other)
        os.rename(one, other)


def written_out(folder: str) -> None:
    """All of the file system that a folder is on outlives a power cut. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _LIBRARY.syncfs(handle):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), folder)
    finally:
        os.close(handle)


def _rename(one: str, other: str, flags: int) -> bool:
    """Whether the kernel knows how. Raises OSError for all else."""
    rename = getattr(_LIBRARY, "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), flags) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), one, None, other)
