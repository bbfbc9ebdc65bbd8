"""`watchfloor fix list`: a line for each fix that fits, with why, how it did before, and what it costs."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from ops.board import Board, Row
from ops.config.structs import Config
from ops.fixes.desk import FixDesk
from ops.fixes.price import words as price_words
from ops.fixes.record import words as record_words
from ops.fixes.related import fails
from ops.fixes.structs import Offered
from tui.cli.output import say, say_json
from tui.cli.settings import poll_once
from tui.cli.table import width

_HEAD = ("row", "fix", "why", "record", "price", "refused")


def show(config: Config, desk: FixDesk, glob: str, *, everything: bool, as_json: bool) -> int:
    """Poll once and print; 0 also where there is nothing to do."""
    board = poll_once(config)
    rows = [row for row in board.rows if _wanted(row, glob, everything=everything)]
    found = list(_offers(desk, board, rows))
    if as_json:
        say_json(found)
        return 0
    if not found:
        say(_nothing(board, rows))
        return 0
    said = [desk.read_only] if desk.read_only else []
    table = [_HEAD, *(_cells(one, board.at, desk.read_only) for one in found)]
    if not any(line[-1] for line in table[1:]):
        table = [line[:-1] for line in table]
    say("\n".join([*said, *aligned(table)]))
    return 0


def _wanted(row: Row, glob: str, *, everything: bool) -> bool:
    return fnmatchcase(row.id, glob) if glob else everything or fails(row)


def _nothing(board: Board, rows: Sequence[Row]) -> str:
    if not rows:
        return "nothing is wrong" if board.rows else "nothing was read"
    return f"nothing is known that fits {', '.join(row.id for row in rows[:5])}"


def _offers(desk: FixDesk, board: Board, rows: Sequence[Row]) -> Iterator[Offered]:
    """What fits the rows themselves, each once, row by row."""
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        for one in desk.offers(board, [row.id]):
            offer = one.offer
            same = (offer.action, offer.row, offer.fix, frozenset(offer.params.items()))
            if same not in seen and (offer.fix or offer.row == row.id):
                seen.add(same)
                yield one


def _cells(one: Offered, now: float, read_only: str) -> tuple[str, ...]:
    """The last one says why this person may not do it now; that nobody may is said once, above."""
    offer = one.offer
    name = f"{offer.fix} ({offer.action})" if offer.fix else offer.action
    why = " · ".join(part for part in (offer.title, one.explains or offer.why) if part)
    refused = one.allowed if one.allowed != read_only else ""
    return offer.row, name, why, record_words(one.record, now), price_words(one.price), refused


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns as wide as they must be."""
    widths = [max(width(line[column]) for line in table) for column in range(len(table[0]))]
    return [
        "  ".join(cell + " " * (room - width(cell)) for cell, room in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]
