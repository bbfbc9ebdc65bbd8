"""The pages that open over the floor: the detail of a row, where a budget went, the help."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.screen import Screen

from collectors.base import CollectError
from collectors.loading import loaded
from ops.config.structs import Config
from ops.source import BoardSource
from tui.demo_keys import DemoKeys
from tui.hands import Hands
from tui.messages import BudgetAsked, DetailAsked, JobsAsked
from tui.screens.floor import FloorScreen
from tui.time_machine import OFF

if TYPE_CHECKING:
    from textual.driver import Driver

    from ops.demo.shop import Faulty
    from ops.past.structs import BudgetDetail


class Pages(DemoKeys):
    """An app that opens pages of the moment that its floor shows."""

    def __init__(
        self,
        config: Config,
        source: BoardSource | None,
        demo: "Faulty | None",
        driver_class: "type[Driver] | None",
    ) -> None:
        super().__init__(demo, driver_class)
        self.config = config
        self.source = source
        self.hands = Hands(lambda: self.source.fixes if self.source is not None else None)
        self._met = False
        self._early: Message | None = None

    def open_page(self, asked: Message) -> None:
        """Ask for a page. Before the first Board nobody knows yet who has what is on it: then it comes with that."""
        if self._met:
            self.post_message(asked)
        else:
            self._early = asked

    def meet(self) -> None:
        """Hear that there is a Board by now."""
        self._met = True
        if self._early is not None:
            self.floor.call_later(self.post_message, self._early)  # the floor takes the Board first
            self._early = None

    @property
    def floor(self) -> FloorScreen:
        """The bottom of the stack."""
        found = self.screen_stack[0]
        assert isinstance(found, FloorScreen)  # noqa: S101 — get_default_screen gives nothing else
        return found

    def shows(self, *kinds: type[Screen[Any]]) -> bool:
        """Whether a page of that kind is open, in front or behind another."""
        return any(isinstance(screen, kinds) for screen in self.screen_stack)

    async def on_detail_asked(self, message: DetailAsked) -> None:
        """Show one row."""
        await loaded("tui.screens.detail")
        from tui.screens.detail import DetailScreen

        # A key that repeats, or text that was meant for another window, may ask again before the page is there.
        if self.source is not None and not self.shows(DetailScreen):
            follow = _nothing_to_follow if self.floor.machine.away else self.source.follow
            page = DetailScreen(
                message.row_id, self.floor.told, follow, self.glyphs, self.config.keys, logs=message.logs
            )
            page.hands = self.hands
            self.push_screen(page)

    async def on_budget_asked(self, message: BudgetAsked) -> None:
        """Show where one budget went."""
        await loaded("tui.screens.budget")
        from tui.screens.budget import BudgetScreen

        if self.source is not None and not self.shows(BudgetScreen):
            past = self.source.past

            async def read(budget_id: str, at: float) -> "BudgetDetail | None":
                return await past.budget(budget_id, at, live=not self.floor.machine.away) if past else None

            ask = read if past is not None else None
            self.push_screen(BudgetScreen(message.budget_id, self.floor.told, ask, self.glyphs, self.config.keys))

    def on_jobs_asked(self, message: JobsAsked) -> None:
        """Show what fixes run and ran."""
        from tui.screens.jobs import JobsScreen

        fixes = self.source.fixes if self.source is not None else None
        if fixes is None:
            self.notify("nothing can be fixed from here, so there are no jobs", markup=False)
        elif not isinstance(self.screen, JobsScreen):
            page = JobsScreen(fixes, self.glyphs, self.config.keys, number=message.number)
            page.hands = self.hands
            self.push_screen(page)

    def action_jobs(self) -> None:
        """Show what fixes run and ran."""
        self.open_page(JobsAsked())

    def action_help(self) -> None:
        """Show keys and panes."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            hands = self.hands
            self.push_screen(HelpScreen(self.glyphs, self.config.keys, read_only=hands.why_not, mute=hands.mute))


async def _nothing_to_follow(row_id: str) -> AsyncIterator[str]:
    """Refuse to follow a log of now beside a row of the past."""
    raise CollectError(OFF, reason="missing", retry=False)
    yield row_id
