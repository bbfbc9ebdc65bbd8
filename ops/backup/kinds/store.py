"""watchfloor's own store: its databases as they are at one moment, and all else of its state folder."""

import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from ops.backup.base import About, Compared, Kind, Place, Restored, Source, Stream, Wish
from ops.backup.errors import BackupError
from ops.backup.hooks import hook
from ops.backup.lite.copying import copied, faults, rows
from ops.backup.lite.staging import placed, staged
from ops.backup.structs import Found, Manifest, Overwrite, Part
from ops.backup.trees.folders import removed
from ops.backup.trees.placing import OF_A_RESTORE, Placing, left_in, stage_in
from ops.backup.trees.plain_files import pieces_of, write_part
from ops.backup.trees.reading import listed, through_tar
from ops.backup.trees.roots import own_places
from ops.backup.trees.settling import or_back, without
from ops.backup.trees.taking import POOL, measured, taken, version
from ops.backup.trees.tally import Tally
from ops.backup.trees.unpacking import steadily, unwritten
from ops.backup.trees.walk import Walk
from ops.config.drifted import host_name
from ops.figures import size
from ops.store.contract import StoreHeld
from ops.store.lock import RecorderLock, recorded_by
from ops.store.places import store_folder

_HISTORY = "*.sqlite"
_REST = "state.tar"
_NOT_TAKEN = ("*.sqlite", "*.sqlite-*", "*.sqlite.corrupt-*", "*.lock", "locks", "running", "scratch", "crash-*.txt")
"""Databases are parts of their own; the rest is of processes that run, or of those that fell."""
_MOST = 100_000


class OwnStore(Kind):
    """One part for each database of the state folder, and one tar for the other files in it."""

    name = "store"
    title = "watchfloor's own store"
    hooks = True

    async def estimate(self, place: Place) -> int:
        """All that is in the state folder."""
        return (await measured([str(_folder(place))], Walk, _MOST))[0]

    async def take(self, place: Place, about: About) -> AsyncIterator[Stream]:
        """Each database by SQLite's own backup, then the other files by tar."""
        folder = _folder(place)
        databases = await POOL.run(partial(_databases, folder, lost_ok=place.lost_ok))
        about.subject = f"{self.name} of {place.config.settings.name} at {host_name()}"
        about.versions |= {"tar": await version()}
        for database in databases:
            copy = place.scratch / database.name
            await steadily(copied, database, copy)
            found = await POOL.run(rows, copy)
            about.counts |= {f"{database.name}.{table}": count for table, count in found.items()}
            yield Stream(
                name=database.name,
                what=f"database {database.name}",
                format="sqlite",
                pieces=pieces_of(copy),
                entries=partial(sum, found.values()),
            )
            await steadily(copy.unlink)
        tally = Tally()
        pieces = taken([str(folder)], _rest(place), tally, about.notes, place.backup.nice)
        yield Stream(
            name=_REST, what="the other files of the state folder", format="tar", pieces=pieces,
            entries=lambda: tally.files + tally.folders,
        )  # fmt: skip
        about.counts["files"] = tally.files
        about.facts |= {
            f"{_REST}.path": str(folder), f"{_REST}.files": tally.files, f"{_REST}.bytes": tally.bytes
        }  # fmt: skip

    async def check(self, place: Place, source: Source, part: Part) -> str:
        """Databases by SQLite's integrity check, the tar by `tar --list`."""
        if part.format == "tar":
            return await through_tar(source, part)
        copy = place.scratch / part.name
        try:
            await write_part(source, part, copy)
            return await steadily(faults, copy)
        finally:
            await steadily(partial(copy.unlink, missing_ok=True))

    async def drill(self, place: Place, source: Source) -> Compared:
        """Write all of it into the scratch, count, and run the config's checks on the databases."""
        stage = place.scratch / "restored"
        try:
            return (await staged(place, source, stage)).compared
        finally:
            await steadily(removed, stage)

    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """Each database, and the folder of the other files."""
        folder = _to(place, wish)
        await self._refuse(place, manifest, wish, folder)
        at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(manifest.at))
        found = []
        for part in manifest.parts:
            if part.format == "sqlite":
                now = await POOL.run(_now, folder / part.name)
                then = f"{part.entries:,} rows, {size(part.plain_bytes)}, as of {at}"
                found.append(Overwrite(what=str(folder / part.name), now=now, then=then))
        others = f"what is not there of {manifest.counts.get('files', 0):,} other files, as of {at}"
        left = await POOL.run(left_in, folder)
        now = "all files that are there stay" + (f"; {left} {OF_A_RESTORE}" if left else "")
        return [*found, Overwrite(what=str(folder), now=now, then=others)]

    async def restore(self, place: Place, source: Source, wish: Wish) -> Restored:
        """Databases are swapped in; of the other files those are put there that are missing."""
        folder = _to(place, wish)
        await self._refuse(place, source.manifest, wish, folder)
        stamp = time.strftime("%Y%m%dt%H%M%S", time.gmtime())
        placing = Placing(stamp)
        try:
            await steadily(partial(folder.mkdir, mode=0o700, parents=True, exist_ok=True))
            stage = await steadily(stage_in, folder, stamp)
        except OSError as error:
            raise unwritten(folder, error) from error
        async with without(placing, [stage]):
            beside = await staged(place, source, stage / "in")
            if beside.compared.differences:
                raise BackupError(
                    beside.compared.differences[0], "nothing was changed; restore another backup", reason="mismatch"
                )
            await hook(place.backup.restored, {"RESTORED": str(stage / "in")}, place.say)
            with _alone(folder):
                async with or_back(placing, folder):
                    stayed = await steadily(placed, placing, beside, folder)
        notes = (f"{stayed:,} × a file that was there stays as it is",) if stayed else ()
        compared = msgspec.structs.replace(beside.compared, notes=(*beside.compared.notes, *notes))
        return Restored(compared=compared, aside=", ".join(map(str, placing.aside)), back=tuple(placing.back))

    async def contents(self, place: Place, source: Source, part: Part) -> AsyncIterator[Found]:
        """Tables of databases, and names of files."""
        if part.format == "tar":
            async for one in listed(source, part):
                yield one
            return
        for name, count in source.manifest.counts.items():
            if name.startswith(f"{part.name}."):
                yield Found(part=part.name, name=name, kind="table", rows=count)

    async def _refuse(self, place: Place, manifest: Manifest, wish: Wish, folder: Path) -> None:
        subject = f"{self.name} of {place.config.settings.name} at {host_name()}"
        if manifest.subject != subject and not wish.to:
            raise BackupError(
                f"it has the {manifest.subject}, and this is the {subject}",
                "say which folder it goes to",
                reason="refused",
            )
        pid = await POOL.run(recorded_by, folder)
        if pid is not None:
            raise _recorded(folder, f"recorded into by {f'pid {pid}' if pid else 'another process'}")
        if wish.only:
            raise BackupError("a store is restored as a whole", "say a folder, and take from there what is wanted",
                              reason="refused")  # fmt: skip
        if wish.to and not wish.empty and await POOL.run(_has_something, folder):
            raise BackupError(
                f"{folder} is not empty", "take another folder, or say that it may be written over", reason="refused"
            )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody begins to record there meanwhile. Raises BackupError "held"."""
    lock = RecorderLock(folder)
    try:
        lock.take()
    except StoreHeld as error:
        raise _recorded(folder, error.message) from error
    except OSError as error:
        raise unwritten(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _recorded(folder: Path, how: str) -> BackupError:
    return BackupError(
        f"{folder} is being {how}", "end every floor and monitor of it first, then restore by command", reason="held"
    )


def _folder(place: Place) -> Path:
    return Path(os.path.realpath(store_folder(place.config)))


def _to(place: Place, wish: Wish) -> Path:
    folder = Path(os.path.expanduser(wish.to)) if wish.to else _folder(place)
    if not folder.is_absolute():
        raise BackupError(f"{folder} is no whole path", "name the folder from / on", reason="refused")
    return folder


def _databases(folder: Path, *, lost_ok: bool) -> Sequence[Path]:
    found = sorted(path for path in folder.glob(_HISTORY) if path.is_file() and not path.is_symlink())
    if not found and not lost_ok:
        raise BackupError(
            f"there is no history in {folder}", "nothing is recorded there yet; look at [store]", reason="empty"
        )
    return found


def _rest(place: Place) -> "partial[Walk]":
    return partial(Walk, exclude=_NOT_TAKEN, without=own_places(place.backup, place.scratch))


def _now(database: Path) -> str:
    if not database.exists():
        return "not there"
    try:
        return f"{sum(rows(database).values()):,} rows, {size(database.stat().st_size)}"
    except BackupError as error:
        return error.message


def _has_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
