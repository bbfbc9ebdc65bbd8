"""What targets have in common: what was opened for somebody who is gone is given back, and nobody waits for that."""

import asyncio
import threading

import pytest

from ops.backup.errors import BackupError
from ops.backup.storing import check_room, missing, taken


async def test_what_was_opened_for_nobody_is_given_back_in_a_thread() -> None:
    may_open, given = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    where: list[int] = []

    def opened() -> str:
        may_open.wait(10)
        return "it"

    def give_back(_: str) -> None:
        where.append(threading.get_ident())
        loop.call_soon_threadsafe(given.set)
        raise BackupError("its server is away", reason="unreachable")

    waiting = asyncio.create_task(taken(give_back, opened))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_open.set()
    async with asyncio.timeout(30):
        await given.wait()
    assert where != [threading.get_ident()]


def test_a_manifest_that_is_missing_is_a_backup_that_is() -> None:
    assert missing("b").message == missing("b", "manifest.json").message == "there is not a backup b"
    assert missing("b", "a.tar").message == "there is not the part a.tar of b"


def test_room() -> None:
    check_room("/b", None, 10**18)
    check_room("/b", 10, 10)
    with pytest.raises(BackupError) as raised:
        check_room("/b", 9, 10)
    assert raised.value.reason == "full"
