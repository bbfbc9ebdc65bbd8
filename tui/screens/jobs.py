"""The job drawer: every running and past job, and the output of one of them as it is written."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer

from ops.actions.base import Offer
from ops.actions.errors import ActionError
from ops.fixes.source import FixSource
from ops.jobs.structs import Job
from tui import keys
from tui.glyphs import Glyphs
from tui.messages import FixAsked
from tui.panes.footer import footer
from tui.panes.job_words import COLUMNS, as_text, state, story, table_row
from tui.screens.ask import AskScreen
from tui.screens.filter_line import FilterLine
from tui.screens.job_output import JobOutput
from tui.widgets.lines import STYLES, Lines
from tui.widgets.sized import Sized
from tui.widgets.table import LineTable

EACH_S = 0.5
FRAME_S = 1 / 20
BURST = 200
"""Lines that are taken before keys have their turn."""
BREATH_S = 0.01
NOTHING = "no job yet: x on a row offers the fixes that fit it"


class JobsScreen(Screen[None], Sized, inherit_bindings=False):
    """Jobs above, the output of the one under the cursor below."""

    COMPONENT_CLASSES: ClassVar[set[str]] = STYLES
    BINDINGS = keys.bindings("jobs")
    AUTO_FOCUS = None
    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("jobs",)

    def __init__(
        self,
        fixes: FixSource,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        number: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.fixes, self.glyphs, self.clock = fixes, glyphs, clock
        self._keymap = keymap
        self._wanted = number
        self.output = JobOutput()
        self.whole = False
        """Whether the output has the whole screen."""
        self.following = True
        self._gone = 0
        self._followed: int | None = None
        self._frame: Timer | None = None
        self.page_head = Lines(id="page-head", glyphs=glyphs)
        self.table = LineTable(COLUMNS, id="jobs", glyphs=glyphs)
        self.page = Lines(id="page", glyphs=glyphs)
        self.page_foot = Lines(id="page-foot", glyphs=glyphs)
        self.filter_line = FilterLine()

    def compose(self) -> ComposeResult:
        """Head, table, output, keys."""
        yield from (self.page_head, self.table, self.page, self.page_foot, self.filter_line)

    def on_mount(self) -> None:
        """Show what there is, and look again and again."""
        self.set_focus(self.table)
        self.set_interval(EACH_S, self.look)
        self.call_after_refresh(self.look)

    def on_resize(self) -> None:
        """Lay out for the new size."""
        self.call_after_refresh(self.look)

    def job(self) -> Job | None:
        """The one under the cursor."""
        return self.fixes.job(int(self.table.cursor_id)) if self.table.cursor_id else None

    def look(self) -> None:
        """Take the jobs as they stand now."""
        now = self.clock()
        jobs = self.fixes.jobs()
        self.table.show([table_row(job, now, self.glyphs) for job in jobs])
        if self._wanted is not None and any(job.id == self._wanted for job in jobs):
            wanted, self._wanted = str(self._wanted), None
            self.table.move_to(next(i for i, row in enumerate(self.table.visible_rows) if row.id == wanted))
        self._lay_out(len(jobs))
        self._follow()
        self._write_head(sum(job.runs for job in jobs), len(jobs))
        # Where the output ends is known once it has its room.
        self.call_after_refresh(self.write)

    def _lay_out(self, jobs: int) -> None:
        room = max(self.size.height - 2, 0)
        self.table.display = not self.whole
        self.table.styles.height = min(max(jobs, 1) + 3, max(room * 2 // 5, 6))
        self.page_foot.show([footer(self.SCOPES, self._keymap, self.size.width)])

    def _write_head(self, running: int, kept: int) -> None:
        job = self.job()
        head = [(" jobs ", "strong"), (f"{running} running, {kept} kept", "muted")]
        if job is not None:
            head += [(f"   job {job.id}  ", "muted"), state(job, self.clock(), self.glyphs), ("  ", "text")]
            head.append((job.progress_words if job.runs else job.said, "muted"))
        self.page_head.show([head])

    def on_line_table_moved(self) -> None:
        """Show another job's output."""
        self._follow()
        self.write()

    def _follow(self) -> None:
        job = self.job()
        if job is not None and job.id != self._followed:
            self._followed = job.id
            text, inverse = self.output.filter_text, self.output.inverse
            self.output = JobOutput()
            self.output.set_filter(text, inverse=inverse)
            self.following, self._gone = True, 0
            self.run_worker(self._read(job.id), group="output", exclusive=True)

    async def _read(self, number: int) -> None:
        for taken, line in enumerate(self.fixes.output(number, last=2000), 1):
            self.output.add(line)
            if taken % BURST == 0:
                await asyncio.sleep(0)
        self._grew()
        taken = 0
        async for line in self.fixes.follow(number, self.output.newest):
            self.output.add(line)
            self._grew()
            taken += 1
            if taken % BURST == 0:
                await asyncio.sleep(BREATH_S)

    def _grew(self) -> None:
        """Draw all lines of a moment at once."""
        if self._frame is None:
            self._frame = self.set_timer(FRAME_S, self._draw)

    def _draw(self) -> None:
        self._frame = None
        self.write()

    def write(self) -> None:
        """Show the job and its output; the view stays at the end, or on the lines that it shows."""
        job = self.job()
        if job is None:
            self.page.show([[(NOTHING, "muted")]])
            return
        above = story(job, self.clock(), self.page.size.width, self.glyphs)
        words = self.output.words(job.left_out)
        lines = [*above, [("output  ", "strong"), (words, "muted")], *self.output.lines()]
        moved = self.output.gone - self._gone
        self._gone = self.output.gone
        self.page.show(lines, top=len(lines) if self.following else self.page.top - moved)

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
                self.run_worker(self._end(number), group="cancel")

        return answered

    async def _end(self, number: int) -> None:
        try:
            said = await self.fixes.cancel(number)
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
                verify_row=request.proof.row, within_s=request.proof.within_s,
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
        path = Path.cwd() / f"watchfloor-job-{job.id}.txt"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(as_text(job, self.fixes.output(job.id)))
        except OSError as error:
            self._tell(f"{path} can't be written: {error.strerror}", wrong=True)
        else:
            self._tell(f"written to {path}")

    def _tell(self, words: str, *, wrong: bool = False) -> None:
        self.notify(str(Content(words)), severity="error" if wrong else "information", markup=False)
