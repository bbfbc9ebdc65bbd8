"""Moves what is in volumes: counted on the way out and read back, so that nothing counts that was not seen there."""

from collections.abc import AsyncIterator

import msgspec

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.stages import closing
from ops.backup.trees.entries import Entry
from ops.backup.trees.reader import TarReader
from ops.backup.trees.tally import Tally
from ops.backup.volumes.engine import INSIDE, Engine

_TOPS = 100_000
_AT_ONCE = 500
"""Names that are given to one program: what it is called with has its limits."""


class Passed(msgspec.Struct):
    """What went by of one tar."""

    tally: Tally = msgspec.field(default_factory=Tally)
    tops: list[str] = msgspec.field(default_factory=list)
    """Names right below the volume's own folder …"""
    more: int = 0
    """… and how many more of them there are."""


async def passing(pieces: AsyncIterator[bytes], passed: Passed, what: str) -> AsyncIterator[bytes]:
    """The same pieces, counted. Raises BackupError where the tar is not whole: the engine ends it in its middle."""
    reader = TarReader()
    async with closing(pieces) as some:
        async for piece in some:
            for event in reader.feed(piece):
                if isinstance(event, Entry):
                    _count(event, passed)
            yield piece
    if not reader.ended:
        raise BackupError(
            f"{clean(what)} changed while it was read, so the engine gave it up",
            "stop what writes to it with `before`, and start it again with `after`; or try again",
            reason="lost",
        )


def _count(entry: Entry, passed: Passed) -> None:
    passed.tally.add(entry.sort, entry.size)
    name = entry.name.removeprefix("./").removeprefix(f"{INSIDE}/")
    if "/" not in name.rstrip("/") and name.rstrip("/") not in ("", INSIDE):
        if len(passed.tops) < _TOPS:
            passed.tops.append(name.rstrip("/"))
        else:
            passed.more += 1


async def put(
    engine: Engine, place: str, image: str, pieces: AsyncIterator[bytes], wanted: Tally | None = None
) -> Tally:
    """Unpack a tar into a volume, then read it back and hold it against what went in. Raises BackupError."""
    went = Passed()
    async with engine.helper(place, image, writes=True) as made:
        await engine.put(made, passing(pieces, went, "the backup"))
    now = (await counted(engine, place, image)).tally
    expected = wanted or went.tally
    if (now.files, now.bytes) != (expected.files, expected.bytes):
        raise BackupError(
            f"{clean(place)} has {now.files:,} files with {now.bytes:,} bytes, "
            f"{expected.files:,} with {expected.bytes:,} were to be put there",
            "see the engine's log",
            reason="mismatch",
        )
    return now


async def counted(engine: Engine, place: str, image: str) -> Passed:
    """What is in a volume now, all of it read."""
    seen = Passed()
    async with engine.helper(place, image) as made, closing(passing(engine.tar(made), seen, place)) as pieces:
        async for _ in pieces:
            continue
    return seen


async def copied(engine: Engine, one: str, other: str, image: str) -> Passed:
    """Put what one volume has into another, which is empty."""
    went = Passed()
    async with engine.helper(one, image) as made:
        await put(engine, other, image, passing(engine.tar(made), went, one))
    return went


async def cleared(engine: Engine, place: str, images: list[str], tops: list[str]) -> None:
    """Take all out of a volume, by the first image that has a program for it. Raises BackupError."""
    names = [f"/{INSIDE}/{name}" for name in tops]
    if any(not _is_text(name) for name in names):
        raise BackupError(
            f"{clean(place)} has a name that is no UTF-8, which the engine can't be told", "restore into a new volume"
        )
    for image in images:
        for at in range(0, len(names), _AT_ONCE):
            code = await engine.run(place, image, ("rm", "-rf", "--", *names[at : at + _AT_ONCE]))
            if code is None:
                break
            if code:
                raise BackupError(f"{clean(place)} can't be emptied: rm ended with status {code}", "look what is in it")
        else:
            return
    raise BackupError(
        "no image of the engine has a program that empties a volume", "pull one that has, such as busybox",
        reason="missing",
    )  # fmt: skip


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
