"""Where an error budget went, as lines: pure, without a screen."""

import textwrap
import time
from collections.abc import Iterator

from ops.board import Budget, Burn, Level
from ops.figures import count
from ops.past.structs import BudgetDetail
from ops.slo.quantiles import SKETCH
from tui.glyphs import Glyphs
from tui.panes import promises
from tui.panes.cells import age
from tui.panes.spendings import days, moment, spent, taken_out
from tui.widgets.curve import LABELS, curve
from tui.widgets.lines import Line, pad
from tui.widgets.sparkline import bar

_NAMES = 12
_CURVE_HEIGHT = 9
_WORST = "Worst ten minutes"
_SPELLS = "What each outage cost"


def budget_detail(
    budget: Budget, detail: BudgetDetail | None, note: str, now: float, width: int, glyphs: Glyphs
) -> list[Line]:
    """What is left, how it burns, then where it went; `note` says why there is no more than the Board knows."""
    sections = [
        _head(budget, width, glyphs),
        _figures(budget, now, width, glyphs),
        _burns(budget, glyphs),
        _what_if(budget, detail, now),
    ]
    if detail is not None:
        sections += [
            _curve(budget, detail, now, width, glyphs),
            days(detail.days, budget, width, glyphs),
            spent(_WORST, detail.worst, width, glyphs),
            spent(_SPELLS, detail.spells, width, glyphs, long=True),
            taken_out(detail.taken_out, width, glyphs),
        ]
    lines: list[Line] = []
    for section in sections:
        found = list(section)
        lines += [*found, []] if found else []
    return [*lines, *([(part, "accent")] for part in textwrap.wrap(note, max(width - 2, 20)))]


def _head(budget: Budget, width: int, glyphs: Glyphs) -> Iterator[Line]:
    level = promises.level(budget)
    yield [
        (f"{glyphs.levels[level]} {promises.word(budget)}", level),
        (f"  {_promise(budget)} over {promises.window(budget)}", "muted"),
    ]
    for part in textwrap.wrap(promises.why(budget), max(width - 2, 20)):
        yield [(part, "text")]


def _promise(budget: Budget) -> str:
    """The promise as a sentence's beginning."""
    share = f"{budget.objective_percent:g} %"
    limit = promises.short(budget.limit_s)
    if promises.is_percentile(budget):
        return f"{budget.kind} of answers at most {limit} ({SKETCH})"
    if budget.kind == "latency":
        return f"{share} of answers in {limit} or less"
    if budget.kind == "errors":
        return f"at most {100 - budget.objective_percent:.6g} % may fail"
    return f"{share} of {_events(budget)} must be good"


def _events(budget: Budget) -> str:
    return f"slices of {promises.short(budget.slice_s)}" if budget.slice_s else "events"


def _figures(budget: Budget, now: float, width: int, glyphs: Glyphs) -> Iterator[Line]:
    level, left = promises.level(budget), budget.remaining_ratio
    wide = min(max(width - _NAMES - 14, 5), 40)
    if left is not None:
        yield [*_named("left"), (f"{promises.percent(left):<9}", level), (bar(left, wide, glyphs), level)]
    if promises.seen(budget):
        counted = f", {count(budget.bad)} bad of {count(budget.total)} {_events(budget)}" if budget.total else ""
        yield [*_named("seen"), (promises.seen(budget), "strong"), (counted, "text")]
    yield from _empty(budget, now)
    yield [*_named("window"), (f"{promises.window(budget)}, since {moment(_start(budget, now))}", "text")]
    yield from _time(budget, now, wide, glyphs)


def _empty(budget: Budget, now: float) -> Iterator[Line]:
    emptying = promises.emptying(budget, now)
    if emptying is None:
        return
    burn = promises.QUICK_BURN if emptying.quick else promises.HOURS_BURN
    if emptying.lasts:
        yield [*_named("empty"), ("not before the month ends", "strong"), (f" {burn}", "text")]
    else:
        when = moment(now + emptying.seconds)
        yield [*_named("empty"), (f"in {promises.short(emptying.seconds)}", "strong"), (f" {burn}, {when}", "text")]


def _named(name: str) -> Line:
    return [(f"  {name:<{_NAMES - 2}}", "muted")]


def _start(budget: Budget, now: float) -> float:
    return budget.start or now - budget.window_s


def _time(budget: Budget, now: float, wide: int, glyphs: Glyphs) -> Iterator[Line]:
    """The window's time in slices: known, taken out, without data, and to come."""
    passed = min(max(now - _start(budget, now), 0.0), budget.window_s)
    silent = max(passed - budget.known_s - budget.excluded_s, 0.0)
    whole = budget.window_s or 1.0
    slices = (
        ("known", budget.known_s, glyphs.full, "ok"),
        ("taken out", budget.excluded_s, "=" if glyphs.ascii else "▒", "accent"),
        ("no data", silent, glyphs.empty, "unknown"),
        ("to come", budget.window_s - passed, glyphs.dot, "muted"),
    )
    told = [
        (f"{sign} {name} {_length(seconds)} ({_share(seconds, whole)})", style)
        for name, seconds, sign, style in slices
        if seconds >= 1 or name in ("known", "no data")
    ]
    parts: list[tuple[str, str]] = []
    for text, style in told:
        parts += [("  " if parts else "", "text"), (text, style)]
    yield [*_named("time"), *parts]
    edges = [round(sum(each[1] for each in slices[: i + 1]) / whole * wide) for i in range(len(slices))]
    sizes = [after - before for before, after in zip((0, *edges), edges, strict=False)]
    yield [*_named(""), *[(each[2] * size, each[3]) for each, size in zip(slices, sizes, strict=True) if size > 0]]


def _length(seconds: float) -> str:
    return promises.short(seconds) if seconds >= 60 else age(seconds)


def _share(seconds: float, whole: float) -> str:
    """A part of a time: what is neither nothing nor all is never told as such, to the second."""
    percent = seconds / whole * 100
    if seconds >= 1 and percent < 1:
        return "<1 %"
    return ">99 %" if percent >= 99.5 and whole - seconds >= 1 else f"{percent:.0f} %"


def _burns(budget: Budget, glyphs: Glyphs) -> Iterator[Line]:
    """The pairs of the alert: both windows must burn faster than the factor."""
    if not budget.burns:
        return
    yield [("Burn", "strong"), ("  an alert fires while both windows burn faster than its factor", "muted")]
    yield [(f"  {'alert':<13}{'long':>6}{'burns':>9}{'short':>8}{'burns':>9}{'factor':>9}", "head")]
    for pair in budget.burns:
        yield _pair(pair, budget, glyphs)


def _pair(pair: Burn, budget: Budget, glyphs: Glyphs) -> Line:
    style: Level = "critical" if pair.severity == "page" else "warning"
    most = 100 / (100 - budget.objective_percent)
    said_style: str = style
    if pair.fires:
        said = f"{glyphs.levels[style]} fires"
    elif pair.factor >= most:
        said, said_style = f"never: all failing burns {most:.1f}x", "unknown"
    elif pair.held:
        said, said_style = f"held: {pair.held}", "accent"
    else:
        said, said_style = f"{glyphs.levels['ok']} quiet", "muted"
    name = f"  {pair.severity + ' ' + pair.speed:<13}"
    return [
        (name, "text"),
        *_window(pair.long_s, pair.long, 6, pair.factor, style, glyphs),
        *_window(pair.short_s, pair.short, 8, pair.factor, style, glyphs),
        (f"{pair.factor:.4g}x".rjust(9), "text"),
        (f"  {said}", said_style),
    ]


def _window(seconds: float, burn: float | None, wide: int, factor: float, style: str, glyphs: Glyphs) -> Line:
    told = glyphs.dash if burn is None else promises.times(burn)
    over = burn is not None and burn > factor
    return [(age(seconds).rjust(wide), "muted"), (told.rjust(9), style if over else "text")]


def _what_if(budget: Budget, detail: BudgetDetail | None, now: float) -> Iterator[Line]:
    left, may = budget.remaining_ratio, budget.bad_left_s
    if left is None:
        return
    yield [("What if", "strong")]
    hour = budget.burn_1h
    if detail is not None and detail.at_end_ratio is not None and hour is not None:
        end = _start(budget, now) + budget.window_s
        when = f"when the window ends, {moment(end)}" if end > now + 1 else f"in {promises.window(budget)}"
        style = "critical" if detail.at_end_ratio <= 0 else "text"
        yield [
            (f"  it goes on at {promises.times(hour)}: ", "muted"),
            (f"{promises.percent(detail.at_end_ratio)} left", style),
            (f" {when}", "muted"),
        ]
    if may is not None and may > 0:
        yield [("  everything fails from now on: ", "muted"), (f"gone in {promises.short(may)}", "text")]
    elif may is not None:
        yield [
            ("  overspent by as much as ", "muted"),
            (promises.short(-may), "critical"),
            (" of everything failing", "muted"),
        ]


def _curve(budget: Budget, detail: BudgetDetail, now: float, width: int, glyphs: Glyphs) -> Iterator[Line]:
    start = _start(budget, now)
    end = max(start + budget.window_s, now)
    wide = min(width, 160)
    drawn = curve(detail.curve, (start, end), (wide, _CURVE_HEIGHT), glyphs)
    if not drawn or all(value is None for _, value in detail.curve):
        return
    yield [("Burn-down", "strong"), ("  what was left, over the window", "muted")]
    yield from drawn
    yield [(" " * LABELS + axis((start, end), now, wide - LABELS), "muted")]


def axis(span: tuple[float, float], now: float, width: int) -> str:
    """Days under a time axis: its beginning, its middle and its end."""
    start, end = span
    left, middle = _day(start), _day((start + end) / 2)
    right = "now" if end <= now + 1 else _day(end)
    room = width - len(left) - len(middle) - len(right)
    if room < 2:
        return pad(left, width - len(right), right=False) + right
    before = max(width // 2 - len(middle) // 2 - len(left), 1)
    return left + " " * before + middle + " " * max(room - before, 1) + right


def _day(at: float) -> str:
    return time.strftime("%b %d", time.gmtime(at))
