"""Seals a stream in authenticated chunks, so that none can be flipped, cut off, moved, repeated or taken from another.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015): each chunk's nonce is a prefix, a counter and whether it is the last one.

    magic "WFSEAL1\\n" · 4 bytes: how long the header is, big end first · header, JSON · chunks

A chunk is 1 MiB of plain bytes (the last one less, never none but of an empty stream) by AES-256-GCM with its tag of 16
bytes. Each stream has a key of its own, derived from the data key with the header's salt; the associated data is the
SHA-256 of all that stands before the chunks, then the backup's id and the part's name.
"""

import base64
import binascii
import secrets
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from ops.backup.errors import BackupError
from ops.backup.keys import DataKey

MAGIC = b"WFSEAL1\n"
CHUNK_BYTES = 2**20
TAG_BYTES = 16
_HEADER_MOST = 4096
_CHUNK_MOST = 2**24
_PREFIX_BYTES, _SALT_BYTES = 7, 16
_COUNTED_MOST = 2**32


class _Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cipher: str
    chunk_bytes: int
    prefix: str
    salt: str


class _Chunks:
    """Nonces in order, and the cipher with what it is bound to."""

    def __init__(self, data_key: DataKey, head: bytes, header: _Header, backup: str, part: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self.cipher = AESGCM(data_key.derived(f"part {part}", base64.b64decode(header.salt)))
        self.about = sha256(head).digest() + f"{backup}\0{part}".encode()
        self._prefix = base64.b64decode(header.prefix)
        self._count = 0

    def nonce(self, *, last: bool) -> bytes:
        if self._count >= _COUNTED_MOST:
            raise BackupError("a part of a backup can't be larger than 4 PiB", "take it in more parts")
        made = self._prefix + self._count.to_bytes(4, "big") + (b"\1" if last else b"\0")
        self._count += 1
        return made


class Sealer:
    """Seals what it is fed, as one part of one backup."""

    def __init__(self, data_key: DataKey, backup: str, part: str) -> None:
        prefix, salt = secrets.token_bytes(_PREFIX_BYTES), secrets.token_bytes(_SALT_BYTES)
        header = _Header(
            cipher="aes-256-gcm",
            chunk_bytes=CHUNK_BYTES,
            prefix=base64.b64encode(prefix).decode(),
            salt=base64.b64encode(salt).decode(),
        )
        text = msgspec.json.encode(header)
        self._head = MAGIC + len(text).to_bytes(4, "big") + text
        self._chunks = _Chunks(data_key, self._head, header, backup, part)
        self._held = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The chunks that are full, but never what may be the last one."""
        self._held += piece
        while len(self._held) > CHUNK_BYTES:
            yield self._chunk(last=False)

    def end(self) -> Iterator[bytes]:
        """The last one."""
        yield self._chunk(last=True)

    def _chunk(self, *, last: bool) -> bytes:
        head, self._head = self._head, b""
        with memoryview(self._held) as held, held[:CHUNK_BYTES] as plain:
            chunk = head + self._chunks.cipher.encrypt(self._chunks.nonce(last=last), plain, self._chunks.about)
        del self._held[:CHUNK_BYTES]
        return chunk


class Unsealer:
    """Opens what it is fed; a chunk is handed on only after its tag was right. Raises BackupError "damaged"."""

    def __init__(self, data_key: DataKey, backup: str, part: str) -> None:
        self._key, self._backup, self._part = data_key, backup, part
        self._chunks: _Chunks | None = None
        self._whole = 0
        self._first = True
        self._held = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What is in the chunks that are certainly not the last one."""
        self._held += piece
        if self._chunks is None and not self._begin():
            return
        while len(self._held) > self._whole:
            yield self._opened(last=False)

    def end(self) -> Iterator[bytes]:
        """What is in the last one."""
        if self._chunks is None:
            raise BackupError("it ends before what was sealed begins", reason="damaged")
        alone = self._first
        plain = self._opened(last=True)
        if not plain and not alone:
            raise BackupError("it ends with an empty chunk, which nobody writes", reason="damaged")
        yield plain

    def _begin(self) -> bool:
        """Read the header; False where more of it is still to come."""
        start = len(MAGIC) + 4
        if bytes(self._held[: len(MAGIC)]) != MAGIC[: len(self._held)]:
            raise BackupError("it does not begin as what was sealed does", reason="damaged")
        if len(self._held) < start:
            return False
        length = int.from_bytes(self._held[len(MAGIC) : start], "big")
        if length > _HEADER_MOST:
            raise BackupError("its header is longer than any is", reason="damaged")
        if len(self._held) < start + length:
            return False
        head = bytes(self._held[: start + length])
        del self._held[: start + length]
        header = _read(head[start:])
        self._whole = header.chunk_bytes + TAG_BYTES
        self._chunks = _Chunks(self._key, head, header, self._backup, self._part)
        return True

    def _opened(self, *, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        if self._chunks is None:
            raise BackupError("it ends before what was sealed begins", reason="damaged")
        alone, self._first = self._first and last, False
        try:
            with memoryview(self._held) as held, held[: self._whole] as chunk:
                plain = self._chunks.cipher.decrypt(self._chunks.nonce(last=last), chunk, self._chunks.about)
        except (InvalidTag, ValueError) as error:
            which = "it" if alone else "its last chunk" if last else "a chunk of it"
            cut = ", or its end is cut off" if last else ""
            raise BackupError(f"{which} is not what was sealed{cut}", reason="damaged") from error
        del self._held[: self._whole]
        return plain


def _read(text: bytes) -> _Header:
    """Raises BackupError "damaged"."""
    try:
        header = msgspec.json.decode(text, type=_Header)
        lengths = [len(base64.b64decode(one, validate=True)) for one in (header.prefix, header.salt)]
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise BackupError("its header is not what was sealed", reason="damaged") from error
    right = lengths == [_PREFIX_BYTES, _SALT_BYTES] and 0 < header.chunk_bytes <= _CHUNK_MOST
    if header.cipher != "aes-256-gcm" or not right:
        raise BackupError("its header is not what was sealed", reason="damaged")
    return header
