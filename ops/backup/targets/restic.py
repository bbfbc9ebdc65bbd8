"""Backups in a repository of restic: each part and the manifest a snapshot, which tags hold together."""

import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import datetime

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.errors import BackupError
from ops.backup.names import checked_id
from ops.backup.restic.listed import EMPTY, Listed
from ops.backup.restic.repository import Repository, Snapshot
from ops.backup.storing import check_room, in_thread, missing, safe_part, safe_set
from ops.backup.target import MANIFEST, Leftover, Survey, Target, Writing


class ResticWriting(Writing):
    """Snapshots without one of a manifest."""

    def __init__(self, target: "ResticTarget", backup: str) -> None:
        self._target, self._backup = target, backup
        self._names: set[str] = set()

    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """A snapshot of its own."""
        if safe_part(name) in self._names:
            raise BackupError(f"the part {name} is there twice", reason="refused")
        self._names.add(name)
        counted = _Counted(pieces)
        more = () if await counted.begin() else (EMPTY,)
        await self._target.take(self._backup, name, counted.rest(), *more)
        return counted.total

    async def commit(self, manifest: bytes) -> None:
        """The manifest's snapshot, where there is none yet."""
        await self._target.refuse_twice(self._backup, written=self._names)
        counted = _Counted(_only(manifest))
        await counted.begin()
        await self._target.take(self._backup, MANIFEST, counted.rest())

    async def abandon(self) -> None:
        """Forget its snapshots; what stays is found by `leftovers`, and must not hide why it was given up."""
        with suppress(BackupError):
            await self._target.forget_unfinished(self._backup)


class _Counted:
    """A stream whose beginning is read ahead, to know whether there is anything in it."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces, self._first = aiter(pieces), b""
        self.total = 0

    async def begin(self) -> bool:
        """Whether it has any bytes."""
        while not self._first:
            try:
                self._first = await anext(self._pieces)
            except StopAsyncIteration:
                return False
        return True

    async def rest(self) -> AsyncIterator[bytes]:
        """All of it."""
        self.total = len(self._first)
        yield self._first or b"\0"
        self._first = b""
        async for piece in self._pieces:
            self.total += len(piece)
            yield piece


class ResticTarget(Target):
    """A backup is complete when one of its snapshots is a manifest; that is taken last and forgotten first."""

    schemes = ("restic",)
    title = "a repository of restic"
    seals = True

    def __init__(self, config: BackupConfig, secrets: Mapping[str, Secret], owner: str) -> None:
        super().__init__(config, secrets, owner)
        self._repository = Repository(config, secrets)
        self._set = f"set={safe_set(config.name)}"
        self._listed = Listed(self._repository, self._set)

    @property
    def shown(self) -> str:
        """The repository, without a password."""
        return self._repository.shown

    async def begin(self, backup: str, expected_bytes: int) -> Writing:
        """Make the repository where there is none."""
        check_room(self.shown, await self.free_bytes(), expected_bytes)
        try:
            await self.refuse_twice(checked_id(backup), begun=True)
        except BackupError as error:
            if error.reason != "missing":
                raise
            await self._repository.make()
        return ResticWriting(self, backup)

    async def refuse_twice(self, backup: str, *, begun: bool = False, written: Collection[str] = ()) -> None:
        """Raises BackupError "refused" where it is there, and "held" where it has begun and that is asked too.

        Where it was `written` so far it is "lost" if somebody has swept of it.
        """
        # Who was killed while he had it for himself has left his lock: it is taken away before anything is sent.
        found = await self._repository.snapshots(*self._listed.tags(backup), free=begun)
        parts = [one.tag("part") for one in found]
        remedy = "take another one: each gets a name of its own"
        if MANIFEST in parts:
            words = f"there is a backup {backup} already, which nothing is written over"
            raise BackupError(words, remedy, reason="refused")
        if begun and parts:
            words = f"the backup {backup} is being written already, or was left unfinished"
            raise BackupError(words, remedy, reason="held")
        if not set(written) <= set(parts):
            words = f"what was written of {backup} was taken away by another process that swept there"
            raise BackupError(words, "look at the clocks of all who write there, then take another one", reason="lost")

    async def take(self, backup: str, part: str, pieces: AsyncIterator[bytes], *more: str) -> None:
        """One part."""
        owner = "".join(sign if sign.isalnum() or sign in "._-/" else "_" for sign in self.owner)
        tags = ("watchfloor", self._set, f"backup={backup}", f"part={part}", f"owner={owner}", *more)
        await self._repository.take(part, tags, pieces)

    async def ids(self) -> Sequence[str]:
        """Those with the snapshot of a manifest."""
        return sorted(_complete(await self._listed.all()))

    async def survey(self) -> Survey:
        """By one list of snapshots."""
        found = await self._listed.all()
        return Survey(sorted(_complete(found)), await self._unfinished(found))

    async def manifest(self, backup: str) -> bytes:
        """Its file."""
        snapshot = await self._listed.one(checked_id(backup), MANIFEST)
        return b"".join([piece async for piece in self._repository.dump(snapshot, MANIFEST)])

    async def read(self, backup: str, part: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """From its snapshot; what lies before a range is read too, and dropped."""
        snapshot = await self._listed.one(checked_id(backup), safe_part(part))
        if EMPTY in snapshot.tags or length == 0:
            return
        skip, left = start, length
        async with aclosing(self._repository.dump(snapshot, part)) as pieces:
            async for piece in pieces:
                wanted = piece[skip:] if left is None else piece[skip : skip + left]
                skip = max(0, skip - len(piece))
                left = None if left is None else left - len(wanted)
                if wanted:
                    yield wanted
                if left == 0:
                    return

    async def sizes(self, backup: str) -> Mapping[str, int]:
        """One question for all parts."""
        found = await self._listed.complete(checked_id(backup))
        sizes = await self._listed.sizes(found)
        if len(sizes) < len(found):
            await self._listed.of(backup)
            found = await self._listed.complete(backup)
            sizes = await self._listed.sizes(found)
        parts = sorted((one.tag("part"), one.id) for one in found if one.tag("part") != MANIFEST)
        return {name: sizes[snapshot] for name, snapshot in parts if snapshot in sizes}

    async def remove(self, backup: str) -> int:
        """Forget the manifest, then the rest with all data that no other snapshot has; gives the bytes of that."""
        found = await self._listed.of(checked_id(backup))
        manifests = [one for one in found if one.tag("part") == MANIFEST]
        if not manifests:
            raise missing(backup)
        self._listed.drop(backup)
        await self._repository.forget(manifests)
        return await self._repository.delete([one for one in found if one not in manifests])

    async def leftovers(self) -> Sequence[Leftover]:
        """Snapshots without one of a manifest."""
        return await self._unfinished(await self._listed.all())

    async def _unfinished(self, found: Sequence[Snapshot]) -> Sequence[Leftover]:
        complete = _complete(found)
        left = [one for one in found if one.tag("backup") not in complete]
        sizes = await self._listed.sizes(left)
        return [
            _leftover(backup, [one for one in left if one.tag("backup") == backup], sizes)
            for backup in sorted({one.tag("backup") for one in left})
        ]

    async def sweep(self, ids: Sequence[str]) -> int:
        """Forget them, and delete what no other snapshot has, also of writers that died before their first."""
        wanted = {checked_id(backup) for backup in ids}
        if not wanted:
            return 0
        found = await self._listed.all()
        wanted -= _complete(found)
        return await self._repository.delete([one for one in found if one.tag("backup") in wanted])

    async def forget_unfinished(self, backup: str) -> None:
        """Forget snapshots of it, unless it has a manifest."""
        found = await self._listed.of(backup)
        if not _complete(found):
            await self._repository.forget(found)

    async def free_bytes(self) -> int | None:
        """Of the disk that a local one is on."""
        return await in_thread(self._free) if self._repository.local else None

    def _free(self) -> int | None:
        try:
            about = os.statvfs(self._repository.local)
        except OSError:
            return None
        return about.f_bavail * about.f_frsize


def _complete(found: Sequence[Snapshot]) -> set[str]:
    return {one.tag("backup") for one in found if one.tag("part") == MANIFEST}


def _leftover(backup: str, parts: Sequence[Snapshot], sizes: Mapping[str, int]) -> Leftover:
    began = min(datetime.fromisoformat(one.time) for one in parts).timestamp()
    return Leftover(backup, began, sum(sizes.get(one.id, 0) for one in parts), parts[0].tag("owner"))


async def _only(body: bytes) -> AsyncIterator[bytes]:
    yield body
