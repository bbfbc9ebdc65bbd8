"""Waiting for a condition with a deadline, in place of sleeping and hoping."""

import asyncio
import time
from collections.abc import Callable


def until(condition: Callable[[], object], what: str | Callable[[], str], deadline_s: float = 30.0) -> None:
    """Look every 10 ms until it holds; fail the test with `what`, asked for then, when the deadline passes."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"waited {deadline_s} s for {what() if callable(what) else what}"
        time.sleep(0.01)


async def until_async(condition: Callable[[], object], what: str, deadline_s: float = 30.0) -> None:
    """The same without blocking the loop."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"waited {deadline_s} s for {what}"
        await asyncio.sleep(0.01)
