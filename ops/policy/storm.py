"""The storm brake: how many things fail at once, the same trouble counted once. Pure."""

from ops.board import Board
from ops.links import WORKLOADS


def failing(board: Board) -> int:
    """How many targets are critical by what was read, and how many containers and processes that none of them needs.

    A service and the container that it runs in are one trouble; ten containers of one engine are ten.
    """
    own = {row.id: row for row in board.rows if row.id == row.target and row.level == "critical"}
    needed = {name for row in own.values() for name in row.depends_on}
    parts = sum(
        row.kind in WORKLOADS and row.level == "critical" and not row.stale and row.id not in needed | own.keys()
        for row in board.rows
    )
    return len(own) + parts


def storm(board: Board, most: int) -> str:
    """Why nothing is done now, in words; "" where no more than `most` fail."""
    count = failing(board)
    return f"{count} targets fail at once, more than {most}" if count > most else ""
