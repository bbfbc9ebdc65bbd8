"""`watchfloor history`: a metric over time from the store, and how full everything was, as CSV, JSON or text."""

import argparse
import csv
import io
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from collectors.text import no_formula
from ops.errors import UsageError
from ops.figures import figure
from ops.past.metrics import CAPACITY_FACTS, Line, Span, capacity, fitting_step, lines
from ops.store.contract import HOUR_S, MINUTE_S, Store
from tui.cli import stored
from tui.cli.output import complain, say_json
from tui.cli.settings import load_config

SUMMARY = "print a metric over time, from what was recorded"
EXAMPLES = (
    ("watchfloor history host.disk.percent --since 7d", "every disk, by the hour"),
    ("watchfloor history service.p95_s --row 'service:api' --since 6h --format csv", "one service, by the minute"),
    ("watchfloor history service.error_percent --since 30d --step hour --format json", "events of every service"),
    ("watchfloor history capacity --since 30d --format csv", "CPU, memory, network, disks: for a capacity plan"),
)
NO_DATA = 3
CAPACITY = "capacity"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    what = 'kind and fact, as in thresholds: "host.disk.percent"; or "capacity"'
    parser.add_argument("metric", metavar="METRIC", help=what)
    parser.add_argument("--row", metavar="GLOB", default="*", help='ids of rows: "container:*/web-*"')
    parser.add_argument("--since", metavar="TIME", default="24h", help='how long back ("7d"), or a time; default 24h')
    parser.add_argument("--until", metavar="TIME", help="a time; default: now")
    parser.add_argument("--step", choices=("minute", "hour"), help="default: minutes up to 12 hours, hours beyond")
    parser.add_argument("--format", choices=("csv", "json", "text"), default="text", help="default: text")
    stored.add_store(parser)


def run(args: argparse.Namespace) -> int:
    """Print what was recorded; 3 when there is nothing in that time."""
    config = load_config(args.config)
    span = _span(args, time.time())
    with stored.reading(args.store, config) as store:
        if store is None:
            complain(f"watchfloor: {stored.NO_DATA}")
            return NO_DATA
        found = _found(store, args.metric, args.row, span)
    if args.format == "json":
        say_json(found)
    elif args.format == "csv":
        stored.give(_capacity_csv(found) if args.metric == CAPACITY else _csv(found), None)
    else:
        stored.give(_text(found), None)
    if any(line.points for line in found):
        return 0
    complain("watchfloor: nothing was recorded in that time")
    return NO_DATA


def _span(args: argparse.Namespace, now: float) -> Span:
    end = stored.moment(args.until, now, "--until") if args.until else now
    start = stored.since(args.since, end)
    if start >= end:
        raise UsageError("--since is not before --until: there is nothing between them")
    step = fitting_step(start, end) if args.step is None else {"minute": MINUTE_S, "hour": HOUR_S}[args.step]
    return Span(start=start // step * step, end=end, step=step)  # type: ignore[arg-type]  # one of the two


def _found(store: Store, metric: str, glob: str, span: Span) -> Sequence[Line]:
    return capacity(store, glob, span) if metric == CAPACITY else lines(store, metric, glob, span)


def _csv(found: Sequence[Line]) -> str:
    """time,row,value,least,most: one line a step and row."""
    head = ("time", "row", "value", "least", "most")
    return _written([head, *((_iso(p.at), line.row, p.value, p.least, p.most) for line in found for p in line.points)])


def _capacity_csv(found: Sequence[Line]) -> str:
    """One line a step and row, a column for each figure; empty where a row has no such figure."""
    by_place: dict[tuple[float, str], dict[str, float]] = {}
    for line in found:
        fact = line.metric.rpartition(".")[2]
        for point in line.points:
            by_place.setdefault((point.at, line.row), {})[fact] = point.value
    facts = ["disk_percent" if fact == "percent" else fact for fact in CAPACITY_FACTS]
    places = sorted(by_place.items())
    body = [(_iso(at), row, *(values.get(fact, "") for fact in CAPACITY_FACTS)) for (at, row), values in places]
    return _written([("time", "row", *facts), *body])


def _written(table: Sequence[Sequence[object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([[_cell(value) for value in line] for line in table])
    return stream.getvalue()


def _cell(value: object) -> object:
    """Figures in at most nine digits; a text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, float):
        return f"{value:.9g}"
    return no_formula(value) if isinstance(value, str) else value


def _text(found: Sequence[Line]) -> str:
    """A heading for each row and metric, then its steps with values in people's units."""
    blocks = []
    for line in found:
        fact = line.metric.rpartition(".")[2]
        steps = [(_iso(p.at), figure(fact, p.value), figure(fact, p.least), figure(fact, p.most)) for p in line.points]
        shown = [f"  {at}  {value:>10}  {_range(value, least, most)}".rstrip() for at, value, least, most in steps]
        blocks.append("\n".join([f"{line.row} {line.metric}", *(shown or ["  no data"])]))
    return "\n\n".join(blocks) + "\n"


def _range(value: str, least: str, most: str) -> str:
    return "" if value == least == most else f"{least} to {most}"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
