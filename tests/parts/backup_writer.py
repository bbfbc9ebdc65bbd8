"""A process that writes one backup after the other into a target, and tells each step, until it is killed."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.places import target_of

PIECES, PIECE_BYTES = 12, 200_000


def piece(number: int) -> bytes:
    """One of those that its part is made of."""
    return bytes([number]) * PIECE_BYTES


async def _pieces() -> AsyncIterator[bytes]:
    for number in range(PIECES):
        print("piece", flush=True)
        yield piece(number)


async def _write(words: str, backup: str) -> None:
    address, secrets, settings = json.loads(words)
    config = BackupConfig(name="shop", kind="files", target=address, **settings)
    target = target_of(config, {stem: Secret(value) for stem, value in secrets.items()}, f"here/{os.getpid()}/1")
    print("asking", flush=True)
    writing = await target.begin(backup, 0)
    print("begun", flush=True)
    for name in ("a.tar", "b.tar"):
        await writing.put(name, _pieces())
        print("put", flush=True)
    await writing.commit(b'{"whole":true}')
    print("committed", flush=True)
    await target.close()


if __name__ == "__main__":
    asyncio.run(_write(sys.argv[1], sys.argv[2]))
