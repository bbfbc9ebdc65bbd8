"""Reading over a connection that is kept between polls: renewed once when it broke, let go when a poll fails."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from collectors.base import Reading
from collectors.refusals import Lost


class Kept(Protocol):
    """A connection that can be kept."""

    @property
    def is_open(self) -> bool:
        """Whether a connection is kept now."""

    def drop(self) -> None:
        """Let it go without waiting."""


async def read_kept(link: Kept, read: Callable[[], Awaitable[Reading]]) -> Reading:
    """Read once; a connection that broke since an earlier poll is renewed in the same poll, a new one is not.

    However the poll fails, its time being up included, the connection is dropped.
    """
    kept, finished = link.is_open, False
    try:
        try:
            reading = await read()
        except Lost:
            if not kept:
                raise
            link.drop()
            reading = await read()
        finished = True
    finally:
        if not finished:
            link.drop()
    return reading
