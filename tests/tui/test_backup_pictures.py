"""Whole pictures of the screen of backups at fixed sizes: what changes in them was meant to change."""

import pytest
from textual.pilot import Pilot

from ops.config.structs import Settings
from tests.parts.backup_shop import shop
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import text_of, until
from tests.parts.memory_backups import shown
from tests.parts.snapshot import comes_to
from tui.app import FloorApp


async def _none(pilot: Pilot[None], app: FloorApp) -> None:
    await until(pilot, lambda: "▶ run 43 %" in text_of(app) or "> run 43 %" in text_of(app))


async def _of_one(pilot: Pilot[None], app: FloorApp) -> None:
    await pilot.press("tab")
    await until(pilot, lambda: "verified: all of it" in text_of(app))


async def _restore(pilot: Pilot[None], app: FloorApp) -> None:
    await pilot.press("R")
    await until(pilot, lambda: "lost for good" in text_of(app))


async def _prune(pilot: Pilot[None], app: FloorApp) -> None:
    await pilot.press("p")
    await until(pilot, lambda: "would stay" in text_of(app))


@pytest.mark.parametrize(
    ("name", "size", "settings", "then"),
    [
        pytest.param("backups-120x40", (120, 40), Settings(), _none, id="sets, backups, calendar"),
        pytest.param("backups-80x24", (80, 24), Settings(), _none, id="a small terminal"),
        pytest.param("backups-one-200x60", (200, 60), Settings(), _of_one, id="one backup on a large one"),
        pytest.param("backups-ascii", (120, 40), Settings(ascii=True), _none, id="a terminal without UTF-8"),
        pytest.param("backups-restore-80x24", (80, 24), Settings(), _restore, id="a restore that is put together"),
        pytest.param("backups-prune-100x30", (100, 30), Settings(), _prune, id="what a prune would do"),
    ],
)
async def test_picture(
    name: str, size: tuple[int, int], settings: Settings, then: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    async with shown(shop(), size, MemoryFixes({}), settings) as (_, app, pilot):
        await _none(pilot, app)
        await then(pilot, app)  # type: ignore[operator]
        await pilot.pause()
        await pilot.pause()
        await comes_to(name, lambda: text_of(app), pilot.pause)
