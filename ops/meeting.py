"""Where floors meet the one that leads: a Unix socket in the folder of their history, for one user alone."""

import asyncio
import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

RUN_FOLDER = "run"
SOCKET = "leader.sock"
_PATH_BYTES = 107
"""unix(7): a path in a socket's address, without the zero at its end."""
_CREDENTIALS = struct.Struct("3i")
_WAITING = 32
_BUFFER = 2**20


class Peer(NamedTuple):
    """Who is at the other end, as the kernel tells it."""

    pid: int
    uid: int

    @property
    def trusted(self) -> bool:
        """Whether it is this user, or root."""
        return self.uid in (0, os.geteuid())


class Link(NamedTuple):
    """An open line to whoever leads."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    peer: Peer


def socket_path(folder: Path) -> Path:
    """The socket of the floor whose history is in that folder."""
    return folder / RUN_FOLDER / SOCKET


def listen(folder: Path) -> socket.socket:
    """Stand in the place; only for who holds the lock of that folder. Raises OSError."""
    path = socket_path(folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = os.lstat(path.parent)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(1, f"{path.parent} is not a folder of this user")
    path.parent.chmod(0o700)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        with _short(path) as name:
            made.bind(name)
        path.chmod(0o600)
        made.listen(_WAITING)
    except OSError:
        made.close()
        raise
    return made


def leave(folder: Path) -> None:
    """Take the socket away; what can't be taken away leads nowhere, and the next leader replaces it."""
    with suppress(OSError):
        socket_path(folder).unlink()


async def meet(folder: Path) -> Link | None:
    """A line to whoever leads there; None where nobody does, or somebody whom this user has no reason to believe."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        with _short(socket_path(folder)) as name:
            made.connect(name)
        peer = peer_of(made)
        if not peer.trusted:
            made.close()
            return None
        reader, writer = await asyncio.open_unix_connection(sock=made, limit=_BUFFER)
    except OSError:
        made.close()
        return None
    return Link(reader, writer, peer)


def peer_of(connected: socket.socket) -> Peer:
    """Who is at the other end of a socket (unix(7), SO_PEERCRED). Raises OSError."""
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(raw)
    return Peer(pid, uid)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of a path that fits into a socket's address, however long the path is."""
    if len(os.fsencode(path)) <= _PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
