"""The manifest as it is written beside a backup: one canonical text that ends with digests over all the rest.

Any text but the one that was written is damaged: what is read is written again, and must be the same byte for byte. In
every format the last member is `digest`, the SHA-256 of what stands before it; where the backup is sealed `seal` stands
before that, an HMAC-SHA-256 that only those with its data key could make. So lists can be read without the key, and
nobody without it can have changed one. By a key only its owner can have made one; for recipients of age anybody can who
knows their public keys, so there the seal tells only that all is of one hand.
"""

import hashlib
import hmac
import re

import msgspec

from ops.backup.errors import BackupError
from ops.backup.keys import DataKey
from ops.backup.names import is_id, is_part, stored
from ops.backup.structs import FORMAT, Manifest

LARGEST = 64 * 2**20
"""Bytes; a longer one is read by nobody."""
_PARTS = 10_000
_DIGEST = re.compile(rb',\n  "digest": "([0-9a-f]{64})"\n}\n\Z')
_SEAL = re.compile(rb',\n  "seal": "([0-9a-f]{64})"\Z')
_LAST_AT = 253_370_764_800.0
"""UTC seconds where the year 9999 begins: what is later can't be shown in every zone."""
_NEXT = "restore another backup; `verify` tells which are good"


class _Format(msgspec.Struct):
    format: int


def written(manifest: Manifest, data_key: DataKey | None = None) -> bytes:
    """The text that `Writing.commit` gets. Raises ValueError for a seal without its key, or a key alone."""
    if (manifest.sealing is None) != (data_key is None):
        raise ValueError("a manifest has a seal where its parts have, and only there")
    # Once through JSON, so that whoever reads it writes the same: 0 for a time is 0.0.
    body = _body(msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest))
    if data_key is not None:
        body += b',\n  "seal": "' + _seal(body, data_key) + b'"'
    return body + b',\n  "digest": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def read(text: bytes, backup: str = "") -> Manifest:
    """The manifest in a text, which must be of that backup where one is named.

    Raises BackupError "damaged", or "newer" where a newer watchfloor wrote it.
    """
    body, _ = _parted(text, backup)
    _check_format(body, backup)
    try:
        manifest = msgspec.json.decode(body + b"\n}", type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(backup, "it is none") from error
    if _body(manifest) != body:
        raise _damaged(backup, "it is not written as they are")
    _check_names(manifest, backup)
    return manifest


def prove(text: bytes, data_key: DataKey, backup: str = "") -> None:
    """Raises BackupError "damaged" where somebody without the key wrote or changed a sealed backup's manifest."""
    body, seal = _parted(text, backup)
    if not hmac.compare_digest(seal, _seal(body, data_key)):
        raise _damaged(backup, "its seal is not of its key: somebody else wrote it, or changed it")


def digest_of(text: bytes) -> str:
    """SHA-256 of a whole manifest, for the events that prove it."""
    return hashlib.sha256(text).hexdigest()


def _body(manifest: Manifest) -> bytes:
    """All members, without the end of the object."""
    text = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2)
    return text.removesuffix(b"\n}")


def _seal(body: bytes, data_key: DataKey) -> bytes:
    return hmac.new(data_key.derived("manifest"), body, hashlib.sha256).hexdigest().encode()


def _parted(text: bytes, backup: str) -> tuple[bytes, bytes]:
    """The body and the seal (b"" for none), the digest being right."""
    found = _DIGEST.search(text[-128:])
    if len(text) > LARGEST or not found:
        raise _damaged(backup, "it does not end as one does")
    body = text[: len(text) - len(found[0])]
    if hashlib.sha256(body).hexdigest().encode() != found[1]:
        raise _damaged(backup, "its digest is another one")
    sealed = _SEAL.search(body[-128:])
    return (body[: len(body) - len(sealed[0])], sealed[1]) if sealed else (body, b"")


def _check_format(body: bytes, backup: str) -> None:
    try:
        written_as = msgspec.json.decode(body + b"\n}", type=_Format).format
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(backup, "it is none") from error
    if written_as > FORMAT:
        raise BackupError(
            f"the manifest of {backup or 'a backup'} has format {written_as}, this watchfloor reads up to {FORMAT}",
            "install the watchfloor that wrote it, or a newer one; nothing of it was changed",
            reason="newer",
        )


def _check_names(manifest: Manifest, backup: str) -> None:
    if not is_id(manifest.id) or manifest.id != (backup or manifest.id):
        raise _damaged(backup, "it is of another one")
    if len(manifest.parts) > _PARTS or not all(is_part(part.name) for part in manifest.parts):
        raise _damaged(backup, "its parts have names that none has")
    files = {stored(part) for part in manifest.parts}
    if len(files) != len(manifest.parts):
        raise _damaged(backup, "two of its parts have one name")
    if any(part.sealed != (manifest.sealing is not None) for part in manifest.parts):
        raise _damaged(backup, "some of its parts are sealed and some are not")
    if any(min(part.plain_bytes, part.stored_bytes, part.entries) < 0 for part in manifest.parts):
        raise _damaged(backup, "its parts have fewer than no bytes")
    moments = (manifest.at, manifest.ended_at, manifest.took_s)
    if not all(0 <= moment < _LAST_AT for moment in moments):
        raise _damaged(backup, "it is of a time that no calendar has")


def _damaged(backup: str, why: str) -> BackupError:
    return BackupError(f"the manifest of {backup or 'a backup'} is damaged: {why}", _NEXT, reason="damaged")
