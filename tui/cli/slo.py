"""`watchfloor slo`: reports on what was promised, a check for cron and CI, and corrections of what was counted."""

import argparse
import getpass
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ops import figures
from ops.errors import UsageError
from tui.cli import stored
from tui.cli.below import Below
from tui.cli.output import complain, say, say_json
from tui.cli.settings import load_config
from tui.cli.slo_told import STATUS, chosen_config, in_format, tell_check

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.store.contract import Correction, Store

T = TypeVar("T")
SUMMARY = "report on SLOs and their error budgets, check them, and correct what was counted"
EXAMPLES = (
    ("watchfloor slo report", "every SLO: what was seen, what is left, where it went"),
    ("watchfloor slo report --window 7d --format md --out slo.md", "another window, as Markdown, into a file"),
    ("watchfloor slo check", "a line for each objective; exit 0 met, 2 breached, 3 no data"),
    (
        "watchfloor slo monitor --interval 60s --duration 1h",
        "poll the SLOs' services, then report and end as check does",
    ),
    ('watchfloor slo correct api --from 03:10 --to 03:25 --reason "the load test"', "take a stretch out of an SLO"),
    ("watchfloor slo corrections", "what was taken out, by whom and why"),
    ("watchfloor slo undo 3", "count that stretch again"),
)
MOST_REASON = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = Below(parser)
    for name, words, declare, do in _COMMANDS:
        command = below.add(name, words, do, json="")
        declare(command)
        if do is not _monitor:
            stored.add_store(command)


def run(args: argparse.Namespace) -> int:
    """Do what the words say."""
    return int(args.do(args))


def _declare_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--slo", metavar="NAME", action="append", default=[], help="this one alone; can be given again")
    parser.add_argument("--window", metavar="TIME", help='how long back ("7d"), in place of the SLO\'s own window')
    parser.add_argument("--at", metavar="TIME", help='as it was then ("03:10", "-2h", "yesterday 14:00")')


def _declare_report(parser: argparse.ArgumentParser) -> None:
    _declare_choice(parser)
    parser.add_argument("--format", choices=("text", "json", "md", "csv"), default="text", help="default: text")
    parser.add_argument("--out", metavar="FILE", help="write it there, whole or not at all")


def _declare_check(parser: argparse.ArgumentParser) -> None:
    _declare_choice(parser)
    parser.add_argument("--json", action="store_true", help="every objective with its budget, as JSON")


def _declare_monitor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--slo", metavar="NAME", action="append", default=[], help="this one alone; can be given again")
    parser.add_argument("--interval", metavar="TIME", default="60s", help="how often to print a line; default 60s")
    parser.add_argument("--duration", metavar="TIME", default="1h", help="how long to go on; default 1h")


def _declare_correct(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("slo", metavar="SLO", help='its name; "*" for all')
    parser.add_argument("--from", metavar="TIME", required=True, dest="start", help='"03:10", "-2h", "yesterday 14:00"')
    parser.add_argument("--to", metavar="TIME", required=True, dest="end", help="as --from, after it")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why that time must not count")
    parser.add_argument("--json", action="store_true", help="the correction as JSON")


def _declare_corrections(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the corrections as JSON")


def _declare_undo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="ID", type=int, help="the number that `slo corrections` shows")
    parser.add_argument("--json", action="store_true", help="the correction as JSON")


def _made(args: argparse.Namespace, make: "Callable[[Store, Config, float], T]") -> "tuple[T, float]":
    """What is made of the history as the options ask for it, of nothing where nothing was recorded; and as of when.

    A moment that is asked for is that of the last whole minute that had ended then.
    """
    from ops.slo.moments import ended, ending
    from ops.store.memory import MemoryStore

    config, now = load_config(args.config), time.time()
    at = ended(stored.moment(args.at, now, "--at")) if args.at else now
    with stored.reading(args.store, config) as store, stored.told():
        if store is not None and args.store and not config.slos:
            from ops.past.budgets import config_of

            config = config_of(store)
        chosen = chosen_config(config, args.slo, args.window)
        if store is None:
            complain(f"watchfloor: {stored.NO_DATA}")
        return make(store or MemoryStore(), chosen, ending(at) if args.at else at), at


def _report(args: argparse.Namespace) -> int:
    """Print or write the report; 3 for no data, else 0: how things stand is what `slo check` says."""
    from ops.slo.happened import concerning
    from ops.slo.report import make_report

    report, _ = _made(args, lambda store, config, at: concerning(store, make_report(store, config, at)))
    stored.give(in_format(report, args.format), args.out, exact=args.format == "json")
    return STATUS["no data"] if report.verdict == "no data" else 0


def _check(args: argparse.Namespace) -> int:
    from ops.slo.report import make_budgets

    return tell_check(*_made(args, make_budgets), as_json=args.json, past=bool(args.at))


def _monitor(args: argparse.Namespace) -> int:
    from tui.cli.slo_monitor import run as watch

    return watch(args)


def _correct(args: argparse.Namespace) -> int:
    from ops.slo.objectives import slo_name, slo_row
    from ops.store.contract import Correction

    config, now = load_config(args.config), time.time()
    if args.slo != "*":
        stored.one_of(args.slo, [slo_name(slo) for slo in config.slos], "SLO")
    start, end = stored.moment(args.start, now, "--from"), stored.moment(args.end, now, "--to")
    reason = " ".join(args.reason.split())
    if start >= end:
        raise UsageError("--from is not before --to: there is nothing between them")
    if not 0 < len(reason) <= MOST_REASON:
        raise UsageError(f"--reason: 1 to {MOST_REASON} characters that say why")
    correction = Correction(slo=args.slo, start=start, end=end, reason=reason, author=_user(), entered_at=now)
    rows = [slo_row(slo) for slo in config.slos if slo_name(slo) == args.slo]
    with stored.writing(args.store, config) as store, stored.told():
        _tell((store.correct(correction),), as_json=args.json)
        if not args.json:
            say(_takes_out(store, rows, correction))
    return 0


def _takes_out(store: "Store", rows: "Sequence[str]", correction: "Correction") -> str:
    """What is left out by it: whole minutes, and of one SLO the events of minutes that are still kept one by one."""
    from ops.slo.exclusions import Exclusions
    from tui.cli.slo_text import moment

    ((start, end),) = Exclusions([(correction.start, correction.end)])
    told = f"takes out {moment(start, None)} to {moment(end, None)}, whole minutes"
    if not rows or start < correction.entered_at - store.retention.minutes_s:
        return told
    events = sum(slot.total for slot in store.slots(rows[0], start, end, 60))
    return f"{told}: {figures.count(events)} {'event' if events == 1 else 'events'}"


def _corrections(args: argparse.Namespace) -> int:
    with stored.reading(args.store, load_config(args.config)) as store:
        found = () if store is None else store.corrections()
    _tell(found, as_json=args.json)
    return 0


def _undo(args: argparse.Namespace) -> int:
    with stored.writing(args.store, load_config(args.config)) as store:
        _tell((store.undo(args.number, _user(), time.time()),), as_json=args.json)
    return 0


def _tell(corrections: "Sequence[Correction]", *, as_json: bool) -> None:
    from tui.cli import slo_text

    if as_json:
        say_json(corrections)
    else:
        lines = slo_text.indented(slo_text.correction_lines(corrections, None))
        stored.give("\n".join(line.removeprefix("  ") for line in lines) + "\n", None)


def _user() -> str:
    """Who enters a correction: the user of this process, or who became root by sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


_Declare = Callable[[argparse.ArgumentParser], None]
_Do = Callable[[argparse.Namespace], int]
_COMMANDS: tuple[tuple[str, str, _Declare, _Do], ...] = (
    ("report", "print what was promised, seen and left, and where the error budgets went", _declare_report, _report),
    ("check", "say for each objective whether it is met; exit 0 met, 2 breached, 3 no data", _declare_check, _check),
    (
        "monitor",
        "poll the services of the SLOs for a time, then report and end as check does",
        _declare_monitor,
        _monitor,
    ),
    ("correct", "take a stretch of time out of an SLO, with a reason", _declare_correct, _correct),
    ("corrections", "list what was taken out, also what was undone", _declare_corrections, _corrections),
    ("undo", "undo a correction; it stays listed", _declare_undo, _undo),
)
