"""Sending by rsync: its arguments, what its complaints mean, and a line that breaks in the middle."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.ssh.address import Address
from ops.backup.errors import BackupError
from ops.backup.programs import Ended
from ops.backup.rsync.sending import arguments, said
from ops.backup.rsync.staged import staged as gathered
from tests.parts.backup_targets import ID, RsyncStage, pieces, staged, whole
from tests.parts.small_disk import small_disk
from tests.parts.wait import until_async

HOST = Address("db1", "ops", 2222)


@pytest.fixture
def stage() -> Iterator[RsyncStage]:
    """A server."""
    with staged("rsync") as made:
        assert isinstance(made, RsyncStage)
        yield made


def test_arguments() -> None:
    found = arguments("/usr/bin/rsync", "/proc/1/fd/5", Address("::1", "ops", 2222), "/a b/config", "/srv/x")
    (shell,) = [one for one in found if one.startswith("--rsh=")]
    assert "-F '/a b/config'" in shell
    assert shell.endswith("-l ops -p 2222")
    assert found[-3:] == ["--", "/proc/1/fd/5", "[::1]:/srv/x"]


def test_a_limit_holds_also_for_what_is_sent() -> None:
    assert "--bwlimit=2048" in arguments("rsync", "/x", HOST, "", "/srv/x", 2 * 2**20)
    assert "--bwlimit=1" in arguments("rsync", "/x", HOST, "", "/srv/x", 100)
    assert not [one for one in arguments("rsync", "/x", HOST, "", "/srv/x") if "bwlimit" in one]


@pytest.mark.parametrize(
    ("code", "err", "reason"),
    [
        pytest.param(11, b"rsync: write failed: No space left on device (28)", "full", id="the disk there is full"),
        pytest.param(127, b"sh: 1: rsync: not found", "missing", id="the host has none"),
        pytest.param(12, b"bash: rsync: command not found", "missing", id="the host has none, in another shell"),
        pytest.param(255, b"ops@db1: Permission denied (publickey).", "auth", id="nobody is let in"),
        pytest.param(12, b"ops@db1: Permission denied (publickey).", "auth", id="nobody is let in, says rsync too"),
        pytest.param(255, b"ssh: connect: Connection refused", "unreachable", id="nobody answers"),
        pytest.param(12, b"rsync: connection unexpectedly closed", "unreachable", id="the line broke"),
        pytest.param(30, b"rsync error: timeout in data send/receive", "unreachable", id="the line fell silent"),
        pytest.param(23, b"rsync: some files were not transferred", "error", id="something else"),
    ],
)
def test_what_it_complains_of(code: int, err: bytes, reason: str) -> None:
    assert said(Ended(code, b"", err, whole=True, took_s=0.1), HOST).reason == reason


async def test_a_line_that_breaks_in_the_middle_is_no_end(stage: RsyncStage) -> None:
    body = os.urandom(1_000_000) * 60
    target = stage.target()
    writing = await target.begin(ID, 0)
    putting = asyncio.create_task(writing.put("a.tar", pieces(body)))
    file = stage.where / "shop" / f".partial-{ID}" / "a.tar"
    await until_async(lambda: putting.done() or (file.exists() and file.stat().st_size), "the first bytes")
    stage.server.cut()
    assert await putting == len(body)
    await writing.commit(b"{}")
    assert await whole(target.read(ID, "a.tar")) == body
    await target.close()


async def test_what_is_gathered_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    async with gathered(pieces(b"ab", b"c")) as found:
        assert (await asyncio.to_thread(Path(found.path).read_bytes), found.bytes) == (b"abc", 3)
        assert os.listdir(tmp_path) == []


async def test_no_room_to_gather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path) as disk:
        monkeypatch.setenv("TMPDIR", str(disk.folder))
        with pytest.raises(BackupError) as raised:
            async with gathered(pieces(*(os.urandom(1_000_000) for _ in range(5)))):
                raise AssertionError("it has no room")
    assert raised.value.reason == "full"
