"""What stands over the latency chart: its percentiles, what was promised, what happened last; as much as fits."""

from collections.abc import Iterator, Sequence

from ops.board import Board, Bucket, Row
from ops.figures import count, duration
from tui.glyphs import Glyphs
from tui.panes.chart import SERIES, Limits, Seen
from tui.panes.marks import in_full, in_short
from tui.panes.spans import moment
from tui.widgets.lines import Line

ROOMY = (80, 20)
"""From this width and height on there are more lines of words."""
_MOST_MARKS = 4
_KINDS = ("p95", "p99", "p50")
Part = tuple[str, str]


def limits_of(board: Board, row: Row) -> Limits:
    """What was promised of a row's latency: p95 first, as it is drawn, else p99, p50, or what counts as fast."""
    found: dict[str, float] = {}
    for budget in board.budgets:
        if budget.row == row.id or (not budget.row and budget.service == row.name):
            found |= {name: value for name in _KINDS if (value := getattr(budget, f"{name}_s")) is not None}
            if budget.limit_s is not None:
                found[budget.kind if budget.kind in _KINDS else "fast"] = budget.limit_s
    return tuple((name, found[name]) for name in (*_KINDS, "fast") if name in found)


def legend(seen: Seen, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The lines over a chart of some size: one, or in a roomy pane all that there is to say."""
    span_s = seen.end - seen.start
    figures = seen.whole or next(iter(reversed(seen.known)), None)
    line: list[Part] = [] if seen.whole or not seen.known else [("now ", "muted")]
    line += [(f"{name.removesuffix('_s')} {_value(figures, name, glyphs)}  ", meaning) for name, meaning in SERIES]
    room = width - sum(len(text) for text, _ in line)
    for wordings, style in _extras(seen, span_s, glyphs):
        text = next((words for words in wordings if len(words) <= room), "")
        line += [(f"{text}  ", style)] if text else []
        room -= len(text) + 2 if text else 0
    roomy = height >= ROOMY[1] and width >= ROOMY[0] and bool(seen.columns)
    return [line, *_more(seen, span_s, width, glyphs)] if roomy else [line]


def _value(bucket: Bucket | None, name: str, glyphs: Glyphs) -> str:
    value: float | None = getattr(bucket, name, None)
    return _short(value) if value else glyphs.dash


def _short(seconds: float) -> str:
    return duration(seconds).replace(" ", "")


def _extras(seen: Seen, span_s: float, glyphs: Glyphs) -> Iterator[tuple[Sequence[str], str]]:
    """What follows the figures, each in a long and a short wording."""
    if seen.marks:
        text, style = in_short(seen.marks[-1], span_s, glyphs)
        yield (text, " ".join(text.split(" ")[:-1])), style
    if seen.limits:
        name, limit = seen.limits[0]
        yield (f"limit of {name} {_short(limit)}", f"limit {_short(limit)}"), "limit"
    earlier = _earlier(seen)
    if earlier is not None:
        yield (f"{glyphs.dotted * 3} p95 last week {_short(earlier)}", f"{glyphs.dotted * 3} last week"), "muted"


def _earlier(seen: Seen) -> float | None:
    """The p95 of a week before the newest column."""
    at = seen.known[-1].at if seen.known else seen.end
    upto = [bucket for bucket in seen.before if bucket.p95_s is not None and bucket.at - seen.column_s < at]
    return upto[-1].p95_s if upto else None


def _more(seen: Seen, span_s: float, width: int, glyphs: Glyphs) -> Iterator[Line]:
    """Counts, the worst moment and every limit in one line; then the newest marks, each with what was said of it."""
    parts: list[Part] = []
    if seen.column_s:
        total, failed = (sum(getattr(bucket, name) for bucket in seen.columns) for name in ("count", "failed"))
        parts += [(f"a column is {_short(seen.column_s)}  ", "muted")]
        parts += [(f"{count(failed)} of {count(total)} failed  ", "critical" if failed else "muted")]
    worst = max(seen.known, key=lambda bucket: bucket.p99_s or 0.0, default=None)
    if worst is not None and worst.p99_s:
        parts += [(f"worst p99 {_short(worst.p99_s)} at {moment(worst.at - seen.column_s, span_s)}  ", "series-3")]
    if len(seen.limits) > 1:
        parts += [("limits " + ", ".join(f"{name} {_short(value)}" for name, value in seen.limits), "limit")]
    yield parts
    for mark in reversed(seen.marks[-_MOST_MARKS:]):
        yield in_full(mark, span_s, width, glyphs)
