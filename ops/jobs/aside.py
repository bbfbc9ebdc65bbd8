"""Where what waits for a disk is done, so that a floor goes on meanwhile and can be left even when that disk hangs."""

from collections.abc import Callable
from typing import TypeVar

from collectors.base import CollectError
from collectors.threads import DaemonPool
from ops.actions.errors import Refused

T = TypeVar("T")
_POOL = DaemonPool(4, waiting=64, name="watchfloor-record")


async def aside(work: Callable[..., T], *given: object) -> T:
    """Do it in a thread. Raises what it raises, and Refused where so much waits for the disk that it must hang."""
    try:
        return await _POOL.run(work, *given)
    except CollectError as error:
        words = "what is done here can't be written down: the disk with the history does not answer"
        raise Refused(words, "look whether that disk hangs", reason="limit") from error
