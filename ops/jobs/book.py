"""The jobs of one history folder: begun, listed, followed and ended, from whichever process."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.jobs.aside import aside
from ops.jobs.folder import KEEP, JobFolder, allocate, numbers, prune
from ops.jobs.held import grab, is_held
from ops.jobs.structs import By, Job, OutputLine, Request

BEGINS_WITHIN_S = 10.0
_FOLLOW_EVERY_S = 0.05
_RECORD_S = 6.0
"""How long ending a job waits for its record."""
_Seen = tuple[int, int, int]
"""Moment, inode and size of a state file: another one has another."""


class JobBook:
    """All jobs below a folder. Cheap to make; reading needs no lock."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """`folder` is the floor's own, which has the history and the audit trail too."""
        self.home, self.folder, self._clock = folder, folder / "jobs", clock
        self._requests: dict[int, Request] = {}
        self._states: dict[int, tuple[_Seen, Job]] = {}
        self._there: Sequence[int] = ()
        self.trouble = ""
        """Why the newest could not be listed when they were asked for last; "" mostly."""

    def create(self, request: Request) -> int:
        """Write a request down, durably; `ops.jobs.launch.launch` begins it. Raises Refused (full, permission).

        Blocks for some milliseconds, as the disk does.
        """
        number = allocate(self.folder, request).number
        with suppress(OSError):  # what is old can be forgotten the next time
            prune(self.folder, now=self._clock())
        return number

    def jobs(self) -> Sequence[Job]:
        """The newest 500, newest first. What has not changed is not read again: cheap enough for once a second.

        Where they can't be read now, they are given as they were: nobody may think that nothing runs or was tried.
        """
        try:
            self._there, self.trouble = numbers(self.folder)[:KEEP], ""
        except OSError as error:
            self.trouble = f"the jobs in {self.folder} can't be read: {error.strerror or error}"
        there = self._there
        for gone in self._requests.keys() - set(there):
            del self._requests[gone]
            self._states.pop(gone, None)
        return [job for number in there if (job := self._ended(number) or self.job(number)) is not None]

    def job(self, number: int) -> Job | None:
        """One of them; one whose process died without a verdict is given as lost."""
        folder = JobFolder(self.folder / str(number))
        job = self._read(folder)
        if job is None or not job.runs:
            return job
        # Looked at before the lock: whoever had written his pid by then held it, or has ended.
        begun = folder.process() is not None
        if _lives(folder):
            return job
        # It may have ended between the two looks, and only then let go of its lock.
        job = self._read(folder)
        if job is None or not job.runs:
            return job
        # Either way: a clock that is set back must not keep it waiting for an hour.
        if not begun and abs(self._clock() - folder.asked_at()) < BEGINS_WITHIN_S:
            return job
        return _lost(job, folder.last_at(), begun=begun)

    def output(self, number: int, last: int = 0) -> Sequence[OutputLine]:
        """What is kept of its output, all of it or the last lines."""
        from ops.jobs.reading import newest, whole

        folder = self.folder / str(number)
        return newest(folder, last) if last > 0 else whole(folder)

    async def follow(self, number: int, after: int = -1) -> AsyncIterator[OutputLine]:
        """Lines with a number over `after`, then each new one, until the job has ended."""
        from ops.jobs.reading import OutputReader

        reader = OutputReader(self.folder / str(number), after)
        try:
            while True:
                job = self.job(number)
                for line in (lines := reader.read()):
                    yield line
                if not lines and (job is None or not job.runs):
                    return
                await asyncio.sleep(0 if lines else _FOLLOW_EVERY_S)
        finally:
            reader.close()

    async def cancel(self, number: int, by: By | None = None) -> str:
        """End it: TERM, then KILL to all its processes. Says what was done. Raises Refused for one that has ended."""
        from ops.jobs.cancel import end
        from ops.jobs.session import Process

        job = self.job(number)
        if job is None or not job.runs:
            words = f"job {number} has ended" if job else f"there is no job {number}"
            raise Refused(words, "`watchfloor fix history` has those that there are", reason="missing")
        folder = JobFolder(self.folder / str(number))
        about = {"job": number, "by": _who(by), "title": job.request.title}
        told = await self._recorded("cancel", about)
        process = await _process_of(folder)
        killed = await end(folder, Process(*process)) if process else 0
        written = await aside(JobBook(self.home, self._clock)._end_for, folder)
        words = f"job {number} was cancelled"
        if killed:
            words += f"; {killed} of its processes had to be killed"
        elif not written and not (now := self.job(number) or job).runs and now.verdict != "cancelled":
            words = f"job {number} ended by itself: {now.verdict}"
        return f"{words}; {told}" if told else words

    def _ended(self, number: int) -> Job | None:
        """One that wrote a verdict, which stands: the list need not look at it again."""
        _, job = self._states.get(number, (None, None))
        return None if job is None or job.runs else job

    def _read(self, folder: JobFolder) -> Job | None:
        number = folder.number
        if number not in self._requests:
            request = folder.request()
            if request is None:
                return None
            self._requests[number] = request
        try:
            found = folder.state_file.stat()
        except FileNotFoundError:
            return None
        except OSError:
            return self._states[number][1] if number in self._states else None
        seen = (found.st_mtime_ns, found.st_ino, found.st_size)
        if number in self._states and self._states[number][0] == seen:
            return self._states[number][1]
        job = folder.job(self._requests[number])
        if job is None:
            return self._states[number][1] if number in self._states else None
        self._states[number] = (seen, job)
        return job

    def _end_for(self, folder: JobFolder) -> bool:
        """Write the verdict of a job whose process had no time to; whether that was so."""
        from ops.jobs import record

        alive = grab(folder.alive)
        if alive is None:
            return False
        try:
            job = self._read(folder)
            if job is None or not job.runs:
                return False
            look = f"look at {clean(job.request.row)}: a part of it may have been done" if job.began_at else ""
            said = "cancelled; its process had to be ended" if folder.process() else "cancelled before it began"
            now = self._clock()
            job = replace(job, state="ended", verdict="cancelled", said=said, remedy=look, ended_at=now)
            folder.write_end(job)
            self._put_on_record("outcome", record.outcome(job, None, (), 0))
        finally:
            os.close(alive)
        return True

    async def _recorded(self, kind: str, data: dict[str, object]) -> str:
        """Put on record aside, and go on without where that takes too long; "" or a sentence about that."""
        try:
            async with asyncio.timeout(_RECORD_S):
                return await aside(self._put_on_record, kind, data)
        except TimeoutError:
            return f"the audit trail did not answer within {_RECORD_S:g} s: this may not be on record"
        except Refused as error:
            return f"{error.message}: this is not on record"

    def _put_on_record(self, kind: str, data: dict[str, object]) -> str:
        """What ends something is done even where it can't be put on record; "" or a sentence about that."""
        from ops.audit.trail import FILE_NAME, AuditTrail

        try:
            AuditTrail(self.home / FILE_NAME, self._clock).append(kind, data)
        except ActionError as error:
            return f"{error.message}: this is not on record"
        return ""


def _lives(folder: JobFolder) -> bool:
    """Whether its process lives; so it is where that can't be seen."""
    try:
        return is_held(folder.alive)
    except OSError:
        return True


def _lost(job: Job, at: float, *, begun: bool) -> Job:
    row = clean(job.request.row)
    if begun:
        said = "its process died without a verdict; what it did is unknown"
        remedy = f"look at {row} and at the job's last output before you try again"
    else:
        said, remedy = "its process never began", "try it again; the file `crash` in the job's folder may say why"
    return replace(job, state="ended", verdict="lost", said=said, remedy=remedy, ended_at=at)


async def _process_of(folder: JobFolder) -> tuple[int, str] | None:
    """The job's process; looked at again while it is just being born."""
    for _ in range(100):
        if (process := folder.process()) is not None or not is_held(folder.alive):
            return process
        await asyncio.sleep(0.01)
    return None


def _who(by: By | None) -> dict[str, object]:
    from msgspec import to_builtins

    from ops.fixes.who import me

    built: dict[str, object] = to_builtins(by or me("command"))
    return built
