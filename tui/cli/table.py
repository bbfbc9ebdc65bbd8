"""A Board as lines of text: aligned columns, a sign and a word for every state."""

import unicodedata
from collections.abc import Sequence

from collectors.base import Value
from ops.board import LEVELS, Board, Row
from ops.figures import duration, figure
from tui.cli.output import glyphs, signed, then

FIGURES = {
    "service": ("status", "total_s", "cert_days"),
    "tcp": ("connect_s",),
    "dns": ("resolve_s", "answers"),
    "tls": ("cert_days", "handshake_s"),
    "host": ("cpu_percent", "load1", "memory_percent"),
    "host.disk": ("percent", "free_bytes"),
    "host.net": ("received_bytes_per_s", "sent_bytes_per_s"),
    "host.process": ("cpu_percent", "memory_bytes"),
    "docker": ("running", "containers"),
    "container": ("state", "cpu_percent", "memory_bytes"),
    "process": ("state", "cpu_percent", "memory_bytes"),
    "postgres": ("connections", "query_s", "blocked"),
    "postgres.session": ("state", "age_s"),
    "postgres.query": ("calls", "mean_s"),
    "redis": ("memory_bytes", "latency_s", "clients"),
    "queue": ("ready", "consumers"),
}
"""The facts that say most about each kind; other kinds show their first three figures."""
_UNITS = ("_bytes_per_s", "_per_s", "_s", "_bytes", "_percent", "_ratio")


def summary(board: Board) -> str:
    """How many rows stand at each level, worst first: "1 critical, 21 ok"."""
    counts = board.counts()
    return ", ".join(f"{counts[level]} {level}" for level in reversed(LEVELS) if counts[level]) or "nothing was read"


def lines(board: Board, rows: Sequence[Row]) -> list[str]:
    """One line a row (sign, word, id, figures, reason), worst first; then likely causes and notes."""
    ordered = sorted(rows, key=lambda row: -LEVELS.index(row.level))
    cells = [(row, figures(row), _reason(row) + _old(row, board.at)) for row in ordered]
    word_width = max((len(row.word) for row in ordered), default=0) + 2
    id_width = max((width(row.id) for row in ordered), default=0)
    figures_width = max((width(shown) for _, shown, _ in cells), default=0)
    shown_lines = [
        "  ".join((signed(row.level, row.word, word_width), _pad(row.id, id_width), _pad(shown, figures_width), reason))
        for row, shown, reason in cells
    ]
    causes = [f"likely cause: {cause.text}" for cause in board.causes]
    return [line.rstrip() for line in (*shown_lines, *causes, *board.notes)]


def figures(row: Row) -> str:
    """The facts that say most, in people's units: "200 · 41 ms"."""
    names = FIGURES.get(row.kind) or [name for name, value in row.facts.items() if _is_figure(value)][:3]
    return f" {glyphs().dot} ".join(
        _labelled(name, row.facts[name]) for name in names if row.facts.get(name) is not None
    )


def _is_figure(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _labelled(name: str, value: Value) -> str:
    ending = next((unit for unit in _UNITS if name.endswith(unit)), "")
    label = name.removesuffix(ending).replace("_", " ")
    return figure(name, value) if label == "percent" else f"{label} {figure(name, value)}"


def _reason(row: Row) -> str:
    return (row.reason or row.error) + then(row.remedy if row.level != "ok" else "")


def _old(row: Row, now: float) -> str:
    """How long ago it was read, where that is longer than it should be."""
    return f" (read {duration(now - row.at)} ago)" if row.stale and row.at is not None else ""


def width(text: str) -> int:
    """How many terminal cells a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, cells: int) -> str:
    return text + " " * (cells - width(text))
