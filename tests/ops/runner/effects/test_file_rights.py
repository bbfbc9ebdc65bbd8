"""What becomes of a file's rights, and what is said of it."""

import os
from pathlib import Path

from ops.runner.calls import File
from ops.runner.effects.file_rights import change
from tests.parts.need import need


def test_an_owner_that_takes_the_set_id_bits_away_says_so(tmp_path: Path) -> None:
    need(os.geteuid() == 0, "root, to give a file away")
    file = tmp_path / "tool"
    file.touch()
    file.chmod(0o4755)
    said = change(File(path=str(file), how="owner", owner="12345", group="12345"))
    assert "its mode is 0755 now" in said
    assert "mode" not in change(File(path=str(file), how="owner", owner="0", group="0"))
