"""The job drawer's picture: every running and past job, and the output of one of them as it is written."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.timer import Timer

from ops.fixes.source import FixSource
from ops.jobs.structs import Job
from tui import keys
from tui.glyphs import Glyphs
from tui.hands import Hands
from tui.panes.footer import footer
from tui.panes.job_words import COLUMNS, state, story, table_row
from tui.screens.filter_line import FilterLine
from tui.screens.job_output import JobOutput
from tui.screens.once import Once
from tui.widgets.lines import STYLES, Lines
from tui.widgets.sized import Sized
from tui.widgets.table import LineTable
from tui.working import begin

EACH_S = 0.5
FRAME_S = 1 / 20
BURST = 200
"""Lines that are taken before keys have their turn."""
BREATH_S = 0.01
NOTHING = "no job yet: x on a row offers the fixes that fit it"


class JobsPicture(Once[None], Sized, inherit_bindings=False):
    """Jobs above, the output of the one under the cursor below. Its keys are in `JobsScreen`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = STYLES
    AUTO_FOCUS = None
    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("jobs",)
    hands = Hands(lambda: None)

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

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return self.SCOPES if self.hands.why_not else (*self.SCOPES, "job")

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
        self.page_foot.show([footer(self.scopes, self._keymap, self.size.width)])

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
            self.output.lines(self.page.size.width)  # so that what comes is broken once
            self.following, self._gone = True, 0
            begin(self, partial(self._read, job.id), group="output", exclusive=True)

    async def _read(self, number: int) -> None:
        # The cursor is painted first, and whoever walks through many jobs reads none of them.
        await asyncio.sleep(FRAME_S)
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
        lines = [*above, [("output  ", "strong"), (words, "muted")], *self.output.lines(self.page.size.width)]
        moved = self.output.gone - self._gone
        self._gone = self.output.gone
        self.page.show(lines, top=len(lines) if self.following else self.page.top - moved)
