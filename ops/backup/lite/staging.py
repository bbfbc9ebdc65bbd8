"""Restores a state folder beside it: databases and files, each compared with what was taken, then moved in."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec

from ops.backup.base import Compared, Place, Source
from ops.backup.lite.copying import faults, rows, unmet
from ops.backup.structs import Part
from ops.backup.trees.folders import parts_of
from ops.backup.trees.placing import Placing
from ops.backup.trees.plain_files import write_part
from ops.backup.trees.unpacking import differences, steadily, unpack_part


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored beside the state folder."""

    databases: tuple[Path, ...]
    rest: Path | None
    compared: Compared


async def staged(place: Place, source: Source, stage: Path) -> Staged:
    """All of it as files below a folder that is made for it, compared."""
    await steadily(partial(stage.mkdir, mode=0o700))
    databases, wrong, notes, equal = list[Path](), list[str](), list[str](), 0
    rest: Path | None = None
    for part in source.manifest.parts:
        if part.format == "tar":
            tree = stage / "tree"
            await steadily(partial(tree.mkdir, mode=0o700))
            came = await unpack_part(source, part, tree)
            wrong += await differences(source, part, came, tree)
            notes += came.notes
            equal += came.tally.files
            rest = tree.joinpath(*parts_of(str(source.manifest.facts.get(f"{part.name}.path", "")).lstrip("/")))
            continue
        file = stage / part.name
        await write_part(source, part, file)
        found = await steadily(_compared, file, part, source.manifest.counts)
        wrong += found
        equal += 0 if found else part.entries
        databases.append(file)
    wrong += await steadily(_unmet, databases, place.backup.checks)
    return Staged(
        databases=tuple(databases),
        rest=rest,
        compared=Compared(equal=equal, differences=tuple(wrong), notes=tuple(notes)),
    )


def _compared(file: Path, part: Part, counts: Mapping[str, int]) -> list[str]:
    if wrong := faults(file):
        return [wrong]
    found = rows(file)
    taken_rows = {
        name.removeprefix(f"{part.name}."): count for name, count in counts.items() if name.startswith(f"{part.name}.")
    }
    return [
        f"{part.name}.{table} has {found.get(table, 0):,} rows, {count:,} were taken"
        for table, count in taken_rows.items()
        if found.get(table) != count
    ]


def _unmet(databases: Sequence[Path], checks: Sequence[str]) -> list[str]:
    """Checks that none of the databases meets: each is of one of them."""
    found = []
    for check in checks:
        told = [wrong for database in databases for wrong in unmet(database, (check,))]
        if len(told) == len(databases):
            found += told[:1]
    return found


def placed(placing: Placing, beside: Staged, folder: Path) -> int:
    """Move all in; gives how many files stay as they are."""
    for database in beside.databases:
        for ending in ("-wal", "-shm"):
            placing.put_aside(folder / f"{database.name}{ending}")
        placing.swap(database, folder / database.name)
    return placing.fill(beside.rest, folder) if beside.rest is not None and beside.rest.is_dir() else 0
