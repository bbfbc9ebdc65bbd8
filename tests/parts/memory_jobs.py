"""Jobs in memory: what a test puts in, and which of them were cancelled."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ops.actions.errors import Refused
from ops.jobs.structs import By, Job, OutputLine, Proof, Request

BY = By(user="alice", uid=1000, via="screen", tty="/dev/pts/3")


def job(number: int = 1, title: str = "restart container web-1", **about: Any) -> Job:
    """A running job, or whatever is said of it."""
    request = Request(
        config="/etc/watchfloor.toml", action="container.restart", row="container:local/web-1", title=title,
        proof=Proof(row="service:api", checks=("service.reach",)), by=about.pop("by", BY),
        asked_at=about.pop("asked_at", 1000.0), undone=about.pop("undone", ""), params=about.pop("params", {}),
        failing_since=about.pop("failing_since", None),
    )  # fmt: skip
    given: dict[str, Any] = {"state": "running", "began_at": 1001.0, **about}
    return Job(id=number, request=request, **given)


def written(*texts: str, at: float = 1002.0) -> list[OutputLine]:
    """Lines of output."""
    return [OutputLine(number=number, at=at, kind="out", text=text) for number, text in enumerate(texts)]


class MemoryJobs:
    """The half of a FixSource that is about jobs; `say` adds a line, `put` lets a job stand otherwise."""

    read_only = ""

    def __init__(self, *jobs: Job, output: Mapping[int, Sequence[OutputLine]] | None = None) -> None:
        self._jobs = {each.id: each for each in jobs}
        self._output = {number: list(lines) for number, lines in (output or {}).items()}
        self._news = asyncio.Condition()
        self.cancelled: list[int] = []
        self.cancelled_by: list[str] = []

    def jobs(self) -> Sequence[Job]:
        """Newest first."""
        return sorted(self._jobs.values(), key=lambda each: -each.id)

    def job(self, number: int) -> Job | None:
        """One of them."""
        return self._jobs.get(number)

    def output(self, number: int, last: int = 0) -> Sequence[OutputLine]:
        """What it wrote."""
        return self._output.get(number, [])[-last:]

    async def follow(self, number: int, after: int = -1) -> AsyncIterator[OutputLine]:
        """What it writes."""
        while True:
            for line in [line for line in self._output.get(number, []) if line.number > after]:
                after = line.number
                yield line
            async with self._news:
                if (found := self.job(number)) is None or not found.runs:
                    return
                await self._news.wait()

    async def say(self, number: int, *texts: str) -> None:
        """Let it write."""
        lines = self._output.setdefault(number, [])
        lines += [replace(line, number=len(lines) + line.number) for line in written(*texts)]
        async with self._news:
            self._news.notify_all()

    async def put(self, job: Job) -> None:
        """Let it stand otherwise."""
        self._jobs[job.id] = job
        async with self._news:
            self._news.notify_all()

    async def cancel(self, number: int, by: By | None = None) -> str:
        """Remember it, and end it."""
        found = self.job(number)
        if found is None or not found.runs:
            raise Refused(f"job {number} has ended")
        self.cancelled.append(number)
        self.cancelled_by.append(by.via if by is not None else "")
        await self.put(replace(found, state="ended", verdict="cancelled", ended_at=1010.0))
        return f"job {number} was cancelled"
