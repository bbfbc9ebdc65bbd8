"""Fills Redis up to its memory limit and keeps it full as long as the filling is there, as a process: `… DIRECTORY`."""

import asyncio
import sys
import time
from pathlib import Path

from ops.demo.plan import read_plan
from ops.demo.resp import Redis, RedisError

FILLER = "filler"
_LASTS_S = 300.0
_TOP_UP_S = 0.2
_LARGE, _SMALL = b"x" * 65_536, b"x" * 512


async def _push_until_full(redis: Redis, piece: bytes) -> bool:
    """Lengthen the filling until there is no room; False when somebody has removed it."""
    try:
        while await redis.run("RPUSHX", FILLER, piece):
            continue
    except RedisError as error:
        if not str(error).startswith("OOM"):
            raise
        return True
    return False


async def main(directory: Path) -> None:
    """Fill with large pieces, then with small ones what expiring keys give free.

    Who removes the filling has removed the reason to go on, too.
    """
    plan = read_plan(directory)
    redis = Redis(plan.ports["redis"], plan.passwords["redis"])
    end = time.monotonic() + _LASTS_S
    await redis.run("RPUSH", FILLER, _LARGE)
    filling = await _push_until_full(redis, _LARGE)
    while filling and time.monotonic() < end:
        filling = await _push_until_full(redis, _SMALL)
        await asyncio.sleep(_TOP_UP_S)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
