"""The way from the floor to what differs from what was agreed."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from collectors.loading import loaded
from tui.incident_pages import IncidentPages
from tui.messages import DriftAsked
from tui.working import begin

if TYPE_CHECKING:
    from ops.drift.source import Tell
    from tui.drift_reading import Work

NOBODY = "no drift is known here: it shows what others read"


class DriftPages(IncidentPages):
    """An app that shows drift; what is captured goes on when its screen is left."""

    _drift_work: "Work | None" = None

    def action_drift(self) -> None:
        """Show what differs."""
        self.open_page(DriftAsked())

    async def on_drift_asked(self) -> None:
        """Show it, where what is shown is now; else it is said why not."""
        await loaded("tui.screens.drift")
        from tui.drift_reading import Work
        from tui.screens.drift import DriftScreen

        if self._returns_to(DriftScreen) is not None or self.floor.refuses():
            return
        found = self.source.drift if self.source is not None else None
        if found is None:
            self.notify(NOBODY, markup=False)
            return
        self._drift_work = self._drift_work or Work()
        page = DriftScreen(found, self._drift_work, self.glyphs, self.config.keys, clock=self.floor.clock)
        page.hands, page.work_on = self.hands, self.work_on
        self.push_screen(page)

    def work_on(self, doing: str, work: "Callable[[Tell], Awaitable[str]]") -> None:
        """Have something done that goes on when its screen is left, and say how it ended."""
        begin(self, partial(self._work_on, doing, work), group="drift")

    async def _work_on(self, doing: str, work: "Callable[[Tell], Awaitable[str]]") -> None:
        if self._drift_work is not None:
            said, wrong = await self._drift_work.do(doing, work)
            self.notify(said, severity="error" if wrong else "information", markup=False, timeout=6)
