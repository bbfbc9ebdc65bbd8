"""The way from a row to a job: the menu of fixes, what one asks, its plan, a yes, the start."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from collectors.text import clean
from ops.actions.base import Offer
from ops.fixes.source import FixSource, filled
from tui.messages import FixAsked
from tui.pages import Pages

if TYPE_CHECKING:
    from ops.fixes.structs import Plan
    from ops.jobs.structs import By, Job
    from tui.screens.fix_plan import FixPlan


def who() -> "By":
    """The person at this screen."""
    from ops.fixes.who import me

    return me("screen")


class Fixing(Pages):
    """An app in which rows can be fixed."""

    def on_fix_asked(self, message: FixAsked) -> None:
        """Show what fits these rows, or go on with one offer for all of them."""
        fixes = self.hands.free
        if fixes is None:
            self.notify(f"read-only: {self.hands.why_not}", severity="warning", markup=False)
        elif not self.floor.refuses():
            if message.offer is None:
                self._menu(message.row_ids)
            else:
                self._take(fixes, message.row_ids, message.offer)

    def _menu(self, row_ids: Sequence[str]) -> None:
        from tui.screens.fix_menu import FixMenu

        self.push_screen(FixMenu(row_ids, self.floor.latest, self.hands, self.glyphs, self.config.keys))

    def _take(self, fixes: FixSource, row_ids: Sequence[str], offer: Offer) -> None:
        """One offer a row; then what is still to be asked, once for all."""
        offers = [offer]
        if len(row_ids) > 1:
            found = [_alike(fixes, self, row_id, offer) for row_id in row_ids]
            missing = [row_id for row_id, each in zip(row_ids, found, strict=True) if each is None]
            if missing:
                told = f"it does not fit {clean(missing[0])} any more: r looks again"
                self.notify(told, severity="warning", markup=False)
                return
            offers = [each for each in found if each is not None]
        if offer.ask:
            self._ask(fixes, offers)
        else:
            self._plan(fixes, offers, {})

    def _ask(self, fixes: FixSource, offers: Sequence[Offer]) -> None:
        from tui.screens.fix_form import FixForm

        form = FixForm(offers[0], self.floor.latest, fixes.picks, self.glyphs, self.config.keys)

        def asked(_: None) -> None:
            if form.answers is not None:
                self._plan(fixes, offers, form.answers)

        self.push_screen(form, asked)

    def _plan(self, fixes: FixSource, offers: Sequence[Offer], given: Mapping[str, str]) -> None:
        from tui.screens.fix_plan import FixPlan

        wanted = [filled(offer, given) for offer in offers]
        start = partial(self._begin, fixes)
        page = FixPlan(wanted, self.floor.latest, fixes.plan, start, self.glyphs, self.config.keys)
        self.push_screen(page, lambda _: self._done(page))

    async def _begin(self, fixes: FixSource, plan: "Plan") -> "Job":
        """Start a job. Raises Refused. The page has made sure that the name was typed."""
        from ops.actions.errors import Refused

        if why := self.hands.why_not:
            raise Refused(f"read-only: {why}", "lift it first", reason="rights")
        job = await fixes.start(plan, who(), typed=plan.typed)
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


def _alike(fixes: FixSource, app: Pages, row_id: str, offer: Offer) -> Offer | None:
    """The same offer for another row: the same action, of the same `[[fix]]`, preferably with the same parameters."""
    found = [each.offer for each in fixes.offers(app.floor.latest, (row_id,)) if not each.allowed]
    same = [each for each in found if (each.action, each.fix) == (offer.action, offer.fix)]
    alike = [each for each in same if each.params == offer.params]
    return next(iter(alike or same), None)
