"""A BackupSource in memory, and sets as tests want them; the screen of backups on a real floor over it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from fnmatch import fnmatch
from typing import Any

from msgspec.structs import replace
from textual.pilot import Pilot

from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.structs import Event, Found, Kept, Manifest, Overwrite, Part, Running, Standing
from ops.config.structs import Settings
from tests.parts import boards
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import floor, until
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.backups import BackupScreen

Screen = tuple[BackupScreen, FloorApp, Pilot[None]]
HOUR, DAY = 3600.0, 86400.0
NOW = boards.NOW
MIB = 2**20


def backup_id(at: float) -> str:
    """The id of a backup of a moment."""
    import time

    return time.strftime("%Y%m%dT%H%M%SZ-1a2b3c", time.gmtime(at))


def manifest(age_s: float, name: str = "shop", size: int = 400 * MIB, **more: Any) -> Manifest:
    """A backup of a PostgreSQL database that shows a moment so long ago."""
    at = NOW - age_s
    parts = (
        Part(
            name="db.shop.dump", what="database shop", format="pg_custom", plain_bytes=4 * size,
            stored_bytes=size - 2000, digest="0" * 64, plain_digest="1" * 64,
        ),
        Part(
            name="globals.sql", what="roles and settings", format="sql", plain_bytes=8000, stored_bytes=2000,
            digest="2" * 64, plain_digest="3" * 64,
        ),
    )  # fmt: skip
    given: dict[str, Any] = {
        "id": backup_id(at), "set": name, "kind": "postgres", "subject": f"postgres:{name} at 127.0.0.1:5432",
        "at": at, "ended_at": at + 42, "took_s": 42.0, "host": "web-1", "by": "ann (screen)", "why": "schedule",
        "due": ("daily",), "versions": {"watchfloor": "1.4", "server": "16.4"}, "commit": "4f1c9a07e2b8d1",
        "parts": parts, "counts": {"shop.public.orders": 11_998, "shop.public.items": 42},
    }  # fmt: skip
    return Manifest(**given | more)


def kept(age_s: float, **more: Any) -> Kept:
    """A verified one that stays as a daily one; `made` has what its manifest has."""
    made: Mapping[str, Any] = more.pop("made", {})
    at = NOW - age_s
    given: dict[str, Any] = {
        "manifest": manifest(age_s, **made), "verified_at": at + 100, "reasons": ("daily 2023-11-14",)
    }  # fmt: skip
    return Kept(**given | more)


def standing(name: str = "shop", *backups: Kept, **more: Any) -> Standing:
    """A set that is proven, with these backups, newest first."""
    newest = next(iter(backups), None)
    given: dict[str, Any] = {
        "set": name, "kind": "postgres", "target": "file:///var/backups/watchfloor", "at": NOW, "kept": backups,
        "age_s": NOW - newest.manifest.at if newest else None, "rpo_s": 30 * HOUR, "rto_s": 4 * HOUR,
        "restore_s": 720.0, "restore_now_s": 840.0, "next_at": NOW + 4 * HOUR, "next_due": ("daily",),
        "last": event("run", 20 * HOUR), "events": (event("drill", 10 * HOUR), event("run", 20 * HOUR)),
    }  # fmt: skip
    return Standing(**given | more)


def event(what: str, age_s: float, **more: Any) -> Event:
    """Something that went well so long ago."""
    given: dict[str, Any] = {
        "what": what, "set": "shop", "backup": backup_id(NOW - age_s), "at": NOW - age_s, "took_s": 42.0, "ok": True,
        "bytes": 400 * MIB, "by": "ann (screen)",
    }  # fmt: skip
    return Event(**given | more)


def month(name: str = "shop") -> Standing:
    """A set with a backup a day for a month: the newest verified, each seventh drilled, one broken, old ones going."""
    every = [
        kept(
            20 * HOUR + day * DAY,
            made={"name": name, "size": (400 + 3 * (30 - day)) * MIB},
            verified_at=NOW - day * DAY if day % 3 != 1 else None,
            drilled_at=NOW - day * DAY if day % 7 == 0 else None,
            restore_s=720.0 if day % 7 == 0 else None,
            reasons=("daily 2023-11-14", "the last verified one") if day == 0 else ("daily",) if day < 20 else (),
            expires="no rule keeps it: seven daily ones are newer" if day >= 20 else "",
            broken="db.shop.dump ends after 12 MiB of 400 MiB" if day == 5 else "",
            remedy="take another one" if day == 5 else "",
        )
        for day in range(30)
    ]
    return standing(name, *every)


class MemoryBackups:
    """An honest BackupSource: it knows the standings that a test gives it, and remembers what it was asked."""

    def __init__(self, *sets: Standing) -> None:
        self.sets = {one.set: one for one in sets}
        self.runs: dict[str, Running] = {}
        self.inside: Sequence[Found] = ()
        self.changes: Sequence[Overwrite] | BackupError = ()
        self.troubles: dict[str, BackupError] = {}
        """What asking the target of a set raises."""
        self.asked: list[str] = []
        """Sets whose targets were asked."""
        self.patterns: list[str] = []
        self.wishes: list[Wish] = []
        self.may_go_on = asyncio.Event()
        """Cleared by a test, targets answer once it is set."""
        self.may_go_on.set()
        self.may_glance = asyncio.Event()
        """Cleared by a test, what is known without the targets comes once it is set."""
        self.may_glance.set()
        self._version = 0

    def write(self, one: Standing) -> None:
        """Let a set stand so from now on."""
        self.sets[one.set] = one
        self._version += 1

    def names(self) -> Sequence[str]:
        """The sets."""
        return tuple(self.sets)

    def version(self) -> int:
        """Counts what was written."""
        return self._version

    def running(self, name: str) -> Running | None:
        """What a test says that runs."""
        return self.runs.get(name)

    async def standing(self, name: str, *, ask: bool = True) -> Standing:
        """How a set stands; where the target was not asked, nothing is known of what is in it."""
        found = replace(self.sets[name], running=self.running(name))
        if not ask:
            await self.may_glance.wait()
            return replace(found, kept=(), leftovers=0)
        self.asked.append(name)
        await self.may_go_on.wait()
        if name in self.troubles:
            raise self.troubles[name]
        return found

    async def kept(self, name: str, backup: str = "") -> Kept:
        """By the beginning of its id; "latest" is the newest."""
        found = [one for one in self.sets[name].kept if backup in ("", "latest") or one.id.startswith(backup)]
        if not found:
            raise BackupError(f"{name} has no backup {backup}", "list shows them", reason="missing")
        return found[0]

    async def contents(self, name: str, backup: str, *, pattern: str = "") -> AsyncIterator[Found]:
        """What a test put in."""
        self.patterns.append(pattern)
        for one in self.inside:
            if not pattern or pattern in one.name or fnmatch(one.name, pattern):
                yield one
        if (name in self.troubles) and not self.inside:
            raise self.troubles[name]
        await self.kept(name, backup)

    async def overwrites(self, name: str, backup: str, wish: Wish) -> Sequence[Overwrite]:
        """What a test says would be another, or why it can't be."""
        await self.kept(name, backup)
        self.wishes.append(wish)
        await self.may_go_on.wait()
        if isinstance(self.changes, BackupError):
            raise self.changes
        return self.changes

    async def expiring(self, name: str) -> Sequence[Kept]:
        """All of a set."""
        if name in self.troubles:
            raise self.troubles[name]
        return self.sets[name].kept


@asynccontextmanager
async def shown(
    backups: MemoryBackups,
    size: tuple[int, int] = (120, 40),
    fixes: MemoryFixes | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[Screen]:
    """A floor on which `B` was pressed, and each target has answered, where it may."""
    rows = [boards.row(f"backup:{name}", {"count": 3}) for name in backups.sets]
    source = MemorySource(boards.board(boards.service("api"), *rows, at=NOW))
    source.backups, source.fixes = backups, fixes or MemoryFixes({})
    async with floor(source.board, size, source=source, settings=settings) as (app, _, pilot):
        app.floor.clock = lambda: NOW
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen))
        screen = app.screen
        assert isinstance(screen, BackupScreen)
        if backups.may_go_on.is_set() and backups.may_glance.is_set():
            await until(pilot, lambda: screen.seen.version is not None and not (backups.sets and screen.reader.stale))
            await until(pilot, lambda: not screen.asking and bool(screen.page.lines))
            await pilot.pause()
        yield screen, app, pilot


def told(screen: BackupScreen) -> str:
    """The text, as text."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in screen.page.lines)
