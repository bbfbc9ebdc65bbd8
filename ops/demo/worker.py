"""The shop's worker, as a process: takes mails from the queue and orders from the stream. `… DIRECTORY`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from ops.demo.plan import GROUP, QUEUE, STREAM, read_plan
from ops.demo.resp import Redis, RedisError
from ops.demo.service import say
from ops.demo.trouble import explain

_BATCH = 50
_PAUSE_S = 0.5
_SAY_EVERY = 200
_READ_NEW = ("XREADGROUP", "GROUP", GROUP, "worker", "COUNT", _BATCH, "STREAMS", STREAM, ">")


class Mails:
    """The list: waits for a mail, then takes what else is there, a batch a step."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._sent = 0

    async def step(self) -> None:
        """Send what is there, or wait a second for it."""
        first = await self._redis.run("BRPOP", QUEUE, 1, timeout_s=3.0)
        if first is None:
            return
        more = await self._redis.run("RPOP", QUEUE, _BATCH)
        count = 1 + (len(more) if isinstance(more, list) else 0)
        if self._sent // _SAY_EVERY != (self._sent + count) // _SAY_EVERY:
            say(f"{self._sent + count} mails sent")
        self._sent += count
        await asyncio.sleep(0.05)


class Orders:
    """The stream: reads new orders for its group and acknowledges them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def step(self) -> None:
        """Ship what is there; makes the group where it is missing."""
        try:
            found = await self._redis.run(
                "XREADGROUP", "GROUP", GROUP, "worker", "COUNT", _BATCH, "STREAMS", STREAM, ">"
            )
        except RedisError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            await self._redis.run("XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM")
            await self._redis.run("XGROUP", "CREATECONSUMER", STREAM, GROUP, "worker")
            return
        await asyncio.sleep(_PAUSE_S)
        identifiers = [entry[0] for entry in _entries(found) if isinstance(entry[0], bytes)]
        if identifiers:
            await self._redis.run("XACK", STREAM, GROUP, *identifiers)


def _entries(found: object) -> list[list[object]]:
    """The entries of the one stream in an XREADGROUP reply."""
    return found[0][1] if isinstance(found, list) else []


async def _endless(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except (OSError, RedisError) as error:
            say(f"error: redis: {explain(error)}")
            await asyncio.sleep(_PAUSE_S)


async def main(directory: Path) -> None:
    """Work until ended."""
    plan = read_plan(directory)

    def connection() -> Redis:
        return Redis(plan.ports["redis"], plan.passwords["redis"])

    await asyncio.gather(_endless(Mails(connection()).step), _endless(Orders(connection()).step))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
