"""`watchfloor notify`: try whether the receivers can be reached, and see what was promised to whom."""

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from collectors.text import clean
from ops.errors import UsageError
from tui.cli import stored
from tui.cli.output import complain, say, say_json
from tui.cli.settings import config_beside, load_config
from tui.cli.table import width

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
_DIGITS = 9
_HEAD = ("id", "made", "receiver", "what", "state", "tries", "title")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = parser.add_subparsers(metavar="what", title="what to do", required=True, parser_class=type(parser))
    test = below.add_parser(
        "test", help="send a test; exit 0 when all took it, else 1", description="Send a test.", allow_abbrev=False
    )
    test.add_argument("receiver", metavar="NAME", nargs="*", help="a [[notify]]; default: all of them")
    test.add_argument(
        "--route",
        metavar="LABEL=VALUE",
        action="append",
        default=[],
        help="to those who would hear of an alert with these labels (severity=warning without one); again for more",
    )
    outbox = below.add_parser(
        "outbox",
        help="what was promised, newest first; exit 1 while something is undelivered",
        description="Show what was promised to whom, newest first, and what became of it.",
        allow_abbrev=False,
    )
    outbox.add_argument("--last", metavar="N", default=str(_LAST), help=f"how many; default: {_LAST}")
    outbox.add_argument("--incident", metavar="N", help="of this incident alone")
    stored.add_store(outbox)
    for command, do in ((test, _test), (outbox, _outbox)):
        command.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help="config file")
        command.add_argument("--json", action="store_true", help="all of it, as JSON")
        command.set_defaults(do=do)


def run(args: argparse.Namespace) -> int:
    """Do what the words say. Raises OpsError where it can't be done."""
    return int(args.do(args))


def _test(args: argparse.Namespace) -> int:
    from tui.cli.notify_trial import run as trial

    return trial(load_config(args.config), args.receiver, args.route, as_json=args.json)


def _number(text: str, option: str) -> int:
    if not text.isdecimal() or len(text) > _DIGITS:
        raise UsageError(f"{option}: {text!r} is no number")
    return int(text)


def _outbox(args: argparse.Namespace) -> int:
    from tui.cli import booked

    limit = _number(args.last, "--last")
    incident = None if args.incident is None else _number(args.incident, "--incident")
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
    if undelivered:
        yield f"undelivered: {undelivered}"
    cells = [_HEAD, *(_cells(message) for message in messages)]
    widths = [max(width(line[column]) for line in cells) for column in range(len(_HEAD))]
    for line, message in zip(cells, (None, *messages), strict=True):
        parts = (cell + " " * (cells - width(cell)) for cell, cells in zip(line, widths, strict=True))
        yield "  ".join(parts).rstrip()
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
