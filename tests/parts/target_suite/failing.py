"""The suite that every target passes, with real servers and programs: whole or invisible, and nothing is ever lost."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from ops.backup.errors import BackupError
from ops.backup.target import Target
from tests.parts.backup_targets import ID, NEWER, OLDER, OWNER, Stage, pieces, staged, whole
from tests.parts.backup_writer import PIECES, piece
from tests.parts.small_disk import small_disk
from tests.parts.target_suite.base import BODY, Place, empty, refused

_STEPS = 2 * PIECES + 5
_KILLS = {"file": 6, "s3": 2, "sftp": 3, "rsync": 2, "restic": 2}
_MORE = int(os.environ.get("WATCHFLOOR_TEST_KILLS", "0")) // 10
"""With 100 of them, ten times as many here."""
_WRITTEN = b"".join(piece(number) for number in range(PIECES))


class Failing(Place):
    """When something goes wrong in the middle."""

    async def test_what_is_abandoned_leaves_nothing(self, stage: Stage, target: Target) -> None:
        await stage.keep(target, OLDER, b"older")
        writing = await target.begin(ID, 0)
        await writing.put("a.tar", pieces(BODY))
        (left,) = await target.leftovers()
        assert (left.id, left.owner, left.bytes) == (ID, OWNER, len(BODY))
        assert left.began_at is not None
        await writing.abandon()
        assert [list(await target.ids()), list(await target.leftovers())] == [[OLDER], []]

    async def test_a_source_that_fails_is_told_and_leaves_nothing(self, target: Target) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield BODY
            raise BackupError("pg_dump ended with status 1", reason="error")

        writing = await target.begin(ID, 0)
        assert "pg_dump" in (await refused(writing.put("a.tar", broken()), "error")).message
        await writing.abandon()
        await empty(target)

    async def test_a_writer_that_is_cancelled_leaves_nothing(self, target: Target) -> None:
        reached = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(10):
                yield BODY[:1_000_000]
            reached.set()
            await asyncio.Event().wait()

        writing = await target.begin(ID, 0)
        putting = asyncio.create_task(writing.put("a.tar", endless()))
        await reached.wait()
        putting.cancel()
        assert isinstance((await asyncio.gather(putting, return_exceptions=True))[0], asyncio.CancelledError)
        await writing.abandon()
        await empty(target)

    async def test_who_is_not_let_in(self, stage: Stage, target: Target) -> None:
        await stage.keep(target, OLDER, b"x")
        secrets = stage.lock_out()
        if secrets is None:
            return
        stranger = stage.target(secrets=secrets)
        for call in (stranger.ids(), stranger.begin(ID, 0)):
            assert (await refused(call, "auth")).remedy
        await stranger.close()

    async def test_a_place_that_goes_away_in_the_middle(self, stage: Stage, target: Target) -> None:
        if stage.schemes == "restic":
            pytest.skip("restic itself tries for a quarter of an hour to reach what is away")

        async def until_it_is_gone() -> AsyncIterator[bytes]:
            yield BODY
            await asyncio.to_thread(stage.vanish)
            for _ in range(30):
                yield BODY[:1_000_000]

        writing = await target.begin(ID, 0)
        await refused(
            _written(writing.put("a.tar", until_it_is_gone()), lambda: writing.commit(b"{}")), "lost", "unreachable"
        )
        await writing.abandon()

    async def test_a_writer_that_is_killed(self, stage: Stage, target: Target) -> None:
        await stage.keep(target, OLDER, BODY)
        moments = random.Random(stage.schemes)
        for number in range(_KILLS[stage.schemes] * max(1, _MORE)):
            backup = f"20261121T02{number:02}00Z-1a2b3c"
            _killed_at(stage, backup, moments.randrange(_STEPS), moments.random() * 0.02)
            for one in await target.ids():
                if one != OLDER:
                    assert await target.sizes(one) == {name: len(_WRITTEN) for name in ("a.tar", "b.tar")}
                    assert await whole(target.read(one, "b.tar")) == _WRITTEN, "what is visible is whole"
            await target.sweep([left.id for left in await target.leftovers()])
            assert list(await target.leftovers()) == []
        assert await whole(target.read(OLDER, "a.tar")) == BODY


class Filling(Place):
    """When the disk that it is on is full."""

    async def test_a_disk_that_is_full_in_the_middle(self, tmp_path: Path) -> None:
        with small_disk(tmp_path) as disk, staged(self.scheme, disk.folder / "kept") as stage:
            target = stage.target()
            await stage.keep(target, OLDER, b"older")
            writing = await target.begin(ID, 0)
            await refused(writing.put("a.tar", pieces(*(os.urandom(500_000) for _ in range(12)))), "full")
            await writing.abandon()
            assert list(await target.ids()) == [OLDER]
            assert await whole(target.read(OLDER, "a.tar")) == b"older"
            await target.sweep([left.id for left in await target.leftovers()])
            assert list(await target.leftovers()) == []
            await refused(target.begin(NEWER, 10**12), "full")
            await target.close()


async def _written(putting: Awaitable[int], commit: Callable[[], Awaitable[None]]) -> None:
    await putting
    await commit()


def _killed_at(stage: Stage, backup: str, step: int, later_s: float) -> None:
    """Let a process write until it tells that step, and kill it a moment after that."""
    command = [sys.executable, "-m", "tests.parts.backup_writer", stage.words(), backup]
    with subprocess.Popen(command, stdout=subprocess.PIPE, process_group=0) as writer:
        assert writer.stdout
        for _ in range(step + 1):
            if not writer.stdout.readline():
                break
        try:
            writer.wait(later_s)
        except subprocess.TimeoutExpired:
            _kill(writer.pid)


def _kill(writer: int) -> None:
    """Kill it, and let end what it has started, which takes the end of its input for the end of all."""
    os.kill(writer, signal.SIGSTOP)
    os.waitid(os.P_PID, writer, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    started = psutil.Process(writer).children(recursive=True)
    os.killpg(writer, signal.SIGKILL)
    _, running = psutil.wait_procs(started, 30)
    assert running == []
