"""What mounts as agreed, on a real file system of its own."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.actions.errors import Refused
from tests.parts.drift_host import Host, put
from tests.parts.need import need
from tests.parts.small_disk import SmallDisk, small_disk

ACTION = "drift.mount"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk that is mounted."""
    with small_disk(tmp_path) as found:
        yield found


@pytest.fixture
def fstab(tmp_path: Path) -> Iterator[Path]:
    """A file that stands before /etc/fstab for the time of a test."""
    need(os.geteuid() == 0 and os.path.exists("/etc/fstab"), "root and /etc/fstab, to put another before it")
    file = tmp_path / "fstab"
    file.touch()
    subprocess.run(["mount", "--bind", str(file), "/etc/fstab"], check=True)
    yield file
    subprocess.run(["umount", "/etc/fstab"], check=True)


def _host(folder: Path) -> Host:
    host = Host(folder, ["mounts"])
    host.only = str(folder)
    return host


def _umount(disk: SmallDisk) -> None:
    subprocess.run(["umount", str(disk.folder)], check=True)


def _mount(disk: SmallDisk) -> None:
    image = disk.folder.with_name("disk.img")
    subprocess.run(["mount", "-o", "loop", str(image), str(disk.folder)], check=True)


async def test_options_are_put_right(tmp_path: Path, disk: SmallDisk) -> None:
    host = _host(tmp_path)
    await host.agree()
    assert await host.told() == []
    disk.read_only()
    path = f"mounts:{disk.folder}#mounted"
    assert await host.told() == [f"changed {path}"]
    plan = await host.plan(ACTION, path)
    assert await host.told() == [f"changed {path}"]
    await host.fix(ACTION, path, plan.seen)
    assert await host.told() == []


async def test_what_nothing_says_how_to_mount_is_left_to_a_person(tmp_path: Path, disk: SmallDisk) -> None:
    host = _host(tmp_path)
    await host.agree()
    _umount(disk)
    path = f"mounts:{disk.folder}"
    try:
        assert await host.told() == [f"removed {path}"]
        assert await host.offered(path) == []
        assert "not mounted" in host.source("mounts").by_hand((await host.found())[path])
    finally:
        _mount(disk)


async def test_what_fstab_says_is_mounted(tmp_path: Path, disk: SmallDisk, fstab: Path) -> None:
    put(fstab, f"{disk.folder.with_name('disk.img')} {disk.folder} ext4 loop 0 0\n")
    host = _host(tmp_path)
    await host.agree()
    _umount(disk)
    path = f"mounts:{disk.folder}#mounted"
    assert await host.told() == [f"removed {path}"]
    await host.fix(ACTION, path, (await host.plan(ACTION, path)).seen)
    assert await host.told() == []


async def test_another_line_of_fstab_than_was_agreed_is_not_mounted(
    tmp_path: Path, disk: SmallDisk, fstab: Path
) -> None:
    put(fstab, f"{disk.folder.with_name('disk.img')} {disk.folder} ext4 loop 0 0\n")
    host = _host(tmp_path)
    await host.agree()
    _umount(disk)
    put(fstab, f"{tmp_path}/other.img {disk.folder} ext4 loop 0 0\n")
    try:
        with pytest.raises(Refused, match="is not the one that was agreed"):
            await host.plan(ACTION, f"mounts:{disk.folder}#mounted")
    finally:
        _mount(disk)
