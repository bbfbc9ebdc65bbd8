"""What commands about backups say of the config itself: a key that others may read, and mistakes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.command import clean_environment

CONFIG = (
    '[[backup]]\nname = "media"\nkind = "files"\npaths = ["{0}/srv"]\ntarget = "file://{0}/kept"\nkey_file = "key"\n'
)


def command(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """One command, in that folder."""
    return subprocess.run(
        [sys.executable, "-m", "tui", "backup", *words],
        cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_key_that_others_may_read_is_told(tmp_path: Path, mode: int) -> None:
    (tmp_path / "watchfloor.toml").write_text(CONFIG.format(tmp_path))
    key = tmp_path / "key"
    key.write_text("5" * 64)
    key.chmod(mode)
    said = command(tmp_path, "list", "--json").stderr
    assert ("holds a secret and others may use it (mode 0644): chmod 600" in said) is (mode == 0o644)


def test_a_config_that_is_wrong_ends_as_everywhere(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text(CONFIG.format(tmp_path))
    done = command(tmp_path, "check")
    assert (done.returncode, "can't be read" in done.stderr) == (78, True)
