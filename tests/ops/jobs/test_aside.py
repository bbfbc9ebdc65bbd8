"""A slow disk or a hung one holds up neither the floor nor the end of a job."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ops.actions.errors import Refused
from ops.fixes.starting import begin
from ops.jobs import aside as module
from ops.jobs import book as book_module
from ops.jobs.aside import aside
from ops.jobs.book import JobBook
from tests.parts import jobs
from tests.parts.jobs import a_request, ended, reached

SLOW_S = 0.3


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fsync(file: int) -> None:
        time.sleep(SLOW_S)
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)


@asynccontextmanager
async def longest_turn(gaps: list[float]) -> AsyncIterator[None]:
    """Notes how long the loop was held up at most."""

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - began)

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()


@pytest.mark.usefixtures("slow_disk")
async def test_the_loop_goes_on_while_a_job_is_written_down(tmp_path: Path) -> None:
    gaps: list[float] = []
    book, began = JobBook(tmp_path), time.perf_counter()
    async with longest_turn(gaps):
        job = await begin(book, a_request())
    assert time.perf_counter() - began > SLOW_S
    assert max(gaps) < SLOW_S
    assert (await ended(book, job.id)).verdict == "refused"


async def test_the_loop_goes_on_while_a_cancel_is_put_on_record(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    book, number = await jobs.begin(tmp_path, a_request("sleep 20"))
    await reached(book, number, "runs")
    request.getfixturevalue("slow_disk")
    gaps: list[float] = []
    async with longest_turn(gaps):
        await book.cancel(number)
    assert max(gaps) < SLOW_S


async def test_a_job_is_ended_though_its_record_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, number = await jobs.begin(tmp_path, a_request("sleep 20"))
    await reached(book, number, "runs")
    monkeypatch.setattr(book_module, "_RECORD_S", 0.2)
    monkeypatch.setattr(JobBook, "_put_on_record", lambda *_: time.sleep(1))
    assert await book.cancel(number) == (
        f"job {number} was cancelled; the audit trail did not answer within 0.2 s: this may not be on record"
    )


async def test_when_all_wait_for_the_disk_the_next_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POOL", type(module._POOL)(1, waiting=1))
    hanging = asyncio.create_task(aside(time.sleep, 0.5))
    await asyncio.sleep(0.1)
    waiting = asyncio.create_task(aside(time.sleep, 0))
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="does not answer") as refused:
        await aside(time.sleep, 0)
    assert refused.value.remedy
    await asyncio.gather(hanging, waiting)
