"""Kinds of backups are found, and what there is none of is told."""

import pytest

from collectors.backup import KINDS
from ops.backup.base import Kind
from ops.backup.errors import BackupError
from ops.backup.registry import discover, kind_of


def test_every_kind_that_a_config_may_name_is_there() -> None:
    found = discover()
    assert set(found) <= set(KINDS)
    for name, kind in found.items():
        assert isinstance(kind, Kind)
        assert kind.name == name
        assert kind.title
        assert type(kind).__module__ == f"ops.backup.kinds.{name}"


def test_what_is_not_known_is_told_with_what_is() -> None:
    with pytest.raises(BackupError, match='the kind "tape"') as caught:
        kind_of("tape")
    assert "files" in caught.value.remedy
