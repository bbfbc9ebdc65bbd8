"""`watchfloor maintenance`: planned work, with a baseline and a checklist before, a comparison and a report after."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ops.errors import OutputError, UsageError
from tui.cli import stored
from tui.cli.below import Below
from tui.cli.drift_shared import ended, may_write
from tui.cli.incident_shared import Declared
from tui.cli.output import complain, json_text, say, say_json
from tui.cli.progress import Progress

if TYPE_CHECKING:
    from ops.alerts.structs import Matcher
    from ops.board import Board
    from ops.config.structs import Config
    from ops.drift.maintenance import Maintenance

SUMMARY = "begin and end planned work: capture, silence, checklist, compare, report"
EXAMPLES = (
    (
        "watchfloor maintenance begin --for 2h upgrade PostgreSQL",
        "capture, silence alerts, checklist",
    ),
    ("watchfloor maintenance begin --match kind=postgres upgrade", "silence those alerts alone"),
    ("watchfloor maintenance end --out report.md", "compare, end the silence; exit 0 as before, 2 changed"),
    ("watchfloor maintenance show", "what goes on"),
)
LENGTH = "2h"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = Below(parser)
    for name, words, declare, do in _COMMANDS:
        declare(below.add(name, words, do))


def run(args: argparse.Namespace) -> int:
    """Do what the words say; what can't be done ends with 1. Raises UsageError."""
    return ended(args)


def _declare_begin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reason", metavar="REASON", nargs="+", help="what is done, in a few words")
    length = f'how long alerts are silent: "2h"; default {LENGTH}, at most a day'
    parser.add_argument("--for", metavar="TIME", dest="length", default=LENGTH, help=length)
    match = "silence only what matches, such as service=api; of several all must hold; default: all that is watched"
    parser.add_argument("--match", metavar="MATCHER", action="append", default=[], help=match)


def _declare_end(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", help="write the report there, whole or not at all")


def _declare_show(parser: argparse.ArgumentParser) -> None:
    """It takes no more than every command."""


def _begin(args: argparse.Namespace) -> int:
    from ops.fixes.who import me
    from tui.cli import maintenance_told

    matchers, for_s = _matchers(args.match), stored.length(args.length, "--for")
    with _works(args, writes=True) as works, Progress("capturing") as tell:
        work = asyncio.run(works.begin(me("command").user, " ".join(args.reason), for_s, matchers=matchers, tell=tell))
    if args.json:
        say_json(work)
    else:
        say("\n".join(maintenance_told.begun_lines(work)))
    return 0


def _end(args: argparse.Namespace) -> int:
    from ops.drift.maintenance import markdown
    from ops.fixes.who import me
    from tui.cli import drift_told, maintenance_told

    with _works(args, writes=True) as works, Progress("looking") as tell:
        report = asyncio.run(works.end(me("command").user, tell=tell))
    told = {name: getattr(report, name) for name in report.__struct_fields__}
    whole = {**told, "findings": drift_told.fields(report.findings)}
    _give(json_text(whole) if args.json else markdown(report), args.out, exact=args.json)
    if args.out is not None:
        said = maintenance_told.ended_line(report, args.out)
        if args.json:  # what reads JSON has asked for a file, and for nothing else
            complain(said)
        else:
            say(said)
    return drift_told.status(report.findings)


def _give(text: str, out: str | None, *, exact: bool) -> None:
    """Where it can't be written it is said all the same: the work is over, and nobody can ask for it again."""
    try:
        stored.give(text, out, exact=exact)
    except OutputError:
        if out is not None:
            stored.give(text, None, exact=exact)
        raise


def _show(args: argparse.Namespace) -> int:
    from tui.cli import maintenance_told

    with _works(args, writes=False) as works:
        work = works.begun()
    if args.json:
        say_json(work)
    else:
        say("\n".join(maintenance_told.begun_lines(work)) if work else "no maintenance goes on")
    return 0


@contextmanager
def _works(args: argparse.Namespace, *, writes: bool) -> "Iterator[Maintenance]":
    """The planned work of the floor. Raises OpsError."""
    from ops.drift.desk import DriftDesk
    from ops.drift.maintenance import Maintenance
    from tui.cli import booked

    config = booked.config_of(None, args.config)
    if writes:
        may_write(config)
    with booked.writing(None, config) as book:
        yield Maintenance(config, DriftDesk(config), book, lambda: _look(config))


async def _look(config: "Config") -> "Board":
    from ops.engine import one_pass

    return await one_pass(config, ())


def _matchers(texts: Sequence[str]) -> "tuple[Matcher, ...]":
    from ops.alerts.matchers import read_matchers

    try:
        return read_matchers(texts)
    except ValueError as error:
        raise UsageError(f"--match: {error}") from error


_COMMANDS: tuple[Declared, ...] = (
    ("begin", "capture what is, silence alerts, look through the checklist before the work", _declare_begin, _begin),
    ("end", "compare with what was before, end the silence, look again, report", _declare_end, _end),
    ("show", "what goes on", _declare_show, _show),
)
