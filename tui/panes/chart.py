"""Latency chart: the percentile lines of one service and its promised limit, drawn by plotext off the event loop."""

import re
from collections.abc import Iterator, Sequence

from ops.board import Board, Bucket, Budget
from ops.figures import duration
from tui.glyphs import Glyphs
from tui.widgets.lines import Line

HELP = (
    "p50, p95 and p99 of the selected service over the last 30 minutes in steps of 10 seconds, and its promised limit. "
    "It is drawn again when it has a new step or another size."
)
_SERIES = (("p50_s", "series-1"), ("p95_s", "series-2"), ("p99_s", "series-3"))
_MEANINGS = {"1": "series-1", "2": "series-2", "3": "series-3", "4": "limit"}
_COLOUR = re.compile(r"\x1b\[([0-9;]*)m")
_FRAME = str.maketrans("│┤├─┼┬┴└┘┌┐", "||+-+++++++")
_STEP_S = 10.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def limit_of(budget: Budget | None) -> tuple[str, float] | None:
    """The limit that the chart shows: that of p95, else p99, else p50."""
    for name in ("p95_s", "p99_s", "p50_s"):
        value = getattr(budget, name, None)
        if value is not None:
            return name.removesuffix("_s"), value
    return None


def budget_of(board: Board, service: str) -> Budget | None:
    """The objective of a service, if it has one."""
    return next((budget for budget in board.budgets if budget.service == service), None)


def legend(buckets: Sequence[Bucket], limit: tuple[str, float] | None, glyphs: Glyphs) -> Line:
    """Name the lines, each with its newest value and in its own style."""
    newest = next((bucket for bucket in reversed(buckets) if bucket.p50_s is not None), None)
    line: list[tuple[str, str]] = []
    for name, meaning in _SERIES:
        value = getattr(newest, name, None)
        line.append(
            (f"{name.removesuffix('_s')} {duration(value).replace(' ', '') if value else glyphs.dash}  ", meaning)
        )
    if limit:
        line.append((f"limit of {limit[0]} {duration(limit[1]).replace(' ', '')}", "limit"))
    return line


def build(
    buckets: Sequence[Bucket], limit: tuple[str, float] | None, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Draw the chart as lines of styled text. Not thread-safe: plotext keeps one figure for the whole process."""
    import plotext

    known = [bucket for bucket in buckets if bucket.p50_s is not None]
    if not known or width < 20 or height < 4:
        return [[("" if known else _silence(buckets), "muted")]]
    span = _span(buckets[-1].at - known[0].at)
    top = _top(known, limit)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, height)
    if limit:
        plotext.plot([-span, 0], [limit[1], limit[1]], marker="-" if glyphs.ascii else "─", color=4)
    for number, (name, _) in enumerate(_SERIES, 1):
        marker = str(("1", "2", "3")[number - 1]) if glyphs.ascii else "braille"
        for xs, ys in _runs(buckets, name):
            plotext.plot(xs, ys, marker=marker, color=number)
    _axes(span, top, height)
    text: str = plotext.build()
    return [_styled(line, glyphs) for line in text.rstrip("\n").split("\n")[:height]]


def _silence(buckets: Sequence[Bucket]) -> str:
    """Why there is no line: nothing was asked for long enough yet, or nothing answered for so long."""
    if not buckets:
        return "first points in a few seconds: a column every 10 s"
    asked_s = min(buckets[-1].at - buckets[0].at + _STEP_S, 1800.0)
    minutes, seconds = divmod(round(asked_s), 60)
    return f"no answered probe in the last {f'{minutes} minutes' if minutes >= 2 else f'{minutes * 60 + seconds} s'}"


def _span(seconds: float) -> float:
    """Minutes on the time axis: the whole half hour, or less while there is less."""
    return next((minutes for minutes in (2.0, 5.0, 10.0, 15.0) if seconds <= minutes * 60), 30.0)


def _top(known: Sequence[Bucket], limit: tuple[str, float] | None) -> float:
    most = max((getattr(bucket, name) or 0.0) for bucket in known for name, _ in _SERIES)
    return max(most, limit[1] if limit else 0.0, 0.001) * 1.08


def _runs(buckets: Sequence[Bucket], name: str) -> Iterator[tuple[list[float], list[float]]]:
    """Split a series where it has no data: a gap is not a line."""
    now = buckets[-1].at
    xs: list[float] = []
    ys: list[float] = []
    for bucket in buckets:
        value = getattr(bucket, name)
        if value is None:
            if xs:
                yield xs, ys
            xs, ys = [], []
        else:
            xs.append((bucket.at - now) / 60)
            ys.append(value)
    if xs:
        yield xs, ys


def _axes(span: float, top: float, height: int) -> None:
    import plotext as plt

    plt.frame(False)
    plt.xaxes(False, False)
    plt.yaxes(True, False)
    plt.xlim(-span, 0)
    plt.ylim(0, top)
    ticks = _ticks(top, max(min(height // 3, 5), 2))
    plt.yticks(ticks, [duration(tick).replace(" ", "").rjust(6) if tick else "     0" for tick in ticks])
    moments = [-span, -span / 2, 0]
    plt.xticks(moments, [f"-{-moment:g}m" if moment else "now" for moment in moments])


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
