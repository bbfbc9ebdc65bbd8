"""What `watchfloor incident` writes: who has it, notes, priority, its end, what belongs together."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from collectors.text import clean
from ops.errors import UsageError
from tui.cli import stored
from tui.cli.incident_shared import Declared, declare_number, number_of
from tui.cli.output import say, say_json

if TYPE_CHECKING:
    from ops.incidents.book import IncidentBook
    from ops.incidents.structs import Incident

Deed = Callable[["IncidentBook", int, str, argparse.Namespace], "Incident"]
"""Writes something of the incident of a number, by somebody; gives the incident as it stands then."""


def _doing(deed: Deed, done: str = "") -> Callable[[argparse.Namespace], int]:
    """The command that does it in the book of the floor, and tells how the incident stands then.

    `done` says that it was done where how it stands is as before.
    """

    def do(args: argparse.Namespace) -> int:
        import time

        from ops.fixes.who import me
        from tui.cli import booked, incident_told

        number = number_of(args.number)
        with booked.writing(args.store, booked.config_of(args.store, args.config)) as book:
            incident = deed(book, number, me("command").user, args)
            shown = incident_told.as_it_fires(incident, () if incident.open else book.alerts())
        if args.json:
            say_json(incident)
        else:
            say("\n".join([*incident_told.standing(shown, time.time()), *([f"  {done}"] if done else [])]))
        return 0

    return do


def _declare_ack(parser: argparse.ArgumentParser) -> None:
    declare_number(parser)
    parser.add_argument("--for", metavar="TIME", dest="length", help='so long: "30m"; then somebody must have it again')


def _ack(book: "IncidentBook", number: int, by: str, args: argparse.Namespace) -> "Incident":
    return book.acknowledge(number, by, for_s=stored.length(args.length, "--for") if args.length else None)


def _declare_text(what: str) -> Callable[[argparse.ArgumentParser], None]:
    def declare(parser: argparse.ArgumentParser) -> None:
        declare_number(parser)
        parser.add_argument("text", metavar="TEXT", nargs="+", help=what)

    return declare


def _declare_maybe_text(what: str) -> Callable[[argparse.ArgumentParser], None]:
    def declare(parser: argparse.ArgumentParser) -> None:
        declare_number(parser)
        parser.add_argument("--text", metavar="TEXT", default="", help=what)

    return declare


def _words(args: argparse.Namespace) -> str:
    return " ".join(args.text)


def _declare_severity(parser: argparse.ArgumentParser) -> None:
    declare_number(parser)
    parser.add_argument("priority", metavar="PRIORITY", type=str.upper, help="P1 (gravest), P2, P3 or P4")
    parser.add_argument("--why", metavar="TEXT", default="", help="in a few words")


def _severity(book: "IncidentBook", number: int, by: str, args: argparse.Namespace) -> "Incident":
    from ops.incidents.fold import read_priority
    from ops.incidents.structs import PRIORITIES

    priority = read_priority(args.priority)
    if priority is None:
        raise UsageError(f'there is no priority "{clean(args.priority)}"; it is {", ".join(PRIORITIES)}, gravest first')
    return book.set_priority(number, by, priority, why=args.why)


def _declare_assign(parser: argparse.ArgumentParser) -> None:
    declare_number(parser)
    parser.add_argument("person", metavar="PERSON", help="whose it is from now on")
    roles = 'a role in it by any name, in place of the whole: "lead", "communication", "scribe"'
    parser.add_argument("--role", metavar="ROLE", default="", help=roles)


def _declare_resolve(parser: argparse.ArgumentParser) -> None:
    _declare_maybe_text("what it was, and what mended it")(parser)
    parser.add_argument("--false-alarm", action="store_true", help="it was none: it counts as such in the report")


def _resolve(book: "IncidentBook", number: int, by: str, args: argparse.Namespace) -> "Incident":
    return book.resolve(number, by, text=args.text, false_positive=args.false_alarm)


def _declare_merge(parser: argparse.ArgumentParser) -> None:
    declare_number(parser)
    parser.add_argument("into", metavar="INTO", help="the incident that it is the same as")


def _declare_split(parser: argparse.ArgumentParser) -> None:
    declare_number(parser)
    parser.add_argument(
        "alerts", metavar="ALERT", nargs="+", help='keys as `incident show` has them: "down/service:api"'
    )


def _declare_todo(parser: argparse.ArgumentParser) -> None:
    _declare_text("what is to be done afterwards, for the post-mortem")(parser)
    parser.add_argument("--person", metavar="PERSON", default="", help="who does it")
    parser.add_argument("--due", metavar="DATE", default="", help="until when")


def _todo(book: "IncidentBook", number: int, by: str, args: argparse.Namespace) -> "Incident":
    return book.action_item(number, by, _words(args), person=args.person, due=args.due)


COMMANDS: tuple[Declared, ...] = (
    ("ack", "say that you have it: escalation stops", _declare_ack, _doing(_ack)),
    (
        "note",
        "write something into its timeline",
        _declare_text("what is to be remembered"),
        _doing(lambda book, number, by, args: book.note(number, by, _words(args)), "the note is in its timeline"),
    ),
    (
        "severity",
        "give it another priority; a graver one takes an acknowledgement back",
        _declare_severity,
        _doing(_severity),
    ),
    (
        "assign",
        "give it, or a role in it, to somebody",
        _declare_assign,
        _doing(lambda book, number, by, args: book.assign(number, by, args.person, role=args.role)),
    ),
    (
        "mitigate",
        "say that it no longer hurts, though it is not over",
        _declare_maybe_text("what helped"),
        _doing(lambda book, number, by, args: book.mitigate(number, by, text=args.text)),
    ),
    ("resolve", "end it, and say how", _declare_resolve, _doing(_resolve)),
    (
        "reopen",
        "say that it is not over",
        _declare_maybe_text("what is still wrong"),
        _doing(lambda book, number, by, args: book.reopen(number, by, text=args.text)),
    ),
    (
        "merge",
        "make it part of another one",
        _declare_merge,
        _doing(lambda book, number, by, args: book.merge(number, number_of(args.into), by)),
    ),
    (
        "split",
        "take alerts out into an incident of their own",
        _declare_split,
        _doing(lambda book, number, by, args: book.split(number, args.alerts, by)),
    ),
    (
        "title",
        "call it something else",
        _declare_text("what it is called from now on"),
        _doing(lambda book, number, by, args: book.retitle(number, by, _words(args))),
    ),
    (
        "link",
        "add the address of something that belongs to it",
        _declare_text("the address of a page, a call, a ticket"),
        _doing(lambda book, number, by, args: book.link(number, by, _words(args)), "the link is with it"),
    ),
    (
        "todo",
        "note something to be done afterwards, for the post-mortem",
        _declare_todo,
        _doing(_todo, "it is to be done"),
    ),
)
