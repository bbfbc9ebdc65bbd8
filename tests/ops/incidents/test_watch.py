"""What keeps, sends and shows incidents in one process, where the file fails or is begun anew."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collectors.clock import SystemClock
from collectors.threads import DaemonPool
from ops.config.alerting import Alerting
from ops.incidents.keeper import Keeper
from ops.incidents.watch import Watch
from ops.jobs.book import JobBook
from ops.jobs.folder import JobFolder
from tests.parts.jobs import a_request
from tests.parts.kept import Kept, shop


def shown(watch: Watch) -> list[int]:
    """Numbers of the incidents that a floor shows."""
    return [] if watch.seen is None else [one.number for one in watch.seen.incidents]


@asynccontextmanager
async def watching(kept: Kept) -> AsyncIterator[Watch]:
    watch = Watch(kept.config, SystemClock(), lambda: None, DaemonPool(1, name="test-incidents"))
    try:
        yield watch
    finally:
        await watch.close()


async def test_what_goes_on_is_shown_also_while_nothing_can_be_written(tmp_path: Path) -> None:
    async with watching(Kept(tmp_path, Alerting())) as watch:
        await watch.turn(shop("service:api"), leads=True)
        assert shown(watch) == [1]
        with watch._book.reading() as connection:
            connection.execute("PRAGMA query_only = 1")
        await watch.turn(shop("service:api", "postgres:shop"), leads=True)
        assert "readonly" in watch.trouble[0]
        assert shown(watch) == [1]


async def test_jobs_that_can_not_be_read_are_called_so_and_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path, Alerting())
    (kept.folder / "jobs").mkdir(parents=True)
    job = JobFolder(kept.folder / "jobs" / str(JobBook(kept.folder).create(a_request())))
    job.alive.mkdir()
    async with watching(kept) as watch:
        await watch.turn(shop("service:api"), leads=True)
        assert watch.trouble == (f"a job in {job.path.parent} can't be read: Is a directory; let that be read",)
        assert shown(watch) == [1]
        job.alive.rmdir()
        monkeypatch.setattr("ops.jobs.book.numbers", denied)
        await watch.turn(shop("service:api"), leads=True)
        assert watch.trouble == (f"the jobs in {job.path.parent} can't be read: Permission denied; let that be read",)
        monkeypatch.setattr("ops.jobs.book.numbers", lambda _: [])
        await watch.turn(shop("service:api"), leads=True)
        assert not watch.trouble


def denied(_: Path) -> list[int]:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


async def test_what_is_sent_comes_from_the_file_that_was_begun_anew(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Alerting())
    async with watching(kept) as watch:
        await watch.turn(shop("service:api"), leads=True)
        first = watch._sender
        await watch.turn(shop("service:api"), leads=True)
        assert watch._sender is first
        for part in kept.folder.glob("incidents.sqlite*"):
            part.rename(kept.folder / f"aside-{part.name}")
        for _ in range(2):
            await watch.turn(shop("service:api"), leads=True)
        assert watch._sender not in (None, first)
        assert shown(watch) == [1]


async def test_a_fault_in_keeping_hides_nothing_that_others_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path, Alerting())
    async with watching(kept) as watch:
        await watch.turn(shop("service:api"), leads=True)
        kept.book.acknowledge(1, "alice")
        monkeypatch.setattr(Keeper, "look", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await watch.turn(shop("service:api"), leads=True)
        assert watch.seen is not None
        assert [one.acked_by for one in watch.seen.incidents] == ["alice"]


async def test_a_sender_that_ended_by_a_fault_is_told_and_begun_anew(tmp_path: Path) -> None:
    async with watching(Kept(tmp_path, Alerting())) as watch:
        await watch.turn(shop("service:api"), leads=True)
        assert watch._sending is not None
        watch._sending.cancel()
        await asyncio.wait((watch._sending,))
        watch._sending = asyncio.create_task(_faulty())
        await asyncio.wait((watch._sending,))
        with pytest.raises(ZeroDivisionError):
            await watch.turn(shop("service:api"), leads=True)
        await watch.turn(shop("service:api"), leads=True)
        assert watch._sending is not None
        assert not watch._sending.done()


async def _faulty() -> None:
    raise ZeroDivisionError
