"""Manifests that were read before: they never change, so a target with 10,000 backups is not asked for them again."""

import asyncio
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from collectors.threads import DaemonPool
from ops.backup import manifest as manifests
from ops.backup.book import Seen, stamp
from ops.backup.errors import BackupError
from ops.backup.names import began_at
from ops.backup.storing import safe_set
from ops.backup.structs import Manifest
from ops.backup.target import Target
from ops.durable import replace_file, write_all
from ops.pidlock import PidLock

_AT_ONCE = 8
_POOL = DaemonPool(2, name="watchfloor-known")


def unheard() -> None:
    """Nobody wants to know that a target has said something."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one backup's manifest."""

    manifest: Manifest
    digest: str = ""
    """SHA-256 of its text."""
    broken: str = ""
    """Why it can't be read; `manifest` then has only what its id says."""
    remedy: str = ""


_DECODER = msgspec.json.Decoder(Read)


class Known:
    """What one state folder knows. Cheap to make; what can't be read here is asked for again."""

    def __init__(self, folder: Path, heard: Callable[[], None] = unheard) -> None:
        """`heard` is called for each manifest that a target has given."""
        self._folder, self._heard = folder, heard
        self._read: dict[str, tuple[Seen, Mapping[str, Read]]] = {}

    def all(self, name: str) -> Mapping[str, Read]:
        """Of a set, as they were when its target was asked last."""
        file = self._file(name)
        seen = stamp(file)
        known = self._read.get(name)
        if known is None or known[0] != seen:
            self._read[name] = known = seen, _decoded(file)
        return known[1]

    def newest(self, name: str) -> Manifest | None:
        """The one that shows the latest moment."""
        return max((one.manifest for one in self.all(name).values()), key=lambda one: one.at, default=None)

    async def asked(self, target: Target, name: str) -> Mapping[str, Read]:
        """Those that are in the target now. Raises BackupError where it can't be asked."""
        return await self.of(target, name, await target.ids())

    async def of(self, target: Target, name: str, ids: Sequence[str]) -> Mapping[str, Read]:
        """The same where it was asked which there are."""
        known = await _POOL.run(self.all, name)
        missing = [backup for backup in ids if backup not in known]
        fresh = await self._fetched(target, missing, name)
        found = {backup: known.get(backup) or fresh[backup] for backup in ids if backup in known or backup in fresh}
        readable = {backup: one for backup, one in found.items() if not one.broken}
        if readable.keys() != known.keys():
            await _POOL.run(self._keep, name, readable)
        return found

    def learn(self, name: str, one: Read) -> None:
        """One was taken."""
        file = self._file(name)
        # What is not kept here is only asked for again.
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(file, flags, 0o600)
            try:
                write_all(descriptor, msgspec.json.encode(one) + b"\n")
            finally:
                os.close(descriptor)

    def forget(self, name: str, ids: Collection[str]) -> None:
        """These were deleted."""
        self._keep(name, {backup: one for backup, one in self.all(name).items() if backup not in ids})

    async def _fetched(self, target: Target, ids: Sequence[str], name: str) -> dict[str, Read]:
        """A few at a time; one that was deleted meanwhile is left out."""
        waiting, found = list(reversed(ids)), dict[str, Read]()

        async def fetch() -> None:
            while waiting:
                backup = waiting.pop()
                one = await _one(target, backup, name)
                self._heard()
                if one is not None:
                    found[backup] = one

        tasks = [asyncio.create_task(fetch()) for _ in range(min(_AT_ONCE, len(waiting)))]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return found

    def _keep(self, name: str, found: Mapping[str, Read]) -> None:
        file = self._file(name)
        content = b"".join(msgspec.json.encode(one) + b"\n" for one in found.values())
        lock = PidLock(file.with_suffix(".lock"))
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if lock.take() is None:
                replace_file(file, content, sync=False)
        lock.release()

    def _file(self, name: str) -> Path:
        return self._folder / "known" / f"{safe_set(name)}.jsonl"


def _decoded(file: Path) -> dict[str, Read]:
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        return {}
    read = (_line(line) for line in lines)
    return {one.manifest.id: one for one in read if one is not None}


def _line(line: bytes) -> Read | None:
    """None for a line that a kill has torn."""
    try:
        return _DECODER.decode(line) if line else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


async def _one(target: Target, backup: str, name: str) -> Read | None:
    text = b""
    try:
        text = await target.manifest(backup)
        manifest = manifests.read(text, backup)
    except BackupError as error:
        if error.reason not in ("damaged", "newer", "missing"):
            raise
        if error.reason == "missing":
            return None
        return Read(manifest=only_id(backup, name), broken=error.message, remedy=error.remedy)
    if manifest.set != name:
        return Read(
            manifest=only_id(backup, name),
            broken=f"{backup} lies with the backups of {name} and is one of another set",
            remedy="put it where it came from",
        )
    return Read(manifest=manifest, digest=manifests.digest_of(text))


def only_id(backup: str, name: str) -> Manifest:
    """What an id says of a backup whose manifest is not to be had."""
    at = began_at(backup)
    return Manifest(id=backup, set=name, kind="", at=at, ended_at=at, took_s=0.0, host="")
