"""Keys: what is one, what they wrap, and that a wrong one is said at once."""

import base64
import pickle
from collections.abc import Mapping

import pytest

from collectors.base import Secret
from ops.backup.errors import BackupError
from ops.backup.keys import DataKey, data_key, key_id, new_data_key, new_key
from ops.backup.structs import Sealing
from tests.parts.kept_in_memory import settings

BACKUP = "20261121T020000Z-1a2b3c"
OTHER = "20261122T020000Z-1a2b3c"


def made(secrets: Mapping[str, Secret], **more: object) -> tuple[DataKey, Sealing]:
    """A data key as a run makes it."""
    found = new_data_key(settings(**more), secrets, BACKUP)
    assert found is not None
    return found


def refused(sealing: Sealing, secrets: Mapping[str, Secret], backup: str = BACKUP) -> BackupError:
    """What is said to whoever has the wrong thing."""
    with pytest.raises(BackupError) as told:
        data_key(sealing, secrets, backup)
    return told.value


def test_a_key_opens_what_it_wrapped() -> None:
    key = {"key": Secret(new_key())}
    data, sealing = made(key)
    assert data_key(sealing, key, BACKUP).reveal() == data.reveal()
    assert sealing.key_id == key_id(key["key"])


def test_hex_and_base64_are_the_same_key() -> None:
    raw = bytes(range(224, 256))
    texts = (
        raw.hex(),
        raw.hex().upper() + "\n",
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
    )
    assert len({key_id(Secret(text)) for text in texts}) == 1


@pytest.mark.parametrize(
    "text", ["", "secret", "0" * 63, "0" * 65, "z" * 64, base64.b64encode(b"x" * 31).decode(), "é"]
)
def test_what_is_no_key_is_said_without_showing_it(text: str) -> None:
    with pytest.raises(BackupError) as told:
        key_id(Secret(text))
    assert told.value.reason == "key"
    assert not text or text not in told.value.message


def test_a_wrong_key_is_said_by_its_id() -> None:
    right, wrong = Secret(new_key()), Secret(new_key())
    _, sealing = made({"key": right})
    error = refused(sealing, {"key": wrong})
    assert error.reason == "key"
    assert key_id(right) in error.message
    assert key_id(wrong) in error.message


def test_no_key_is_said() -> None:
    _, sealing = made({"key": Secret(new_key())})
    assert refused(sealing, {}).reason == "key"
    assert "identity" in refused(sealing, {"identity": Secret("x")}).message


def test_a_wrapped_key_of_another_backup_is_damaged() -> None:
    key = {"key": Secret(new_key())}
    _, sealing = made(key)
    assert refused(sealing, key, OTHER).reason == "damaged"


@pytest.mark.parametrize("wrapped", ["", "!", "AAAA", base64.b64encode(bytes(60)).decode()])
def test_a_damaged_wrapped_key_is_said(wrapped: str) -> None:
    key = {"key": Secret(new_key())}
    sealing = Sealing(key_id=key_id(key["key"]), wrapped=wrapped)
    assert refused(sealing, key).reason == "damaged"


def test_a_set_without_key_is_not_sealed_and_one_that_must_be_is_refused() -> None:
    assert new_data_key(settings(), {}, BACKUP) is None
    with pytest.raises(BackupError) as told:
        new_data_key(settings(encrypt=True), {}, BACKUP)
    assert told.value.reason == "key"
    assert "watchfloor backup key" in told.value.remedy


def test_a_key_and_recipients_are_too_many() -> None:
    with pytest.raises(BackupError, match="a key and recipients"):
        new_data_key(settings(recipients=("age1x",)), {"key": Secret(new_key())}, BACKUP)


def test_keys_are_never_shown() -> None:
    data, _ = made({"key": Secret(new_key())})
    assert repr(data) == "DataKey(***)"
    with pytest.raises(TypeError):
        pickle.dumps(data)
    assert data.derived("part a") != data.derived("part b")
    assert data.derived("part a", b"1") != data.derived("part a", b"2")
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(b"short")


def identity() -> tuple[str, str]:
    """A private key of age with its public one."""
    import pyrage

    private = pyrage.x25519.Identity.generate()
    return str(private), str(private.to_public())


def test_any_recipient_opens_it_and_nobody_else() -> None:
    (first, public), (second, other), (stranger, _) = identity(), identity(), identity()
    data, sealing = made({}, recipients=(public, other))
    for private in (first, f"# created: today\n# public key: {other}\n{second}\n"):
        assert data_key(sealing, {"identity": Secret(private)}, BACKUP).reveal() == data.reveal()
    assert refused(sealing, {"identity": Secret(stranger)}).reason == "key"
    assert "no identity is given" in refused(sealing, {}).message
    assert "no identity is given" in refused(sealing, {"identity": Secret("# nothing\n")}).message
    wrong = refused(sealing, {"identity": Secret("AGE-SECRET-KEY-1NONE")})
    assert wrong.reason == "key"
    assert "NONE" not in wrong.message


def test_what_was_wrapped_for_a_recipient_and_damaged_is_said() -> None:
    private, public = identity()
    sealing = Sealing(recipients=(public,), wrapped=base64.b64encode(b"age-encryption.org/v1\n").decode())
    assert refused(sealing, {"identity": Secret(private)}).reason == "damaged"


def test_what_is_no_recipient_is_said() -> None:
    with pytest.raises(BackupError, match="no recipient of age") as told:
        made({}, recipients=("ssh-rsa x",))
    assert told.value.reason == "key"
