"""A Redis of our own for one proof or restore: in a folder, reached by a socket only, gone afterwards."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from collectors.redis_api.resp import ErrorReply
from collectors.text import clean, clean_lines
from ops.backup.base import Place, Source
from ops.backup.errors import BackupError
from ops.backup.programs import Started, beside
from ops.backup.redis.programs import FILE, POOL, Program, too_old, written
from ops.backup.redis.wire import Wire, opened_in
from ops.backup.structs import Part
from ops.figures import size

_SOCKET = "redis.sock"
_LOG = "redis.log"
_LOOK_S = 0.05
_TOO_NEW = re.compile(r"Can't handle RDB format version (\S+)")
_SETTINGS = (
    ("port", "0"), ("unixsocket", _SOCKET), ("unixsocketperm", "700"), ("dbfilename", FILE), ("dir", "."),
    ("save", '""'), ("appendonly", "no"), ("logfile", _LOG), ("loglevel", "notice"), ("maxmemory", "0"),
)  # fmt: skip


_KEEPS_ALL = (("replicaof", "127.0.0.1 1"), ("replica-serve-stale-data", "yes"))
"""As a replica of nobody it keeps keys whose time is over, so that all that were taken can be counted."""


@asynccontextmanager
async def loaded(
    place: Place, source: Source, part: Part, programs: Sequence[Program], *, keeps_all: bool = False
) -> AsyncIterator[Wire]:
    """A server with the snapshot loaded, by the first of these programs that can read it.

    Keys whose time is over are dropped, but with `keeps_all`. Raises BackupError: "damaged" where Redis can't load it,
    "version" where each is too old, "refused" where it would take more memory than there is.
    """
    await _enough_memory(source)
    async with written(place, source, part) as folder:
        databases = 1 + max(databases_of(source), default=15)
        await POOL.run(_configure, folder, databases, keeps_all)
        async with _started(place, folder, programs) as wire:
            yield wire


def databases_of(source: Source) -> list[int]:
    """The numbers of databases that were counted in a backup."""
    names = (name.removeprefix("db") for name in source.manifest.counts)
    return sorted(int(name) for name in names if name.isdecimal())


@asynccontextmanager
async def _started(place: Place, folder: Path, programs: Sequence[Program]) -> AsyncIterator[Wire]:
    for program in programs:
        argv = [program.path, "redis.conf"]
        async with beside(argv, folder=str(folder), nice=place.backup.nice, name="the throwaway Redis") as server:
            try:
                await _until_ready(folder, server, program)
            except BackupError as error:
                if error.reason != "version" or program == programs[-1]:
                    raise
                continue
            async with opened_in(folder, _SOCKET) as wire:
                yield wire
            return


async def _until_ready(folder: Path, server: Started, program: Program) -> None:
    """Wait until all is loaded, however long that takes. Raises BackupError."""
    while server.runs:
        if await POOL.run(os.path.exists, folder / _SOCKET) and await _answers(folder):
            return
        await asyncio.sleep(_LOOK_S)
    said = await POOL.run(_last_lines, folder)
    if too_new := _TOO_NEW.search(said):
        raise too_old(program, too_new[1])
    raise BackupError(
        f"Redis can't load the snapshot: {clean(said or server.err.whole.decode('utf-8', 'replace'), 400)}",
        "restore another backup; a snapshot with data of modules needs a redis-server that loads them",
        reason="damaged" if "RDB" in said or "rror" in said else "error",
    )


async def _answers(folder: Path) -> bool:
    """Whether it has loaded all; one that ends while it loads hangs up."""
    try:
        async with opened_in(folder, _SOCKET) as wire:
            (reply,) = await wire.run(("PING",))
    except BackupError as error:
        if error.reason not in ("lost", "unreachable"):
            raise
        return False
    return not isinstance(reply, ErrorReply)


def _configure(folder: Path, databases: int, keeps_all: bool) -> None:
    lines = (*_SETTINGS, *(_KEEPS_ALL if keeps_all else ()), ("databases", str(max(16, databases))))
    (folder / "redis.conf").write_text("".join(f"{name} {value}\n" for name, value in lines))


def _last_lines(folder: Path) -> str:
    """What a server that ended complained of."""
    try:
        with (folder / _LOG).open("rb") as file:
            text = file.read(64 * 1024).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    lines = [line.partition(" # ")[2] for line in text.splitlines() if " # " in line]
    told = [line for line in lines if "arning" not in line and "oom" not in line.lower()[:3]]
    return clean_lines("; ".join(told[-3:]), 1)


async def _enough_memory(source: Source) -> None:
    wanted = source.manifest.facts.get("memory_bytes", 0)
    free = await POOL.run(_free_bytes)
    if isinstance(wanted, int) and free is not None and wanted * 1.1 > free:
        raise BackupError(
            f"loading it takes {size(wanted)} of memory here, and {size(free)} are free",
            "do it on a host with more memory",
            reason="refused",
        )


def _free_bytes() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [line.split() for line in lines if line.startswith("MemAvailable:")]
    return int(found[0][1]) * 1024 if found and found[0][1].isdecimal() else None
