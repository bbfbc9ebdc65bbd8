"""Copies keys from one Redis to another, values of any size in pieces, with the time at which each ends."""

import time
from collections.abc import AsyncIterator, Callable, Sequence

from collectors.redis_api.resp import ErrorReply, Reply
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.redis.proving import shown
from ops.backup.redis.wire import Wire, encoded, told

_BATCH = 250
_AT_ONCE = 256 * 1024
_TIMELESS, _GONE = -1, -2


class Copied:
    """What was copied so far."""

    def __init__(self) -> None:
        self.keys = 0


async def keys_of_database(wire: Wire, db: int, wanted: Callable[[bytes], bool]) -> AsyncIterator[Sequence[bytes]]:
    """The names of keys in a database that are wanted, in batches."""
    await wire.ask("SELECT", db)
    cursor: bytes | int = 0
    while True:
        reply = await wire.ask("SCAN", cursor, "COUNT", _BATCH)
        if not isinstance(reply, list) or len(reply) != 2 or not isinstance(reply[0], bytes):
            raise BackupError("the throwaway Redis does not tell its keys", "try again", reason="error")
        names = reply[1] if isinstance(reply[1], list) else []
        if batch := [name for name in names if isinstance(name, bytes) and wanted(name)]:
            yield batch
        cursor = reply[0]
        if cursor == b"0":
            return


async def copy(source: Wire, db: int, target: Wire, wanted: Callable[[bytes], bool], copied: Copied) -> None:
    """Copy what is wanted of a database into the one that is selected at the target, over what is there.

    Raises BackupError for the first that can't be put back; those before it are there.
    """
    async for batch in keys_of_database(source, db, wanted):
        # SCAN may tell a key twice; once it was put back there is nothing more to do.
        names = list(dict.fromkeys(batch))
        ends = await _ends_of(source, names)
        await source.send(b"".join(encoded(("DUMP", name)) for name in names))
        asked: list[bytes] = []
        out = _Out(target)
        for name, ends_at in zip(names, ends, strict=True):
            if await _hand_on(source, out, name, ends_at):
                asked.append(name)
        await out.flush()
        refused = None
        for name in asked:
            # Those behind one that was refused are put back all the same: they are counted too.
            fault = _fault(await target.reply(), db, name, target.named)
            refused = refused or fault
            copied.keys += fault is None
        if refused is not None:
            raise refused


async def _ends_of(source: Wire, names: Sequence[bytes]) -> list[float]:
    """When each ends, in milliseconds UTC; 0 for never."""
    before = time.time() * 1000
    replies = await source.run(*(("PTTL", name) for name in names))
    between = (before + time.time() * 1000) / 2
    return [0.0 if left in (_TIMELESS, _GONE) else between + left for left in map(_number, replies)]


def _number(reply: Reply) -> int:
    return reply if isinstance(reply, int) else _TIMELESS


class _Out:
    """What is sent: small things together."""

    def __init__(self, target: Wire) -> None:
        self._target = target
        self._waiting = bytearray()

    async def add(self, data: bytes) -> None:
        """Send it, now or with what comes next."""
        self._waiting += data
        if len(self._waiting) >= _AT_ONCE:
            await self.flush()

    async def flush(self) -> None:
        """Send what waits."""
        data, self._waiting = bytes(self._waiting), bytearray()
        if data:
            await self._target.send(data)


async def _hand_on(source: Wire, out: _Out, name: bytes, ends_at: float) -> bool:
    """Send the value that comes next as a RESTORE of that key; False where there is none any more."""
    head = await source.line()
    if head == b"$-1":
        return False
    if head[:1] != b"$" or not head[1:].isdigit():
        raise told(ErrorReply(head[1:].decode("utf-8", "replace")), source.named)
    length = int(head[1:])
    words = [b"REPLACE", b"ABSTTL"] if ends_at else [b"REPLACE"]
    begins = encoded((b"RESTORE", name, b"%d" % round(ends_at)))
    await out.add(b"*%d\r\n" % (4 + len(words)) + begins.partition(b"\r\n")[2] + b"$%d\r\n" % length)
    async for piece in source.pieces(length + 2):
        await out.add(piece)
    await out.add(b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    return True


def _fault(reply: Reply, db: int, name: bytes, named: str) -> BackupError | None:
    if not isinstance(reply, ErrorReply):
        return None
    key = shown(db, name)
    if reply.code == "OOM":
        return BackupError(
            f"{clean(named)} has no memory left for {key}",
            "raise maxmemory: while a restore runs, what is there and what comes back are both in memory",
            reason="full",
        )
    return BackupError(
        f"{clean(named)} does not take {key}: {clean(reply.text, 300)}",
        "it must be no older than the redis-server of this host; allow this user +restore",
        reason="version" if "version" in reply.text else "error",
    )
