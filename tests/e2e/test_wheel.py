"""The built wheel carries its data files and runs from an empty directory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.source import ROOT

CONFIG = '[[tcp]]\nname = "closed"\nhost = "127.0.0.1"\nport = 1\ntimeout = "1s"\n'


def _run(*argv: str, cwd: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PYTHONPATH": str(site)} if site else {})
    command = [sys.executable, "-m", *argv]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("wheel")
    done = _run("build", "--wheel", "--no-isolation", "--outdir", str(built), str(ROOT), cwd=built)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = built.glob("*.whl")
    return path


def test_every_data_file_is_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    rooms = ("collectors", "ops", "tui", "themes")
    data = {
        str(path.relative_to(ROOT))
        for room in rooms
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix in (".toml", ".tcss", ".sql", ".py")
    }
    assert any(name.endswith(".tcss") for name in data)
    assert any(name.endswith(".sql") for name in data)
    assert data <= packed
    assert not [name for name in packed if name.startswith("tests")]


def test_it_runs_from_an_empty_directory(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    shown = subprocess.run(
        [sys.executable, "-c", "import themes, collectors, ops, tui; print(themes.__file__)"],
        cwd=empty, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout.startswith(str(site))
    assert _run("tui", "--version", cwd=empty, site=site).stdout.strip()
    (empty / "watchfloor.toml").write_text(CONFIG)
    checked = _run("tui", "check", cwd=empty, site=site)
    assert checked.returncode == 2, checked.stderr
    assert "refused" in checked.stdout
