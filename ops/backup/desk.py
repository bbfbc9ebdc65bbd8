"""BackupDesk: the BackupSource of a config on this machine. Costs nothing until something is asked of it."""

import fnmatch
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex

from msgspec.structs import replace

from collectors.text import clean
from collectors.threads import DaemonPool
from ops.backup.base import Place, Source, Wish
from ops.backup.book import Book
from ops.backup.doing.chosen import chosen
from ops.backup.doing.session import worded
from ops.backup.doing.work import LOOKING, backups_folder
from ops.backup.errors import BackupError
from ops.backup.gone import gone
from ops.backup.gone import worded as worded_gone
from ops.backup.keys import unfit
from ops.backup.known import Known, unheard
from ops.backup.locks import here, is_abandoned, killed
from ops.backup.meter import running
from ops.backup.pipeline import source_of
from ops.backup.places import target_of
from ops.backup.registry import kind_of
from ops.backup.stages import watched
from ops.backup.standing import kept_of, standing_of, taken_here
from ops.backup.structs import Event, Found, Kept, Overwrite, Running, Standing
from ops.backup.target import Target
from ops.config.backed import backup_of, sets
from ops.config.structs import Config, TargetSpec
from ops.slo.calendar import zone

_POOL = DaemonPool(2, name="watchfloor-backups")


class BackupDesk:
    """Only reads; what changes something is a job. Folders that it needs for reading are gone afterwards."""

    def __init__(
        self, config: Config, *, clock: Callable[[], float] = time.time, heard: Callable[[], None] = unheard
    ) -> None:
        """`heard` is called whenever a target has said something, so that who waits knows that it does not hang."""
        self._config, self._clock = config, clock
        self._specs = {spec.config.name: spec for spec in sets(config)}
        self._folder = backups_folder(config)
        self._heard = heard
        self._book, self._known = Book(self._folder), Known(self._folder, heard)

    def names(self) -> Sequence[str]:
        """The configured sets, in file order."""
        return list(self._specs)

    def version(self) -> int:
        """Changes whenever the book was written, by any process; cheap."""
        return self._book.version()

    def running(self, name: str) -> Running | None:
        """What is being done to a set right now, by any process; cheap."""
        self._spec(name)
        return running(self._folder, name)

    async def standing(self, name: str, *, ask: bool = True) -> Standing:
        """How a set stands. Without `ask` only what is known here is told, and the target is not asked."""
        spec = self._spec(name)
        config = backup_of(spec)
        unreachable, remedy, leftovers, asked_at = "", "", 0, self._clock()
        async with self._target(name) as target:
            read = await _POOL.run(self._known.all, name)
            if ask:
                try:
                    with worded():
                        ids, unfinished = await target.survey()
                        read = await self._known.of(target, name, ids)
                        leftovers = sum(is_abandoned(left, self._clock()) for left in unfinished)
                except BackupError as error:
                    unreachable, remedy = error.message, error.remedy
            events, now = await _POOL.run(self._book.events, name), self._clock()
            kept = await _POOL.run(kept_of, read, events, config, now)
            busy = running(self._folder, name)
            standing = standing_of(
                config,
                target.shown,
                kept,
                events,
                now,
                leftovers=leftovers,
                unreachable=unreachable,
                remedy=remedy,
                running=busy,
            )
            standing = await _POOL.run(self._with_local, standing, spec)
            if not ask or unreachable or busy is not None:  # whoever deletes right now writes it down at the end
                return standing
            shown = target.shown
            lost = await _POOL.run(lambda: gone(read, events, config, shown, asked_at=asked_at, now=now))
            return replace(standing, gone=worded_gone(lost))

    def _with_local(self, standing: Standing, spec: TargetSpec) -> Standing:
        """With what only this machine knows: whether its key opens the newest, and who was killed here."""
        newest = next((one.manifest for one in standing.kept if not one.broken), None)
        wrong, dead = unfit(newest, spec.secrets), killed(self._folder, standing.set)
        if dead is not None:
            standing = replace(standing, killed=clean(dead.what), killed_at=dead.since)
        if wrong is None:
            return standing
        return replace(standing, key=wrong.message, remedy=standing.remedy or wrong.remedy)

    async def kept(self, name: str, backup: str = "") -> Kept:
        """One backup: by the beginning of its id, "latest", "verified", or a time. Raises BackupError."""
        async with self._target(name) as target:
            return await self._chosen(target, name, backup)

    async def contents(self, name: str, backup: str, *, pattern: str = "") -> AsyncIterator[Found]:
        """What is inside one, in order; `pattern` is a glob, or a part of the name."""
        async with self._target(name) as target, self._place(name) as place:
            found = await self._chosen(target, name, backup)
            with worded():
                config = place.backup
                source = self._listening(
                    await source_of(target, found.id, config, place.spec.secrets, await self._ours(name))
                )
                kind = kind_of(config.kind)
                for part in source.manifest.parts:
                    inside = kind.contents(place, source, part)
                    try:
                        async for one in inside:
                            if matches(one.name, pattern):
                                yield one
                    finally:
                        close = getattr(inside, "aclose", None)
                        if close is not None:
                            await close()

    def _listening(self, source: Source) -> Source:
        """The same; each piece of it is heard."""
        return replace(source, open=lambda part: watched(source.open(part), lambda _: self._heard()))

    async def overwrites(self, name: str, backup: str, wish: Wish) -> Sequence[Overwrite]:
        """What a restore would change, as it is now. Raises BackupError "refused" for a wrong or non-empty place."""
        async with self._target(name) as target, self._place(name) as place:
            found = await self._chosen(target, name, backup)
            with worded():
                kind = kind_of(place.backup.kind)
                changes = await kind.overwrites(place, found.manifest, wish)
                if not wish.only:
                    return changes
                source = await source_of(target, found.id, place.backup, place.spec.secrets, await self._ours(name))
                return await kind.looked_up(self._listening(source), wish, changes)

    async def expiring(self, name: str) -> Sequence[Kept]:
        """All of a set with reasons, and why each that goes goes: the dry run of a prune."""
        async with self._target(name) as target:
            return await self._all(target, name)

    async def events(self, name: str) -> Sequence[Event]:
        """All that the book says of a set, newest first."""
        self._spec(name)
        return await _POOL.run(self._book.events, name)

    async def _all(self, target: Target, name: str) -> tuple[Kept, ...]:
        with worded():
            read = await self._known.asked(target, name)
        events = await _POOL.run(self._book.events, name)
        return await _POOL.run(kept_of, read, events, backup_of(self._spec(name)), self._clock())

    async def _ours(self, name: str) -> frozenset[str]:
        return taken_here(await _POOL.run(self._book.events, name))

    async def _chosen(self, target: Target, name: str, backup: str) -> Kept:
        config = backup_of(self._spec(name))
        return chosen(await self._all(target, name), backup, zone(config.schedule.time_zone))

    def _spec(self, name: str) -> TargetSpec:
        if name not in self._specs:
            known = f"the config has {', '.join(map(clean, self._specs))}" if self._specs else "the config has none"
            raise BackupError(f'there is no set of backups "{clean(name)}"', known, reason="missing")
        return self._specs[name]

    @asynccontextmanager
    async def _target(self, name: str) -> AsyncIterator[Target]:
        spec = self._spec(name)
        target = target_of(backup_of(spec), spec.secrets, here())
        try:
            yield target
        finally:
            await target.close()

    @asynccontextmanager
    async def _place(self, name: str) -> AsyncIterator[Place]:
        scratch = self._folder / LOOKING / token_hex(8)
        with worded():
            await _POOL.run(_made, scratch)
        try:
            yield Place(config=self._config, spec=self._spec(name), scratch=scratch)
        finally:
            await _POOL.run(_cleared, scratch)


def matches(name: str, pattern: str) -> bool:
    """Whether a name is searched for: by a glob where it has signs of one, else by a part of it in any case."""
    if any(sign in pattern for sign in "*?["):
        return fnmatch.fnmatchcase(name, pattern)
    return pattern.lower() in name.lower()


def _made(scratch: Path) -> None:
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)


def _cleared(scratch: Path) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
