"""Waiting for an event: for so long, whoever cancels it, and however often."""

import asyncio

import pytest

from collectors.waits import surely, within


async def test_what_comes_in_time_is_waited_for_and_what_does_not_is_no_error() -> None:
    event = asyncio.Event()
    await within(event, 0.01)
    assert not event.is_set()
    asyncio.get_running_loop().call_soon(event.set)
    await within(event, 30)
    assert event.is_set()


async def test_whoever_must_not_leave_before_is_not_hurried_by_a_cancellation() -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(surely(event, 30))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0.01)
    assert not waiting.done()
    event.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_nor_does_it_wait_for_ever() -> None:
    waiting = asyncio.create_task(surely(asyncio.Event(), 0.01))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=30)
    assert waiting.cancelled()
    await surely(asyncio.Event(), 0.01)
