"""Takes a Redis' snapshot as a replica would get it: streamed from the server's memory, without access to its disk."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from collectors.redis_api.resp import ErrorReply
from collectors.text import clean
from collectors.threads import DaemonPool
from ops.backup.base import About, Place, Stream
from ops.backup.errors import BackupError
from ops.backup.redis.rdb import RdbReader
from ops.backup.redis.server import Server, address_of, read_server
from ops.backup.redis.spare import left
from ops.backup.redis.wire import Wire, opened, told

PART = "dump.rdb"
_POOL = DaemonPool(2, name="watchfloor-rdb")
_MARK_BYTES = 40
"""Of what stands at the end of a snapshot whose length is not known before."""
_SOME = 256 * 1024


async def taken(place: Place, about: About) -> AsyncGenerator[Stream, None]:
    """The one part. As `Kind.take`."""
    address = address_of(place)
    async with opened(address.place, address.ca_file, address.verify_tls) as wire:
        server = await read_server(wire)
        about.subject = address.subject
        _tell(about, server)
        about.notes += [
            f"db{db} has what a restore that was killed left: the next one empties it (or redis-cli -n {db} FLUSHDB)"
            for db in await left(wire, server.keys)
        ]
        reader = RdbReader()
        async with aclosing(_counted(snapshot(wire), reader, about)) as pieces:
            yield Stream(
                name=PART,
                what="keys of all databases",
                format="rdb",
                pieces=pieces,
                entries=reader.counts.total,
            )


def _tell(about: About, server: Server) -> None:
    about.at = time.time()
    about.versions["server"] = server.version
    about.facts |= {"server_version": server.version, "role": server.role, "memory_bytes": server.memory_bytes}
    about.notes.append("users (ACL) and settings of Redis are not in it: they stand in its own files")
    if server.cluster:
        about.notes.append("of a cluster only the keys of this node are in it")


async def snapshot(wire: Wire) -> AsyncGenerator[bytes, None]:
    """The snapshot's bytes. Raises BackupError "auth" where the user may not have it, "lost" where it is cut."""
    # Servers before 7.0 don't know the second, which spares them to keep what is written meanwhile for us.
    await wire.run(("REPLCONF", "capa", "eof"), ("REPLCONF", "rdb-only", "1"))
    await wire.send(b"*1\r\n$4\r\nSYNC\r\n")
    head = b""
    while not head:
        head = await wire.line()  # empty lines say that it still prepares
    if head[:1] == b"-":
        raise _refused(head[1:].decode("utf-8", "replace"), wire.named)
    if head.startswith(b"$EOF:") and len(head) == 5 + _MARK_BYTES:
        async with aclosing(_until(wire, head[5:])) as marked:
            async for piece in marked:
                yield piece
    elif head[:1] == b"$" and head[1:].isdigit():
        async for piece in wire.pieces(int(head[1:])):
            yield piece
    else:
        raise BackupError(f"{clean(wire.named)} gives no snapshot", "check host and port", reason="unreachable")


async def _until(wire: Wire, mark: bytes) -> AsyncGenerator[bytes, None]:
    held = b""
    while True:
        held += await wire.some(_SOME)
        if held.endswith(mark):
            if len(held) > len(mark):
                yield held[: -len(mark)]
            return
        if len(held) > _SOME:
            yield held[: -len(mark)]
            held = held[-len(mark) :]


def _refused(text: str, named: str) -> BackupError:
    error = told(ErrorReply(text), named)
    if text.startswith(("NOPERM", "ERR unknown command")):
        remedy = (
            "ACL SETUSER with +sync +replconf +info +config|get; a service that forbids SYNC makes its own snapshots"
        )
        return BackupError(f"{clean(named)} does not let this user have a snapshot", remedy, reason="auth")
    return error


async def _counted(pieces: AsyncGenerator[bytes, None], reader: RdbReader, about: About) -> AsyncGenerator[bytes, None]:
    """The same stream; its keys are counted on the way. What can't be counted is taken all the same, with a note."""
    unread = ""
    async with aclosing(pieces):
        async for piece in pieces:
            if not unread:
                unread = await _POOL.run(_read, reader, piece)
            yield piece
    if not unread and not reader.ended:
        raise BackupError("the snapshot of Redis ended before its end", "see the log of Redis", reason="lost")
    if unread:
        about.notes.append(f"its keys are not counted: {unread}")
        return
    about.counts |= {f"db{number}": count for number, count in sorted(reader.counts.items())}
    about.facts["rdb_version"] = reader.version
    about.at = min(about.at or time.time(), _made_at(reader))


def _read(reader: RdbReader, piece: bytes) -> str:
    """Read on; what can't be, in a sentence."""
    try:
        for _ in reader.feed(piece):
            continue
    except BackupError as error:
        if error.reason == "newer":
            return error.message
        raise
    return ""


def _made_at(reader: RdbReader) -> float:
    """When the server began it, by its own clock: it may have been under way already for another replica."""
    told_at = reader.told.get("ctime", "")
    return float(told_at) if told_at.isdecimal() else time.time()
