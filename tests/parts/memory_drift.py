"""The drift screen on a real floor and a real desk, over sources whose items a test sets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path as File

from textual.pilot import Pilot

from collectors.base import CollectError
from ops.actions.base import Action
from ops.config.decode import decode
from ops.config.structs import Config
from ops.drift.base import Place, Source
from ops.drift.desk import DriftDesk
from ops.drift.source import DriftSource
from ops.drift.structs import Difference, Findings, Head, Item, SourceRead, Value
from tests.parts import boards
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import floor, until
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.drift import DriftScreen

Screen = tuple[DriftScreen, FloorApp, Pilot[None]]
HEAD = Head(name="agreed", id="0123456789ab", at=boards.NOW - 7200, host="web-1", user="ann", version="1")
NGINX = "worker_processes 4;\nlisten 80;\nserver_name shop;\n"


class Given(Source):
    """A source with the items that a test gives it."""

    group = "system"

    def __init__(self, name: str, items: Mapping[str, Mapping[str, Value]]) -> None:
        self.name = self.title = name  # type: ignore[misc]
        self.items = dict(items)
        self.error: CollectError | None = None

    async def capture(self, place: Place) -> Sequence[Item]:
        """What there is."""
        place.tell(0.5)
        if self.error is not None:
            raise self.error
        return [Item(name=name, facts=facts) for name, facts in self.items.items() if place.only in ("", name)]

    def by_hand(self, difference: Difference) -> str:
        """Something to do."""
        return f"look at {difference.place.item} yourself"


class Shop:
    """A host with two containers, two files and a repository, and the desk of its floor."""

    def __init__(self, folder: File) -> None:
        self.at = boards.NOW
        web: Mapping[str, Value] = {
            "image": "nginx:1.24",
            "env.TOKEN": "digest:0011223344556677",
            "ports": ("80", "443"),
        }
        self.containers = Given("containers", {"local/web-1": web, "local/web-2": web})
        self.files = Given("files", {"/etc/nginx.conf": {"text": NGINX, "mode": "644"}, "/etc/hosts": {"mode": "644"}})
        self.git = Given("git", {"/srv/shop": {"branch": "main"}})
        self.config = config_in(folder)
        self.desk = self.desk_over(actions={})

    def desk_over(self, *more: Given, actions: Mapping[str, Action] | None = None) -> DriftDesk:
        """Its desk, over more sources too; without `actions` with those that there are."""
        sources = {one.name: one for one in (self.containers, self.files, self.git, *more)}
        return DriftDesk(self.config, clock=lambda: self.at, sources=sources, actions=actions)

    async def agree(self) -> None:
        """What is, is what is meant."""
        await self.desk.capture("agreed", by="ann")

    async def drifted(self) -> None:
        """Agreed two hours ago; then somebody did this and that, which was seen a minute ago."""
        self.at = boards.NOW - 7200
        await self.agree()
        changed: Mapping[str, Value] = {
            "image": "nginx:1.25",
            "env.TOKEN": "digest:8899aabbccddeeff",
            "ports": ("443", "80"),
        }
        self.containers.items["local/web-1"] = changed
        self.containers.items["local/stray"] = {"image": "busybox:latest", "labels.by": "hand"}
        del self.containers.items["local/web-2"]
        text = NGINX.replace("listen 80", "listen 8080")
        self.files.items["/etc/nginx.conf"] = {"text": text, "mode": "644"}
        self.at = boards.NOW - 60
        await self.desk.detect()
        self.at = boards.NOW


def config_in(folder: File) -> Config:
    """A config whose state is in that folder."""
    file = folder / "floor.toml"
    file.write_text(f'[store]\npath = "{folder / "state"}"\n[[drift]]\nname = "web-1"\n')
    return decode(file.read_text(), str(file)).config


@asynccontextmanager
async def shown(
    desk: DriftSource, size: tuple[int, int] = (120, 40), fixes: MemoryFixes | None = None
) -> AsyncIterator[Screen]:
    """A floor on which `D` was pressed, and what is known was read."""
    source = MemorySource(boards.board(boards.service("api"), at=boards.NOW))
    source.drift, source.fixes = desk, fixes or MemoryFixes({})
    async with floor(source.board, size, source=source) as (app, _, pilot):
        app.floor.clock = lambda: boards.NOW
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, DriftScreen))
        screen = app.screen
        assert isinstance(screen, DriftScreen)
        await until(pilot, lambda: screen.seen.version is not None and bool(screen.page.lines))
        yield screen, app, pilot


def told(screen: DriftScreen) -> str:
    """The diff, as text."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in screen.page.lines)


def labels(screen: DriftScreen) -> list[str]:
    """The lines of the tree."""
    return [row.cells[0].text.strip() for row in screen.table.visible_rows]


def found(*differences: Difference, sources: Sequence[SourceRead] = (), **more: object) -> Findings:
    """Findings of these differences, a minute old."""
    return Findings(at=boards.NOW - 60, baseline=HEAD, differences=differences, sources=tuple(sources), **more)  # type: ignore[arg-type]
