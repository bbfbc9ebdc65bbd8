"""Stages on what differs of this host: a file, its rights, one too many, a mount, an account."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.parts.accounts import account
from tests.parts.dry_case import Stage, Staging
from tests.parts.dry_drift import drifted
from tests.parts.small_disk import small_disk

_ONLY = '[[drift]]\nname = "here"\nonly = ["{source}"]\n'


def _lines(file: str, begin: str) -> list[str]:
    return [line for line in Path(file).read_text().splitlines() if begin in line]


def _files(folder: Path) -> dict[str, tuple[str, int, int]]:
    """What lies in a folder: text, inode and mode."""
    found = ((path, path.stat()) for path in sorted(folder.iterdir()))
    return {path.name: (path.read_text(), seen.st_ino, seen.st_mode) for path, seen in found}


@asynccontextmanager
async def _file(request: pytest.FixtureRequest, change: Callable[[Path], object]) -> Staging:
    top: Path = request.getfixturevalue("tmp_path")
    folder = top / "etc"
    folder.mkdir()
    (folder / "app.conf").write_text("workers = 4\n")
    toml = _ONLY.format(source="files") + f"files = [{json.dumps(str(folder / '*'))}]\n"
    yield await drifted(top, toml, "files", partial(change, folder), partial(_files, folder))


@asynccontextmanager
async def _mount(request: pytest.FixtureRequest) -> Staging:
    top: Path = request.getfixturevalue("tmp_path")
    with small_disk(top) as disk:
        look = partial(_lines, "/proc/self/mounts", str(disk.folder))
        yield await drifted(top, _ONLY.format(source="mounts"), "mounts", disk.read_only, look)


@asynccontextmanager
async def _account(request: pytest.FixtureRequest) -> Staging:
    with account() as name:
        change = partial(subprocess.run, ["usermod", "--shell", "/bin/false", name], check=True)
        look = partial(_lines, "/etc/passwd", f"{name}:")
        folder: Path = request.getfixturevalue("tmp_path")
        yield await drifted(folder, _ONLY.format(source="users"), "users", change, look)


STAGES: Mapping[str, Stage] = {
    "drift.account": _account,
    "drift.mode": partial(_file, change=lambda folder: os.chmod(folder / "app.conf", 0o600)),
    "drift.mount": _mount,
    "drift.restore-file": partial(_file, change=lambda folder: (folder / "app.conf").write_text("workers = 9\n")),
    "drift.take-away": partial(_file, change=lambda folder: (folder / "new.conf").write_text("new\n")),
}
