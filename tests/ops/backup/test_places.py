"""Addresses and the targets that they name, and names that are safe in a target."""

import pytest

from collectors.backup import BackupConfig
from ops.backup.errors import BackupError
from ops.backup.places import target_of
from ops.backup.storing import safe_part, safe_set, unfinished_id
from tests.parts.backup_targets import ID


@pytest.mark.parametrize("target", ["", "/var/backups", "ftp://ann:word@h/a", "s4://b"])
def test_places_that_nobody_knows(target: str) -> None:
    with pytest.raises(BackupError) as raised:
        target_of(BackupConfig(name="shop", kind="files", target=target), {}, "")
    assert raised.value.reason == "refused"
    assert "sftp:" in raised.value.remedy
    assert "word" not in raised.value.message


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "-rf", "a b", "a,b", "x" * 129, "ä"])
def test_sets_that_are_no_folder(name: str) -> None:
    with pytest.raises(BackupError) as raised:
        safe_set(name)
    assert raised.value.reason == "unsafe"


@pytest.mark.parametrize("name", ["", "A.tar", "a..b", "manifest.json", ".owner", "a\n"])
def test_parts_that_are_no_file(name: str) -> None:
    with pytest.raises(BackupError) as raised:
        safe_part(name)
    assert raised.value.reason == "unsafe"


def test_what_is_unfinished() -> None:
    assert unfinished_id(f".partial-{ID}") == unfinished_id(f".gone-{ID}") == ID
    assert unfinished_id(ID) == unfinished_id(".partial-x") == unfinished_id(".git") == ""
