"""The jobs of one history folder: begun, listed, followed and ended, from whichever process."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from ops.jobs.structs import Job, OutputLine, Request


class JobBook:
    """All jobs below a folder. Cheap to make; reading needs no lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "jobs"

    def create(self, request: Request) -> int:
        """Write a request down, durably; `ops.jobs.launch.launch` begins it. Raises Refused (reason "full")."""
        raise NotImplementedError

    def jobs(self) -> Sequence[Job]:
        """The newest 500, newest first. What has not changed is not read again: cheap enough for once a second."""
        raise NotImplementedError

    def job(self, number: int) -> Job | None:
        """One of them."""
        raise NotImplementedError

    def output(self, number: int, last: int = 0) -> Sequence[OutputLine]:
        """What is kept of its output, all of it or the last lines."""
        raise NotImplementedError

    def follow(self, number: int, after: int = -1) -> AsyncIterator[OutputLine]:
        """Lines with a number over `after`, then each new one, until the job has ended."""
        raise NotImplementedError

    async def cancel(self, number: int) -> str:
        """End it: TERM, then KILL to all its processes. Says what was done. Raises Refused for one that has ended."""
        raise NotImplementedError
