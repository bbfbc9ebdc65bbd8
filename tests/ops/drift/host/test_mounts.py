"""What is mounted and what fstab says: each change is one difference."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.drift.registry import discover
from tests.parts.drift_host import Host

_MOUNTS = """\
overlay / overlay rw,lowerdir=/a,upperdir=/b,workdir=/c 0 0
proc /proc proc rw 0 0
/dev/sdb1 /srv/my\\040data ext4 rw,relatime 0 0
/dev/loop7 /mnt/image ext4 ro 0 0
/etc/auto.home /home autofs rw,indirect 0 0
nas:/share /mnt/share nfs4 rw,vers=4.2 0 0
/dev/sdc1 /var/lib/docker/x ext4 rw 0 0
"""
_FSTAB = """\
# comment
UUID=1-2 / ext4 errors=remount-ro 0 1
/dev/sdb1 /srv/my\\040data ext4 defaults 0 2
//nas/x /mnt/x cifs username=ann,password=canary-7f3a91 0 0
UUID=3 none swap sw 0 0
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Both tables."""
    root = tmp_path / "root"
    (root / "proc/self").mkdir(parents=True)
    (root / "etc").mkdir()
    (root / "proc/self/mounts").write_text(_MOUNTS)
    (root / "etc/fstab").write_text(_FSTAB)
    return root


@pytest.fixture
def host(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """They are agreed on."""
    monkeypatch.setattr(type(discover()["mounts"]), "root", root)
    return Host(tmp_path, ["mounts"])


def _mounts(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: (root / "proc/self/mounts").write_text(_MOUNTS.replace(old, new))


def _fstab(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: (root / "etc/fstab").write_text(_FSTAB.replace(old, new))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(_mounts("lowerdir=/a", "lowerdir=/z"), [], id="folders of a container's own root"),
        pytest.param(_mounts("loop7", "loop9"), [], id="another loop device of the same kind"),
        pytest.param(_mounts("ext4 rw,relatime", "ext4 relatime,rw"), [], id="options in another order"),
        pytest.param(_mounts("ext4 rw", "ext4 ro"), ["changed mounts:/srv/my data#mounted"], id="read-only now"),
        pytest.param(_mounts("/dev/sdb1", "/dev/sdz1"), ["changed mounts:/srv/my data#mounted"], id="another device"),
        pytest.param(
            lambda root: (root / "proc/self/mounts").write_text(_MOUNTS.replace(_MOUNTS.splitlines()[2] + "\n", "")),
            ["removed mounts:/srv/my data#mounted"],
            id="what fstab says is not mounted",
        ),
        pytest.param(
            _mounts("nas:/share", "\nx:/y /mnt/new nfs rw 0 0\nnas:/share"), ["added mounts:/mnt/new"], id="new"
        ),
        pytest.param(
            _mounts("nas:/share", "gvfs /run/user/1000/gvfs fuse.gvfsd-fuse rw 0 0\nnas:/share"), [], id="of a session"
        ),
        pytest.param(_mounts("nas:/share", "nas:/ann /home/ann nfs4 rw 0 0\nnas:/share"), [], id="by an automounter"),
        pytest.param(_mounts("vers=4.2", "vers=4.2,mountport=712"), [], id="a port that its server chose"),
        pytest.param(_fstab("defaults", "noauto"), ["changed mounts:/srv/my data#fstab"], id="another line of fstab"),
        pytest.param(_fstab("canary-7f3a91", "other"), ["changed mounts:/mnt/x#fstab"], id="another password there"),
    ],
)
async def test_each_change_is_told(
    host: Host, root: Path, change: Callable[[Path], object], expected: list[str]
) -> None:
    await host.agree()
    assert await host.told() == []
    change(root)
    assert await host.told() == expected


async def test_what_is_told(host: Host) -> None:
    baseline = await host.agree()
    assert "canary" not in repr(baseline)
    items = {item.name: item.facts for item in baseline.captured[0].items}
    assert sorted(items) == ["/", "/mnt/image", "/mnt/share", "/mnt/x", "/srv/my data"]
    assert items["/srv/my data"] == {"mounted": "/dev/sdb1 ext4 relatime,rw", "fstab": "/dev/sdb1 ext4 defaults"}


async def test_only_what_can_be_mounted_as_agreed_is_offered(host: Host, root: Path) -> None:
    await host.agree()
    point = "mounts:/srv/my data#mounted"
    for old, new, offered in (
        ("ext4 rw", "ext4 ro", ["drift.mount"]),
        ("/dev/sdb1", "/dev/sdz1", []),
        ("/srv/my\\040data", "/var/lib/docker/y", ["drift.mount"]),
    ):
        _mounts(old, new)(root)
        assert await host.offered(point) == offered
