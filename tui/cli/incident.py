"""`watchfloor incident`: what goes on and went on, who has it, and the papers about it."""

import argparse
import time
from typing import TYPE_CHECKING

from ops.errors import UsageError
from tui.cli import incident_acts, incident_papers, stored
from tui.cli.below import Below
from tui.cli.incident_shared import Declared, count_of, declare_number, number_of, pages
from tui.cli.output import complain, say, say_json

if TYPE_CHECKING:
    from ops.incidents.structs import Incident

SUMMARY = "list incidents, answer for them, and write reports and post-mortems"
EXAMPLES = (
    ("watchfloor incident list", "what goes on, and the newest of what is over"),
    ("watchfloor incident show 42", "one with its alerts, clocks, timeline, and who was told"),
    ("watchfloor incident ack 42", "you have it: escalation stops; --for 30m gives it back by itself"),
    ('watchfloor incident note 42 "restarting the pool"', "a line in the timeline"),
    ('watchfloor incident severity 42 P2 --why "only checkout"', "another priority, with its time to respond"),
    ("watchfloor incident resolve 42 --false-alarm", "it is over, and was none"),
    ("watchfloor incident postmortem 42 --out 42.md", "written by what happened; what only people know is marked"),
    ("watchfloor incident report --since 30d", "by week and priority: MTTD, MTTA, MTTR, false alarms"),
    ("watchfloor incident export --since 7d --out week.json", "everything that was written, as JSON"),
)
LAST = 20
MOMENTS = 50
_FORWARDED = ("monitor", "check")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    from tui.cli import parser as parsers

    below = Below(parser)
    for name, words, declare, do in (*_COMMANDS, *incident_acts.COMMANDS, *incident_papers.COMMANDS):
        command = below.add(name, words, do)
        stored.add_store(command)
        declare(command)
    for name in _FORWARDED:
        module = parsers.command(name)
        words = f"the same as `watchfloor {name}`: {module.SUMMARY}"
        module.add_arguments(below.add(name, words, module.run, json=""))


def run(args: argparse.Namespace) -> int:
    """Do what the words say. Raises OpsError for what can't be done."""
    return int(args.do(args))


def _declare_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="WORD", nargs="*", help="only those with all of these words in their title")
    parser.add_argument("--open", action="store_true", help="only those that go on")
    parser.add_argument(
        "--last", metavar="N", default=str(LAST), help=f"how many that are over; default {LAST}, 0: all"
    )


def _declare_show(parser: argparse.ArgumentParser) -> None:
    declare_number(parser)
    parser.add_argument("--last", metavar="N", default=str(MOMENTS), help=f"moments; default {MOMENTS}, 0: all")


def _list(args: argparse.Namespace) -> int:
    from itertools import islice

    from tui.cli import booked, incident_told

    last = count_of(args.last, "--last")
    words = " ".join(args.words)
    with booked.reading(args.store, booked.config_of(args.store, args.config, needed=False)) as book:
        found = [] if book is None else [one for one in book.open() if _has(one, words)]
        if book is not None and not args.open:
            over = (one for one in pages(book, words) if not one.open)
            found += islice(over, last or None)
        alerts = () if book is None or args.json else book.alerts()
    if args.json:
        say_json(found)
    elif book is None:
        complain(f"watchfloor: {booked.nothing()}")
    else:
        shown = [incident_told.as_it_fires(one, alerts) for one in found]
        say("\n".join(incident_told.list_lines(shown, time.time())) or _nothing(args))
    return 0


def _has(incident: "Incident", words: str) -> bool:
    title = incident.title.casefold()
    return all(word in title for word in words.casefold().split())


def _nothing(args: argparse.Namespace) -> str:
    if args.words:
        return "no incident is called so"
    return "nothing goes on" if args.open else "there was no incident yet"


def _show(args: argparse.Namespace) -> int:
    from ops.incidents.clocks import clocks
    from tui.cli import booked, incident_told

    number, last = number_of(args.number), count_of(args.last, "--last")
    with booked.reading(args.store, booked.config_of(args.store, args.config, needed=False)) as book:
        if book is None:
            raise UsageError(f"there is no incident {number}; {booked.nothing()}")
        incident, alerts = book.whole(number), book.alerts()
        timeline, messages = book.timeline(incident.number), book.messages(incident=incident.number)
    shown = timeline[-last:] if last else timeline
    if args.json:
        say_json({"incident": incident, "clocks": clocks(incident), "timeline": shown, "messages": messages[::-1]})
    else:
        incident = incident_told.as_it_fires(incident, alerts)
        lines = incident_told.show_lines(incident, shown, len(timeline), messages[::-1], time.time())
        say("\n".join([*incident_told.part_of(number, incident), *lines]))
    return 0


_COMMANDS: tuple[Declared, ...] = (
    ("list", "what goes on, gravest first, and the newest of what is over", _declare_list, _list),
    ("show", "one incident: how it stands, its alerts, clocks, timeline, and who was told", _declare_show, _show),
)
