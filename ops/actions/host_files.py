"""What is at a path of this machine right now, looked at through no link: a file, a folder, a link, or nothing."""

import os
import stat
from functools import partial
from hashlib import sha256

import msgspec

from collectors.text import clean
from ops.actions.errors import Refused
from ops.actions.files import checked, folder_of, told
from ops.figures import size

LARGEST_BYTES = 64 * 2**20
"""What is larger is neither replaced nor taken away: it could not be kept."""
_LOOK = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """What is there."""

    kind: str = ""
    """file, folder or link; "" for nothing."""
    identity: str = ""
    """Device and inode."""
    content: bytes = b""
    """Of a file what is in it, of a link where it leads."""
    mode: int = 0
    owner: tuple[int, int] = (0, 0)

    @property
    def sha256(self) -> str:
        """Of the content; "" where nothing is there."""
        return sha256(self.content).hexdigest() if self.kind else ""


def present(path: str) -> Present:
    """Look, and read what is in it.

    Raises Refused for devices, pipes, files of several names, links on the way, and what is too large to be kept.
    """
    with folder_of(path) as (folder, name), told(path):
        return present_in(folder, name, path)


def identity_of(path: str) -> str:
    """Device and inode of a file or folder, which is not opened for reading. Raises Refused, also for links."""
    with folder_of(path) as (folder, name), told(path):
        held = os.open(name, _LOOK, dir_fd=folder)
        try:
            seen = os.fstat(held)
            return f"{seen.st_dev}:{seen.st_ino}" if stat.S_ISDIR(seen.st_mode) else checked(path, seen).identity
        finally:
            os.close(held)


def present_in(folder: int, name: str, path: str) -> Present:
    """The same inside a folder that is held. Raises Refused and OSError."""
    try:
        held = os.open(name, _LOOK, dir_fd=folder)
    except FileNotFoundError:
        return Present()
    try:
        seen = os.fstat(held)
    finally:
        os.close(held)
    kind, content = "file", b""
    if stat.S_ISLNK(seen.st_mode):
        kind, content = "link", os.fsencode(os.readlink(name, dir_fd=folder))
    elif stat.S_ISDIR(seen.st_mode):
        kind = "folder"
    else:
        content = _content(folder, name, path)
    return Present(
        kind=kind,
        identity=f"{seen.st_dev}:{seen.st_ino}",
        content=content,
        mode=stat.S_IMODE(seen.st_mode),
        owner=(seen.st_uid, seen.st_gid),
    )


def _content(folder: int, name: str, path: str) -> bytes:
    held = os.open(name, _READ, dir_fd=folder)
    try:
        seen = checked(path, os.fstat(held))
        if seen.size_bytes > LARGEST_BYTES:
            raise Refused(
                f"{clean(path)} has {size(seen.size_bytes)}, too much to be kept: nothing was done",
                "move it away yourself, then try again",
                reason="limit",
            )
        content = bytearray()
        for piece in iter(partial(os.read, held, 2**20), b""):
            content += piece
            if len(content) > LARGEST_BYTES:
                raise Refused(f"{clean(path)} is being written right now: nothing was done", "try again later")
        return bytes(content)
    finally:
        os.close(held)
