"""A folder as a target: links, rights, failing disks, and who still writes."""

import errno
import os
import stat
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import ops.backup.folders.unfinished
from ops.backup.errors import BackupError
from ops.backup.folders.handles import fault
from ops.backup.storing import GONE, OWNER, PARTIAL
from tests.parts.backup_targets import ID, NEWER, OLDER, FolderStage, pieces, whole
from tests.parts.need import need


@pytest.fixture
def stage(tmp_path: Path) -> FolderStage:
    """A folder that is not there yet."""
    return FolderStage(tmp_path)


def _link_target(stage: FolderStage) -> None:
    stage.where.rename(stage.folder / "real")
    stage.where.symlink_to(stage.folder / "real")


def _link_set(stage: FolderStage) -> None:
    (stage.where / "shop").rename(stage.folder / "real")
    (stage.where / "shop").symlink_to(stage.folder / "real")


def _target_of_all(stage: FolderStage) -> None:
    stage.where.chmod(0o777)


def _set_of_the_group(stage: FolderStage) -> None:
    (stage.where / "shop").chmod(0o770)


def _of_another(stage: FolderStage) -> None:
    need(os.geteuid() == 0, "root, to give a folder away")
    os.chown(stage.where / "shop", 65534, 65534)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(_link_target, id="the target is a link"),
        pytest.param(_link_set, id="the set's folder is a link"),
        pytest.param(_target_of_all, id="all may write into the target"),
        pytest.param(_set_of_the_group, id="a group may write into the set's folder"),
        pytest.param(_of_another, id="the set's folder is another account's"),
    ],
)
async def test_what_is_not_safe_is_neither_written_nor_read(
    stage: FolderStage, spoil: Callable[[FolderStage], None]
) -> None:
    target = stage.target()
    await stage.keep(target, OLDER, b"x")
    spoil(stage)
    for call in (lambda: target.begin(ID, 0), target.ids, lambda: target.manifest(OLDER), lambda: target.remove(OLDER)):
        with pytest.raises(BackupError) as raised:
            await call()
        assert raised.value.reason == "unsafe"
        assert raised.value.remedy


async def test_a_backup_or_part_that_is_a_link_is_none(stage: FolderStage) -> None:
    target = stage.target()
    await stage.keep(target, OLDER, b"x")
    shop = stage.where / "shop"
    (shop / ID).symlink_to(shop / OLDER)
    (shop / OLDER / "b.tar").symlink_to("/etc/passwd")
    (shop / OLDER / "pipe").mkdir()
    assert list(await target.ids()) == [OLDER]
    assert await target.sizes(OLDER) == {"a.tar": 1}
    for backup, part in ((OLDER, "b.tar"), (OLDER, "pipe"), (ID, "a.tar")):
        with pytest.raises(BackupError) as raised:
            await whole(target.read(backup, part))
        assert raised.value.reason == "unsafe"


async def test_a_folder_that_was_put_in_its_place_is_not_shown(stage: FolderStage) -> None:
    target = stage.target()
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(b"x"))
    shop = stage.where / "shop"
    (shop / f"{PARTIAL}{ID}").rename(shop / "aside")
    (shop / f"{PARTIAL}{ID}").mkdir(mode=0o700)
    with pytest.raises(BackupError) as raised:
        await writing.commit(b"{}")
    assert raised.value.reason == "unsafe"
    await writing.abandon()
    assert list(await target.ids()) == []


async def test_rights_whatever_the_umask(stage: FolderStage) -> None:
    before = os.umask(0)
    try:
        await stage.keep(stage.target(), ID, b"x")
    finally:
        os.umask(before)
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in (stage.where, *stage.where.rglob("*"))}
    assert set(found.values()) == {0o700, 0o600}
    assert all((mode == 0o700) == path.is_dir() for path, mode in found.items())


async def test_foreign_things_in_it_are_left_alone(stage: FolderStage) -> None:
    target = stage.target()
    await stage.keep(target, OLDER, b"x")
    shop = stage.where / "shop"
    for name in ("lost+found", ID, ".partial-x", "notes.txt"):
        (shop / name).mkdir()
    (shop / NEWER).write_text("no folder")
    assert [list(await target.ids()), list(await target.leftovers())] == [[OLDER], []]
    assert sorted(os.listdir(shop)) == sorted(["lost+found", ID, ".partial-x", "notes.txt", NEWER, OLDER])


async def test_only_the_dead_are_swept(stage: FolderStage) -> None:
    target = stage.target()
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(b"x" * 1000))
    dead = stage.where / "shop" / f"{PARTIAL}{NEWER}"
    dead.mkdir(mode=0o700)
    (dead / OWNER).write_text("db1/1/1")
    (dead / "a.tar").write_bytes(b"y" * 10)
    gone = stage.where / "shop" / f"{GONE}{OLDER}"
    gone.mkdir(mode=0o700)
    with pytest.raises(BackupError) as raised:
        await target.sweep([left.id for left in await target.leftovers()])
    assert raised.value.reason == "held"
    assert ID in raised.value.message
    assert [left.id for left in await target.leftovers()] == [ID]
    await writing.commit(b"{}")
    assert await whole(target.read(ID, "a.tar")) == b"x" * 1000


async def test_a_disk_that_is_not_mounted_is_not_empty(stage: FolderStage) -> None:
    stage.where = stage.folder / "mnt" / "kept"
    for call in (stage.target().ids(), stage.target().begin(ID, 0)):
        with pytest.raises(BackupError) as raised:
            await call
        assert raised.value.reason == "unreachable"
    assert not (stage.folder / "mnt").exists()


async def test_a_manifest_that_is_far_too_large_is_none(stage: FolderStage) -> None:
    target = stage.target()
    await stage.keep(target, ID, b"x")
    os.truncate(stage.where / "shop" / ID / "manifest.json", 2**30)
    with pytest.raises(BackupError) as raised:
        await target.manifest(ID)
    assert raised.value.reason == "damaged"


class _Failing(ModuleType):
    """The module os, of whose calls the n-th fails."""

    def __init__(self, nth: int, error: int) -> None:
        super().__init__("os")
        self._left, self._error = nth, error
        self.failed = ""

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in ("open", "mkdir", "write", "fsync", "rename", "stat"):
            return real

        def tried(*args: object, **more: object) -> object:
            self._left -= 1
            if self._left == 0:
                self.failed = name
                raise OSError(self._error, os.strerror(self._error))
            return real(*args, **more)

        return tried


async def _tried(stage: FolderStage, backup: str) -> None:
    """Write a backup; what fails is told for one of the reasons, and abandoned."""
    target = stage.target()
    try:
        writing = await target.begin(backup, 0)
    except BackupError as error:
        raise _Told(error.reason) from error
    try:
        await writing.put("a.tar", pieces(b"x" * 10))
        await writing.commit(b"{}")
    except BackupError as error:
        await writing.abandon()
        raise _Told(error.reason) from error


class _Told(Exception):
    """Why it failed."""


@pytest.mark.parametrize(("error", "reason"), [(errno.ENOSPC, "full"), (errno.EIO, "lost")])
async def test_whatever_call_fails_nothing_half_is_seen(
    stage: FolderStage, monkeypatch: pytest.MonkeyPatch, error: int, reason: str
) -> None:
    target = stage.target()
    await stage.keep(target, OLDER, b"older")
    failed = []
    for nth in range(1, 40):
        backup, broken = f"20261121T02{nth:02}00Z-1a2b3c", _Failing(nth, error)
        with monkeypatch.context() as patched, suppress(_Told):
            patched.setattr(ops.backup.folders.unfinished, "os", broken)
            with pytest.raises(_Told, match=reason) if nth <= 15 else nullcontext():
                await _tried(stage, backup)
        if backup in await target.ids():
            assert await whole(target.read(backup, "a.tar")) == b"x" * 10
        assert await whole(target.read(OLDER, "a.tar")) == b"older"
        failed.append(broken.failed)
    assert {"open", "mkdir", "write", "fsync", "rename", "stat"} < set(failed), "each was tried, until all went well"
    await target.sweep([left.id for left in await target.leftovers()])
    assert list(await target.leftovers()) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EDQUOT, "full"), (errno.ESTALE, "lost"), (errno.EROFS, "auth"), (errno.ELOOP, "unsafe"),
        (errno.EMFILE, "error"),
    ],
)  # fmt: skip
def test_what_the_system_says(number: int, reason: str) -> None:
    told = fault(OSError(number, os.strerror(number)), "/srv/\x1b[2Jkept")
    assert told.reason == reason
    assert "\x1b" not in told.message


@pytest.mark.parametrize(
    "address", ["file:var/backups", "file://nas/backups", "file:///", "file:///a/../b", "file:///a?b", "file:///a%00b"]
)
def test_addresses_that_name_no_folder(stage: FolderStage, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FolderStage, "address", address)
    with pytest.raises(BackupError) as raised:
        stage.target()
    assert raised.value.reason == "refused"
