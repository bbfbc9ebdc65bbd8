"""The way from a row to a job: the menu of fixes, what one asks, its plan, a yes, the start."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from collectors.loading import loaded
from collectors.text import clean
from ops.actions.base import Offer
from ops.board import Row
from ops.fixes.source import FixSource, filled
from tui.bell import Belled
from tui.messages import FixAsked
from tui.together import grouped, same_fix, with_rows
from tui.warming import AFTER_S, warm
from tui.working import begin

if TYPE_CHECKING:
    from ops.fixes.structs import Plan
    from ops.jobs.structs import By, Job
    from tui.screens.fix_plan import FixPlan


def who() -> "By":
    """The person at this screen."""
    from ops.fixes.who import me

    return me("screen")


class Fixing(Belled):
    """An app in which rows can be fixed."""

    def on_mount(self) -> None:
        """Be ready for the first fix a little later."""
        self.set_timer(AFTER_S, self._warm_up)

    def _warm_up(self) -> None:
        if self.hands.free is not None:
            begin(self, warm, group="warm")

    async def on_fix_asked(self, message: FixAsked) -> None:
        """Show what fits these rows, or go on with one offer for all of them."""
        await loaded("tui.screens.fix_menu")
        fixes = self.hands.free
        if fixes is None:
            self.notify(f"read-only: {self.hands.why_not}", severity="warning", markup=False)
        elif not self.floor.refuses():
            if message.offer is None:
                self._menu(message.row_ids, message.rows)
            else:
                self._take(fixes, message.row_ids, message.offer, message.rows)

    def _menu(self, row_ids: Sequence[str], rows: Sequence[Row]) -> None:
        from tui.screens.fix_menu import FixMenu

        if not self.shows(FixMenu):
            self.push_screen(FixMenu(row_ids, self.floor.latest, self.hands, self.glyphs, self.config.keys, rows=rows))

    def _take(self, fixes: FixSource, row_ids: Sequence[str], offer: Offer, rows: Sequence[Row]) -> None:
        """For several rows what that action is for each of them; then what is still to be asked, once for all."""
        from tui.screens.fix_form import FixForm
        from tui.screens.fix_plan import FixPlan

        if self.shows(FixForm, FixPlan):
            return
        offers = [offer]
        if len(row_ids) > 1:
            board = with_rows(self.floor.latest, rows)
            there = [row_id for row_id in row_ids if board.row(row_id) is not None]
            groups = grouped(fixes.offers(board, there)) if there else []
            offers = [each.offer for group in groups for each in group if same_fix(each.offer, offer)]
        if not offers:
            self.notify("it does not fit all of them any more: r looks again", severity="warning", markup=False)
            return
        offer = offers[0]
        if offer.ask:
            self._ask(fixes, offers, rows)
        else:
            self._plan(fixes, offers, {}, rows)

    def _ask(self, fixes: FixSource, offers: Sequence[Offer], rows: Sequence[Row]) -> None:
        from tui.screens.fix_form import FixForm

        form = FixForm(offers[0], with_rows(self.floor.latest, rows), fixes.picks, self.glyphs, self.config.keys)

        def asked(_: None) -> None:
            if form.answers is not None:
                self._plan(fixes, offers, form.answers, rows)

        self.push_screen(form, asked)

    def _plan(self, fixes: FixSource, offers: Sequence[Offer], given: Mapping[str, str], rows: Sequence[Row]) -> None:
        from tui.screens.fix_plan import FixPlan

        wanted = [filled(offer, given) for offer in offers]
        start = partial(self._begin, fixes)
        page = FixPlan(wanted, self.floor.latest, fixes.plan, start, self.glyphs, self.config.keys, rows=rows)
        self.push_screen(page, lambda _: self._done(page))

    async def _begin(self, fixes: FixSource, plan: "Plan", typed: str, among: Sequence["Plan"]) -> "Job":
        """Start a job with what was typed for all of these plans. Raises Refused."""
        from ops.actions.errors import Refused

        if why := self.hands.why_not:
            raise Refused(f"read-only: {why}", "lift it first", reason="rights")
        job = await fixes.start(plan, who(), typed=typed, among=among)
        title = clean(plan.offer.title)
        self.notify(f"job {job.id}: {title} runs (o shows it)", markup=False, timeout=5)
        return job

    def _done(self, page: "FixPlan") -> None:
        """Back on the floor, or on the row's page, once something was started."""
        from tui.screens.fix_menu import FixMenu

        if page.jobs:
            self.floor.unmark()
            if isinstance(self.screen, FixMenu):
                self.screen.dismiss()
