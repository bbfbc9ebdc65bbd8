"""The snapshots of one set: what was seen once is read without being looked up again, as a snapshot never changes."""

import os

from ops.backup.errors import BackupError
from ops.backup.names import is_id
from ops.backup.restic.repository import Repository, Snapshot
from ops.backup.storing import missing
from ops.backup.target import MANIFEST

EMPTY = "empty"
"""Tag of a part without bytes: restic takes no empty file, so one byte stands there for none."""


class Listed:
    """Each of restic's commands costs half a second and more: opening a repository is slow on purpose."""

    def __init__(self, repository: Repository, set_tag: str) -> None:
        self._repository, self._set = repository, set_tag
        self._seen: dict[str, list[Snapshot]] = {}

    def tags(self, backup: str) -> tuple[str, ...]:
        """What all snapshots of a backup, or with "" of the set, are tagged with."""
        return ("watchfloor", self._set, *([f"backup={backup}"] if backup else []))

    async def all(self) -> list[Snapshot]:
        """As they are now, oldest first."""
        found = await self._asked("")
        self._seen.clear()
        for one in found:
            self._seen.setdefault(one.tag("backup"), []).append(one)
        return found

    async def of(self, backup: str) -> list[Snapshot]:
        """Those of one backup, as they are now."""
        self._seen[backup] = found = await self._asked(backup)
        return found

    def drop(self, backup: str) -> None:
        """Know nothing of one."""
        self._seen.pop(backup, None)

    async def complete(self, backup: str) -> list[Snapshot]:
        """Those of one that has a manifest, which may be those that were there before. Raises BackupError "missing"."""
        await self.one(backup, MANIFEST)
        return self._seen[backup]

    async def one(self, backup: str, part: str) -> Snapshot:
        """The snapshot of a part. Raises BackupError "missing"."""
        found = _of_part(self._seen.get(backup, []), part) or _of_part(await self.of(backup), part)
        if found is None:
            raise missing(backup, part)
        return found

    async def sizes(self, snapshots: list[Snapshot]) -> dict[str, int]:
        """Stored bytes by the ids of these; one that is gone is left out."""
        found = await self._repository.sizes(snapshots)
        return {one.id: 0 if EMPTY in one.tags else found[one.id] for one in snapshots if one.id in found}

    async def _asked(self, backup: str) -> list[Snapshot]:
        try:
            found = await self._repository.snapshots(*self.tags(backup))
        except BackupError as error:
            if error.reason == "missing" and self._not_made_yet():
                return []
            raise
        return [one for one in found if is_id(one.tag("backup")) and one.tag("part")]

    def _not_made_yet(self) -> bool:
        """Of a local one: there is nothing where it would be, and what it would be in is there."""
        folder = self._repository.local.rstrip("/")
        return bool(folder) and not os.path.lexists(folder) and self._repository.parent_there()


def _of_part(snapshots: list[Snapshot], part: str) -> Snapshot | None:
    return next((one for one in snapshots if one.tag("part") == part), None)
