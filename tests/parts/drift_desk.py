"""A desk of drift whose two sources a test changes, with a clock of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

from collectors.base import CollectError
from ops.config.decode import decode
from ops.config.structs import Config
from ops.drift.base import Place, Source
from ops.drift.desk import DriftDesk
from ops.drift.structs import Difference, Findings, Item, Value

NOW = 1_800_000_000.0


class Things(Source):
    """A source whose items the test changes."""

    title = "things"
    group = "system"

    def __init__(self, name: str, **items: Mapping[str, Value]) -> None:
        self.name = name  # type: ignore[misc]
        self.items: dict[str, Mapping[str, Value]] = dict(items)
        self.error: CollectError | None = None
        self.asked: list[str] = []

    async def capture(self, place: Place) -> Sequence[Item]:
        self.asked.append(place.only)
        if self.error is not None:
            raise self.error
        return [Item(name=name, facts=facts) for name, facts in self.items.items() if place.only in ("", name)]

    def by_hand(self, difference: Difference) -> str:
        return f"look at {difference.path}"


class Scene:
    """A desk with two sources and a clock of its own."""

    def __init__(self, folder: File) -> None:
        self.at = NOW
        self.files, self.images = Things("files", a={"mode": "644"}, b={"mode": "600"}), Things("images", x={"id": "1"})
        self.config = config_in(folder)
        self.desk = DriftDesk(
            self.config, clock=lambda: self.at, sources={"files": self.files, "images": self.images}, actions={}
        )

    def capture(self, name: str = "", **more: Any) -> Any:
        return asyncio.run(self.desk.capture(name, by="ann", **more))

    def detect(self, name: str = "", **more: Any) -> Findings:
        self.at += 60
        return asyncio.run(self.desk.detect(name, **more))


def config_in(folder: File) -> Config:
    """A config whose state is in that folder."""
    file = folder / "floor.toml"
    file.write_text(f'[store]\npath = "{folder / "state"}"\n[[drift]]\nname = "web-1"\n')
    return decode(file.read_text(), str(file)).config


def paths(found: Findings) -> list[str]:
    """What counts."""
    return [one.path for one in found.drift]
