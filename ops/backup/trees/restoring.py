"""Restores trees: all of it is unpacked beside its places and compared first; only then anything is moved."""

import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from collectors.text import clean
from ops.backup.base import Compared, Place, Restored, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.hooks import hook
from ops.backup.structs import Manifest
from ops.backup.trees.above import dressed, known, made
from ops.backup.trees.choosing import Choice, refuse_unfound
from ops.backup.trees.folders import removed
from ops.backup.trees.placing import Placing, stage_in
from ops.backup.trees.settling import or_back, without
from ops.backup.trees.sought import really
from ops.backup.trees.spot import Spot
from ops.backup.trees.unpacking import differences, steadily, unpack_part, unwritten


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """What was unpacked for a spot, and compared."""

    spot: Spot
    stage: Path
    """A folder of ours."""
    files: int
    notes: tuple[str, ...]

    @property
    def top(self) -> Path:
        """What is to be where the spot is."""
        return self.stage / self.spot.path.lstrip("/")


def spots(manifest: Manifest, wish: Wish) -> Sequence[Spot]:
    """Where each tar of a backup goes. Raises BackupError for a place that makes no sense."""
    base = Path(os.path.expanduser(wish.to or "/"))
    if not base.is_absolute():
        raise BackupError(f"{clean(wish.to)} is no whole path", "name the folder from / on", reason="refused")
    base = base.resolve()
    found = []
    for part in manifest.parts:
        path = manifest.facts.get(f"{part.name}.path")
        if part.format != "tar" or not isinstance(path, str):
            continue
        names = [name for name in path.split("/") if name not in ("", ".")]
        if not path.startswith("/") or ".." in names:
            raise BackupError("its manifest names no path", "restore another backup", reason="unsafe")
        found.append(
            Spot(
                part=part,
                path="/" + "/".join(names),
                place=base.joinpath(*names),
                base=base,
                swapped=bool(names and manifest.facts.get(f"{part.name}.whole")) and not wish.only,
                above=known(manifest.facts.get(f"{part.name}.above")),
            )
        )
    if not found:
        raise BackupError("its manifest names no path", "restore another backup", reason="damaged")
    return found


async def restored(place: Place, source: Source, wish: Wish, *, swap: bool = True) -> Restored:
    """Put tars back. Without `swap` files are put one for one also where a whole place could be swapped."""
    stamp = time.strftime("%Y%m%dt%H%M%S", time.gmtime())
    targets = [spot if swap else msgspec.structs.replace(spot, swapped=False) for spot in spots(source.manifest, wish)]
    placing, stages = Placing(stamp), list[Path]()
    async with without(placing, stages):
        stager = _Stager(stages, stamp)
        staged = await _staged(place, source, wish, targets, stager)
        for one in staged:
            await hook(place.backup.restored, {"RESTORED": str(one.top), "PLACE": str(one.spot.place)}, place.say)
        async with or_back(placing, targets[0].place):
            for one in staged:
                place.say(f"puts {clean(one.spot.path)} in its place")
                await steadily(_placed, placing, one)
    notes = (*(note for one in staged for note in one.notes), *stager.told)
    return Restored(
        compared=Compared(equal=sum(one.files for one in staged), notes=notes),
        aside=", ".join(str(path) for path in placing.aside),
        back=tuple(placing.back),
    )


class _Stager:
    """Makes folders of ours on the file systems that things go to."""

    def __init__(self, stages: list[Path], stamp: str) -> None:
        self._stages, self._stamp = stages, stamp
        self.told: list[str] = []
        """Folders that had to be made, and how."""

    def make(self, spot: Spot) -> Path:
        """Beside the place, or in it where it can't be renamed. Blocks; raises OSError."""
        inside = os.path.isdir(spot.place) and (os.path.ismount(spot.place) or not spot.swapped)
        above = spot.place if inside else spot.place.parent
        self.told += made(above, spot.base, spot.above)
        stage = stage_in(above, f"{self._stamp}-{len(self._stages)}")
        self._stages.append(stage)
        return stage


async def _staged(
    place: Place, source: Source, wish: Wish, targets: Sequence[Spot], stager: _Stager
) -> Sequence[Staged]:
    done, found, exact = [], set[str](), await really(source, wish, targets)
    for spot in targets:
        choice = Choice(wish.only, spot.path, exact)
        place.say(f"unpacks {spot.part.name}")
        try:
            stage = await steadily(stager.make, spot)
        except OSError as error:
            raise unwritten(spot.place.parent, error) from error
        came = await unpack_part(source, spot.part, stage, choice.names)
        wrong = await differences(source, spot.part, came, stage, whole=not wish.only)
        if wrong:
            raise BackupError(wrong[0], "nothing was changed; restore another backup", reason="mismatch")
        found |= choice.found
        if wish.only:
            await steadily(prune, stage, choice.meant)
        one = Staged(spot=spot, stage=stage, files=came.tally.files, notes=tuple(came.notes))
        if await steadily(os.path.lexists, one.top):
            await steadily(_dress, one)
            done.append(one)
    refuse_unfound(wish.only, found)
    return done


def _dress(one: Staged) -> None:
    """What the choice of a glob is in: the tar has not got it."""
    for path, was in one.spot.above.items():
        folder = one.stage / path.lstrip("/")
        if folder.is_relative_to(one.top) and folder.is_dir() and not folder.is_symlink():
            dressed(folder, was)


def prune(stage: Path, meant: Callable[[str], bool]) -> None:
    """Without the folders that nothing was chosen of."""
    for here, folders, files in os.walk(stage, topdown=False):
        name = os.path.relpath(here, stage)
        if (
            name != "."
            and not files
            and not meant(name)
            and not any(os.path.lexists(f"{here}/{one}") for one in folders)
        ):
            os.rmdir(here)


def _placed(placing: Placing, one: Staged) -> None:
    spot = one.spot
    if not spot.swapped:
        placing.merge(one.top, spot.place)
    elif os.path.ismount(spot.place) and stat.S_ISDIR(os.lstat(spot.place).st_mode):
        placing.swap_inside(one.top, spot.place, one.stage.name)
    else:
        placing.swap(one.top, spot.place)


async def in_scratch(place: Place, source: Source) -> Compared:
    """Unpack all tars into folders that are taken away again, and compare."""
    equal, wrong, notes = 0, list[str](), list[str]()
    for part in source.manifest.parts:
        if part.format != "tar":
            continue
        folder = place.scratch / part.name
        await steadily(folder.mkdir, 0o700)
        try:
            came = await unpack_part(source, part, folder)
            found = await differences(source, part, came, folder)
        finally:
            await steadily(removed, folder)
        wrong += found
        notes += came.notes
        equal += 0 if found else came.tally.files
    return Compared(equal=equal, differences=tuple(wrong), notes=tuple(notes))
