"""Few whole pictures at fixed sizes and a frozen time: what changes in them was meant to change."""

import asyncio
import time

import pytest

from ops.config.structs import Config, Settings
from tests.parts.boards import NOW, bad_night
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import text_of
from tests.parts.snapshot import comes_to
from tests.parts.sources import MemorySource
from tui.app import FloorApp


@pytest.mark.parametrize(
    ("name", "size", "settings", "keys"),
    [
        pytest.param("floor-120x40", (120, 40), Settings(), [], id="the floor of the README"),
        pytest.param("floor-80x24", (80, 24), Settings(), ["shift+tab", "shift+tab"], id="a small terminal"),
        pytest.param("floor-200x60", (200, 60), Settings(), [], id="a large one"),
        pytest.param("floor-ascii", (120, 40), Settings(ascii=True), [], id="a terminal without UTF-8"),
        pytest.param("help-100x40", (100, 40), Settings(), ["question_mark"], id="the help"),
    ],
)
async def test_picture(
    name: str, size: tuple[int, int], settings: Settings, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LANG", "C.UTF-8")
    time.tzset()
    config = Config(path="", settings=settings, targets=(), thresholds=())
    source = MemorySource(bad_night())
    source.fixes = MemoryFixes({})
    app = FloorApp(config, source=source, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        shown = ""
        async with asyncio.timeout(10):
            while ("-15m" not in shown and size[1] > 24) or "likely cause" not in shown:
                await pilot.pause()
                shown = text_of(app)
        await pilot.press(*keys)
        await pilot.pause()
        await pilot.pause()
        await comes_to(name, lambda: text_of(app), pilot.pause)
