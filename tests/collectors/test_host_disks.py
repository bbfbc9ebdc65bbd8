"""Which mounts are shown, how full they are, and what a mount that never answers does."""

import threading
import time
from pathlib import Path

import psutil
import pytest

from collectors.linux.disks import Disks, Mount, Usage, by_globs, choose, facts_of, is_real, parse_mounts, usage
from tests.parts import fixture_procfs as fixture
from tests.parts.wait import until_async

DISK = Mount("/dev/sda1", "/", "ext4")
SHARE = Mount("nas:/export", "/srv/share", "nfs4")


@pytest.mark.parametrize(
    ("mount", "real"),
    [
        pytest.param(DISK, True, id="a disk"),
        pytest.param(SHARE, True, id="a network share"),
        pytest.param(Mount("tank/home", "/home", "zfs"), True, id="a pool without a device"),
        pytest.param(Mount("overlay", "/", "overlay"), True, id="the root of a container that we run in"),
        pytest.param(Mount("overlay", "/var/lib/docker/overlay2/x/merged", "overlay"), False, id="another's layer"),
        pytest.param(Mount("/dev/sda1", "/var/lib/docker/containers/x/mounts/shm", "ext4"), False, id="its files"),
        pytest.param(Mount("/dev/loop3", "/snap/core/1", "squashfs"), False, id="an image"),
        pytest.param(Mount("proc", "/proc", "proc"), False, id="procfs"),
        pytest.param(Mount("tmpfs", "/dev/shm", "tmpfs"), False, id="memory"),
        pytest.param(Mount("systemd-1", "/misc", "autofs"), False, id="an automounter that would mount"),
    ],
)
def test_a_real_filesystem(mount: Mount, real: bool) -> None:
    assert is_real(mount) is real


def test_a_mount_line_with_blanks_and_a_point_mounted_over() -> None:
    text = "/dev/sdb1 /mnt/my\\040disk ext4 rw 0 0\ntmpfs / tmpfs rw 0 0\n/dev/sda1 / ext4 rw 0 0\nbroken\n"
    assert parse_mounts(text) == [Mount("/dev/sdb1", "/mnt/my disk", "ext4"), DISK]


def test_a_device_that_is_mounted_twice_is_shown_once_at_its_shortest_point() -> None:
    bind = Mount("/dev/sda1", "/var/lib/docker", "ext4")
    assert choose([bind, DISK, SHARE], is_real) == [DISK, SHARE]


def test_globs_choose_mounts() -> None:
    shm = Mount("tmpfs", "/dev/shm", "tmpfs")
    assert choose([DISK, SHARE, shm], by_globs((), ("/srv/*",))) == [DISK]
    assert choose([DISK, SHARE, shm], by_globs(("/dev/shm", "/"), ())) == [DISK, shm]
    assert choose([DISK, SHARE], by_globs(("*",), ("/",))) == [SHARE]


def test_more_mounts_than_can_be_shown_are_cut() -> None:
    assert len(choose([Mount(f"/dev/sd{n}", f"/mnt/{n}", "ext4") for n in range(500)], is_real)) == 64


def test_percent_counts_as_df_does() -> None:
    facts = facts_of(DISK, Usage(used_bytes=90, free_bytes=5, total_bytes=100, inodes=200, inodes_free=50))
    assert facts["percent"] == 94.74
    assert facts["inodes_percent"] == 75.0
    assert facts_of(DISK, Usage(1, 1, 2, 0, 0))["inodes_percent"] is None


def test_this_machine_agrees_with_psutil(tmp_path: Path) -> None:
    found, known = usage("/"), psutil.disk_usage("/")
    assert found is not None
    assert found.total_bytes == known.total
    assert facts_of(DISK, found)["percent"] == pytest.approx(known.percent, abs=0.5)
    assert usage(str(tmp_path / "none")) is None
    assert usage("/proc") is None


async def test_this_machine_shows_disks_that_psutil_knows_too() -> None:
    entities = await Disks("/proc", by_globs((), ())).read()
    known = {(part.device, part.mountpoint) for part in psutil.disk_partitions(all=True)}
    assert {(entity.facts["device"], entity.name) for entity in entities} <= known
    assert "/" in {entity.name for entity in entities}
    assert all(entity.kind == "host.disk" and entity.facts["percent"] is not None for entity in entities)


async def test_a_dead_share_is_named_while_the_others_answer_and_is_asked_only_once(tmp_path: Path) -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\nnas:/export /srv/share nfs4 rw 0 0\n"
    fixture.put(tmp_path, "mounts", mounts)
    answer, calls = threading.Event(), []

    def ask(point: str) -> Usage | None:
        calls.append(point)
        if point == "/srv/share":
            answer.wait()
        return Usage(1, 3, 4, 10, 5)

    disks = Disks(str(tmp_path), is_real, ask)
    before = time.monotonic()
    local, share = await disks.read()
    assert time.monotonic() - before < 10
    assert local.facts["percent"] == 25.0
    assert share.facts["percent"] is None
    assert "nfs4 has not answered" in share.hints[0]
    await disks.read()
    assert calls.count("/srv/share") == 1
    answer.set()
    _, share = await disks.read()
    assert share.facts["percent"] == 25.0
    assert not share.hints


async def test_local_disks_that_hang_are_not_shown_with_old_figures(tmp_path: Path) -> None:
    fixture.put(tmp_path, "mounts", "/dev/sda1 / ext4 rw 0 0\n")
    answer = threading.Event()
    answer.set()

    def ask(point: str) -> Usage | None:
        answer.wait()
        return Usage(1, 3, 4, 10, 5)

    disks = Disks(str(tmp_path), is_real, ask)
    assert (await disks.read())[0].facts["percent"] == 25.0
    answer.clear()
    hung = (await disks.read())[0]
    assert hung.facts["percent"] is None
    assert hung.hints
    answer.set()
    await until_async(lambda: disks._listing is not None and disks._listing.done(), "the thread to end")
    assert (await disks.read())[0].facts["percent"] == 25.0
    disks.close()
