"""Accounts, groups, sudoers and keys: each change is one difference, and no hash of a password is anywhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.drift.registry import discover
from tests.parts.drift_host import Host

HASH = "$y$j9T$canary7f3a91"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A host with two people."""
    root = tmp_path / "root"
    for folder in ("etc/sudoers.d", "home/ann/.ssh"):
        (root / folder).mkdir(parents=True)
    (root / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000:Ann:/home/ann:/bin/bash\n+::::::\nbroken\n"
    )
    (root / "etc/group").write_text("root:x:0:\nann:x:1000:\nwheel:x:10:ann\ndocker:x:999:\n")
    (root / "etc/shadow").write_text(f"root:*:19000:0:99999:7:::\nann:{HASH}:19700:0:99999:7:::\n")
    (root / "etc/sudoers").write_text("%wheel ALL=(ALL) ALL\n")
    (root / "home/ann/.ssh/authorized_keys").write_text("ssh-ed25519 AAAAC3 ann@laptop\n")
    return root


@pytest.fixture
def host(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """It is agreed on."""
    monkeypatch.setattr(type(discover()["users"]), "root", root)
    return Host(tmp_path, ["users"])


def _instead(name: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text((root / name).read_text().replace(old, new))


_KEYS = "home/ann/.ssh/authorized_keys"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            _instead("etc/passwd", "ann:/bin/bash", "ann:/bin/sh"), "changed users:user ann#shell", id="another shell"
        ),
        pytest.param(
            _instead("etc/passwd", "ann:x:1000:", "ann:x:0:"), "changed users:user ann#uid", id="a number of root"
        ),
        pytest.param(
            _instead("etc/passwd", "+::", "eve:x:0:0::/:/bin/sh\n+::"), "added users:user eve", id="somebody new"
        ),
        pytest.param(_instead("etc/group", "999:", "999:ann"), "changed users:user ann#groups", id="one group more"),
        pytest.param(_instead("etc/group", "x:10:", "x:11:"), "changed users:group wheel#gid", id="another number"),
        pytest.param(
            _instead("etc/shadow", "root:*", "root:"), "changed users:user root#password", id="no password at all"
        ),
        pytest.param(
            _instead("etc/shadow", "19700", "19800"), "changed users:user ann#password_changed", id="a password changed"
        ),
        pytest.param(
            _instead("etc/shadow", "19700:0:99999:7:::", "19700:0:99999:7::20000:"),
            "added users:user ann#expires",
            id="an account that will end",
        ),
        pytest.param(
            _instead("etc/sudoers", "ALL\n", "NOPASSWD: ALL\n"),
            "changed users:{}/etc/sudoers#text",
            id="what sudo allows",
        ),
        pytest.param(
            lambda root: (root / "etc/sudoers.d/eve").write_text("eve ALL=(ALL) ALL"),
            "added users:{}/etc/sudoers.d/eve",
            id="a new file of sudoers",
        ),
        pytest.param(
            _instead(_KEYS, "laptop\n", "laptop\nssh-ed25519 AAAAEVE eve\n"),
            "changed users:{}/" + _KEYS + "#text",
            id="a key more",
        ),
    ],
)
async def test_each_change_is_one_difference(
    host: Host, root: Path, change: Callable[[Path], object], expected: str
) -> None:
    await host.agree()
    assert await host.told() == []
    change(root)
    assert await host.told() == [expected.format(root)]


async def test_no_hash_is_kept(host: Host, root: Path) -> None:
    baseline = await host.agree()
    assert "canary" not in repr(baseline)
    facts = {item.name: item.facts for item in baseline.captured[0].items}
    assert facts["user ann"]["password"] == "set"
    assert facts["user ann"]["password_changed"] == "2023-12-09"
    assert facts["user root"]["password"] == "locked"


async def test_passwords_that_can_not_be_read_are_unreadable(host: Host, root: Path) -> None:
    await host.agree()
    (root / "etc/shadow").unlink()
    (root / "etc/shadow").mkdir()
    assert set(await host.found()) == {
        f"users:user {name}#{fact}" for name in ("ann", "root") for fact in ("password", "password_changed")
    }
    assert {one.kind for one in (await host.found()).values()} == {"unreadable"}


async def test_keys_and_sudoers_are_restored(host: Host, root: Path) -> None:
    await host.agree()
    _instead(_KEYS, "ann", "eve")(root)
    (root / "etc/sudoers").unlink()
    await host.fix("drift.restore-file", f"users:{root}/{_KEYS}#text")
    await host.fix("drift.restore-file", f"users:{root}/etc/sudoers")
    assert await host.told() == []
