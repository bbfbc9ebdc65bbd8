"""A repository of restic whose key costs nothing to open: each of restic's calls spends a third of a second on that."""

import base64
import hashlib
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

_IV, _TAG = 16, 16
_CLAMPED = bytes.fromhex("0ffffffc0ffffffc0ffffffc0fffffff")[::-1]
_COST = {"N": 2, "r": 1, "p": 1}


def cheap(repository: Path, password: str) -> None:
    """Wrap its master key anew, by a scrypt of the least cost (restic's doc/design.rst, "Keys, Encryption and MAC")."""
    (file,) = (repository / "keys").iterdir()
    said = json.loads(file.read_bytes())
    master = _opened(_derived(password, said), base64.b64decode(said["data"]))
    said |= _COST
    said["data"] = base64.b64encode(_closed(_derived(password, said), master)).decode()
    text = json.dumps(said).encode()
    file.unlink()
    (file.parent / hashlib.sha256(text).hexdigest()).write_bytes(text)


def _derived(password: str, said: dict[str, object]) -> bytes:
    cost = {name.lower(): int(str(said[name])) for name in _COST}
    salt = base64.b64decode(str(said["salt"]))
    return hashlib.scrypt(password.encode(), salt=salt, **cost, dklen=64, maxmem=2**28)


def _crypted(key: bytes, iv: bytes, text: bytes) -> bytes:
    return Cipher(algorithms.AES(key[:32]), modes.CTR(iv)).encryptor().update(text)


def _tag(key: bytes, iv: bytes, text: bytes) -> bytes:
    """Poly1305-AES."""
    mask = Cipher(algorithms.AES(key[32:48]), modes.ECB()).encryptor().update(iv)  # noqa: S305 - one block, as defined
    r = bytes(left & right for left, right in zip(key[48:64], _CLAMPED, strict=True))
    return Poly1305.generate_tag(r + mask, text)


def _opened(key: bytes, sealed: bytes) -> bytes:
    iv, text, tag = sealed[:_IV], sealed[_IV:-_TAG], sealed[-_TAG:]
    assert _tag(key, iv, text) == tag
    return _crypted(key, iv, text)


def _closed(key: bytes, text: bytes) -> bytes:
    iv = os.urandom(_IV)
    sealed = _crypted(key, iv, text)
    return iv + sealed + _tag(key, iv, sealed)
