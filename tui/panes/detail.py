"""All that is known about one row, as lines: pure, without a screen."""

import textwrap
import time
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from collectors.base import Value
from ops import figures
from ops.board import WINDOWS, Board, Check, Row
from tui.glyphs import Glyphs
from tui.panes import cells
from tui.panes.cells import age
from tui.panes.generic import leading
from tui.panes.parts import parts
from tui.panes.view import View
from tui.widgets.lines import Line, cut, pad

_TIMES = (
    "resolve_s", "connect_s", "tls_s", "handshake_s", "first_byte_s", "query_s", "latency_s", "total_s",
)  # fmt: skip
"""What the last probe took, in the order in which it happens."""


def detail(row: Row, board: Board, width: int, glyphs: Glyphs) -> list[Line]:
    """Its verdict and checks, what it says itself, timings, what it stands on, its parts, and its figures."""
    sections = (
        _verdict(row, board, width, glyphs),
        _checks(row, width, glyphs),
        _texts(row, width, glyphs),
        _timings(row, board.at, glyphs),
        _relations(row, board, width, glyphs),
        parts(row, board, width, glyphs),
        _facts(row, board.at, width, glyphs),
        _advice(row, width),
    )
    lines: list[Line] = []
    for section in sections:
        found = list(section)
        if found:
            lines += [*found, []]
    return lines


def _verdict(row: Row, board: Board, width: int, glyphs: Glyphs) -> Iterator[Line]:
    since = f" for {age(board.at - row.since)}" if row.since else ""
    restless = " (flapping)" if row.flapping and row.word != "flapping" else ""
    yield [(f"{glyphs.levels[row.level]} {row.word}{restless}", row.level), (since, "muted")]
    if row.reason:
        yield from _wrapped(row.reason, width, "text")
    if row.error and row.error not in row.reason:
        yield from _wrapped(f"last error: {row.error}", width, "muted")
    if row.remedy and row.remedy not in row.reason:
        yield from _wrapped(f"to do: {row.remedy}", width, "accent")
    if row.stale and row.at is not None:
        yield [(f"figures are {age(board.at - row.at)} old", "stale")]


def _checks(row: Row, width: int, glyphs: Glyphs) -> Iterator[Line]:
    if not row.checks:
        return
    yield [("Checks", "strong")]
    wide = max(len(check.id) for check in row.checks)
    for check in row.checks:
        head = f"  {glyphs.levels[check.level]} {check.id:<{wide}}  "
        style = check.level if check.level != "ok" else "muted"
        yield [(head, style), (cut(_says(check, row), max(width - len(head), 0), glyphs), "text")]


def _says(check: Check, row: Row) -> str:
    """Its word where that tells something, and its sentence unless that is what the row says above."""
    word = check.word if check.level != "ok" or check.pending else ""
    text = "" if check.text and check.text in row.reason else check.text
    return ", ".join(filter(None, (word, text))) + (" (not yet long enough to count)" if check.pending else "")


def _timings(row: Row, now: float, glyphs: Glyphs) -> Iterator[Line]:
    known = [(name, row.facts[name]) for name in _TIMES if isinstance(row.facts.get(name), float | int)]
    if not row.stats:
        return
    yield [("Timings", "strong")]
    yield [(f"  {'over':<6}{'probes':>8}{'failed':>8}{'p50':>10}{'p95':>10}{'p99':>10}", "head")]
    for (label, _), stats in zip(WINDOWS, row.stats, strict=False):
        times = "".join(f"{figures.duration(value):>10}" for value in (stats.p50_s, stats.p95_s, stats.p99_s))
        failed = (f"{stats.failed:>8}", "warning" if stats.failed else "text")
        yield [(f"  {label:<6}{stats.count:>8}", "text"), failed, (times, "text")]
    if since := next((stats.since for stats in row.stats if stats.since is not None), None):
        yield [(f"  counted only since {figures.clock(since, now)}, {age(now - since)} ago", "muted")]
    if known:
        words = f" {glyphs.dot} ".join(
            f"{name.removesuffix('_s').replace('_', ' ')} {figures.figure(name, v)}" for name, v in known
        )
        yield [("  last  ", "muted"), (words, "text")]


def _facts(row: Row, now: float, width: int, glyphs: Glyphs) -> Iterator[Line]:
    """What is known; a fact that is not known now is left out."""
    told = [
        (name, _told(name, value, now))
        for name, value in row.facts.items()
        if value is not None and (name not in _TIMES or not row.stats)
    ]
    if not told:
        return
    yield [("Figures", "strong")]
    wide = max(len(name) for name, _ in told)
    room = width // 2 - wide - 5
    short = [fact for fact in told if width >= 100 and cell_len(fact[1]) <= room]
    tall = -(-len(short) // 2)
    for index in range(tall):
        line: list[tuple[str, str]] = []
        for name, value in short[index::tall]:
            line += [(f"  {name:<{wide}}  ", "muted"), (pad(value, room, right=False), "text")]
        yield line
    for name, value in told:
        if (name, value) not in short:
            yield [(f"  {name:<{wide}}  ", "muted"), (cut(value, max(width - wide - 4, 8), glyphs), "text")]


def _told(name: str, value: Value, now: float) -> str:
    """A fact in its unit; a moment as date, time and age."""
    if name.endswith("_at") and isinstance(value, float | int):
        return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(value))} UTC, {age(now - value)} ago"
    return cells.told(name, value)


def _relations(row: Row, board: Board, width: int, glyphs: Glyphs) -> Iterator[Line]:
    below = [board.row(name) or name for name in row.depends_on]
    above = [other for other in board.rows if row.id in other.depends_on and other.target != row.target]
    for title, others in (("Stands on", below), ("Wanted by", above)):
        if others:
            yield [(title, "strong")]
        for other in others:
            yield [("  " + other, "unknown")] if isinstance(other, str) else _short(other, width, glyphs)


def _short(row: Row, width: int, glyphs: Glyphs) -> Line:
    words = f"  {row.reason or leading(row, View(glyphs=glyphs))}"
    head = f"  {glyphs.levels[row.level]} {row.kind:<9} {row.called} {row.word}"
    return [
        (head, row.level if row.level != "ok" else "text"),
        (cut(words, max(width - len(head), 0), glyphs), "muted"),
    ]


def _texts(row: Row, width: int, glyphs: Glyphs) -> Iterator[Line]:
    for title, text in row.texts.items():
        yield [(title.capitalize(), "strong")]
        for line in text.splitlines():
            yield [(cut("  " + line, width, glyphs), "text")]


def _advice(row: Row, width: int) -> Iterator[Line]:
    for hint in row.hints:
        yield from _wrapped(hint, width, "accent")
    if row.runbook:
        yield [("runbook ", "muted"), (row.runbook, "accent")]


def _wrapped(text: str, width: int, style: str) -> Sequence[Line]:
    return [[(part, style)] for part in textwrap.wrap(text, max(width - 2, 20))]
