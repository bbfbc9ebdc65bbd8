"""Jobs for tests: a request, and a process that does what its parameters say."""

import asyncio
import time
from pathlib import Path

from ops.jobs.book import JobBook
from ops.jobs.launch import launch
from ops.jobs.structs import By, Job, Proof, Request

CHILD = "tests.parts.job_child"
BY = By(user="alice", uid=1000, via="screen", tty="/dev/pts/3", origin="192.0.2.7", host="bastion", pid=4711)


def a_request(
    do: str = "", *, locks: tuple[str, ...] = ("shop/service:api",), wait_s: float = 0.0, **params: str
) -> Request:
    """What is asked for: "lines 10", "sleep 60", "raise bug" … see `tests.parts.job_child`."""
    return Request(
        config="/nowhere/watchfloor.toml",
        action="command",
        row="service:api",
        title="restart api",
        params={"do": do, **params},
        plan=("restart api",),
        locks=locks,
        proof=Proof(row="service:api", checks=("service.reach",), within_s=5),
        by=BY,
        wait_s=wait_s,
        asked_at=time.time(),
    )


async def begin(folder: Path, request: Request) -> tuple[JobBook, int]:
    """Create and launch a job."""
    book = JobBook(folder)
    number = book.create(request)
    await launch(book, number, module=CHILD)
    return book, number


async def ended(book: JobBook, number: int, deadline_s: float = 30.0) -> Job:
    """Wait for its end."""
    limit = time.monotonic() + deadline_s
    while (job := book.job(number)) is None or job.runs:
        assert time.monotonic() < limit, f"waited {deadline_s} s for the end of {job}"
        await asyncio.sleep(0.02)
    return job


async def reached(book: JobBook, number: int, words: str, deadline_s: float = 20.0) -> None:
    """Wait until a line of its output holds the words."""
    limit = time.monotonic() + deadline_s
    while not any(words in line.text for line in book.output(number, last=20)):
        assert time.monotonic() < limit, f"waited for {words!r}: {book.job(number)} {book.output(number, last=20)}"
        await asyncio.sleep(0.02)
