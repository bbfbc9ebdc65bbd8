"""The README's worked example is run: one file and one test make a new collector."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOMS, ROOT

BLOCK = re.compile(r"```python (\S+)\n(.*?)```", re.DOTALL)
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)


def _house_with_the_example(directory: Path) -> dict[str, str]:
    blocks = dict(BLOCK.findall((ROOT / "README.md").read_text("utf-8")))
    for room in (*ROOMS, "tests"):
        shutil.copytree(ROOT / room, directory / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, directory / name)
    for name, text in blocks.items():
        assert not (directory / name).exists(), "the example must not be there already"
        (directory / name).write_text(text, "utf-8")
    return blocks


def _run(directory: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *argv]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_a_newcomer_adds_a_collector_with_one_file_and_one_test(tmp_path: Path) -> None:
    blocks = _house_with_the_example(tmp_path)
    assert sorted(blocks) == ["collectors/heartbeat_file.py", "tests/collectors/test_heartbeat_file.py"]
    tested = _run(
        tmp_path, "pytest", "-p", "no:cacheprovider", "tests/collectors/test_heartbeat_file.py",
        "tests/contract/test_collectors.py",
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout + tested.stderr

    beat = tmp_path / "export.done"
    beat.write_text("alive")
    example = TOML.findall((ROOT / "README.md").read_text("utf-8"))[-1]
    (tmp_path / "watchfloor.toml").write_text(example.replace("/var/lib/shop/export.done", str(beat)))
    checked = _run(tmp_path, "tui", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "nightly export" in checked.stdout
    beat.unlink()
    missing = _run(tmp_path, "tui", "check")
    assert missing.returncode == 2, missing.stdout + missing.stderr
    assert "is not there" in missing.stdout


def test_the_example_config_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.config.load import load

    monkeypatch.setenv("SHOP_DB_PASSWORD", "not a real one")
    path = tmp_path / "watchfloor.toml"
    path.write_text(TOML.findall((ROOT / "README.md").read_text("utf-8"))[0])
    config = load(str(path))
    assert {spec.id for spec in config.targets} >= {"service:api", "postgres:shop", "redis:cache", "docker:local"}
