"""The latency pane: asks the past, gives the drawing's work to a thread, and shows what comes back."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ClassVar

from textual.content import Content
from textual.message import Message

from ops.board import Board, Level, Row
from ops.store.contract import StoreError
from tui.glyphs import UNICODE, Glyphs
from tui.panes import legend
from tui.panes.asking import Answer, Desk, Question
from tui.panes.chart import LEFT, Limits, Seen, live, past
from tui.panes.drawing import Drawing, lines_of, words
from tui.panes.spans import LIVE_S, SPANS, Span
from tui.panes.view import View
from tui.widgets.lines import Line, Lines
from tui.working import begin

_DRAWER = ThreadPoolExecutor(1, thread_name_prefix="chart")
"""One thread: plotext has one figure for the whole process."""
SPARED_S = 60.0
"""How old the newest column may be on a line that is to be spared."""
PATIENCE_S = 0.3
"""How long the picture of another look may stay while this one is under way."""
_NO_PAST = "this floor keeps no history, which this would need; with record = true in [store] it keeps one"


class LatencyPane(Lines, can_focus=True):
    """Percentile lines or a heatmap of the selected service, over any of `SPANS`."""

    NAME: ClassVar[str] = "Latency"
    SHORT: ClassVar[str] = "Latency"
    HELP: ClassVar[str] = (
        "p50, p95 and p99 of the selected service and its promised limit, over 15 minutes to 30 days. Up to half an "
        "hour a live floor draws the minute that ends at each step of 10 seconds; longer spans come from the store, "
        "in columns, each with all that was counted in it. Percentiles are the nearest rank, from the store to 1 %. "
        "The dotted line is the p95 of a week before; the marks under the chart are deploys, restarts and changes of "
        "level of the service and of what it depends on. The heatmap shows how many answers took how long."
    )
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
        self.desk: Callable[[], Desk | None] = lambda: None
        """Who knows the past, if anybody does."""
        self._row: Row | None = None
        self._limits: Limits = ()
        self._at = 0.0
        self._replayed = False
        self._recording = ""
        self._view = View()
        self._asked: tuple[Question, float] | None = None
        self._answer: Answer | None = None
        self._key: object = None
        self._look: object = None
        self._drawn_of = 0.0
        self._title = ""
        self.border_title = Content(self.NAME)

    @property
    def span(self) -> Span:
        """What is shown."""
        return SPANS[self._view.span]

    def show_board(self, board: Board, view: View) -> bool:
        """Follow the selected service, else the first one that has been probed; a thread draws it."""
        services = board.of("service")
        self._row = next((row for row in services if row.id == view.row), services[0] if services else None)
        self.rows = tuple(row.id for row in services)
        self._limits = legend.limits_of(board, self._row) if self._row else ()
        self._at, self._replayed, self._recording = board.at, board.mode == "replayed", board.recording
        self._view = view
        self.redraw()
        return True

    def redraw(self) -> None:
        """Ask for what is not known, and draw what changed."""
        width, height = self.size
        self._write_title(width)
        if self.display and width > 0 and height > 0:
            self._ask(width, height)
            self._draw(width, height)

    def _write_title(self, width: int) -> None:
        dot = f" {self.glyphs.dot} "
        rule = "nearest rank" if self._in_memory else "nearest rank, 1 %"
        parts = [self.NAME, *((self._row.name, self.span.label) if self._row else ())]
        title = dot.join(parts)
        if self._row and len(whole := dot.join((title, "heatmap" if self._view.heat else rule))) <= width - 2:
            title = whole
        if title != self._title:
            self._title = title
            self.border_title = Content(title)

    @property
    def _in_memory(self) -> bool:
        """Whether the lines are those that the Board has."""
        return self.span.seconds <= LIVE_S and not self._replayed and not self._view.heat

    def _question(self, width: int, height: int) -> Question | None:
        if self._row is None:
            return None
        bands = max(height - 4, 1) if self._view.heat else 0
        return Question(self._row.id, self.span.seconds, max(width - LEFT, 1), bands, live=not self._replayed)

    def _ask(self, width: int, height: int) -> None:
        """Ask the past when the look is another one, or when another column has closed."""
        question, desk = self._question(width, height), self.desk()
        if question is None or desk is None:
            self._asked = self._answer = None
            return
        if self._asked is not None and self._asked[0] == question:
            in_vain = self._answer is not None and bool(self._answer.trouble)
            if not question.due(self._asked[1], self._at, in_vain=in_vain):
                return
        elif not self._in_memory:
            self.set_timer(PATIENCE_S, partial(self._still_asking, question))
        self._asked = question, self._at
        begin(self, partial(self._fetch, desk, question, question.end(self._at)), group="past", exclusive=True)

    async def _fetch(self, desk: Desk, question: Question, end: float) -> None:
        try:
            told = await desk.chart(question.row, end, question.span_s, question.columns)
            heat = (
                await desk.heat(question.row, end, question.span_s, question.columns, question.bands)
                if question.bands
                else None
            )
        except StoreError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            answer = Answer(question, trouble=f"the history can't be read: {error.message}{remedy}")
        else:
            answer = Answer(question, told, heat)
        if self._asked is not None and self._asked[0] == question:
            self._answer = answer
            self._draw(*self.size)

    def _still_asking(self, question: Question) -> None:
        """Say that an answer takes long, in place of a picture that is of something else."""
        waits = self._asked is not None and self._asked[0] == question
        if waits and (self._answer is None or self._answer.question != question) and self.is_running:
            self._key = None
            self.show(words("reading the history", self.size.width))

    def _drawing(self) -> Drawing | None:
        """What can be drawn now; None while that is still under way."""
        span, row = self.span, self._row
        if row is None:
            return Drawing("", span, Seen())
        answer = self._answer if self._asked and self._answer and self._answer.question == self._asked[0] else None
        chart = answer.chart if answer else None
        if self._in_memory:
            seen = live(row.buckets, span.seconds, chart.columns if chart else ())
            if chart:
                seen = seen._replace(before=chart.before, marks=chart.marks)
        elif answer is None:
            return Drawing(row.name, span, Seen(), why=self._no_past()) if self._asked is None else None
        elif chart is None:
            return Drawing(row.name, span, Seen(), why=answer.trouble)
        else:
            seen = past(chart, span.seconds)
        seen = seen._replace(limits=self._limits, before=seen.before if self._view.compare else ())
        return Drawing(row.name, span, seen, answer.heat if answer else None, self._view.heat)

    def _no_past(self) -> str:
        return f"no history: {self._recording}" if self._recording else _NO_PAST

    def _draw(self, width: int, height: int) -> None:
        """Have it drawn when its data or its size changed; new columns alone can wait while the line is spared."""
        buckets = self._row.buckets if self._row and self._in_memory else ()
        row_id = self._row.id if self._row else ""
        chosen = (self._view.span, self._view.compare, self._view.heat, self._replayed)
        look = (row_id, self._limits, width, height, chosen, None if self._in_memory else self._answer)
        key = (look, buckets, self._answer, self._recording)
        newest = buckets[-1].at if buckets else 0.0
        spared = self._view.plain and look == self._look and 0 <= newest - self._drawn_of < SPARED_S
        if spared or key == self._key:
            return
        drawing = self._drawing()
        if drawing is None:
            self._key = None
            return
        self._key, self._look, self._drawn_of = key, look, newest
        future = _DRAWER.submit(lines_of, drawing, width, height, self.glyphs)
        future.add_done_callback(self._deliver(key))

    def _deliver(self, key: object) -> Callable[[Future[list[Line]]], None]:
        def done(future: Future[list[Line]]) -> None:
            if not future.cancelled() and self.is_running:
                self.post_message(self.Drawn(future.result(), key))

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
