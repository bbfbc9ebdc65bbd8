"""Hosts over SFTP: slow ones, ones that hang up, unsafe folders, and addresses."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from ops.backup.errors import BackupError
from ops.backup.target import Target
from ops.backup.targets.sftp import place_of
from tests.parts.backup_targets import ID, OLDER, SftpStage, Stage, pieces, staged, whole

BODY = bytes(range(256)) * 20_000


@pytest.fixture
def stage() -> Iterator[SftpStage]:
    """A server."""
    with staged("sftp") as made:
        assert isinstance(made, SftpStage)
        yield made


async def _stopped_for_a_while(stage: SftpStage) -> AsyncIterator[bytes]:
    yield BODY[:1_000_000]
    stage.server.signal(signal.SIGSTOP)
    asyncio.get_running_loop().call_later(0.5, stage.server.signal, signal.SIGCONT)
    yield BODY[1_000_000:]


async def test_a_server_that_is_slow_gets_all_of_it(stage: SftpStage) -> None:
    target = stage.target()
    writing = await target.begin(ID, 0)
    assert await writing.put("a.tar", _stopped_for_a_while(stage)) == len(BODY)
    await writing.commit(b"{}")
    assert await whole(target.read(ID, "a.tar")) == BODY
    await target.close()


async def test_who_is_cancelled_in_the_middle_of_a_packet_spoils_nothing_that_follows(
    stage: SftpStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So much under way that the pipe to ssh is full.
    monkeypatch.setattr("ops.backup.sftp.files.UNDER_WAY", 2000)
    target = stage.target()
    writing = await target.begin(ID, 0)
    full = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        stage.server.signal(signal.SIGSTOP)
        while True:
            yield BODY[:1_000_000]
            asyncio.get_running_loop().call_later(0.3, full.set)

    putting = asyncio.create_task(writing.put("a.tar", endless()))
    await full.wait()
    putting.cancel()
    stage.server.signal(signal.SIGCONT)
    await asyncio.gather(putting, return_exceptions=True)
    await writing.abandon()
    assert [list(await target.ids()), list(await target.leftovers())] == [[], []]
    await target.close()


async def test_after_it_hung_up_it_is_asked_anew(stage: SftpStage) -> None:
    target = stage.target()
    await stage.keep(target, OLDER, BODY)
    stage.server.cut()
    with pytest.raises(BackupError) as raised:
        await _until_it_fails(target)
    assert raised.value.reason == "lost"
    assert list(await target.ids()) == [OLDER]
    await target.close()


async def _until_it_fails(target: Target) -> None:
    while True:
        await target.ids()


async def test_a_host_key_that_changed_is_told_and_nothing_is_sent(stage: SftpStage) -> None:
    stage.server.stop()
    stage.server.change_host_key()
    stage.server.start("Subsystem sftp internal-sftp")
    with pytest.raises(BackupError) as raised:
        await stage.target().ids()
    assert raised.value.reason == "auth"
    assert "CHANGED" in raised.value.message


async def test_a_host_without_sftp(stage: SftpStage) -> None:
    stage.server.stop()
    stage.server.start("PasswordAuthentication no")
    with pytest.raises(BackupError) as raised:
        await stage.target().ids()
    assert raised.value.message


@pytest.mark.parametrize("link", [False, True], ids=["others may write there", "it is a link"])
async def test_a_folder_that_is_not_safe(stage: SftpStage, link: bool) -> None:
    target = stage.target()
    await stage.keep(target, OLDER, b"x")
    if link:
        stage.where.rename(stage.folder / "real")
        stage.where.symlink_to(stage.folder / "real")
    else:
        stage.where.chmod(0o777)
    for call in (target.ids(), target.begin(ID, 0)):
        with pytest.raises(BackupError) as raised:
            await call
        assert raised.value.reason == "unsafe"
    await target.close()


async def test_a_disk_that_is_not_mounted_there_is_not_empty(stage: SftpStage) -> None:
    stage.where = stage.folder / "mnt" / "kept"
    target = stage.target()
    for call in (target.ids(), target.begin(ID, 0)):
        with pytest.raises(BackupError) as raised:
            await call
        assert raised.value.reason == "unreachable"
    await target.close()


async def test_whose_owner_cannot_be_read_has_no_age_by_which_it_would_be_abandoned(stage: SftpStage) -> None:
    target = stage.target()
    await target.begin(ID, 0)
    owner = stage.where / "shop" / f".partial-{ID}" / ".owner"
    owner.unlink()
    owner.symlink_to("/etc/hostname")
    (left,) = await target.leftovers()
    assert (left.id, left.owner, left.began_at) == (ID, "", None)
    await target.close()


async def test_a_part_that_is_a_link_is_not_read(stage: Stage) -> None:
    target = stage.target()
    await stage.keep(target, OLDER, b"x")
    (stage.where / "shop" / OLDER / "b.tar").symlink_to("/etc/passwd")
    with pytest.raises(BackupError) as raised:
        await whole(target.read(OLDER, "b.tar"))
    assert raised.value.reason == "unsafe"
    await target.close()


async def test_what_is_there_twice(stage: Stage) -> None:
    target = stage.target()
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(b"x"))
    with pytest.raises(BackupError):
        await writing.put("a.tar", pieces(b"y"))
    await writing.abandon()
    await target.close()


@pytest.mark.parametrize(
    "url",
    [
        "sftp://h",
        "sftp://h/",
        "sftp://u:word@h/a",
        "sftp://-oProxyCommand=x/a",
        "sftp://h/../a",
        "sftp:h/a",
        "sftp://h/a b",
    ],
)
def test_addresses_that_name_no_folder(url: str) -> None:
    with pytest.raises(BackupError) as raised:
        place_of(url)
    assert raised.value.reason == "refused"
    assert "word" not in raised.value.message.replace("password", "")
    assert "sftp://user@host" in raised.value.remedy


async def test_what_others_swept_of_it_never_becomes_visible(stage: SftpStage) -> None:
    target = stage.target()
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(BODY))
    await writing.put("b.tar", pieces(BODY))
    (stage.where / "shop" / f".partial-{ID}" / "a.tar").unlink()
    with pytest.raises(BackupError, match="swept there") as raised:
        await writing.commit(b"{}")
    assert raised.value.reason == "lost"
    await writing.abandon()
    assert [list(await target.ids()), list(await target.leftovers())] == [[], []]
    await target.close()
