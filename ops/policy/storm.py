"""What fails because of what: the storm brake counts troubles, and nothing is done to what only suffers. Pure."""

from collections.abc import Mapping

from ops.board import Board, Row
from ops.links import WORKLOADS


def failing(board: Board) -> int:
    """How many troubles there are now: targets that are critical by what was read, and containers and processes.

    A service and the container that it runs in are one, and so is what fails since something that it needs does: a
    cascade is no storm. Ten containers of one engine are ten.
    """
    rows = {row.id: row for row in board.rows if row.level == "critical" and _is_read(row)}
    needed = {name for row in rows.values() for name in row.depends_on}
    return sum(not (row.kind in WORKLOADS and row.id in needed) and not suffers(row, rows) for row in rows.values())


def _is_read(row: Row) -> bool:
    return row.id == row.target or (row.kind in WORKLOADS and not row.stale)


def suffers(row: Row, rows: Mapping[str, Row]) -> str:
    """Of what a row needs, the one that fails or is about to: that comes first; "" without any.

    What the row runs in is itself: that is what gets restarted.
    """
    for name in row.depends_on:
        other = rows.get(name)
        if other is not None and other.kind not in WORKLOADS and _fails(other):
            return other.id
    return ""


def _fails(row: Row) -> bool:
    return row.level == "critical" or (row.level == "warning" and any(check.pending for check in row.checks))


def storm(board: Board, most: int) -> str:
    """Why nothing is done now, in words; "" where no more than `most` fail."""
    count = failing(board)
    return f"{count} targets fail at once, more than {most}" if count > most else ""
