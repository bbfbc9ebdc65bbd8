"""One drawing of the latency pane, words included: made in the thread of the charts from what the pane knows."""

import textwrap
from typing import NamedTuple

from ops.past.structs import Heat
from tui.glyphs import Glyphs
from tui.panes.chart import LEFT, Seen, axis_of, build
from tui.panes.heat import heat_lines
from tui.panes.legend import legend
from tui.panes.marks import marks_line, within
from tui.panes.spans import Span, axis_line
from tui.widgets.lines import Line

LEAST_HEAT = 6


class Drawing(NamedTuple):
    """What there is to draw."""

    service: str
    span: Span
    seen: Seen
    heat: Heat | None = None
    heated: bool = False
    """Whether a heatmap is wanted."""
    why: str = ""
    """Why there is nothing."""


def lines_of(drawing: Drawing, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The whole pane. Only for one thread: see `chart.build`."""
    head = legend(drawing.seen, width, height, glyphs)
    room = height - len(head)
    if drawing.why:
        return words(drawing.why, width)
    if drawing.heated:
        body = _heatmap(drawing, width, room, glyphs)
    else:
        body = build(drawing.seen, width, room, glyphs) if drawing.seen.known else words(_silence(drawing), width)
    return [*head, *body]


def _heatmap(drawing: Drawing, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    heat, seen = drawing.heat, drawing.seen
    if heat is None or not any(map(any, heat.columns)):
        return words(_silence(drawing), width)
    if width < 20 or height < LEAST_HEAT:
        return words("no room for a heatmap: zoom", width)
    axis = axis_of(seen, width)
    under = [axis_line(axis, LEFT)]
    if within(seen.marks, axis):
        under = [marks_line(seen.marks, axis, LEFT, glyphs), *under]
    return [*heat_lines(heat, axis, height - len(under), seen.limits, glyphs), *under]


def _silence(drawing: Drawing) -> str:
    """Why there is no line: nothing was asked for long enough yet, or nothing answered for so long."""
    seen, span = drawing.seen, drawing.span
    if not seen.columns or not (seen.column_s or any(bucket.failed for bucket in seen.columns)):
        return "first points in a few seconds: a column every 10 s"
    if seen.column_s:
        total = sum(bucket.count for bucket in seen.columns)
        nothing = f"nothing was counted of {drawing.service} in {span.words}"
        return f"no answer to {total:,} probes in {span.words}" if total else nothing
    asked_s = min(seen.columns[-1].at - seen.columns[0].at + 10.0, span.seconds)
    minutes, seconds = divmod(round(asked_s), 60)
    return f"no answered probe in the last {f'{minutes} minutes' if minutes >= 2 else f'{minutes * 60 + seconds} s'}"


def words(text: str, width: int) -> list[Line]:
    """A sentence in lines of the pane's width."""
    return [[(line, "muted")] for line in textwrap.wrap(text, max(width, 10))]
