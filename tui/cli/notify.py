"""`watchfloor notify`: try whether the receivers can be reached, and see what was promised to whom."""

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from collectors.text import clean
from tui.cli import stored
from tui.cli.below import Below
from tui.cli.incident_shared import count_of, number_of
from tui.cli.output import complain, say, say_json
from tui.cli.settings import config_beside, load_config

if TYPE_CHECKING:
    from ops.incidents.book import IncidentBook
    from ops.notify.structs import Message

SUMMARY = "try the receivers of alerts, or see what they were promised and what they said"
EXAMPLES = (
    ("watchfloor notify test", "a test to every [[notify]]; exit 0 when all took it, else 1"),
    ("watchfloor notify test pager chat", "to these alone"),
    (
        "watchfloor notify test --route severity=critical --route service=api",
        "to those who would hear of such an alert",
    ),
    ("watchfloor notify outbox", "the newest messages; exit 1 while something is undelivered"),
)
UNDELIVERED = 1
_LAST = 50
_ALL = 10**9
_HEAD = ("id", "made", "receiver", "what", "state", "tries", "title")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below, whole = Below(parser), "all of it, as JSON"
    test = below.add("test", "send a test; exit 0 when all took it, else 1", _test, json=whole)
    test.add_argument("receiver", metavar="NAME", nargs="*", help="a [[notify]]; default: all of them")
    test.add_argument(
        "--route",
        metavar="LABEL=VALUE",
        action="append",
        default=[],
        help="to those who would hear of an alert with these labels (severity=warning without one); again for more",
    )
    words = "what was promised to whom, newest first, and what became of it; exit 1 while something is undelivered"
    outbox = below.add("outbox", words, _outbox, json=whole)
    outbox.add_argument("--last", metavar="N", default=str(_LAST), help=f"how many; default {_LAST}, 0: all")
    outbox.add_argument("--incident", metavar="N", help="of this incident alone")
    stored.add_store(outbox)


def run(args: argparse.Namespace) -> int:
    """Do what the words say. Raises OpsError where it can't be done."""
    return int(args.do(args))


def _test(args: argparse.Namespace) -> int:
    from tui.cli.notify_trial import run as trial

    return trial(load_config(args.config), args.receiver, args.route, as_json=args.json)


def _outbox(args: argparse.Namespace) -> int:
    from tui.cli import booked

    limit = count_of(args.last, "--last") or _ALL
    incident = None if args.incident is None else number_of(args.incident)
    with booked.reading(args.store, config_beside(args.store, args.config)) as book:
        messages: Sequence[Message] = () if book is None else book.messages(incident=incident, limit=limit)
        undelivered = 0 if book is None else _undelivered(book)
    if args.json:
        say_json(messages)
    elif messages:
        say("\n".join(_lines(messages, undelivered)))
    else:
        complain("nothing was promised to anybody" if incident is None else f"nobody was told of incident {incident}")
    return UNDELIVERED if undelivered else 0


def _undelivered(book: "IncidentBook") -> int:
    from ops.notify.outbox import Outbox

    with book.reading() as connection:
        return Outbox(connection).undelivered(time.time())


def _lines(messages: "Sequence[Message]", undelivered: int) -> Iterator[str]:
    """A line for each message, and below it what the receiver said; what is undelivered is counted first."""
    from tui.cli.fix_list import aligned

    if undelivered:
        yield f"undelivered: {undelivered}"
    table = aligned([_HEAD, *(_cells(message) for message in messages)])
    for line, message in zip(table, (None, *messages), strict=True):
        yield line
        if message is not None and message.said:
            yield f"  {clean(message.said)}"


def _cells(message: "Message") -> tuple[str, ...]:
    made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(message.made_at))
    return (
        str(message.id),
        made,
        clean(message.receiver),
        message.action,
        message.state,
        str(message.attempts),
        clean(message.title),
    )
