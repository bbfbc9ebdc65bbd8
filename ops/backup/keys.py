"""Keys: each backup has a data key of its own, which the set's key or its recipients of age can unwrap."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random
from collections.abc import Mapping
from typing import Any, NoReturn

from collectors.backup import BackupConfig
from collectors.base import Secret
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.structs import Manifest, Sealing

KEY_BYTES = 32
_NONCE_BYTES = 12
_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_IDENTITY = "AGE-SECRET-KEY-1"
MAKE = "`watchfloor backup key` makes one: keep it in a file of mode 0600, and a copy of it in another place"
"""How to have a key."""


class DataKey:
    """The key of one backup; others are derived from it, and nothing shows it."""

    __slots__ = ("_bytes",)

    def __init__(self, value: bytes) -> None:
        if len(value) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes")
        self._bytes = value

    def derived(self, purpose: str, salt: bytes = b"") -> bytes:
        """A key of 32 bytes for one purpose, by HKDF with SHA-256 (RFC 5869)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        made = HKDF(SHA256(), KEY_BYTES, salt or None, b"watchfloor backup: " + purpose.encode())
        return made.derive(self._bytes)

    def reveal(self) -> bytes:
        """Give the bytes. Call it only in the call that wraps them."""
        return self._bytes

    def __repr__(self) -> str:
        return "DataKey(***)"

    def __reduce__(self) -> str:
        raise TypeError("a key is never serialized")


def new_key() -> str:
    """A key as it is kept: 64 hex digits."""
    return random.token_hex(KEY_BYTES)


def key_id(key: Secret) -> str:
    """The first 16 hex digits of a hash of a key, which tells nothing of it. Raises BackupError "key"."""
    return _key_id(_key(key))


def new_data_key(config: BackupConfig, secrets: Mapping[str, Secret], backup: str) -> tuple[DataKey, Sealing] | None:
    """A data key for a backup that begins, with how it is wrapped; None where the set isn't encrypted.

    Raises BackupError "key" where it is to be encrypted and there is nothing to do it with.
    """
    key = secrets.get("key")
    if key is None and not config.recipients:
        if config.encrypt:
            raise BackupError(
                f"{config.name} is to be encrypted, and has neither a key nor recipients",
                f"say key_file, key_env, key_command or recipients in its [[backup]]; {MAKE}",
                reason="key",
            )
        return None
    if key is not None and config.recipients:
        raise BackupError(
            f"{config.name} has a key and recipients", "a set is sealed by one or for the others", reason="key"
        )
    data = DataKey(random.token_bytes(KEY_BYTES))
    return data, (_for_recipients(data, config.recipients) if key is None else _by_key(data, _key(key), backup))


def data_key(sealing: Sealing, secrets: Mapping[str, Secret], backup: str) -> DataKey:
    """The data key of a backup that is there. Raises BackupError "key" for none or the wrong one, "damaged"."""
    try:
        wrapped = base64.b64decode(sealing.wrapped, validate=True)
    except binascii.Error as error:
        raise _damaged(backup) from error
    if sealing.recipients:
        return _by_identity(wrapped, secrets, sealing.recipients, backup)
    key = secrets.get("key")
    if key is None:
        said = "" if "identity" not in secrets else "; an identity of age does not open it"
        raise BackupError(
            f"{backup} is sealed by the key {sealing.key_id}, and no key is given{said}",
            "say key_file, key_env or key_command in its [[backup]]",
            reason="key",
        )
    return _unwrapped(wrapped, _key(key), sealing.key_id, backup)


def unfit(newest: Manifest | None, secrets: Mapping[str, Secret]) -> BackupError | None:
    """Why the keys that are given don't open a backup, or are none; None where they do, or where none is needed here.

    An identity of age is only asked for where one is given: who takes backups for recipients has none.
    """
    try:
        if (key := secrets.get("key")) is not None:
            _key(key)
        sealing = newest.sealing if newest is not None else None
        if newest is not None and sealing is not None and (sealing.key_id or "identity" in secrets):
            data_key(sealing, secrets, newest.id)
    except BackupError as error:
        return error if error.reason == "key" else None
    return None


def _key(key: Secret) -> bytes:
    text = key.reveal().strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        made = base64.b64decode(text, altchars=b"-_" if set(text) & set("-_") else None, validate=True)
    except (binascii.Error, ValueError):
        made = b""
    if len(made) != KEY_BYTES:
        raise BackupError(
            "what is given as key is none: 64 hex digits, or base64 of 32 bytes, are one", MAKE, reason="key"
        ) from None
    return made


def _key_id(key: bytes) -> str:
    return hmac.new(key, b"watchfloor backup: id", hashlib.sha256).hexdigest()[:16]


def _about(backup: str) -> bytes:
    return b"watchfloor backup: data key of " + backup.encode()


def _by_key(data: DataKey, key: bytes, backup: str) -> Sealing:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = random.token_bytes(_NONCE_BYTES)
    wrapped = nonce + AESGCM(key).encrypt(nonce, data.reveal(), _about(backup))
    return Sealing(key_id=_key_id(key), wrapped=base64.b64encode(wrapped).decode())


def _unwrapped(wrapped: bytes, key: bytes, wanted: str, backup: str) -> DataKey:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    given = _key_id(key)
    if given != wanted:
        raise BackupError(
            f"{backup} is sealed by the key {wanted}, the one that is given is {given}",
            "give the key that was there when it was taken: `watchfloor backup key --of SET` tells a key's id",
            reason="key",
        )
    try:
        return DataKey(AESGCM(key).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _about(backup)))
    except (InvalidTag, ValueError) as error:
        raise _damaged(backup) from error


def _for_recipients(data: DataKey, recipients: tuple[str, ...]) -> Sealing:
    pyrage = _age()
    made = []
    for text in recipients:
        try:
            made.append(pyrage.x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError as error:
            said = f'"{clean(text)[:80]}" is no recipient of age'
            raise BackupError(said, 'public keys of age begin with "age1": `age-keygen -y`', reason="key") from error
    wrapped: bytes = pyrage.encrypt(data.reveal(), made)
    return Sealing(recipients=recipients, wrapped=base64.b64encode(wrapped).decode())


def _by_identity(wrapped: bytes, secrets: Mapping[str, Secret], recipients: tuple[str, ...], backup: str) -> DataKey:
    pyrage = _age()
    identities = [pyrage.x25519.Identity.from_str(line) for line in _identities(secrets.get("identity"))]
    if not identities:
        _no_identity(backup, recipients)
    given = {str(one.to_public()) for one in identities}
    if not given & set(recipients):
        _wrong_identity(backup, recipients, given)
    try:
        return DataKey(pyrage.decrypt(wrapped, identities))
    except (pyrage.DecryptError, ValueError) as error:
        raise _damaged(backup) from error


def _identities(identity: Secret | None) -> list[str]:
    """The private keys in a file of age-keygen, which has comments too. Raises BackupError "key"."""
    lines = [line.strip() for line in (identity.reveal() if identity else "").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    pyrage = _age()
    for line in found:
        try:
            pyrage.x25519.Identity.from_str(line)
        except pyrage.IdentityError:
            said = f"what is given as identity is none of age: one begins with {_IDENTITY}"
            raise BackupError(said, "`age-keygen` makes one", reason="key") from None
    return found


def _no_identity(backup: str, recipients: tuple[str, ...]) -> NoReturn:
    raise BackupError(
        f"{backup} is sealed for {_some(recipients)}, and no identity is given",
        "say identity_file, identity_env or identity_command in its [[backup]], where it is to be read",
        reason="key",
    )


def _wrong_identity(backup: str, recipients: tuple[str, ...], given: set[str]) -> NoReturn:
    raise BackupError(
        f"{backup} is sealed for {_some(recipients)}, the identity that is given is of {_some(tuple(sorted(given)))}",
        "give the identity of one of its recipients",
        reason="key",
    )


def _some(recipients: tuple[str, ...]) -> str:
    first = clean(recipients[0])[:24]
    return f"{first}…" if len(recipients) == 1 else f"{first}… and {len(recipients) - 1} more"


def _damaged(backup: str) -> BackupError:
    said = f"the wrapped key in the manifest of {backup} is damaged: nothing of it can be read"
    return BackupError(said, "restore another backup; `verify` tells which are good", reason="damaged")


def _age() -> Any:
    try:
        import pyrage
    except ImportError as error:
        said = "recipients of age need the library pyrage, which is not installed"
        raise BackupError(said, "pip install 'watchfloor[age]', or seal by a key", reason="missing") from error
    return pyrage
