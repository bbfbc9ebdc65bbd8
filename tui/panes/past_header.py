"""The header of the past: one bar from side to side that nobody takes for the present."""

from collections.abc import Iterator

from ops.board import LEVELS, Board
from ops.figures import duration
from ops.past.wall import moment
from tui.glyphs import Glyphs
from tui.widgets.lines import Line

_STYLE = "past"


def past_header(board: Board, now: float, moves: str, width: int, glyphs: Glyphs) -> Line:
    """Whose floor, how it stood, and "◀ PAST", the moment with its date, how long ago, how it moves, how exact it is.

    What does not fit is left out, the moment and how long ago it was last.
    """
    for left, right in _forms(board, now, moves, glyphs):
        if len(left) + len(right) + 2 <= width:
            break
    room = max(width - len(left) - len(right), 0)
    production = " PRODUCTION " if board.environment == "production" and " PRODUCTION " in left else ""
    before, mark, after = left.partition(production) if production else (left, "", "")
    return [(before, _STYLE), (mark, "production"), (after + " " * room + right, _STYLE)]


def _forms(board: Board, now: float, moves: str, glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """Both sides, roomiest first."""
    dot = f" {glyphs.dot} "
    sign = f"{glyphs.past} PAST "
    when, ago = moment(board.at), f"{duration(max(now - board.at, 0.0))} ago"
    short = when.partition(" ")[2]
    place = f" {board.environment}" if board.environment and board.environment != "production" else ""
    name = f" {board.name}{' PRODUCTION ' if board.environment == 'production' else place} "
    counts = board.counts()
    shown = [level for level in reversed(LEVELS) if counts[level] or level == "ok"]
    words = "  ".join(f"{glyphs.levels[level]} {counts[level]} {level}" for level in shown)
    signs = " ".join(f"{glyphs.levels[level]}{counts[level]}" for level in shown)
    how = dot.join(part for part in (moves, board.played) if part)
    for left in (f"{name} {words}", f"{name} {signs}"):
        yield left, f"{sign}{when}{dot}{ago}{dot}{how} "
    yield f"{name}{signs}", f"{sign}{short}{dot}{ago}{dot}{how} "
    # That nothing was recorded then is more than how it moves.
    brief = moves if board.rows or not board.played else board.played
    for left in (f" {board.name[:12]} {signs}", f" {signs}", ""):
        yield left, f"{sign}{short}{dot}{ago}{dot}{brief} "
    yield "", f"{sign}{short}{dot}{ago} "
    yield "", f"{sign}{short}"
