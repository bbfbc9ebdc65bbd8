"""Handles of the folders of a target: no link is followed, and none that others may write is believed."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from collectors.text import clean
from ops.backup.errors import BackupError, Reason
from ops.durable import sync_folder

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_REASONS: dict[int, Reason] = {
    errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EFBIG: "full",
    errno.ENOENT: "lost", errno.ESTALE: "lost", errno.EIO: "lost", errno.ENODEV: "lost", errno.ENXIO: "lost",
    errno.ENOTCONN: "lost", errno.EHOSTDOWN: "lost", errno.ETIMEDOUT: "lost",
    errno.EACCES: "auth", errno.EPERM: "auth", errno.EROFS: "auth",
    errno.ELOOP: "unsafe", errno.ENOTDIR: "unsafe",
}  # fmt: skip
_REMEDIES: dict[Reason, str] = {
    "full": "make room there, or let `watchfloor backup prune` delete what has expired",
    "lost": "see whether its disk is still mounted and well, then try again",
    "auth": "give the account that runs watchfloor the right to write there",
    "unsafe": "name the folder itself as the target: nothing is written through a link",
}


def fault(error: OSError, path: str) -> BackupError:
    """What the system said, as a sentence about the target."""
    reason = _REASONS.get(error.errno or 0, "error")
    said = (error.strerror or str(error)).lower()
    words = {
        "full": f"{clean(path)} has no room left",
        "unsafe": f"{clean(path)} is or holds a link, or is no folder",
    }.get(reason, f"{clean(path)} can't be used: {said}")
    return BackupError(words, _REMEDIES.get(reason, ""), reason=reason)


@contextmanager
def inside(root: str, *names: str, make: bool = False) -> Iterator[int]:
    """The handle of a folder below a root. With `make` what is missing of it is made, but not what the root is in.

    Raises OSError (ENOENT where it is not there) and BackupError "unsafe".
    """
    handle = _root(root, make)
    try:
        for name in names:
            inner = enter(handle, name, make=make)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _root(root: str, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(root, 0o700)
            sync_folder(Path(root).parent)
    return _checked(os.open(root, _FOLDER), root)


def enter(handle: int, name: str, *, make: bool = False) -> int:
    """The handle of a folder in a folder, as a new descriptor."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=handle)
            os.fsync(handle)
    return _checked(os.open(name, _FOLDER, dir_fd=handle), name)


def _checked(handle: int, name: str) -> int:
    about = os.fstat(handle)
    words = ""
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        words, remedy = "may be written by other accounts", f"take that right away: chmod go-w {clean(name)}"
    elif about.st_uid not in (0, os.geteuid()):
        words, remedy = "belongs to another account", "give it to the account that runs watchfloor, by chown"
    if not words:
        return handle
    os.close(handle)
    raise BackupError(f"the folder {clean(name)} {words}", remedy, reason="unsafe")


def parent_there(root: str) -> bool:
    """Whether the folder that the root is or would be in is there: without it the root is away, not empty."""
    return os.path.isdir(os.path.dirname(root) or "/")


def names_in(handle: int) -> list[str]:
    """Names in a folder."""
    return os.listdir(handle)


def size_of(handle: int, name: str) -> int | None:
    """Bytes of a plain file in a folder; None where it is none."""
    try:
        about = os.stat(name, dir_fd=handle, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def empty_out(handle: int, name: str) -> int:
    """Delete a folder in a folder with all files in it, and give their bytes; what is gone already is no fault.

    Folders and their like in it, which nobody of us has made, are not gone into: OSError "not empty" says so.
    """
    try:
        inner = enter(handle, name)
    except FileNotFoundError:
        return 0
    freed = 0
    try:
        for file in names_in(inner):
            freed += size_of(inner, file) or 0
            with suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(file, dir_fd=inner)
    finally:
        os.close(inner)
    with suppress(FileNotFoundError):
        os.rmdir(name, dir_fd=handle)
    return freed
