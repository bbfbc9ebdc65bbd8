"""Fills Redis up to its memory limit and keeps it full, as a process: `… DIRECTORY`."""

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


async def _push_until_full(redis: Redis, piece: bytes) -> None:
    try:
        while True:
            await redis.run("RPUSH", FILLER, piece)
    except RedisError as error:
        if not str(error).startswith("OOM"):
            raise


async def main(directory: Path) -> None:
    """Fill with large pieces, then with small ones what expiring keys give free."""
    plan = read_plan(directory)
    redis = Redis(plan.ports["redis"], plan.passwords["redis"])
    end = time.monotonic() + _LASTS_S
    await _push_until_full(redis, _LARGE)
    while time.monotonic() < end:
        await _push_until_full(redis, _SMALL)
        await asyncio.sleep(_TOP_UP_S)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
