"""`watchfloor audit`: who did what, when, from where, and how it ended; and whether that record is whole."""

import argparse
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.audit.trail import FILE_NAME, AuditTrail
from ops.config.structs import Config, Settings
from ops.errors import OpsError, UsageError
from tui.cli import stored
from tui.cli.below import Below
from tui.cli.output import complain, say, say_exactly, say_json
from tui.cli.settings import load_config

SUMMARY = "show who did what and how it ended, verify that record, or export it"
EXAMPLES = (
    ("watchfloor audit show --last 20", "the newest records"),
    ("watchfloor audit verify", "exit 0 when no line was changed, removed, added or moved, else 1 and which"),
    ("watchfloor audit export --format csv --out audit.csv", "all of it for a spreadsheet"),
)
PROBLEMS = 1
_TOLD = 100
_LAST = 50
_DIGITS = 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = Below(parser)
    made = {}
    for name, words, do in (
        ("show", "the newest records, oldest of them first", _show),
        ("verify", "whether the record is whole: exit 0, or 1 with what is wrong", _verify),
        ("export", "all records, as JSON lines that can be verified too, or as CSV", _export),
    ):
        made[name] = below.add(name, words, do, json="")
        stored.add_store(made[name])
    made["show"].add_argument("--last", metavar="N", default=str(_LAST), help=f"how many; default: {_LAST}, 0: all")
    made["show"].add_argument("--json", action="store_true", help="every field, as JSON")
    made["verify"].add_argument("--json", action="store_true", help="the problems, as JSON")
    made["export"].add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    made["export"].add_argument("--out", metavar="FILE", help="write it there, for its owner alone")


def run(args: argparse.Namespace) -> int:
    """Do what the words say. Raises OpsError where the trail can't be read."""
    return int(args.do(args))


def _trail(args: argparse.Namespace) -> AuditTrail:
    """The trail of the config's floor, or of a named store's folder, which needs no config."""
    if args.store is None or args.config is not None:
        config = load_config(args.config)
    else:
        config = Config(path="", settings=Settings(), targets=(), thresholds=())
    place = stored.place_of(args.store, config)
    return AuditTrail((place.parent if place.is_file() else place) / FILE_NAME)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses, as a command tells it."""
    from ops.actions.errors import ActionError

    try:
        yield
    except OSError as error:
        raise OpsError(f"{path} can't be read: {error.strerror or error}") from error
    except ActionError as error:
        raise OpsError(f"{error.message}; {error.remedy}") from error


def _show(args: argparse.Namespace) -> int:
    from ops.audit.export import as_text

    if not args.last.isdecimal() or len(args.last) > _DIGITS:
        raise UsageError(f"--last: {args.last!r} is no number of records")
    trail = _trail(args)
    with _told(trail.path):
        entries = list(trail.entries(int(args.last)))
    if args.json:
        say_json(entries)
    elif entries:
        say("\n".join(as_text(entries)))
    else:
        complain(f"nothing is on record in {trail.path}")
    return 0


def _verify(args: argparse.Namespace) -> int:
    trail = _trail(args)
    with _told(trail.path):
        found = trail.verify()
        problems, more = list(itertools.islice(found, _TOLD)), sum(1 for _ in found)
        head = trail.head()
    if args.json:
        say_json({"path": str(trail.path), "records": head.seq if head else 0, "problems": problems, "more": more})
        return PROBLEMS if problems else 0
    for problem in problems:
        say(f"{f'line {problem.line}' if problem.line else 'the end'}: {problem.text}")
    if more:
        say(f"… and {more} more")
    if not problems:
        say(f"whole: {head.seq if head else 0} records in {trail.path}")
    return PROBLEMS if problems else 0


def _export(args: argparse.Namespace) -> int:
    from ops.audit.export import as_csv, as_lines

    trail = _trail(args)
    with _told(trail.path):
        lines = as_csv(trail.entries()) if args.format == "csv" else as_lines(trail.entries())
        if args.out is not None:
            stored.give("".join(f"{line}\n" for line in lines), args.out, exact=True)
        else:
            _stream(lines)
    return 0


def _stream(lines: Iterator[str]) -> None:
    """A thousand at a time: a trail may be long."""
    while block := list(itertools.islice(lines, 1000)):
        say_exactly("".join(f"{line}\n" for line in block))
