"""The parts of a target as small tables in its detail: sessions, statements, disks, processes, queues. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from ops.board import Board, Row
from tui.glyphs import Glyphs
from tui.panes import cells
from tui.panes.generic import leading
from tui.panes.view import View
from tui.widgets.lines import Line, cut, pad

MOST = 50
"""Parts of one kind that are listed; the rest is counted."""
_TEXT = 24
"""A text in a column that is not the last is cut here."""


class Field(NamedTuple):
    """A column: its title, and the fact that it shows ("name" and "state" are the row's own)."""

    title: str
    fact: str
    right: bool = False


class Table(NamedTuple):
    """How the parts of one kind are listed. The last column has the room that is left."""

    title: str
    fields: tuple[Field, ...]


TABLES: Mapping[str, Table] = {
    "postgres.session": Table(
        "Sessions",
        (
            Field("pid", "name", right=True),
            Field("user", "user"),
            Field("application", "application"),
            Field("state", "state_of"),
            Field("since", "query_age_s", right=True),
            Field("blocked by", "blocked_by"),
            Field("waits for", "wait"),
            Field("query", "query"),
        ),
    ),
    "postgres.query": Table(
        "Slow statements",
        (
            Field("mean", "mean_s", right=True),
            Field("calls", "calls", right=True),
            Field("total", "total_s", right=True),
            Field("rows", "rows", right=True),
            Field("statement", "query"),
        ),
    ),
    "host.disk": Table(
        "Disks",
        (
            Field("mount", "name"),
            Field("state", "state"),
            Field("used", "percent", right=True),
            Field("free", "free_bytes", right=True),
            Field("of", "total_bytes", right=True),
            Field("inodes", "inodes_percent", right=True),
            Field("device", "device"),
        ),
    ),
    "host.net": Table(
        "Network",
        (
            Field("interface", "name"),
            Field("state", "state"),
            Field("in", "received_bytes_per_s", right=True),
            Field("out", "sent_bytes_per_s", right=True),
            Field("errors", "errors_per_s", right=True),
        ),
    ),
    "host.process": Table(
        "Busiest processes",
        (
            Field("pid", "pid", right=True),
            Field("cpu", "cpu_percent", right=True),
            Field("memory", "memory_bytes", right=True),
            Field("user", "user"),
            Field("command", "command"),
        ),
    ),
    "queue": Table(
        "Queues",
        (
            Field("queue", "name"),
            Field("state", "state"),
            Field("ready", "ready", right=True),
            Field("unacked", "unacked", right=True),
            Field("consumers", "consumers", right=True),
            Field("in", "in_per_s", right=True),
            Field("out", "out_per_s", right=True),
        ),
    ),
    "container": Table(
        "Containers",
        (
            Field("name", "name"),
            Field("state", "state"),
            Field("cpu", "cpu_percent", right=True),
            Field("memory", "memory_bytes", right=True),
            Field("restarts", "restarts", right=True),
            Field("image", "image"),
        ),
    ),
}
_OTHER = Table("Parts", (Field("name", "name"), Field("kind", "kind"), Field("state", "state"), Field("", "figures")))


def parts(row: Row, board: Board, width: int, glyphs: Glyphs) -> Iterator[Line]:
    """The parts of a target, a table for each kind, in the order in which the kinds were read."""
    kinds: dict[str, list[Row]] = {}
    for other in board.rows:
        if other.target == row.id and other.id != row.id:
            kinds.setdefault(other.kind, []).append(other)
    for place, (kind, found) in enumerate(kinds.items()):
        if place:
            yield []
        yield from _table(TABLES.get(kind, _OTHER), _ordered(kind, found), width, glyphs)


def _ordered(kind: str, rows: Sequence[Row]) -> Sequence[Row]:
    """Sessions that block or wait first, then those that work, the oldest first; others by how bad they are."""
    if kind != "postgres.session":
        return cells.worst_first(rows)
    blocking = {pid.strip() for row in rows for pid in cells.words(row, "blocked_by").split(",")}
    return sorted(
        rows,
        key=lambda row: (
            not (row.facts.get("blocked_by") or row.name in blocking),
            row.facts.get("state") != "active",
            -(cells.number(row, "query_age_s") or 0.0),
        ),
    )


def _table(table: Table, rows: Sequence[Row], width: int, glyphs: Glyphs) -> Iterator[Line]:
    told = [[_told(row, field.fact, glyphs) for field in table.fields] for row in rows[:MOST]]
    # A column in which nothing is known would only push the others out.
    kept = [i for i in range(len(table.fields)) if any(texts[i] for texts in told)]
    last = kept[-1] if kept else 0
    fields = table.fields
    widths = {
        i: min(max(cell_len(fields[i].title), *(cell_len(texts[i]) for texts in told)), width if i == last else _TEXT)
        for i in kept
    }
    count = f"  {len(rows)}" if len(rows) <= MOST else f"  {MOST} of {len(rows)}"
    yield [(table.title, "strong"), (count, "muted")]
    yield [(_line([fields[i].title for i in kept], kept, table, widths, width, glyphs), "head")]
    for row, texts in zip(rows, told, strict=False):
        style = "stale" if row.stale else _style(row)
        yield [(_line([texts[i] or glyphs.dash for i in kept], kept, table, widths, width, glyphs), style)]


def _line(
    texts: Sequence[str], kept: Sequence[int], table: Table, widths: Mapping[int, int], width: int, glyphs: Glyphs
) -> str:
    told = [
        pad(cut(text, widths[i], glyphs), widths[i], right=table.fields[i].right)
        for i, text in zip(kept, texts, strict=True)
    ]
    return cut("  " + "  ".join(told).rstrip(), width, glyphs)


def _style(row: Row) -> str:
    if row.level != "ok":
        return row.level
    return "warning" if row.facts.get("blocked_by") else "text"


def _told(row: Row, fact: str, glyphs: Glyphs) -> str:
    if fact == "state":
        return f"{glyphs.levels[row.level]} {row.word}"
    if fact == "figures":
        return leading(row, View(glyphs=glyphs))
    if fact in ("name", "kind"):
        return str(getattr(row, fact))
    name = fact.removesuffix("_of")
    value = row.facts.get(name)
    if value is None and name == "query_age_s":
        value = row.facts.get("age_s")
    return "" if value is None else cells.told(name, value)
