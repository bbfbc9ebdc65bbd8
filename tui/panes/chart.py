"""Latency chart: the percentile lines of one service and its promised limit, drawn by plotext off the event loop."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ops.board import Bucket
from ops.figures import duration
from ops.past.structs import Chart, Mark
from tui.glyphs import Glyphs
from tui.panes.marks import marks_line, within
from tui.panes.spans import Axis, axis_line
from tui.widgets.lines import Line

SERIES = (("p50_s", "series-1"), ("p95_s", "series-2"), ("p99_s", "series-3"))
LEFT = 7
"""Cells before the first column: the figures of the axis and the axis itself."""
_MEANINGS = {"1": "series-1", "2": "series-2", "3": "series-3", "4": "limit", "5": "muted"}
_COLOUR = re.compile(r"\x1b\[([0-9;]*)m")
_FRAME = str.maketrans("│┤├─┼┬┴└┘┌┐", "||+-+++++++")
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SHORT_AXES_S = (120.0, 300.0, 600.0, 900.0, 1800.0)
"""A floor that began only now has a shorter axis."""
Limits = Sequence[tuple[str, float]]
"""What was promised: ("p95", seconds), the one that is drawn first."""


class Seen(NamedTuple):
    """All that a drawing shows of a service."""

    columns: Sequence[Bucket] = ()
    start: float = 0.0
    end: float = 0.0
    """UTC seconds; of live columns, where the newest one ends."""
    column_s: float = 0.0
    """How long a column is; 0 where each tells of its end."""
    before: Sequence[Bucket] = ()
    marks: Sequence[Mark] = ()
    limits: Limits = ()
    ago: bool = False
    """Whether the axis tells minutes before now."""
    whole: Bucket | None = None
    """All of the span in one; None where only the columns are known."""

    @property
    def known(self) -> list[Bucket]:
        """The columns in which something was answered."""
        return [bucket for bucket in self.columns if bucket.p50_s is not None]


def live(buckets: Sequence[Bucket], span_s: float, earlier: Sequence[Bucket] = ()) -> Seen:
    """The newest of the columns that a Board has, on an axis that is not longer than they reach.

    Before them stand those of `earlier`, which a store knows of the time before this floor began.
    """
    if not buckets:
        return Seen(ago=True)
    end = buckets[-1].at
    joined = [*(bucket for bucket in earlier if bucket.at <= buckets[0].at), *buckets]
    shown = [bucket for bucket in joined if bucket.at >= end - span_s]
    began = next((bucket.at for bucket in shown if bucket.p50_s is not None), end)
    axis_s = next((length for length in _SHORT_AXES_S if end - began <= length < span_s), span_s)
    return Seen(shown, end - axis_s, end, ago=True)


def past(told: Chart, span_s: float) -> Seen:
    """What a store knows."""
    columns = told.columns
    column_s = columns[1].at - columns[0].at if len(columns) > 1 else span_s
    start = told.end - span_s
    return Seen(columns, start, told.end, column_s, told.before, told.marks, whole=told.whole)


_FAR = 4.0
"""A limit that is so many times above all that was seen is left to the legend: it would press the lines flat."""


def axis_of(seen: Seen, width: int) -> Axis:
    """The time axis of a drawing of some width."""
    return Axis(seen.start, seen.end, width - LEFT, seen.ago)


def build(seen: Seen, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw the chart as lines of styled text. Not thread-safe: plotext keeps one figure for the whole process."""
    if not seen.known or width < 20 or height < 4:
        return []
    axis = axis_of(seen, width)
    under = [axis_line(axis, LEFT)]
    if within(seen.marks, axis) and height >= 6:
        under = [marks_line(seen.marks, axis, LEFT, glyphs), *under]
    return [*_plot(seen, width, height - len(under), glyphs), *under]


def _plot(seen: Seen, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    import plotext

    top = _top(seen)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limitsize(False, False)
    plotext.plotsize(width, height)
    _draw_before(seen, top, glyphs)
    if seen.limits and seen.limits[0][1] <= top:
        limit = seen.limits[0][1]
        plotext.plot([seen.start - seen.end, 0], [limit, limit], marker="-" if glyphs.ascii else "─", color=4)
    for number, (name, _) in enumerate(SERIES, 1):
        marker = str(number) if glyphs.ascii else "braille"
        for xs, ys in _runs(seen, name):
            plotext.plot(xs, ys, marker=marker, color=number)
    _axes(seen.end - seen.start, top, height)
    text: str = plotext.build()
    return [_styled(line, glyphs) for line in text.rstrip("\n").split("\n")[:height]]


def _draw_before(seen: Seen, top: float, glyphs: Glyphs) -> None:
    import plotext

    points = [
        (x, bucket.p95_s)
        for bucket in seen.before
        if bucket.p95_s is not None and seen.start - seen.end <= (x := _x(bucket, seen)) and bucket.p95_s <= top
    ]
    if points:
        plotext.scatter([x for x, _ in points], [y for _, y in points], marker=glyphs.dotted, color=5)


def _x(bucket: Bucket, seen: Seen) -> float:
    """Seconds before the end; a column that has a length stands at the middle of it."""
    return min(bucket.at - seen.column_s / 2 - seen.end, 0.0)


def _top(seen: Seen) -> float:
    """The height of the chart: what was worse a week ago makes it higher, but not more than half again."""
    most = max((getattr(bucket, name) or 0.0) for bucket in seen.known for name, _ in SERIES)
    earlier = max((bucket.p95_s or 0.0 for bucket in seen.before), default=0.0)
    limit = seen.limits[0][1] if seen.limits and seen.limits[0][1] <= _FAR * most else 0.0
    return max(most, limit, min(earlier, 1.5 * most), 0.001) * 1.08


def _runs(seen: Seen, name: str) -> Iterator[tuple[list[float], list[float]]]:
    """Split a series where it has no data: a gap is not a line."""
    xs: list[float] = []
    ys: list[float] = []
    for bucket in seen.columns:
        value = getattr(bucket, name)
        if value is None:
            if xs:
                yield xs, ys
            xs, ys = [], []
        else:
            xs.append(_x(bucket, seen))
            ys.append(value)
    if xs:
        yield xs, ys


def _axes(span_s: float, top: float, height: int) -> None:
    import plotext as plt

    plt.frame(False)
    plt.xaxes(False, False)
    plt.yaxes(True, False)
    plt.xlim(-span_s, 0)
    plt.ylim(0, top)
    ticks = _ticks(top, max(min(height // 3, 5), 2))
    plt.yticks(ticks, [duration(tick).replace(" ", "").rjust(LEFT - 1) if tick else "     0" for tick in ticks])
    plt.xticks([], [])


def _ticks(top: float, count: int) -> list[float]:
    """Round values from zero up to the top, at most about `count` of them."""
    rough = top / count
    power = 10.0 ** _exponent(rough)
    step = next(power * factor for factor in _STEPS if power * factor >= rough * 0.999)
    return [step * i for i in range(int(top / step) + 1)]


def _exponent(value: float) -> int:
    return int(f"{value:e}".split("e")[1])


def _styled(line: str, glyphs: Glyphs) -> Line:
    """Turn plotext's colour numbers into meanings; nothing of its escape sequences is left."""
    parts: list[tuple[str, str]] = []
    meaning = "muted"
    for index, piece in enumerate(_COLOUR.split(line)):
        if index % 2:
            meaning = _MEANINGS.get(piece.rpartition(";")[2], "muted") if piece.startswith("38;5;") else "muted"
        elif piece:
            parts.append((piece.translate(_FRAME) if glyphs.ascii else piece, meaning))
    return parts
