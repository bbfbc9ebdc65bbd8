"""What is asked for by name, looked up in the tars of a backup: what it means, and how much of it is there now."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from ops.backup.base import Source, Wish
from ops.backup.structs import Overwrite
from ops.backup.trees.choosing import Choice, refuse_unfound, signs_in
from ops.backup.trees.reading import listed
from ops.backup.trees.spot import Spot
from ops.backup.trees.taking import POOL
from ops.figures import several


async def really(source: Source, wish: Wish, spots: Sequence[Spot]) -> frozenset[str]:
    """Globs that are the very name of something in it: they mean that alone. Raises BackupError."""
    globs = tuple(one for one in wish.only if signs_in(one))
    if not globs:
        return frozenset()
    found = set[str]()
    for spot in spots:
        choice = Choice(globs, spot.path, globs)
        await _each(source, spot, choice, lambda _: None)
        found |= choice.found
    return frozenset(found)


async def looked_up(
    source: Source, wish: Wish, spots: Sequence[Spot], changes: Sequence[Overwrite]
) -> Sequence[Overwrite]:
    """What would be changed of what is asked for, and not of all that is around it. Raises BackupError "missing"."""
    exact, found, told = await really(source, wish, spots), set[str](), list[Overwrite]()
    for spot in spots:
        choice, seen = Choice(wish.only, spot.path, exact), [0, 0]

        def count(name: str, spot: Spot = spot, seen: list[int] = seen) -> None:
            seen[0] += 1
            seen[1] += os.path.lexists(Path(spot.base, name.strip("/")))

        await _each(source, spot, choice, count)
        found |= choice.found
        line = next((one for one in changes if one.what == str(spot.place)), None)
        if line is not None and seen[0]:
            now = f"{several(seen[1], 'file')} of {seen[0]:,} there" if seen[1] else "not there"
            told.append(replace(line, now=now + line.now[line.now.find(";") :] if ";" in line.now else now))
        elif line is not None and choice.found:
            told.append(line)
    refuse_unfound(wish.only, found)
    return told


async def _each(source: Source, spot: Spot, choice: Choice, note: Callable[[str], None]) -> None:
    names: list[str] = []
    async for one in listed(source, spot.part):
        if choice.meant(one.name) and one.kind != "folder":
            names.append(one.name)
        if len(names) >= 1000:
            await POOL.run(_all, names, note)
            names = []
    await POOL.run(_all, names, note)


def _all(names: Sequence[str], note: Callable[[str], None]) -> None:
    for name in names:
        note(name)
