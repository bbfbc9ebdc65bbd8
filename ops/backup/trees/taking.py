"""Takes a tree by the tar program: fed with names, its stream counted as it passes, what it complains of judged."""

import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from itertools import islice

import msgspec

from collectors.text import clean
from collectors.threads import DaemonPool
from ops.backup import programs
from ops.backup.errors import BackupError
from ops.backup.trees.entries import Entry
from ops.backup.trees.reader import TarReader
from ops.backup.trees.tally import Tally
from ops.backup.trees.walk import Walk

POOL = DaemonPool(4, name="watchfloor-trees")
_NAMES = 2_000
"""Names that are looked up at once."""
_TOLD = 3
_CHANGED = re.compile(r"^\S*tar: (.*): (?:file changed as we read it|File shrank by \d+ bytes.*)$")
_GONE = re.compile(r"^\S*tar: (.*?)(?:: Warning)?: (?:File removed before we read it"
                   r"|Cannot (?:f?stat|open|readlink): No such file or directory)$")  # fmt: skip
_HARMLESS = re.compile(
    r"^\S*tar: (?:.*: socket ignored|Removing leading `[./]+' from (?:member names|hard link targets))$"
)
_FAILED = re.compile(r"^\S*tar: Exiting with failure status due to previous errors$")
"""What comes last where something could not be read at all."""


class Complaints(msgspec.Struct, frozen=True):
    """What tar said, sorted: names of files that changed while they were read, of those that went, and all else."""

    changed: tuple[str, ...]
    gone: tuple[str, ...]
    others: tuple[str, ...]


def complaints(said: str) -> Complaints:
    """Sort tar's complaints; that it failed is one of its own where nothing says why. Pure."""
    changed, gone, others, failed = list[str](), list[str](), list[str](), ""
    for line in said.splitlines():
        if found := _CHANGED.match(line):
            changed.append(found[1])
        elif found := _GONE.match(line):
            gone.append(found[1])
        elif _FAILED.match(line):
            failed = line
        elif line.strip() and not _HARMLESS.match(line):
            others.append(line)
    if failed and not gone:
        others.append(failed)
    return Complaints(tuple(changed), tuple(gone), tuple(others))


def notes_of(found: Complaints) -> Iterator[str]:
    """What a person should know of them."""
    for names, what in (
        (found.changed, "changed while it was read, so it may be of two moments"),
        (found.gone, "went away while the rest was taken, and is not in it"),
    ):
        if names:
            named = ", ".join(clean(name) for name in names[:_TOLD])
            yield f"{len(names)} × a file {what}: {named}{' …' if len(names) > _TOLD else ''}"


async def taken(
    members: Sequence[str], walk: Callable[[str], Walk], tally: Tally, notes: list[str], nice: int
) -> AsyncIterator[bytes]:
    """The tar of these absolute paths, relative to the root. Raises BackupError, at the latest after the last piece."""
    argv = [
        programs.need("gtar", "tar", remedy="install GNU tar"),
        *("--create", "--file=-", "--format=posix", "--sparse", "--xattrs", "--numeric-owner"),
        *("--pax-option=delete=atime,delete=ctime", "--directory=/"),
        *("--null", "--verbatim-files-from", "--no-recursion", "--files-from=-"),
    ]
    reader, said = TarReader(), bytearray()
    feeding = names(members, walk, notes)
    stream = programs.piped(argv, pieces=feeding, nice=nice, name="tar", good=(0, 1, 2), told=said.extend)
    async with aclosing(stream) as pieces:
        async for piece in pieces:
            for event in reader.feed(piece):
                if isinstance(event, Entry):
                    tally.add(event.sort, event.size)
            yield piece
    found = complaints(said.decode("utf-8", "replace"))
    if found.others:
        raise BackupError(
            f"tar could not take all: {clean(found.others[0], 300)}",
            "put right what it says, or name it in exclude",
        )
    reader.finish()
    notes += notes_of(found)


async def names(members: Sequence[str], walk: Callable[[str], Walk], notes: list[str]) -> AsyncIterator[bytes]:
    """What tar is fed: names without their first slash, each ended by a zero byte."""
    sockets = excluded = own = 0
    for member in members:
        one = walk(member)
        walked = one.names()
        while batch := await POOL.run(_batch, walked):
            yield batch
        sockets += one.told.sockets
        excluded += one.told.excluded
        own += one.told.own
    if sockets:
        notes.append(f"{sockets} × a socket is not in it: its program makes it anew")
    if own:
        notes.append("the folder that backups are kept in is not in it")
    if excluded:
        notes.append(f"{excluded} × a name that exclude means is not in it")


def _batch(walked: Iterator[str]) -> bytes:
    return b"".join(os.fsencode(path.lstrip("/") or ".") + b"\0" for path in islice(walked, _NAMES))


async def measured(members: Sequence[str], walk: Callable[[str], Walk], most: int) -> tuple[int, int]:
    """About how many bytes are there, and how many names, up to `most` of them. Raises BackupError."""
    return await POOL.run(partial(_measured, members, walk, most))


def _measured(members: Sequence[str], walk: Callable[[str], Walk], most: int) -> tuple[int, int]:
    total = seen = 0
    for member in members:
        one = walk(member)
        seen += sum(1 for _ in islice(one.names(), most - seen))
        total += one.told.bytes
    return total, seen


async def version() -> str:
    """Of the tar program: "1.34"."""
    ended = await programs.ran([programs.need("gtar", "tar", remedy="install GNU tar"), "--version"])
    first = ended.out.decode("utf-8", "replace").splitlines()[:1]
    words = first[0].split() if first else []
    if "GNU" not in "".join(words):
        raise BackupError("the tar program here is not GNU tar", "install GNU tar", reason="version")
    return clean(words[-1])
