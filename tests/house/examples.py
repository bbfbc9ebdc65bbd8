"""The examples of a page: its configs, and its source files put into a copy of the house and run there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOMS, ROOT

_BLOCK = re.compile(r"```python (\S+)\n(.*?)```", re.DOTALL)
_TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text("utf-8")


def configs(name: str) -> list[str]:
    """The configs of a page, in order."""
    return _TOML.findall(page(name))


def house_with(directory: Path, name: str) -> list[str]:
    """Copy the house, with the source files that a page shows; gives their paths."""
    blocks = dict(_BLOCK.findall(page(name)))
    for room in (*ROOMS, "tests"):
        shutil.copytree(ROOT / room, directory / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, directory / file)
    for file, text in blocks.items():
        assert not (directory / file).exists(), "the example must not be there already"
        (directory / file).write_text(text, "utf-8")
    return sorted(blocks)


def run_there(directory: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the copied house."""
    command = [sys.executable, "-m", *argv]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
