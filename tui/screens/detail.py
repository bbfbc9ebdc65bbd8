"""The detail of a row: what is known about it, kept up to date, and its log as it is written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

from collectors.base import CollectError
from ops.board import Board
from ops.past.wall import moment
from tui import keys
from tui.glyphs import Glyphs
from tui.hands import Hands
from tui.messages import BoardArrived, FixAsked
from tui.panes.detail import detail
from tui.panes.log import LogLines
from tui.screens.filter_line import FilterLine
from tui.screens.page import Page
from tui.widgets.lines import Line
from tui.working import begin

_WORKLOADS = ("container:", "process:")
FRAME_S = 1 / 20
BURST = 200
"""Lines that are taken before keys have their turn; also a flood leaves the loop to others."""
BREATH_S = 0.01


class DetailScreen(Page):
    """One row. `follow` gives its live log lines, or raises CollectError where there are none."""

    BINDINGS = keys.bindings("log", "fix")
    SCOPES = ("log", "detail")
    hands = Hands(lambda: None)

    def __init__(
        self,
        row_id: str,
        board: Board,
        follow: Callable[[str], AsyncIterator[str]],
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        logs: bool = False,
    ) -> None:
        super().__init__(glyphs, keymap)
        self.row_id = row_id
        self.board = board
        self.logs_only = logs
        self.log_lines = LogLines()
        self.following = logs
        """Whether the view stays at the newest line."""
        self._follow = follow
        self._above = (0, 0)
        """Lines over the log, and lines dropped from its beginning, when it was last shown."""
        self._frame_waits = False
        self._known: Sequence[Line] = ()

    def on_mount(self) -> None:
        """Start to follow the log."""
        super().on_mount()
        begin(self, self._read_log, group="follow")

    async def _read_log(self) -> None:
        """Follow the row's own log, else that of the workload that it stands on."""
        refused = ""
        for row_id in self._with_logs():
            try:
                await self._take_lines(row_id)
            except CollectError as error:
                refused = refused or error.message
            else:
                refused = "the log has ended"
                break
        self.log_lines.note = refused
        self._log_grew()

    def _with_logs(self) -> Iterator[str]:
        yield self.row_id
        row = self.board.row(self.row_id)
        yield from (name for name in (row.depends_on if row else ()) if name.startswith(_WORKLOADS))

    async def _take_lines(self, row_id: str) -> None:
        taken = 0
        async for line in self._follow(row_id):
            if not taken and row_id != self.row_id:
                self.log_lines.whose = row_id
            self.log_lines.add(line)
            self._log_grew()
            taken += 1
            if taken % BURST == 0:
                await asyncio.sleep(BREATH_S)

    def _log_grew(self) -> None:
        """Draw all lines of a moment at once."""
        if not self._frame_waits:
            self._frame_waits = True
            self.set_timer(FRAME_S, self._draw_log)

    def _draw_log(self) -> None:
        self._frame_waits = False
        self.write_page()

    def write_page(self) -> None:
        """Show what is known and the log; the view stays at the end, or on the lines that it shows."""
        lines = self.lines()
        top, above = self.page.top, (len(self._known), self.log_lines.gone)
        if top > self._above[0]:
            top += above[0] - self._above[0] - (above[1] - self._above[1])
        self._above = above
        self.page.show(lines, top=len(lines) if self.following else top)
        self.write_head()

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Show what is new about the row."""
        self.board = message.board
        self.write()

    def title_line(self) -> Line:
        """Kind, name and state."""
        row = self.board.row(self.row_id)
        if row is None:
            return [(f" {self.row_id} ", "strong"), (" is not there any more", "unknown")]
        past = [(f" {self.glyphs.past} PAST {moment(self.board.at)} ", "past")] if self._replayed else []
        state = [(f"{self.glyphs.levels[row.level]} {row.word}", row.level)] if self.logs_only else []
        return [(f" {row.kind} ", "muted"), (f"{row.called} ", "strong"), *state, *past]

    @property
    def _replayed(self) -> bool:
        return self.board.mode == "replayed"

    def lines(self) -> Sequence[Line]:
        """Everything that is known, then the log."""
        return [*self._known, *self.log_lines.lines(self.glyphs)]

    def write(self) -> None:
        """What is known is told anew only when a Board comes or the size changes."""
        row = self.board.row(self.row_id)
        width = self.page.size.width
        self._known = () if self.logs_only or row is None else detail(row, self.board, width, self.glyphs)
        super().write()

    def scroll_page(self, by: int) -> None:
        """Scroll; who goes to the end stays there."""
        super().scroll_page(by)
        self.following = 0 < self.page.last_top <= self.page.top or (self.logs_only and not self.page.last_top)

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here: none that act where nothing may be done."""
        return super().scopes if self.hands.why_not or self._replayed else ("fix", *super().scopes)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key that acts is not there where nothing may be done."""
        if action == "fix_menu" and self.hands.why_not:
            return False
        return super().check_action(action, parameters)

    def action_fix_menu(self) -> None:
        """Show what fits this row."""
        if self.board.row(self.row_id) is not None:
            self.post_message(FixAsked((self.row_id,)))

    async def action_log_filter(self) -> None:
        """Open the filter line for the log."""
        found = self.query(FilterLine)
        line = found.first() if found else FilterLine()
        if not found:
            await self.mount(line)
        line.open_for(self)

    @property
    def filter_text(self) -> str:
        """The text that the log's lines must contain."""
        return self.log_lines.filter_text

    @property
    def inverse(self) -> bool:
        """Whether they must not contain it."""
        return self.log_lines.inverse

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Filter the log, and go to its newest line."""
        self.log_lines.set_filter(text, inverse=inverse)
        self.following = True
        self.write_page()

    def on_filter_line_closed(self) -> None:
        """Give the keys back to the page."""
        self.set_focus(None)

    def action_detail_back(self) -> None:
        """Leave, one thing at a time: the filter line and its text, then the page."""
        if isinstance(self.focused, FilterLine):
            self.focused.close(clear=True)
        elif self.filter_text:
            self.set_filter("", inverse=False)
        else:
            self.dismiss()
