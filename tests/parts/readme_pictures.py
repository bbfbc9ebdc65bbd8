"""Makes the README's pictures from the real demo: `python -m tests.parts.readme_pictures` (takes six minutes).

Those of drift and of backups are of a shop whose sources a test sets; `python -m tests.parts.readme_pictures drift` and
`… backups` make them alone.
"""

import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from textual.pilot import Pilot

from ops.config.load import load
from ops.config.structs import Config
from ops.demo.history import make
from ops.demo.shop import Demo
from ops.store.opening import open_store
from tests.house.source import ROOT
from tests.parts import memory_backups
from tests.parts.backup_shop import shop as shop_of_backups
from tests.parts.fixes import MemoryFixes
from tests.parts.memory_drift import NGINX, Given, Shop, shown
from tests.parts.picture import save
from tui.app import FloorApp
from tui.screens.floor import FloorScreen

CALM_S = 200.0
FAULT_S = 16.0
DRAWN_S = 3.0
MENDED_S = 12.0
FAULT = "stop-postgres"
DRIFTED, DRIFT_SIZE = "files:/etc/nginx.conf#text", (120, 30)
BACKUPS_SIZE = (120, 34)
SIZES = ((120, 40), (80, 24))
DAYS = 30.0


def _of_the_shop(config: Config) -> Config:
    """Without this machine's own containers, which are nobody else's business."""
    return msgspec.structs.replace(config, targets=tuple(spec for spec in config.targets if "docker" not in spec.id))


def _past(demo: Demo) -> float:
    """Make a month's history; gives a moment amidst its worst outage."""
    store = open_store(demo.plan.history)
    try:
        made = make(store, time.time(), DAYS, told=lambda _share, _what: None)
    finally:
        store.close()
    worst = max(made.story.troubles, key=lambda trouble: trouble.failing * trouble.length_s)
    return worst.start + worst.length_s / 2


async def _picture(app: FloorApp, name: str, width: int) -> None:
    await asyncio.sleep(DRAWN_S)
    picture = ROOT / "docs" / f"{name}.png"
    save(app.export_screenshot(title="watchfloor demo" if app.demo else "watchfloor"), picture, width * 9)
    print(picture)


async def _of_the_past(app: FloorApp, pilot: Pilot[None], at: float) -> None:
    """A month of latency as lines and as a heatmap, where a budget went, and the floor amidst an outage."""
    screen = app.screen
    assert isinstance(screen, FloorScreen)
    screen.activate("latency")
    await pilot.press("z", *["plus"] * 4)
    await _picture(app, "latency-30d", 120)
    await pilot.press("h")
    await _picture(app, "heatmap-30d", 120)
    await pilot.press("h", *["minus"] * 4, "z")
    screen.activate("budget")
    await pilot.press("enter")
    await _picture(app, "budget", 120)
    await pilot.press("escape", "at", *time.strftime("%Y-%m-%d %H:%MZ", time.gmtime(at)), "enter")
    await _picture(app, "past", 120)


async def _of_a_fix(app: FloorApp, pilot: Pilot[None]) -> None:
    """What fits, the plan of the first, and its job once that is verified."""
    await pilot.press("x")
    await _picture(app, "fix-menu", 120)
    await pilot.press("enter")
    await _picture(app, "fix-plan", 120)
    await pilot.press("y")
    await asyncio.sleep(MENDED_S)
    await pilot.press("o")
    await _picture(app, "jobs", 120)
    await pilot.press("escape")


async def _of_an_incident(app: FloorApp, pilot: Pilot[None]) -> None:
    """Its war room while it goes on."""
    await pilot.press("w")
    await _picture(app, "war-room", 120)
    await pilot.press("escape")


async def _of_its_end(app: FloorApp, pilot: Pilot[None]) -> None:
    """The incidents, and the post-mortem of the last one."""
    await pilot.press("i")
    await _picture(app, "incidents", 120)
    await pilot.press("P")
    await _picture(app, "post-mortem", 120)
    await pilot.press("escape", "escape")


async def _take(demo: Demo, at: float) -> None:
    app = FloorApp(_of_the_shop(load(demo.config_path)), demo=demo)
    async with app.run_test(size=SIZES[0]) as pilot:
        await asyncio.sleep(CALM_S)
        await demo.inject(FAULT)
        await asyncio.sleep(FAULT_S)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await _picture(app, f"floor-{width}x{height}", width)
        await pilot.resize_terminal(*SIZES[0])
        await _of_an_incident(app, pilot)
        await _of_a_fix(app, pilot)
        await _of_its_end(app, pilot)
        await _of_the_past(app, pilot, at)


async def _of_drift() -> None:
    """What differs, with the diff of a file in front."""
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        units = Given(
            "units", {name: {"active": "active", "enabled": "yes"} for name in ("backup.timer", "cron.service")}
        )
        shop.desk = shop.desk_over(units, *(Given(name, {"x": {}}) for name in ("cron", "kernel", "packages", "users")))
        shop.git.items["/srv/shop"] = {"branch": "main", "commit": "4f1c9a07e2"}
        shop.files.items["/etc/nginx.conf"] = {"kind": "file", "mode": "0644", "owner": "root", "text": NGINX}
        await shop.drifted()
        units.items["backup.timer"] = {"active": "inactive", "enabled": "yes"}
        shop.git.items["/srv/shop"] = {"branch": "hotfix", "commit": "b83d05c611"}
        text = NGINX.replace("listen 80", "listen 8080")
        shop.files.items["/etc/nginx.conf"] = {"kind": "file", "mode": "0644", "owner": "root", "text": text}
        await shop.desk.detect()
        async with shown(shop.desk, DRIFT_SIZE) as (screen, app, _):
            screen.table.move_to([row.id for row in screen.table.visible_rows].index(DRIFTED))
            await _picture(app, "drift", DRIFT_SIZE[0])


async def _of_backups() -> None:
    """Sets, the backups of one, their calendar."""
    async with memory_backups.shown(shop_of_backups(), BACKUPS_SIZE, MemoryFixes({})) as (_, app, _pilot):
        await _picture(app, "backups", BACKUPS_SIZE[0])


ALONE = {"drift": _of_drift, "backups": _of_backups}


def main() -> int:
    """Start the shop with a month behind it, let it run, break it, and take the pictures."""
    alone = [ALONE[name] for name in sys.argv[1:]]
    for take in alone or ALONE.values():
        asyncio.run(take())
    if alone:
        return 0
    demo = Demo.launch(window="30d")
    try:
        at = _past(demo)
        demo.wait(print)
        asyncio.run(_take(demo, at))
    finally:
        demo.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
