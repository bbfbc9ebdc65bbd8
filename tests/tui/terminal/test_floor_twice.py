"""The real floor, drawn twice at each frame, by Textual's bytes and by ours: both terminals always look the same."""

import random

import pytest
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.screen import Screen

from ops.config.structs import Config, Settings
from tests.bench.scripted import ScriptedSource
from tests.house.source import ROOT
from tests.parts.model_terminal import ModelTerminal
from tui.app import FloorApp
from tui.terminal.cells import Picture
from tui.terminal.diff import Shown
from tui.terminal.pen import Pens
from tui.terminal.strips import placed, size

KEYS = ["j", "k", "tab", "shift+tab", "z", "enter", "escape", "question_mark", "escape", "t", "v", "s", "S", "slash",
        "w", "漢", "escape", "ctrl+p", "escape", "l", "escape", "p", "p", "y", "G", "g", "ctrl+l"]  # fmt: skip


class Twice(FloorApp):
    """A floor that keeps two terminals."""

    CSS_PATH = str(ROOT / "themes" / "floor.tcss")
    picture: Picture
    frames = 0
    ours_bytes = plain_bytes = 0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and self._running:
            self._compare(renderable)
        super()._display(screen, renderable)

    def _compare(self, update: LayoutUpdate | ChopsUpdate) -> None:
        if self.frames == 0 or size(update) != (self.picture.width, self.picture.height):
            pens = Pens(colours=self.console._color_system)
            self.picture, self.shown = Picture(pens), Shown(pens)
            self.picture.resize(*size(update))
            self.ours, self.plain = ModelTerminal(*size(update)), ModelTerminal(*size(update))
        end = 0
        for x, y, strip in placed(update):
            end = self.picture.put(end if x is None else x, y, strip)
        ours, plain = self.shown.follow(self.picture), update.render_segments(self.console)
        self.ours.feed(ours)
        self.plain.feed(plain)
        self.frames += 1
        self.ours_bytes += len(ours)
        self.plain_bytes += len(plain)
        mine, right = self.ours.cells(), self.plain.cells()
        wrong = [y for y, row in enumerate(mine) if row != right[y]]
        assert not wrong, f"frame {self.frames}: lines {wrong} differ"


@pytest.mark.parametrize("theme", ["dark", "sixteen"])
async def test_both_ways_show_the_same_at_every_frame(theme: str) -> None:
    config = Config(path="", settings=Settings(name="twice", theme=theme), targets=(), thresholds=())
    app = Twice(config, source=ScriptedSource(0.5, 0.3))
    rng = random.Random(11)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.4)
        for turn in range(2):
            for key in KEYS[turn::2] if theme == "sixteen" else KEYS[turn * 9 :]:
                await pilot.press(key)
                if rng.random() < 0.1:
                    app.notify("a toast 漢字 🚀 over it", timeout=0.2)
                    await pilot.pause(0.05)
            await pilot.resize_terminal(*((80, 24), (100, 30))[turn])
            await pilot.pause(0.1)
    assert app.frames > 30
    assert app.ours_bytes * 2 < app.plain_bytes
