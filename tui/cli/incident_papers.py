"""The papers of `watchfloor incident`: the report by week, the post-mortem, and the export."""

import argparse
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.errors import UsageError
from tui.cli import stored
from tui.cli.incident_shared import Declared, declare_number, number_of, pages
from tui.cli.output import complain, glyphs, json_text

if TYPE_CHECKING:
    from ops.incidents.book import IncidentBook
    from ops.incidents.structs import Incident

SINCE = "56d"
FORMAT = "watchfloor incidents 1"


def _declare_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", help="write it there, whole or not at all")


def _declare_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since", metavar="TIME", default=SINCE, help=f'how far back ("30d"), or from when on; default {SINCE}'
    )
    _declare_out(parser)


def _declare_postmortem(parser: argparse.ArgumentParser) -> None:
    declare_number(parser)
    _declare_out(parser)


def _declare_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("numbers", metavar="NUMBER", nargs="*", help="these alone; default: all")
    parser.add_argument("--since", metavar="TIME", help='opened since then ("7d", "2026-11-20")')
    _declare_out(parser)


def _report(args: argparse.Namespace) -> int:
    from ops.incidents.report import report
    from tui.cli import booked, incident_told

    config, now = booked.config_of(args.store, args.config), time.time()
    start = stored.since(args.since, now)
    with booked.reading(args.store, config) as book:
        incidents = [] if book is None else list(pages(book))
    if book is None:
        complain(f"watchfloor: {booked.nothing()}")
    found = report(incidents, start, now, config.alerting.incidents)
    if args.json:
        told = {**{name: getattr(found, name) for name in found.__struct_fields__}, "false_ratio": found.false_ratio}
        told["weeks"] = [{**week._asdict(), "false_ratio": week.false_ratio} for week in found.weeks]
        stored.give(json_text(told), args.out, exact=True)
    else:
        stored.give("\n".join(incident_told.report_lines(found)) + "\n", args.out)
    return 0


def _postmortem(args: argparse.Namespace) -> int:
    from ops.incidents.gather import account_in
    from ops.incidents.postmortem import markdown
    from tui.cli import booked

    config, number = booked.config_of(args.store, args.config), number_of(args.number)
    folder = booked.folder_of(args.store, config)
    with booked.reading(args.store, config) as book:
        if book is None:
            raise UsageError(f"there is no incident {number}; {booked.nothing()}")
        account = account_in(folder, book.whole(number).number, book, config, time.time())
    if args.json:
        stored.give(json_text(account), args.out, exact=True)
    else:
        stored.give(markdown(account, plain=args.out is None and glyphs().ascii), args.out)
    return 0


def _export(args: argparse.Namespace) -> int:
    from tui.cli import booked

    config, now = booked.config_of(args.store, args.config), time.time()
    wanted = [number_of(text) for text in args.numbers]
    start = stored.since(args.since, now) if args.since else None
    with booked.reading(args.store, config) as book:
        if book is None:
            complain(f"watchfloor: {booked.nothing()}")
        chosen = [] if book is None else [*_chosen(book, wanted, start)]
        incidents = [_whole(book, one) for one in chosen] if book is not None else []
    told = {"format": FORMAT, "floor": config.settings.name, "at": round(now, 2), "incidents": incidents}
    stored.give(json_text(told), args.out, exact=True)
    return 0


def _chosen(book: "IncidentBook", numbers: list[int], start: float | None) -> "Iterator[Incident]":
    """Oldest first; those that were named, or all, that were opened since then."""
    found = [book.incident(number) for number in numbers] if numbers else [*pages(book)][::-1]
    return (one for one in found if start is None or one.opened_at >= start)


def _whole(book: "IncidentBook", incident: "Incident") -> dict[str, object]:
    """All that was written of one; what was merged into it stands there by itself too."""
    from ops.incidents.clocks import clocks

    number = incident.number
    return {
        "incident": incident,
        "clocks": clocks(incident),
        "timeline": [moment for moment in book.timeline(number) if moment.incident == number],
        "messages": book.messages(incident=number, limit=10_000)[::-1],
    }


COMMANDS: tuple[Declared, ...] = (
    ("report", "by week and by priority: how many, MTTD, MTTA, MTTR, false alarms", _declare_report, _report),
    (
        "postmortem",
        "the post-mortem in Markdown, filled with what happened; --json: its facts",
        _declare_postmortem,
        _postmortem,
    ),
    ("export", "incidents with timelines and messages, as JSON", _declare_export, _export),
)
