"""Packets of SFTP version 3 (draft-ietf-secsh-filexfer-02): pure, bytes to values and back."""

import struct
from typing import NamedTuple

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 2, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, RENAME = 11, 12, 13, 14, 15, 18
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201
OK, AT_END, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
FOR_READING, NEW_FILE = 0x01, 0x02 | 0x08 | 0x20
"""Of OPEN: to read; to write where there is nothing yet."""
PACKET_LIMIT = 2**20
"""Bytes of a packet that is taken; servers send at most 256 KiB and a bit."""
_SIZE, _OWNERS, _MODE, _TIMES, _MORE = 0x1, 0x2, 0x4, 0x8, 0x80000000


class Garbled(Exception):
    """What came is no packet of SFTP."""


class Attributes(NamedTuple):
    """Of a file or folder; 0 where the server does not say."""

    size: int = 0
    mode: int = 0
    changed: int = 0


def number(value: int) -> bytes:
    """32 bits."""
    return struct.pack(">I", value)


def long(value: int) -> bytes:
    """64 bits."""
    return struct.pack(">Q", value)


def string(value: bytes | str) -> bytes:
    """With its length before it."""
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return number(len(data)) + data


def mode_only(mode: int) -> bytes:
    """Attributes that say only the rights."""
    return number(_MODE) + number(mode)


def packet(kind: int, *fields: bytes) -> bytes:
    """With its length before it."""
    body = b"".join((bytes([kind]), *fields))
    return number(len(body)) + body


class Reader:
    """Values of one packet, in order. Raises Garbled where there are fewer bytes than they need."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data, self._at = data, at

    def _take(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise Garbled("a packet of SFTP is cut off")
        self._at += size
        return found

    @property
    def more(self) -> bool:
        """Whether anything follows."""
        return self._at < len(self._data)

    def number(self) -> int:
        """32 bits."""
        return int.from_bytes(self._take(4), "big")

    def long(self) -> int:
        """64 bits."""
        return int.from_bytes(self._take(8), "big")

    def string(self) -> bytes:
        """One with its length before it."""
        return self._take(self.number())

    def text(self) -> str:
        """The same as a name."""
        return self.string().decode("utf-8", "surrogateescape")

    def attributes(self) -> Attributes:
        """Of a file."""
        flags = self.number()
        size = self.long() if flags & _SIZE else 0
        if flags & _OWNERS:
            self._take(8)
        mode = self.number() if flags & _MODE else 0
        changed = struct.unpack(">II", self._take(8))[1] if flags & _TIMES else 0
        for _ in range(self.number() if flags & _MORE else 0):
            self.string()
            self.string()
        return Attributes(size, mode, changed)
