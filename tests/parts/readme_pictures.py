"""Makes the README's pictures from the real demo: `python -m tests.parts.readme_pictures` (takes four minutes)."""

import asyncio
import sys

import msgspec

from ops.config.load import load
from ops.config.structs import Config
from ops.demo.shop import Demo
from tests.house.source import ROOT
from tests.parts.picture import save
from tui.app import FloorApp

CALM_S = 200.0
FAULT_S = 16.0
FAULT = "stop-postgres"
SIZES = ((120, 40), (80, 24))


def _of_the_shop(config: Config) -> Config:
    """Without this machine's own containers, which are nobody else's business."""
    return msgspec.structs.replace(config, targets=tuple(spec for spec in config.targets if "docker" not in spec.id))


async def _take(demo: Demo) -> None:
    app = FloorApp(_of_the_shop(load(demo.config_path)), demo=demo)
    async with app.run_test(size=SIZES[0]) as pilot:
        await asyncio.sleep(CALM_S)
        await demo.inject(FAULT)
        await asyncio.sleep(FAULT_S)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await asyncio.sleep(2)
            picture = ROOT / "docs" / f"floor-{width}x{height}.png"
            save(app.export_screenshot(title="watchfloor demo"), picture, width * 9)
            print(picture)


def main() -> int:
    """Start the shop, let it run, break it, and take the pictures."""
    demo = Demo.start()
    try:
        asyncio.run(_take(demo))
    finally:
        demo.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
