"""The demo's keys: a menu of real faults, and a heal; nothing of it without a demo."""

from ops.config.structs import Config, Settings
from ops.demo.faults import FAULTS, Fault
from ops.demo.shop import DemoError
from tests.parts.boards import board, service
from tests.parts.floor import text_of, until
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.screens.faults import FaultScreen

CONFIG = Config(path="", settings=Settings(), targets=(), thresholds=())


class MemoryDemo:
    """Remembers which faults are in; refuses one."""

    faults: tuple[Fault, ...] = FAULTS

    def __init__(self) -> None:
        self.active: list[str] = []
        self.healed = 0

    async def inject(self, name: str) -> str:
        """Put a fault in; the last of the list can't be injected."""
        if name == FAULTS[-1].name:
            raise DemoError("no core is free")
        self.active.append(name)
        return f"{name} is in [bold]"

    async def heal(self, name: str = "") -> str:
        """Take all out."""
        del name
        self.active.clear()
        self.healed += 1
        return "all is healed"


async def test_a_fault_is_chosen_injected_and_healed() -> None:
    demo = MemoryDemo()
    app = FloorApp(CONFIG, source=MemorySource(board(service("api"))), demo=demo)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("F")
        assert isinstance(app.screen, FaultScreen)
        await until(pilot, lambda: f"▸ {FAULTS[0].title[:12]}" in text_of(app))
        await pilot.press("j")
        await until(pilot, lambda: f"▸ {FAULTS[1].title[:12]}" in text_of(app))
        assert text_of(app).count("▸") == 1
        await pilot.press("enter")
        await until(pilot, lambda: bool(demo.active))
        assert demo.active == [FAULTS[1].name]
        await pilot.press("H")
        await until(pilot, lambda: bool(demo.healed))
        assert demo.active == []


async def test_a_fault_that_fails_says_why_and_the_floor_stays() -> None:
    app = FloorApp(CONFIG, source=MemorySource(board(service("api"))), demo=MemoryDemo())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("F", "k", "enter")
        await until(pilot, lambda: any("no core is free" in note.message for note in app._notifications))
        assert app.is_running


async def test_leaving_the_menu_injects_nothing() -> None:
    demo = MemoryDemo()
    app = FloorApp(CONFIG, source=MemorySource(board(service("api"))), demo=demo)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("F", "escape")
        assert not isinstance(app.screen, FaultScreen)
        assert demo.active == []


async def test_without_a_demo_the_keys_do_nothing() -> None:
    app = FloorApp(CONFIG, source=MemorySource(board(service("api"))))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("F", "H")
        assert not isinstance(app.screen, FaultScreen)
        footer = "".join(text for line in app.screen.query_one("#footer").lines for text, _ in line)  # type: ignore[attr-defined]
        assert "fault" not in footer
