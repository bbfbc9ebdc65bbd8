"""What a table is made of, and how its columns share a width: pure, without a screen."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len

_ROOM_BEFORE = 6
"""Columns of this priority and beyond would rather go than have names cut or figures stand close."""
Sortable = float | str | None
Align = Literal["left", "right"]


class Cell(NamedTuple):
    """A text to show, the meaning that colours it, and the value that it is sorted by."""

    text: str
    style: str = "text"
    sort: Sortable = None
    ratio: float | None = None
    """Drawn as a bar as wide as the column, in place of the text."""


class TableRow(NamedTuple):
    """One line of a table. `span`, when given, is written across all columns from `span_from` on."""

    id: str
    cells: tuple[Cell, ...]
    span: Cell | None = None
    span_from: int = 2

    @property
    def is_critical(self) -> bool:
        """Whether its name or state says so."""
        return any(cell.style == "critical" for cell in self.cells[:2])

    def look(self) -> "Look":
        """Everything that is to be seen of it: rows with the same look need no painting."""
        return self.id, tuple([(cell.text, cell.style, cell.ratio) for cell in self.cells]), self.span


Look = tuple[str, tuple[tuple[str, str, float | None], ...], Cell | None]


class Column(NamedTuple):
    """One column. `least` 0 means that it is never cut: it gets what it needs or is dropped."""

    key: str
    title: str
    priority: int = 0
    """0 always stays; the highest number is dropped first."""
    align: Align = "right"
    least: int = 0
    most: int = 0
    """0: no limit."""
    grow: int = 0
    """Its share of the width that is left over."""
    keep_end: bool = False
    """Cut on the left: what is newest stands at the right."""
    optional: bool = False
    """It goes when it says nothing, also with priority 0."""


class Fit(NamedTuple):
    """Which columns are drawn, how wide each is, and how many cells stand between two."""

    columns: tuple[tuple[int, int], ...]
    """(index, width)."""
    gap: int


def content_widths(columns: Sequence[Column], rows: Sequence[TableRow]) -> list[int]:
    """Measure how wide each column would like to be, within its limits; 0 for one that may go and says nothing."""
    widths = [cell_len(column.title) for column in columns]
    silent = [bool((column.priority or column.optional) and rows) for column in columns]
    for row in rows:
        until = row.span_from if row.span else len(row.cells)
        for index, cell in enumerate(row.cells[:until]):
            if cell.text or cell.ratio is not None:
                silent[index] = False
                widths[index] = max(
                    widths[index], cell_len(cell.text), columns[index].least if cell.ratio is not None else 0
                )
    return [
        0 if quiet else min(width, column.most) if column.most else width
        for width, column, quiet in zip(widths, columns, silent, strict=True)
    ]


def fit(columns: Sequence[Column], wanted: Sequence[int], width: int) -> Fit:
    """Share a width: drop the least important columns, then shrink what may shrink, then let grow what grows."""
    least = [min(column.least, want) or want for column, want in zip(columns, wanted, strict=True)]
    kept = [index for index, want in enumerate(wanted) if want]
    while len(kept) > 1:
        worst = max(kept, key=lambda i: (columns[i].priority, i))
        luxury = columns[worst].priority >= _ROOM_BEFORE
        asked = [wanted[i] if luxury and columns[i].priority == 0 else least[i] for i in kept]
        if columns[worst].priority == 0 or sum(asked) + (2 if luxury else 1) * (len(kept) - 1) <= width:
            break
        kept.remove(worst)
    gap = 2 if sum(least[i] for i in kept) + 2 * (len(kept) - 1) <= width else 1
    widths = {i: wanted[i] for i in kept}
    room = width - gap * (len(kept) - 1) - sum(widths.values())
    if room < 0:
        _shrink(widths, least, columns, -room)
    elif room > 0:
        _grow(widths, columns, room)
    return Fit(tuple((i, widths[i]) for i in kept if widths[i] > 0), gap)


def _shrink(widths: dict[int, int], least: Sequence[int], columns: Sequence[Column], lack: int) -> None:
    """Take from the least important column that has something to give, the widest of equals."""
    for enough in (least, [1] * len(least)):
        while lack > 0 and (giving := [i for i in widths if widths[i] > enough[i]]):
            widths[max(giving, key=lambda i: (columns[i].priority, widths[i] - enough[i], -i))] -= 1
            lack -= 1


def _grow(widths: dict[int, int], columns: Sequence[Column], room: int) -> None:
    growing = [i for i in widths if columns[i].grow]
    total = sum(columns[i].grow for i in growing)
    left = room
    for index in growing:
        share = room * columns[index].grow // total
        if most := columns[index].most:
            share = min(share, max(most - widths[index], 0))
        widths[index] += share
        left -= share
    free = [i for i in growing if not columns[i].most]
    if free:
        widths[free[0]] += left


def select(
    rows: Sequence[TableRow], *, text: str, inverse: bool, column: int | None, reverse: bool
) -> tuple[TableRow, ...]:
    """Filter rows by a text in any cell (case does not matter) and sort them by a column.

    Names go from A to Z and figures from the largest down, unless reversed; unknown values are always last.
    """
    if text:
        wanted = text.casefold()
        rows = [row for row in rows if _contains(row, wanted) != inverse]
    if column is None:
        return tuple(reversed(rows)) if reverse else tuple(rows)
    known = [row for row in rows if row.cells[column].sort is not None]
    unknown = [row for row in rows if row.cells[column].sort is None]
    figures = any(not isinstance(row.cells[column].sort, str) for row in known)
    return (*sorted(known, key=lambda row: _sort_key(row, column), reverse=reverse != figures), *unknown)


def _contains(row: TableRow, wanted: str) -> bool:
    return any(wanted in cell.text.casefold() for cell in row.cells) or bool(
        row.span and wanted in row.span.text.casefold()
    )


def _sort_key(row: TableRow, column: int) -> tuple[bool, float, str]:
    value = row.cells[column].sort
    return (True, 0.0, value.casefold()) if isinstance(value, str) else (False, float(value or 0), "")
