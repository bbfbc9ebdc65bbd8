"""Waiting for an event, but not for ever."""

import asyncio
from contextlib import suppress


async def within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, at most so long; nothing is raised where it does not come."""
    # Not `wait_for`: that of Python 3.11 loses a cancellation which comes in the moment in which it ends.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def surely(event: asyncio.Event, seconds: float) -> None:
    """The same, also where it is cancelled meanwhile, which is raised then afterwards.

    For the end of a process that was killed: a loop that ends before it heard of that leaves it uncollected.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    cancelled: asyncio.CancelledError | None = None
    while not event.is_set() and (left := end - loop.time()) > 0:
        try:
            await within(event, left)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
