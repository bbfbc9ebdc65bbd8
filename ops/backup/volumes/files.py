"""Puts what was in volumes into a folder of this host: all of it, or single files."""

import os
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from collectors.text import clean
from ops.backup.base import Compared, Place, Restored, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.names import word
from ops.backup.structs import Part
from ops.backup.trees.choosing import Choice, refuse_unfound
from ops.backup.trees.placing import Placing, stage_in
from ops.backup.trees.restoring import prune
from ops.backup.trees.settling import or_back, without
from ops.backup.trees.taking import POOL
from ops.backup.trees.unpacking import differences, steadily, unpack_part, unwritten
from ops.backup.volumes.engine import INSIDE


async def into_folder(place: Place, source: Source, wish: Wish, wanted: Sequence[tuple[Part, str]]) -> Restored:
    """Below FOLDER/NAME for each volume; with `only` those of its files. Raises BackupError."""
    base, stamp = Path(wish.to), time.strftime("%Y%m%dt%H%M%S", time.gmtime())
    placing, files, notes, found = Placing(stamp), 0, list[str](), set[str]()
    try:
        await steadily(partial(base.mkdir, parents=True, exist_ok=True))
        stage = await steadily(stage_in, base, stamp)
    except OSError as error:
        raise unwritten(base, error) from error
    async with without(placing, [stage]):
        for part, name in wanted:
            tree = stage / word(name)
            await steadily(partial(tree.mkdir, mode=0o700))
            names = tuple(_inside(one, name) for one in wish.only)
            choice = Choice(names, f"/{INSIDE}")
            came = await unpack_part(source, part, tree, choice.names)
            if wrong := await differences(source, part, came, tree, whole=not wish.only):
                raise BackupError(wrong[0], "nothing was changed; restore another backup", reason="mismatch")
            if wish.only:
                await steadily(prune, tree, choice.meant)
            found |= {one for one, inside in zip(wish.only, names, strict=True) if inside in choice.found}
            files += came.tally.files
            notes += came.notes
        refuse_unfound(wish.only, found)
        await _placed(placing, stage, base, [word(name) for _, name in wanted])
    return Restored(
        compared=Compared(equal=files, notes=tuple(notes)),
        aside=", ".join(map(str, placing.aside)),
        back=tuple(placing.back),
    )


async def _placed(placing: Placing, stage: Path, base: Path, names: Sequence[str]) -> None:
    async with or_back(placing, base):
        for name in names:
            if await steadily(os.path.lexists, stage / name / INSIDE):
                await steadily(placing.merge, stage / name / INSIDE, base / name)


async def refuse_full(folder: str, wish: Wish) -> str:
    """What is in a folder now, in words. Raises BackupError where that may not be written over."""
    if not await POOL.run(os.path.lexists, folder):
        return "not there"
    if not await POOL.run(os.listdir, folder):
        return "empty"
    if not wish.empty:
        raise BackupError(
            f"{clean(folder)} is there already, and not empty",
            "take another folder, or say that it may be written over",
            reason="refused",
        )
    return "there, and not empty"


def _inside(only: str, name: str) -> str:
    """A name as the tar has it: "shop_data/a/b" is "/volume/a/b"."""
    return f"/{INSIDE}{only.removeprefix(name)}" if only == name or only.startswith(f"{name}/") else f"/\0{only}"
