"""Repositories of restic: addresses, what its words mean, and what a prune says."""

import os
import subprocess

import pytest

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.errors import BackupError
from ops.backup.restic.faults import fault, freed
from ops.backup.restic.repository import Repository, Snapshot, address_of
from ops.backup.targets.restic import ResticTarget
from tests.parts.backup_targets import ID, Stage, pieces, staged, whole
from tests.parts.wait import until


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("restic ended with status 1: Fatal: wrong password or no key found", "auth"),
        ("Fatal: unable to create lock in backend: repository is already locked exclusively by PID 5", "held"),
        ("Fatal: unable to open config file: stat /r/config: no such file or directory", "missing"),
        ("Head \"http://h/config\": dial tcp 127.0.0.1:1: connect: connection refused", "unreachable"),
        ("Save(<data/1>) returned error: write: no space left on device", "full"),
        ("Load(<data/1>): ciphertext verification failed", "damaged"),
        ("open /r/data/1: no such file or directory", "lost"),
        ("mkdir /r: permission denied", "auth"),
        ("Fatal: invalid id \"ab\": no matching ID found for prefix \"ab\"", "missing"),
        ("something new", "error"),
    ],
)  # fmt: skip
def test_what_its_words_mean(said: str, reason: str) -> None:
    told = fault(BackupError(said, "look"), "restic:/srv")
    assert (told.reason, told.message) == (reason, f"restic:/srv: {said}")
    assert told.remedy


def test_what_has_a_meaning_keeps_it() -> None:
    known = BackupError("wrong password", reason="missing")
    assert fault(known, "restic:/srv") is known


@pytest.mark.parametrize(
    ("out", "found"),
    [
        (b"to delete: 2 blobs / 255 B\ntotal prune:           2 blobs / 255 B\nremaining: 0", 255),
        (b"total prune:          12 blobs / 1.500 MiB\n", 1572864),
        (b"no such line", 0),
    ],
)
def test_what_a_prune_frees(out: bytes, found: int) -> None:
    assert freed(out) == found


@pytest.mark.parametrize("target", ["restic:", "restic:srv", "rest:http://u:word@h/", "restic:/a\0b"])
def test_addresses_that_name_none(target: str) -> None:
    with pytest.raises(BackupError) as raised:
        address_of(target)
    assert raised.value.reason == "refused"
    assert "word" not in raised.value.message


async def test_a_password_in_the_address_is_never_shown_and_one_must_be_given() -> None:
    config = BackupConfig(name="shop", kind="files", target="restic:rest:http://ann:word@127.0.0.1:1/")
    assert "word" not in ResticTarget(config, {}, "").shown
    with pytest.raises(BackupError) as raised:
        await ResticTarget(config, {}, "").ids()
    assert raised.value.reason == "auth"
    with pytest.raises(BackupError) as raised:
        await ResticTarget(config, {"password": Secret("x")}, "").ids()
    assert raised.value.reason in ("unreachable", "missing")
    assert "word" not in raised.value.message.replace("password", "")


async def test_what_was_swept_while_it_was_written_never_becomes_visible() -> None:
    with staged("restic") as stage:
        target, other = stage.target(), stage.target("db2/1/1")
        writing = await target.begin(ID, 0)
        await writing.put("a.tar", pieces(b"x"))
        await other.sweep([ID])
        with pytest.raises(BackupError) as raised:
            await writing.commit(b"{}")
        assert raised.value.reason == "lost"
        assert list(await target.ids()) == []


async def test_what_was_listed_is_read_without_being_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    argv = Repository._argv

    def noted(self: Repository, *arguments: str) -> list[str]:
        asked.append(arguments[0])
        return argv(self, *arguments)

    monkeypatch.setattr(Repository, "_argv", noted)
    with staged("restic") as stage:
        target = stage.target()
        await stage.keep(target, ID, b"hello")
        assert asked == ["snapshots", "backup", "snapshots", "backup"]
        asked.clear()
        assert list((await target.survey()).ids) == [ID]
        assert await target.manifest(ID)
        assert await target.sizes(ID) == {"a.tar": 5}
        assert await whole(target.read(ID, "a.tar")) == b"hello"
        assert asked == ["snapshots", "dump", "find", "dump"]
        asked.clear()
        await target.remove(ID)
        assert asked == ["snapshots", "forget", "forget"]


async def test_what_another_has_removed_since_it_was_listed_is_missing() -> None:
    with staged("restic") as stage:
        target, other = stage.target(), stage.target("db2/1/1")
        await stage.keep(target, ID, b"x")
        assert list(await target.ids()) == [ID]
        await other.remove(ID)
        calls = (target.manifest(ID), target.sizes(ID), whole(target.read(ID, "a.tar")), target.remove(ID))
        for call in calls:
            with pytest.raises(BackupError) as raised:
                await call
            assert raised.value.reason == "missing"


def _prune_killed(stage: Stage) -> None:
    told = {**os.environ, "RESTIC_PASSWORD": stage.secrets["password"]}
    with subprocess.Popen(["restic", "-r", str(stage.where), "prune", "-q"], env=told) as prune:
        # Its name is a digest; what is still being written is called longer.
        until(lambda: any(len(one.name) == 64 for one in (stage.where / "locks").iterdir()), "it has a lock")
        prune.kill()


async def test_the_lock_of_a_prune_that_was_killed_stops_no_backup() -> None:
    with staged("restic") as stage:
        locks = stage.where / "locks"
        _prune_killed(stage)
        assert any(locks.iterdir())
        target = stage.target()
        await stage.keep(target, ID, b"x")
        assert list(await target.ids()) == [ID]
        assert list(locks.iterdir()) == []


def test_tags() -> None:
    snapshot = Snapshot("1", "2026", ("watchfloor", "backup=a=b", "empty"))
    assert (snapshot.tag("backup"), snapshot.tag("part")) == ("a=b", "")
