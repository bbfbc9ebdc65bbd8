"""`watchfloor slo monitor`: polls the services of the SLOs for a time, tells how they do, and ends as `slo check`."""

import argparse
import asyncio
import signal
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from ops.slo.happened import concerning
from ops.slo.monitor import Monitor
from ops.slo.report import Report, make_report, overall, verdict
from tui.cli import slo_text, stored
from tui.cli.output import complain, say
from tui.cli.settings import load_config
from tui.cli.slo_told import chosen_config, in_format, tell_check
from tui.panes import promises

if TYPE_CHECKING:
    from ops.board import Board, Budget
    from ops.config.structs import Config

_ENDS = (signal.SIGINT, signal.SIGTERM)


def run(args: argparse.Namespace) -> int:
    """Watch, then print the report and the check; a signal ends it early and in the same way."""
    config = load_config(args.config)
    chosen = chosen_config(config, args.slo)
    interval_s, duration_s = stored.length(args.interval, "--interval"), stored.length(args.duration, "--duration")
    report = asyncio.run(_watch(config, chosen, interval_s, duration_s))
    stored.give(in_format(report, "text"), None)
    say("")
    return tell_check([one.budget for slo in report.slos for one in slo.objectives], report.at)


async def _watch(config: "Config", chosen: "Config", interval_s: float, duration_s: float) -> Report:
    monitor = Monitor(config, chosen)
    loop = asyncio.get_running_loop()
    for sign in _ENDS:
        loop.add_signal_handler(sign, monitor.stop.set)
    said = ""
    async with aclosing(monitor.boards(interval_s, duration_s)) as boards:
        async for board in boards:
            if monitor.words != said:
                said = monitor.words
                complain(f"watchfloor: {said or 'recording'}")
            say(_line(board))
    return _report(config, chosen, monitor)


def _report(config: "Config", chosen: "Config", monitor: Monitor) -> Report:
    """From the history, where it was recorded; else from what was counted meanwhile."""
    now = time.time()
    with stored.reading(None, config) as store, stored.told():
        recorded = concerning(store, make_report(store, chosen, now)) if store is not None else None
    if recorded is not None and recorded.verdict != "no data":
        return recorded
    return make_report(monitor.memory, chosen, now)


def _line(board: "Board") -> str:
    """When, how it stands, and each objective in a few words."""
    found = [verdict(budget) for budget in board.budgets]
    words = "  ".join(map(_told, board.budgets))
    return f"{slo_text.moment(board.at, None)} {slo_text.OVERALL[overall(found)]}  {words}"


def _told(budget: "Budget") -> str:
    seen = promises.seen(budget)
    words = f"{seen}, {slo_text.remaining(budget)} left" if seen else promises.unseen(budget)
    return f"{budget.id} {words}"
