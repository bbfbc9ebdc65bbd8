"""Reads tars that were taken: through the tar program for proof, and name by name for whoever looks inside."""

from collections.abc import AsyncIterator, Callable

from ops.backup import programs
from ops.backup.base import Source
from ops.backup.errors import BackupError
from ops.backup.stages import closing
from ops.backup.started import failed
from ops.backup.structs import Found, Part
from ops.backup.trees.entries import Entry
from ops.backup.trees.folders import parts_of
from ops.backup.trees.reader import TarReader


class _Read:
    """Counts what passes by."""

    def __init__(self) -> None:
        self.entries = self.unsafe = 0
        self.wrong = ""

    async def through(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same pieces. What is wrong with them is remembered: the tar program is to see all of it too."""
        reader = TarReader()
        async with closing(pieces) as some:
            async for piece in some:
                self._count(reader, piece)
                yield piece
        if not self.wrong:
            self._tried(reader.finish)

    def _count(self, reader: TarReader, piece: bytes) -> None:
        if self.wrong:
            return
        try:
            for event in reader.feed(piece):
                if isinstance(event, Entry):
                    self.entries += 1
                    self.unsafe += not _safe(event)
        except BackupError as error:
            self.wrong = error.message

    def _tried(self, finish: Callable[[], None]) -> None:
        try:
            finish()
        except BackupError as error:
            self.wrong = error.message


def _safe(entry: Entry) -> bool:
    try:
        parts_of(entry.name)
        if entry.sort == "hard":
            parts_of(entry.target)
    except BackupError:
        return False
    return True


async def through_tar(source: Source, part: Part) -> str:
    """What is wrong with a tar; "" for nothing. Raises BackupError where its bytes are not those that were stored."""
    read = _Read()
    argv = [programs.need("gtar", "tar", remedy="install GNU tar"), "--list", "--file=-"]
    ended = await programs.fed(argv, read.through(source.open(part)), name="tar", good=None)
    if read.wrong:
        return read.wrong
    if ended.code:
        return failed("tar", ended.code, ended.err).message
    if read.unsafe:
        return f"{read.unsafe} × a name in {part.name} leads out of its folder"
    if read.entries != part.entries:
        return f"{part.name} has {read.entries:,} names, {part.entries:,} were taken"
    return ""


async def listed(source: Source, part: Part) -> AsyncIterator[Found]:
    """Each name of a tar, in its order."""
    reader = TarReader()
    async with closing(source.open(part)) as pieces:
        async for piece in pieces:
            for event in reader.feed(piece):
                if isinstance(event, Entry):
                    yield _found(part, event)
    reader.finish()


def _found(part: Part, entry: Entry) -> Found:
    return Found(
        part=part.name,
        name="/" + entry.name.removeprefix("./").lstrip("/"),
        kind="folder" if entry.sort == "folder" else "link" if entry.sort == "link" else "file",
        bytes=entry.size if entry.sort == "file" else None,
        changed_at=entry.changed_ns / 1e9,
    )
