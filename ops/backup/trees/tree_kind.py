"""What every kind has in common that takes trees of files of this host: tars in, tars out."""

import os
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import ClassVar

import msgspec

from collectors.text import clean
from ops.backup.base import About, Compared, Kind, Place, Restored, Source, Stream, Wish
from ops.backup.errors import BackupError
from ops.backup.structs import Found, Manifest, Overwrite, Part
from ops.backup.trees.above import recorded
from ops.backup.trees.choosing import concerned
from ops.backup.trees.placing import OF_A_RESTORE, left_in
from ops.backup.trees.reading import listed, through_tar
from ops.backup.trees.restoring import in_scratch, restored, spots
from ops.backup.trees.roots import Root, own_places, roots
from ops.backup.trees.sought import looked_up
from ops.backup.trees.spot import Spot
from ops.backup.trees.taking import POOL, measured, taken, version
from ops.backup.trees.tally import Tally
from ops.backup.trees.walk import Walk
from ops.config.drifted import host_name
from ops.figures import several, size

_MOST = 500_000
"""Names that are looked at to tell how large a tree is."""
_GLANCE = 50_000
"""The same, to tell what a restore would write over."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Some of what a kind takes."""

    paths: tuple[str, ...]
    what: str
    """"files", "environment files"."""
    secret: bool = False


class TreeKind(Kind):
    """Trees of files: one tar for each path."""

    hooks = True
    swaps: ClassVar[bool] = True
    """Whether a whole folder is swapped for what was restored; otherwise its files are put one for one."""

    @abstractmethod
    async def wanted(self, place: Place) -> Sequence[Wanted]:
        """Which paths are taken. Raises BackupError."""

    async def is_secret(self, place: Place, root: Root, about: About) -> bool:
        """Whether a root may only be taken encrypted, though what it is of says nothing of it."""
        return False

    async def estimate(self, place: Place) -> int:
        """By a walk over the first half million names."""
        total = 0
        for _, root in await self._roots(place):
            total += (await measured(root.members, walks(place, measure=True), _MOST))[0]
        return total

    async def take(self, place: Place, about: About) -> AsyncIterator[Stream]:
        """One tar after the other, by the tar program."""
        about.subject = self._subject()
        about.versions["tar"] = await version()
        found = await self._roots(place)
        if not place.lost_ok:
            await self._refuse_empty(place, [root for _, root in found])
        for wanted, root in found:
            tally = Tally()
            pieces = taken(root.members, walks(place), tally, about.notes, place.backup.nice)
            yield Stream(
                name=root.part,
                what=f"{wanted.what} of {root.path}",
                format="tar",
                pieces=pieces,
                entries=partial(_entries, tally),
                secret=wanted.secret or await self.is_secret(place, root, about),
            )
            about.counts[root.path] = tally.files
            about.facts |= {
                f"{root.part}.path": root.path,
                f"{root.part}.above": await POOL.run(recorded, root.members),
                f"{root.part}.whole": root.whole and self.swaps,
                f"{root.part}.files": tally.files,
                f"{root.part}.folders": tally.folders,
                f"{root.part}.bytes": tally.bytes,
            }

    async def check(self, place: Place, source: Source, part: Part) -> str:
        """By `tar --list`, and by counting what is in it."""
        return await through_tar(source, part)

    async def drill(self, place: Place, source: Source) -> Compared:
        """Unpack all of it into folders of the scratch, read back what was written, and compare."""
        return await in_scratch(place, source)

    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """What is in each place now."""
        self._refuse_foreign(manifest, wish)
        found = []
        every = spots(manifest, wish)
        for spot in [one for one in every if concerned(wish.only, one.path)] or every:
            now, files = await _now(spot)
            left = await POOL.run(left_in, spot.place.parent) or await POOL.run(left_in, spot.place)
            now += f"; {clean(left)} {OF_A_RESTORE}" if left else ""
            if wish.to and spot.swapped and files and not wish.empty:
                raise BackupError(
                    f"{spot.place} is there already, and not empty",
                    "restore to another folder, or say that it may be written over",
                    reason="refused",
                )
            found.append(Overwrite(what=str(spot.place), now=now, then=_then(manifest, spot, wish)))
        return found

    async def looked_up(self, source: Source, wish: Wish, changes: Sequence[Overwrite]) -> Sequence[Overwrite]:
        """Name by name: what is asked for and is not there is not written over."""
        return await looked_up(source, wish, spots(source.manifest, wish), changes) if wish.only else changes

    async def restore(self, place: Place, source: Source, wish: Wish) -> Restored:
        """Unpack beside, compare, swap by rename; what was there stays beside it, under another name."""
        await self.overwrites(place, source.manifest, wish)
        return await restored(place, source, wish, swap=self.swaps)

    def contents(self, place: Place, source: Source, part: Part) -> AsyncIterator[Found]:
        """Every name in a tar."""
        return listed(source, part)

    async def _roots(self, place: Place) -> Sequence[tuple[Wanted, Root]]:
        base = base_of(place)
        found = list[tuple[Wanted, Root]]()
        for wanted in await self.wanted(place):
            taken_names = [root.part for _, root in found]
            look = partial(roots, wanted.paths, base, taken_names, lost_ok=place.lost_ok)
            for root in await POOL.run(look):
                found.append((wanted, root))
        return _each_once(found, place) if self.swaps else found

    async def _refuse_empty(self, place: Place, found: Sequence[Root]) -> None:
        """Folders with nothing in them are most often a mount that is missing."""
        for root in found:
            if await POOL.run(partial(_any_file, root.members, walks(place))):
                return
        raise BackupError(
            f"there is no file in {', '.join(root.path for root in found)}",
            "look whether it is mounted, and what exclude leaves out",
            reason="empty",
        )

    def _subject(self) -> str:
        return f"{self.name} of {host_name()}"

    def _refuse_foreign(self, manifest: Manifest, wish: Wish) -> None:
        if manifest.subject != self._subject() and not wish.to:
            raise BackupError(
                f"it has {clean(manifest.subject)}, and this is {host_name()}",
                "say where to: / for the same places on this host",
                reason="refused",
            )


def _each_once(found: Sequence[tuple[Wanted, Root]], place: Place) -> Sequence[tuple[Wanted, Root]]:
    """Without what is in another one that is swapped as a whole. Raises BackupError where exclude leaves it out."""
    kept: list[tuple[Wanted, Root]] = []
    every = [root for _, root in found]
    for nth, (wanted, root) in enumerate(found):
        around = (one for at, one in enumerate(every) if one.whole and _has(one, root, again=at < nth))
        outer = next(around, None)
        if outer is None:
            kept.append((wanted, root))
        elif _leaves_out(outer.path, root, place.backup.exclude):
            raise BackupError(
                f"{clean(root.path)} is in {clean(outer.path)}, and exclude leaves it out there",
                "name it in a [[backup]] of its own", reason="refused",
            )  # fmt: skip
    return kept


def _has(outer: Root, root: Root, *, again: bool) -> bool:
    """Whether all of a root is in another one; with `again` also where both are the same."""
    if outer.path == root.path and root.whole:
        return again
    return all(member.startswith(f"{outer.path}/") for member in root.members)


def _leaves_out(outer: str, root: Root, exclude: Sequence[str]) -> bool:
    """Whether a walk from the outer one would not come to all of it."""
    for member in root.members:
        path = outer
        for name in member.removeprefix(outer).split("/")[1:]:
            path = f"{path}/{name}"
            if any(fnmatchcase(path, glob) or fnmatchcase(name, glob) for glob in exclude):
                return True
    return False


def base_of(place: Place) -> Path:
    """The folder that paths of the config begin at: that of the file that they stand in."""
    return Path(os.path.abspath(place.backup.file or place.config.path or "watchfloor.toml")).parent


def walks(place: Place, *, measure: bool = False) -> Callable[[str], Walk]:
    """What goes through one path of a set as its config wants it."""
    own = own_places(place.backup, place.scratch)
    return lambda path: Walk(path, place.backup.exclude, own, measure=measure)


def _entries(tally: Tally) -> int:
    return tally.files + tally.folders


def _any_file(members: Sequence[str], walk: Callable[[str], Walk]) -> bool:
    return any(not os.path.isdir(path) or os.path.islink(path) for one in members for path in walk(one).names())


async def _now(spot: Spot) -> tuple[str, int]:
    """What is in a place, in words, and how many names that are."""
    if not await POOL.run(os.path.lexists, spot.place):
        return "not there", 0
    try:
        total, seen = await measured([str(spot.place)], lambda path: Walk(path, measure=True), _GLANCE)
    except BackupError as error:
        return error.message, 1
    files = seen - 1 if await POOL.run(os.path.isdir, spot.place) else seen
    over = "more than " if seen >= _GLANCE else ""
    return (f"{over}{several(files, 'name')}, {size(total)}" if files else "empty"), files


def _then(manifest: Manifest, spot: Spot, wish: Wish) -> str:
    at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(manifest.at))
    if wish.only:
        return f"{', '.join(clean(one) for one in wish.only)} as of {at}; all else stays"
    how = "" if spot.swapped else "; files that are not in the backup stay"
    facts = manifest.facts
    files, taken_bytes = facts.get(f"{spot.part.name}.files", 0), facts.get(f"{spot.part.name}.bytes", 0)
    return f"{several(int(files), 'file')}, {size(float(taken_bytes))}, as of {at}{how}"
