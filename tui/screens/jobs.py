"""The job drawer: its keys."""

from collections.abc import Callable
from functools import partial

from ops.actions.base import Offer
from ops.actions.errors import ActionError
from ops.fixes.source import FixSource
from ops.jobs.structs import Job
from tui import keys
from tui.messages import FixAsked
from tui.panes.job_words import as_text
from tui.saving import save
from tui.screens.ask import AskScreen
from tui.screens.filter_line import FilterLine
from tui.screens.jobs_picture import JobsPicture
from tui.working import begin

ACTING = frozenset(key.action for key in keys.KEYS if key.scope == "job")
"""Actions that are not bound where nothing may be done."""


class JobsScreen(JobsPicture):
    """Jobs and their output, and what can be done with them."""

    BINDINGS = keys.bindings("jobs", "job")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts is not there where nothing may be done, nor is a file for somebody at a browser."""
        if keys.missing(action) or (action in ACTING and self.hands.why_not):
            return False
        return super().check_action(action, parameters)

    def scroll_output(self, by: int) -> None:
        """Scroll; who goes to the end stays there."""
        self.page.scroll_lines(by)
        self.following = self.page.top >= self.page.last_top

    def action_jobs_down(self) -> None:
        """A screenful on."""
        self.scroll_output(self.page.size.height)

    def action_jobs_up(self) -> None:
        """A screenful back."""
        self.scroll_output(-self.page.size.height)

    def action_jobs_end(self) -> None:
        """The newest line."""
        self.scroll_output(len(self.page.lines))

    def action_jobs_output(self) -> None:
        """All room for the output, or the table again."""
        self.whole = not self.whole
        self.look()

    def action_jobs_filter(self) -> None:
        """Open the filter line for the output."""
        self.filter_line.open_for(self)

    @property
    def filter_text(self) -> str:
        """The text that output must contain."""
        return self.output.filter_text

    @property
    def inverse(self) -> bool:
        """Whether it must not."""
        return self.output.inverse

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Filter the output, and go to its newest line."""
        self.output.set_filter(text, inverse=inverse)
        self.following = True
        self.write()

    def on_filter_line_closed(self) -> None:
        """Give the keys back to the table."""
        self.set_focus(self.table)

    def action_jobs_back(self) -> None:
        """Leave, one thing at a time."""
        if isinstance(self.focused, FilterLine):
            self.focused.close(clear=True)
        elif self.filter_text:
            self.set_filter("", inverse=False)
        elif self.whole:
            self.action_jobs_output()
        else:
            self.dismiss()

    def action_jobs_cancel(self) -> None:
        """Ask, then end it."""
        job = self.job()
        if job is None or not job.runs:
            self._tell("this job has ended; only a running one can be cancelled")
            return
        lines = [
            job.request.title,
            "Its processes are told to end, and killed 5 s later. What it has done so far stays done.",
            *filter(None, (job.request.undone and f"Undone by: {job.request.undone}",)),
        ]
        self.app.push_screen(AskScreen(f"Cancel job {job.id}?", lines, yes="cancels it"), self._cancel(job.id))

    def _cancel(self, number: int) -> "Callable[[bool | None], None]":
        def answered(yes: bool | None) -> None:
            if yes:
                begin(self, partial(self._end, number), group="cancel")

        return answered

    async def _end(self, number: int) -> None:
        from ops.fixes.who import me

        try:
            said = await self.fixes.cancel(number, me("screen"))
        except ActionError as error:
            self._tell(error.message, wrong=True)
        else:
            self._tell(said)
        self.look()

    def action_jobs_again(self) -> None:
        """Plan the same fix anew."""
        job = self.job()
        if job is not None and not job.runs:
            request = job.request
            offer = Offer(
                action=request.action, row=request.row, title=request.title, params=request.params, fix=request.fix,
                verify_row=request.proof.row, within_s=request.proof.within_s, risk=request.risk,
            )  # fmt: skip
            self.post_message(FixAsked((request.proof.row,), offer))

    def action_jobs_undo(self) -> None:
        """Plan what undoes it."""
        job = self.job()
        offer = job.undo if job is not None else None
        if job is None or job.runs or offer is None:
            self._tell("nothing undoes this" + (f": {job.request.undone}" if job and job.request.undone else ""))
        else:
            self.post_message(FixAsked((offer.row,), offer))

    def action_jobs_copy(self) -> None:
        """Copy the job with what is kept of its output."""
        job = self.job()
        if job is not None:
            self.app.copy_to_clipboard(as_text(job, self.output.kept))
            self._tell(f"job {job.id} is in the clipboard")

    def action_jobs_save(self) -> None:
        """Write all that is kept of the job into a file of the working folder, which only we can read."""
        job = self.job()
        if job is None:
            return
        text = partial(_text, self.fixes, job)
        begin(self, partial(save, self, f"watchfloor-job-{job.id}.txt", text), group="save")

    def _tell(self, words: str, *, wrong: bool = False) -> None:
        self.notify(words, severity="error" if wrong else "information", markup=False)


def _text(fixes: FixSource, job: Job) -> str:
    """The job with all that is kept of its output, for a thread."""
    return as_text(job, fixes.output(job.id))
