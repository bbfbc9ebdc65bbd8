"""The latency pane: gives the chart's work to a thread and shows what comes back."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ClassVar

from textual.content import Content
from textual.message import Message

from ops.board import Board, Bucket, Level
from tui.glyphs import UNICODE, Glyphs
from tui.panes import chart
from tui.panes.view import View
from tui.widgets.lines import Line, Lines

_DRAWER = ThreadPoolExecutor(1, thread_name_prefix="chart")
"""One thread: plotext has one figure for the whole process."""
SPARED_S = 60.0
"""How old the newest column may be on a line that is to be spared."""


class LatencyPane(Lines, can_focus=True):
    """Percentile lines of the selected service."""

    NAME: ClassVar[str] = "Latency"
    SHORT: ClassVar[str] = "Latency"
    HELP: ClassVar[str] = chart.HELP
    KINDS: ClassVar[tuple[str, ...]] = ()

    class Drawn(Message):
        """A chart is ready."""

        def __init__(self, lines: Sequence[Line], key: object) -> None:
            super().__init__()
            self.lines = lines
            self.key = key

    def __init__(self, pane_id: str, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=pane_id, glyphs=glyphs)
        self.level: Level = "ok"
        self.rows: tuple[str, ...] = ()
        self.service = ""
        self.buckets: Sequence[Bucket] = ()
        self.limit: tuple[str, float] | None = None
        self._key: object = None
        self._look: object = None
        self._drawn_of = 0.0
        self._plain = False
        self._title = ""
        self.border_title = Content(self.NAME)

    def show_board(self, board: Board, view: View) -> bool:
        """Follow the selected service, else the first one that has been probed; a thread draws it."""
        services = board.of("service")
        row = next((row for row in services if row.id == view.row), services[0] if services else None)
        self.rows = tuple(row.id for row in services)
        self.service = row.name if row else ""
        self.buckets = row.buckets if row else ()
        self.limit = chart.limit_of(chart.budget_of(board, self.service))
        title = f"{self.NAME} {view.glyphs.dot} {self.service}" if self.service else self.NAME
        if title != self._title:
            self._title = title
            self.border_title = Content(title)
        self._plain = view.plain
        self.redraw()
        return True

    def redraw(self) -> None:
        """Ask for a chart when its data or its size changed; new columns alone can wait while the line is spared."""
        width, height = self.size
        look = (self.service, self.limit, width, height)
        key = (look, self.buckets)
        newest = self.buckets[-1].at if self.buckets else 0.0
        spared = self._plain and look == self._look and 0 <= newest - self._drawn_of < SPARED_S
        if spared or key == self._key or not self.display or width < 1:
            return
        self._key, self._look, self._drawn_of = key, look, newest
        head = chart.legend(self.buckets, self.limit, self.glyphs)
        future = _DRAWER.submit(chart.build, self.buckets, self.limit, width, height - 1, self.glyphs)
        future.add_done_callback(self._deliver(head, key))

    def _deliver(self, head: Line, key: object) -> Callable[[Future[list[Line]]], None]:
        def done(future: Future[list[Line]]) -> None:
            if not future.cancelled() and self.is_running:
                self.post_message(self.Drawn([head, *future.result()], key))

        return done

    def on_latency_pane_drawn(self, message: Drawn) -> None:
        """Show the chart, unless a newer one is under way."""
        if message.key == self._key:
            self.show(message.lines)

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.redraw()

    @property
    def need(self) -> int:
        """Lines that it would like to have."""
        return 14 if self.rows else 0
