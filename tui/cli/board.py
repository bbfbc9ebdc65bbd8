"""`watchfloor board`: the whole Board once, every row of it, as of now or of any recorded moment."""

import argparse

from ops.board import Board
from ops.errors import UsageError
from tui.cli import table
from tui.cli.output import say, say_json
from tui.cli.settings import load_config, poll_once

SUMMARY = "print the whole floor once, every part of every target, as of now or of a moment in the past"
EXAMPLES = (
    ("watchfloor board", "all rows as text"),
    ("watchfloor board --json", "the same with every fact, as JSON"),
    ("watchfloor board --at 03:10 --json", "the floor as it was at ten past three"),
    ('watchfloor board --at "yesterday 14:00" --store history.sqlite', "of a history that was copied here"),
)
NO_DATA = 3
"""Exit status where nothing was recorded at that moment."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    from tui.cli.stored import add_store

    parser.add_argument("--json", action="store_true", help="every fact, as JSON")
    parser.add_argument("--at", metavar="TIME", help='a time in the past: "03:10", "-2h", "yesterday 14:00"')
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    """Print; how things stand is not in the exit status (that is `check`), only that nothing is known of a moment."""
    if args.store is not None and args.at is None:
        raise UsageError("--store is for the past; say which moment with --at")
    board = _past(args) if args.at is not None else poll_once(load_config(args.config))
    if args.json:
        say_json(board)
    else:
        name = " ".join(part for part in (board.name, board.environment) if part)
        say("\n".join([f"{name}{_when(board)}: {table.summary(board)}", *table.lines(board, board.rows)]))
    return NO_DATA if args.at is not None and not board.rows else 0


def _past(args: argparse.Namespace) -> Board:
    from tui.cli.past import board_at

    return board_at(args.at, args.store, args.config)


def _when(board: Board) -> str:
    if board.mode != "replayed":
        return ""
    from ops.past.wall import moment

    exact = f", {board.played}" if board.played else ""
    return f" at {moment(board.at)}{exact}"
