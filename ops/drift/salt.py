"""Salted digests: equal values of secrets are told from others without keeping them, by a key that stays on this host.

The key is a file for its owner alone in the floor's state folder. Two processes that make it at once get the same one.
"""

import hmac
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_hex

from ops.drift.source import DriftError
from ops.drift.structs import DIGEST
from ops.durable import sync_folder, write_all

KEY_NAME = "key"
_KEY_BYTES = 32
_SIGNS = 16
"""Hexadecimal signs that are kept of a digest: 64 bits."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MACHINE = Path("/etc/machine-id")
_ITSELF = b"watchfloor drift"
"""What the machine's id is hashed for; machine-id(5) asks for it, as the id itself must not leave the host."""


def drift_folder(folder: Path) -> Path:
    """The part of a floor's state folder that drift has, made for its owner alone. Raises DriftError."""
    own = folder / "drift"
    try:
        for each in (folder, own):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _denied(own, error, "made") from error
    return own


def digester(folder: Path) -> Callable[[str, str], str]:
    """What makes digests of (what it is of, value) with the key of this state folder. Raises DriftError."""
    key = _key(folder)

    def digest(of: str, value: str) -> str:
        name = of.encode("utf-8", "surrogatepass")
        # The length keeps ("a", "bc") and ("ab", "c") apart.
        message = len(name).to_bytes(8, "big") + name + value.encode("utf-8", "surrogatepass")
        return DIGEST + hmac.digest(key, message, "sha256").hex()[:_SIGNS]

    return digest


def key_name(folder: Path) -> str:
    """A name for the key that says nothing of it: with another key all digests are others. Raises DriftError."""
    return _named(_key(folder))


def known_key_name(folder: Path) -> str:
    """The same of the key that is there, "" where there is none: none is made. Raises DriftError."""
    key = _read(folder / "drift" / KEY_NAME)
    return _named(key) if key is not None else ""


def _named(key: bytes) -> str:
    return hmac.digest(key, b"name of the key", "sha256").hex()[:_SIGNS]


def machine(file: Path = _MACHINE) -> str:
    """A digest of the machine's id, the same for every account; "" where there is none."""
    try:
        found = file.read_bytes().strip()
    except OSError:
        return ""
    return hmac.digest(found, _ITSELF, sha256).hex()[:_SIGNS] if found else ""


def _key(folder: Path) -> bytes:
    file = drift_folder(folder) / KEY_NAME
    key = _read(file)
    if key is None:
        _make(file)
        key = _read(file)
    if key is None or len(key) != _KEY_BYTES:
        raise DriftError(
            f"{file}, the key of the digests, is damaged",
            "move it away and capture a new baseline; digests of the older ones can't be compared any more",
        )
    return key


def _read(file: Path) -> bytes | None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _denied(file, error, "read") from error
    try:
        if os.fstat(descriptor).st_mode & _OTHERS:
            raise DriftError(f"others may read {file}, the key of the digests", f"chmod 600 {file}")
        return os.read(descriptor, _KEY_BYTES + 1)
    except OSError as error:
        raise _denied(file, error, "read") from error
    finally:
        os.close(descriptor)


def _make(file: Path) -> None:
    """Write it whole under a name of our own, then give it its name unless another process was first."""
    own = file.with_name(f"{KEY_NAME}.{token_hex(8)}")
    try:
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, token_bytes(_KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with suppress(FileExistsError):
            os.link(own, file)
        sync_folder(file.parent)
    except OSError as error:
        raise _denied(file, error, "written") from error
    finally:
        with suppress(OSError):
            own.unlink()


def _denied(file: Path, error: OSError, what: str) -> DriftError:
    why = error.strerror or str(error)
    return DriftError(
        f"{file} can't be {what}: {why}", "run it as the account that the folder belongs to, with room on its disk"
    )
