"""`watchfloor backup key`: a file of its own, whole or not there, never written over."""

import errno
import os
import stat
from pathlib import Path

import pytest

from ops.backup.keys import new_key
from ops.errors import OutputError
from tui.cli.backup_key import _write


def test_a_key_is_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    file, key = tmp_path / "key", new_key()
    _write(file, key)
    assert file.read_text() == f"{key}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(OutputError, match="is there already"):
        _write(file, new_key())
    assert file.read_text() == f"{key}\n"


def test_a_disk_without_room_leaves_no_part_of_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="can't be written: No space left on device"):
        _write(tmp_path / "key", new_key())
    assert list(tmp_path.iterdir()) == []
