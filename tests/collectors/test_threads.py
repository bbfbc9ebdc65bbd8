"""The pool of daemon threads: results, errors, bounds, and what happens to calls that hang."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from collectors.base import CollectError
from collectors.threads import DaemonPool
from tests.house.source import ROOT
from tests.parts.wait import until_async


def _fail() -> None:
    raise LookupError("not there")


async def test_it_gives_what_the_call_returns() -> None:
    assert await DaemonPool(2).run(divmod, 7, 2) == (3, 1)


async def test_it_raises_what_the_call_raises() -> None:
    with pytest.raises(LookupError, match="not there"):
        await DaemonPool(1).run(_fail)


async def test_a_failed_call_leaves_its_thread_usable() -> None:
    pool = DaemonPool(1)
    with pytest.raises(LookupError):
        await pool.run(_fail)
    assert await pool.run(len, "four") == 4


async def test_no_more_threads_than_its_size() -> None:
    pool, seen = DaemonPool(3), set()

    def work() -> None:
        seen.add(threading.get_ident())
        time.sleep(0.005)

    await asyncio.gather(*(pool.run(work) for _ in range(30)))
    assert 1 <= len(seen) <= 3


async def test_an_idle_thread_is_used_again() -> None:
    pool = DaemonPool(8)
    threads = set()
    for _ in range(10):
        threads.add(await pool.run(threading.get_ident))
        await until_async(lambda: pool._idle == pool._threads, "the thread to wait for more")
    assert len(threads) == 1


async def test_cancelling_frees_the_caller_while_the_call_goes_on() -> None:
    pool, release = DaemonPool(1), threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pool.run(release.wait)
    assert time.monotonic() - began < 10
    release.set()
    assert await pool.run(len, "on") == 2


async def test_a_cancelled_call_that_never_began_is_not_done() -> None:
    pool, release, done = DaemonPool(1), threading.Event(), threading.Event()
    busy = asyncio.create_task(pool.run(release.wait))
    waiting = asyncio.create_task(pool.run(done.set))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    release.set()
    assert await busy
    assert await pool.run(len, "on") == 2
    assert not done.is_set()


async def test_calls_beyond_its_bound_are_refused_at_once() -> None:
    pool, release = DaemonPool(1, waiting=2), threading.Event()
    started = threading.Event()

    def hold() -> bool:
        started.set()
        return release.wait()

    tasks: list[asyncio.Task[bool]] = [asyncio.create_task(pool.run(hold))]
    await until_async(started.is_set, "the first call to begin")
    tasks += [asyncio.create_task(pool.run(release.is_set)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(CollectError, match="busy") as refused:
        await pool.run(len, "x")
    assert refused.value.reason == "limit"
    release.set()
    await asyncio.gather(*tasks)


def test_a_call_that_hangs_does_not_hold_up_the_exit() -> None:
    program = """
import asyncio, time
from collectors.threads import DaemonPool
async def main():
    try:
        async with asyncio.timeout(0.1):
            await DaemonPool(1).run(time.sleep, 60)
    except TimeoutError:
        print("freed")
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=10, cwd=ROOT
    )
    assert done.stdout == "freed\n"
    assert not done.stderr


async def test_a_result_after_its_loop_ended_is_dropped() -> None:
    pool, release = DaemonPool(1), threading.Event()

    async def ask() -> None:
        await pool.run(release.wait)

    def elsewhere() -> None:
        async def briefly() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await ask()

        asyncio.run(briefly())

    await DaemonPool(1).run(elsewhere)
    release.set()
    assert await pool.run(len, "still here") == 10
