"""`watchfloor check`: one pass over everything, for cron, CI and Nagios."""

import argparse

from ops.board import Board, Level, Row, worst
from tui.cli import table
from tui.cli.output import say, say_json
from tui.cli.settings import chosen, load_config, poll_once

SUMMARY = "poll everything once and say how things stand"
EXAMPLES = (
    ("watchfloor check", "what is not ok, and every target; exit 0 ok, 1 warning, 2 critical, 3 unknown"),
    ("watchfloor check --only api --only postgres:shop", "these targets alone, by name or id"),
    ("watchfloor check --json | jq '.rows[] | select(.level != \"ok\")'", "the Board as JSON"),
)
STATUS: dict[Level, int] = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
"""As Nagios plugins say it (Monitoring Plugins guidelines, "Plugin Return Codes"). The worst row counts, in the order
critical, warning, unknown, ok: a known fault says more than something that could not be asked."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--json", action="store_true", help="the whole Board as JSON")
    parser.add_argument(
        "--only", metavar="NAME", action="append", default=[], help="a target's name or id; can be given again"
    )


def run(args: argparse.Namespace) -> int:
    """Poll once, tell, and return the exit status. A single failed poll counts: there is no second one to wait for."""
    config = load_config(args.config)
    board = poll_once(config, chosen(config, args.only))
    if args.json:
        say_json(board)
    else:
        say("\n".join([f"{_verdict(board).upper()}: {table.summary(board)}", *table.lines(board, _short(board))]))
    return STATUS[_verdict(board)]


def _verdict(board: Board) -> Level:
    """The worst level; unknown when there is nothing to judge."""
    return worst(tuple(row.level for row in board.rows)) if board.rows else "unknown"


def _short(board: Board) -> list[Row]:
    """Every target, and those parts that are not ok."""
    return [row for row in board.rows if row.level != "ok" or row.id == row.target]
