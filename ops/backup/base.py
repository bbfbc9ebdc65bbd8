"""The whole contract of a kind: how one kind of thing is taken, read through, restored for proof, and put back.

A kind is one file in `ops/backup/kinds` and one test; discovery finds it by name. It deals in plain bytes: compression,
encryption, digests, targets, locks and the book are the engine's. Programs are started by `ops.backup.programs`, with
argument lists, secrets in their environment or in files of mode 0600, and their exit codes are never lost: an iterator
of bytes raises at its end when the program that fed it failed. All calls may raise BackupError and CollectError, and be
cancelled at any await, with nothing left behind (temporary servers, databases, folders, containers).
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec

from collectors.backup import BackupConfig
from ops.backup.structs import Format, Found, Manifest, Overwrite, Part
from ops.config.backed import backup_of
from ops.config.structs import Config, TargetSpec

Pieces = AsyncIterator[bytes]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind is given."""

    config: Config
    spec: TargetSpec
    """The set; its config is a BackupConfig."""
    scratch: Path
    """A folder of its own, mode 0700, that is deleted afterwards: on the disk of the state folder, not in memory."""
    say: Callable[[str], None] = lambda _: None
    """A line for whoever watches, sanitized by the one who shows it."""
    lost_ok: bool = False
    """What the set names and is not there any more is left out: before a restore, what is there is kept safe."""

    @property
    def backup(self) -> BackupConfig:
        """The set's settings."""
        return backup_of(self.spec)


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One part as it is taken."""

    name: str
    """As in `Part.name`."""
    what: str
    format: Format
    pieces: Pieces
    compress: bool = True
    """False where it is compressed already."""
    entries: Callable[[], int] = lambda: 0
    """Asked after the last piece."""
    secret: bool = False
    """True where it holds secrets in clear: it is never taken without encryption."""


class About(msgspec.Struct, kw_only=True):
    """What is known beside the bytes; filled in while taking, read after the last part."""

    subject: str = ""
    at: float | None = None
    """UTC seconds of the snapshot; the beginning where None."""
    versions: dict[str, str] = {}
    counts: dict[str, int] = {}
    facts: dict[str, str | int | float | bool] = {}
    notes: list[str] = []


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that is read: its manifest, and its parts as plain bytes, each checked as it is read."""

    manifest: Manifest
    open: Callable[[Part], Pieces]
    """Decrypted and decompressed. Raises BackupError "damaged" or "key"; the end is reached only if all was right."""

    def part(self, name: str) -> Part:
        """Raises KeyError."""
        return next(part for part in self.manifest.parts if part.name == name)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be restored, and where to."""

    to: str = ""
    """Another place than where it came from: a database's name, a folder, a volume's name."""
    only: tuple[str, ...] = ()
    """Parts of it: tables ("public.orders"), files ("media/a.png"); all where none is named."""
    params: Mapping[str, str] = {}
    empty: bool = False
    """What is in the place already may be written over."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored, held against the manifest."""

    equal: int
    """Rows, keys or files that were counted and are what they should be."""
    differences: tuple[str, ...] = ()
    """What is not: "public.orders has 11,997 rows, 11,998 were taken". None means that it is proven."""
    notes: tuple[str, ...] = ()
    """What is known to be harmless, and was not held against it."""


class Kind(ABC):
    """One kind of thing that is backed up. Instances have no state."""

    name: ClassVar[str]
    """"postgres"; the module is called so."""
    title: ClassVar[str]
    """"a PostgreSQL database"."""
    hooks: ClassVar[bool] = False
    """True where `restore` itself runs the config's hook `restored`, between comparing and swapping in."""

    @abstractmethod
    async def estimate(self, place: Place) -> int:
        """About how many plain bytes it has; 0 where that is not known. Raises BackupError where it can't be taken."""

    @abstractmethod
    def take(self, place: Place, about: About) -> AsyncIterator[Stream]:
        """Its parts, one after the other; each is read to its end before the next is asked for.

        The iterator is closed (`aclose`) whatever happens. Nothing to take is BackupError "empty", never no parts.
        """

    @abstractmethod
    async def check(self, place: Place, source: Source, part: Part) -> str:
        """Read a part through with the real tool (pg_restore to nowhere, tar, redis-check-rdb); "" or what is wrong."""

    @abstractmethod
    async def drill(self, place: Place, source: Source) -> Compared:
        """Restore it into something that is made for it and taken away again, compare, run the config's checks."""

    @abstractmethod
    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """What a restore would change, as it is now. Raises BackupError "refused" for a wrong or non-empty place."""

    async def looked_up(self, source: Source, wish: Wish, changes: Sequence[Overwrite]) -> Sequence[Overwrite]:
        """What `overwrites` gave, once the backup itself was read for what is asked for.

        Raises BackupError "missing" where it has not got that. Most kinds can tell by the manifest alone.
        """
        return changes

    @abstractmethod
    async def restore(self, place: Place, source: Source, wish: Wish) -> "Restored":
        """Put it back: beside what is there where that can be, compared, then swapped in.

        When it fails what was there is as it was, or the error says exactly what is not.
        """

    @abstractmethod
    def contents(self, place: Place, source: Source, part: Part) -> AsyncIterator[Found]:
        """What is inside, in order."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A restore that is done."""

    compared: Compared
    aside: str = ""
    """What was there before, under the name that it has now: "database shop_before_20261121t031500"."""
    back: tuple[str, ...] = ()
    """How to have that back, one command each; where nothing was there, how to be rid of what was restored."""
    drop: tuple[str, ...] = ()
    """How to be rid of it once nobody needs it, one command each: nothing else ever drops it."""
