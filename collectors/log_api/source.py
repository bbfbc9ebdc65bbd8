"""What every source of log lines can do, whatever it reads."""

from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Protocol

from collectors.log_api.reader import Portion
from collectors.threads import DaemonPool

Take = Callable[[Portion], None]
MOST_LINES = 20_000
"""Lines of one source that are read in one poll; of more only the newest, and the others are counted."""


@cache
def pool() -> DaemonPool:
    """The threads that log lines are read in."""
    return DaemonPool(4, name="watchfloor-log")


class Source(Protocol):
    """Where the lines of one target come from."""

    kind: str
    """ "path", "container" or "journal"."""

    async def read(self, take: Take) -> None:
        """Hand on what is new, in threads. Raises CollectError; what was handed on by then stays."""

    @property
    def written_at(self) -> float:
        """When the newest line was written, in UTC seconds; 0 when not known."""

    @property
    def key(self) -> str:
        """The identity of what is read: a path, a full container id, a unit."""

    @property
    def waits(self) -> bool:
        """Whether something that it read is away, so that what is said there is not known."""

    def hints(self) -> tuple[str, ...]:
        """What could not be read, or is missing."""

    def follow(self) -> AsyncIterator[str]:
        """The live log. Raises CollectError."""

    async def close(self) -> None:
        """Let go of connections."""
