"""All that is known about one row, as lines: pure, without a screen."""

import textwrap
import time
from collections.abc import Iterator, Sequence

from collectors.base import Value
from ops import figures
from ops.board import WINDOWS, Board, Row
from tui.glyphs import Glyphs
from tui.panes.cells import age
from tui.widgets.lines import Line

_TIMES = ("resolve_s", "connect_s", "tls_s", "first_byte_s", "total_s")


def detail(row: Row, board: Board, width: int, glyphs: Glyphs) -> list[Line]:
    """Its verdict and checks, its last error, timings, facts, texts, what it stands on and what stands on it."""
    sections = (
        _verdict(row, board, width, glyphs),
        _timings(row, glyphs),
        _facts(row, board.at, width),
        _relations(row, board, width, glyphs),
        _parts(row, board, width, glyphs),
        _texts(row),
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
    yield [(f"{glyphs.levels[row.level]} {row.word}", row.level), (since, "muted")]
    for text, style in ((row.reason, "text"), (row.error if row.error != row.reason else "", "muted")):
        yield from _wrapped(text, width, style)
    if row.remedy:
        yield from _wrapped(row.remedy, width, "accent")
    if row.stale and row.at is not None:
        yield [(f"figures are {age(board.at - row.at)} old", "stale")]
    for check in row.checks:
        waits = " (not yet long enough to count)" if check.pending else ""
        yield [
            (f"{glyphs.levels[check.level]} ", check.level),
            (f"{check.id:<28} ", "text"),
            (", ".join(filter(None, (check.word, check.text))) + waits, "muted"),
        ]


def _timings(row: Row, glyphs: Glyphs) -> Iterator[Line]:
    known = [(name, row.facts[name]) for name in _TIMES if isinstance(row.facts.get(name), float | int)]
    if row.stats:
        yield [("Timings", "strong")]
        yield [(f"  {'over':<6}{'probes':>8}{'failed':>8}{'p50':>10}{'p95':>10}{'p99':>10}", "head")]
    for (label, _), stats in zip(WINDOWS, row.stats, strict=False):
        times = "".join(f"{figures.duration(value):>10}" for value in (stats.p50_s, stats.p95_s, stats.p99_s))
        yield [(f"  {label:<6}{stats.count:>8}{stats.failed:>8}{times}", "text")]
    if known:
        words = f" {glyphs.dot} ".join(
            f"{name.removesuffix('_s').replace('_', ' ')} {figures.figure(name, v)}" for name, v in known
        )
        yield [("  last: ", "muted"), (words, "text")]


def _facts(row: Row, now: float, width: int) -> Iterator[Line]:
    facts = [(name, value) for name, value in row.facts.items() if name not in _TIMES or not row.stats]
    if not facts:
        return
    yield [("Facts", "strong")]
    told = [(name, _told(name, value, now)) for name, value in facts]
    columns = 2 if width >= 100 and all(len(value) < width // 2 - 30 for _, value in told) else 1
    tall = -(-len(told) // columns)
    for index in range(tall):
        line: list[tuple[str, str]] = []
        for name, value in told[index::tall]:
            line += [(f"  {name:<26} ", "muted"), (f"{value:<{width // 2 - 30}}" if columns == 2 else value, "text")]
        yield line


def _told(name: str, value: Value, now: float) -> str:
    """A fact in its unit; a moment as date, time and age."""
    if name.endswith("_at") and isinstance(value, float | int):
        return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(value))} UTC, {age(now - value)} ago"
    return figures.figure(name, value)


def _relations(row: Row, board: Board, width: int, glyphs: Glyphs) -> Iterator[Line]:
    below = [board.row(name) or name for name in row.depends_on]
    above = [other for other in board.rows if row.id in other.depends_on]
    for title, others in (("Stands on", below), ("Wanted by", above)):
        if others:
            yield [(title, "strong")]
        for other in others:
            yield [("  " + other, "unknown")] if isinstance(other, str) else _short(other, width, glyphs)


def _parts(row: Row, board: Board, width: int, glyphs: Glyphs) -> Iterator[Line]:
    parts = [other for other in board.rows if other.target == row.id and other.id != row.id]
    if parts:
        yield [("Parts", "strong")]
    for part in parts:
        yield _short(part, width, glyphs)


def _short(row: Row, width: int, glyphs: Glyphs) -> Line:
    told = [f"{name} {figures.figure(name, value)}" for name, value in row.facts.items() if value is not None]
    words = f"  {row.reason}" if row.reason else f"  {f' {glyphs.dot} '.join(told)}"
    head = f"  {glyphs.levels[row.level]} {row.kind:<16} {row.name} {row.word}"
    return [(head, row.level if row.level != "ok" else "text"), (words[: max(width - len(head), 0)], "muted")]


def _texts(row: Row) -> Iterator[Line]:
    for title, text in row.texts.items():
        yield [(title.capitalize(), "strong")]
        for line in text.splitlines():
            yield [("  " + line, "text")]


def _advice(row: Row, width: int) -> Iterator[Line]:
    for hint in row.hints:
        yield from _wrapped(hint, width, "accent")
    if row.runbook:
        yield [("runbook ", "muted"), (row.runbook, "accent")]


def _wrapped(text: str, width: int, style: str) -> Sequence[Line]:
    return [[(part, style)] for part in textwrap.wrap(text, max(width - 2, 20))]
