"""`watchfloor replay`: opens the floor as it was at a moment, over a history here or copied from anywhere."""

import argparse
import asyncio
import time

from ops.errors import UsageError

SUMMARY = "open the floor as it was at a moment of its recorded past"
EXAMPLES = (
    ("watchfloor replay 03:10", "the floor at ten past three, last night or today"),
    ("watchfloor replay -2h", 'two hours ago; also "yesterday 14:00", "mon 14:00", "2026-11-20 03:10Z"'),
    ("watchfloor replay -2h --store history.sqlite", "of a history that was copied here; needs no config"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    from tui.cli.stored import add_store

    parser.add_argument("time", metavar="TIME", nargs="+", help="a time in the past, in the zone of this machine")
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    """Show it until it is left. Raises UsageError for what is no time, OpsError for a history that can't be read."""
    from ops.past.desk import PastDesk
    from ops.past.opening import open_past
    from ops.past.replay import ReplaySource
    from ops.past.times import parse_time
    from tui.cli.floor import require_terminal
    from tui.cli.past import named_past
    from tui.cli.stored import NO_DATA, told

    at = parse_time(" ".join(args.time), time.time())
    require_terminal("without a screen: watchfloor board --at TIME")
    path, config = named_past(args.store, args.config)
    with told():
        past = open_past(path, config)
        desk = PastDesk(lambda: past)
        source = asyncio.run(ReplaySource.at(desk, at))
    if desk.reach is None:
        raise UsageError(NO_DATA)
    from tui.app import run_floor

    return run_floor(past.config, source=source)
