"""`watchfloor board`: the whole Board once, every row of it."""

import argparse

from tui.cli import table
from tui.cli.output import say, say_json
from tui.cli.settings import load_config, poll_once

SUMMARY = "print the whole floor once, every part of every target"
EXAMPLES = (
    ("watchfloor board", "all rows as text"),
    ("watchfloor board --json", "the same with every fact, as JSON"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--json", action="store_true", help="every fact, as JSON")


def run(args: argparse.Namespace) -> int:
    """Poll once and print; how things stand is not in the exit status (that is `check`)."""
    board = poll_once(load_config(args.config))
    if args.json:
        say_json(board)
    else:
        name = " ".join(part for part in (board.name, board.environment) if part)
        say("\n".join([f"{name}: {table.summary(board)}", *table.lines(board, board.rows)]))
    return 0
