"""What the latency pane asks of the past, and when it is time to ask again: pure."""

from typing import NamedTuple, Protocol

from ops.past.structs import Chart, Heat

SETTLED_S = 2.0
"""How long after a column has closed it is asked for: what is recorded last needs a moment to be written."""
AGAIN_S = 10.0
"""When to ask again after an answer that was none."""


class Desk(Protocol):
    """Who knows the past. Raises StoreError where it can't be read."""

    async def chart(self, row: str, end: float, span_s: float, columns: int) -> Chart:
        """Latency percentiles of a row over the `span_s` seconds up to `end`."""

    async def heat(self, row: str, end: float, span_s: float, columns: int, bands: int) -> Heat:
        """How many answers of a row took how long over the same."""


class Question(NamedTuple):
    """What one look at the pane wants to know. What comes for another one is of no use."""

    row: str
    span_s: float
    columns: int
    bands: int
    """0 where no heatmap is wanted."""
    live: bool

    def end(self, at: float) -> float:
        """Up to when to ask at a moment: in the past, nothing of the minute that is looked at may come from later."""
        return at if self.live else at // 60 * 60

    def due(self, asked: float, at: float, *, in_vain: bool) -> bool:
        """Whether the answer for the moment `asked` no longer does at the moment `at`: once for each column.

        Going back in time needs another answer at once, so that nothing of what came later is on the screen.
        """
        from ops.past.charts import column_s

        if not self.live and self.end(at) < self.end(asked):
            return True
        if in_vain:
            return not 0 <= at - asked < AGAIN_S
        length = column_s(self.span_s, self.columns)
        settled_s = SETTLED_S if self.live else 0.0
        return (at - settled_s) // length != (asked - settled_s) // length


class Answer(NamedTuple):
    """What the past said to a question."""

    question: Question
    chart: Chart | None = None
    heat: Heat | None = None
    trouble: str = ""
    """Why there is none, and what to do."""
