"""The detail of a row: what is known about it, kept up to date, and its log as it is written."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from collectors.base import CollectError
from ops.board import Board
from tui.glyphs import Glyphs
from tui.messages import BoardArrived
from tui.panes.detail import detail
from tui.screens.page import Page
from tui.widgets.lines import Line

LOG_LINES = 500


class DetailScreen(Page):
    """One row. `follow` gives its live log lines, or raises CollectError where there are none."""

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
        self.log_lines: deque[str] = deque(maxlen=LOG_LINES)
        self.log_note = "waiting for the log"
        self._follow = follow

    def on_mount(self) -> None:
        """Start to follow the log."""
        super().on_mount()
        self.run_worker(self._read_log(), group="follow")

    async def _read_log(self) -> None:
        try:
            async for line in self._follow(self.row_id):
                self.log_lines.append(line)
                self.log_note = ""
                self._log_grew()
        except CollectError as error:
            self.log_note = error.message
            self._log_grew()

    def _log_grew(self) -> None:
        at_end = self.page.top >= self.page.last_top
        self.page.show(self.lines())
        if at_end and self.logs_only:
            self.action_detail_bottom()

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Show what is new about the row."""
        self.board = message.board
        self.write()

    def title_line(self) -> Line:
        """Kind, name and state."""
        row = self.board.row(self.row_id)
        if row is None:
            return [(f" {self.row_id} ", "strong"), (" is not there any more", "unknown")]
        return [(f" {row.kind} ", "muted"), (f"{row.name} ", "strong"), (row.word, row.level)]

    def lines(self) -> Sequence[Line]:
        """Everything that is known, then the log."""
        row = self.board.row(self.row_id)
        width = self.page.size.width
        known = [] if self.logs_only or row is None else detail(row, self.board, width, self.glyphs)
        log: list[Line] = [[("Log", "strong"), (f"  {self.log_note}", "muted")]]
        return [*known, *log, *[[("  " + line, "text")] for line in self.log_lines]]
