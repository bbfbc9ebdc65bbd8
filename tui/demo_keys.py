"""The keys of the demo: inject a real fault, heal everything."""

import os
from functools import partial
from typing import TYPE_CHECKING

from tui import keys
from tui.glyphs import UNICODE
from tui.screens.floor import FloorScreen
from tui.terminal.app import TerminalApp
from tui.working import begin

if TYPE_CHECKING:
    from textual.driver import Driver

    from ops.demo.shop import Faulty


class DemoKeys(TerminalApp[None]):
    """An app that can break and heal a demo, when it is given one."""

    BINDINGS = keys.bindings("demo")

    def __init__(self, demo: "Faulty | None", driver_class: "type[Driver] | None") -> None:
        # Textual drops every colour, not only the tints, when it may take the terminal's own.
        super().__init__(driver_class=driver_class, ansi_color=True if "NO_COLOR" in os.environ else None)
        self.demo = demo
        self.glyphs = UNICODE

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Faults are for the demo only, where its floor is in front."""
        if action.startswith("demo_"):
            return self.demo is not None and isinstance(self.screen, FloorScreen)
        return super().check_action(action, parameters)

    def action_demo_fault(self) -> None:
        """Choose a fault and inject it."""
        from tui.screens.faults import FaultScreen

        if self.demo is not None and not self._in_the_past():
            self.push_screen(FaultScreen(self.demo.faults, self.glyphs), self._inject)

    def _inject(self, name: str | None) -> None:
        if name:
            begin(self, partial(self._mischief, name), group="demo")

    def action_demo_heal(self) -> None:
        """Undo every fault."""
        if not self._in_the_past():
            begin(self, partial(self._mischief, ""), group="demo")

    def _in_the_past(self) -> bool:
        return isinstance(self.screen, FloorScreen) and self.screen.refuses()

    async def _mischief(self, name: str) -> None:
        from ops.demo.shop import DemoError

        if self.demo is not None:
            try:
                said = await (self.demo.inject(name) if name else self.demo.heal())
            except DemoError as error:
                self.notify(str(error), severity="error", markup=False)
            else:
                self.notify(said, markup=False)
