"""Runs one command line: parses it, runs the command, and turns errors into one sentence and an exit status.

Exit statuses: 0 to 3 as each command says (`check`: 0 ok, 1 warning, 2 critical, 3 unknown), 64 wrong use, 70 and 73
can't be done, 75 another monitor leads, 78 wrong config, 130 interrupted, 141 nobody reads the output.
"""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.config.names import did_you_mean
from ops.errors import OpsError, UsageError
from tui.cli.output import complain, silence

if TYPE_CHECKING:
    from argparse import Namespace
    from types import TracebackType

INTERRUPTED = 130
UNREAD = 141
_WITH_SCREEN = ("tui.cli.demo", "tui.cli.replay")
"""Commands that have a terminal to restore at the interpreter's end."""


def run(argv: Sequence[str]) -> int:
    """Run a command line without the program's name; returns the exit status."""
    try:
        status = _dispatch(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OpsError as error:
        complain(f"watchfloor: {error.message}")
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        silence(sys.stdout)
        return UNREAD
    return status


def _dispatch(argv: Sequence[str]) -> int:
    if not argv:
        return _floor()
    try:
        args = _parse(argv)
    except SystemExit as ended:  # argparse has printed the help or the version
        return int(ended.code or 0)
    if args.run is None:
        return _floor(args.config, auto=args.floor_auto, read_only=args.floor_read_only, wall=args.floor_wall)
    if args.floor_auto is not None or args.floor_read_only or args.floor_wall:
        options = "--auto, --no-auto, --read-only and --wall"
        raise UsageError(f"{options} before a command are for the floor; see `{_see(argv)}`")
    if args.run.__module__ not in _WITH_SCREEN:
        sys.excepthook = _tell_bug
    return int(args.run(args))


def _see(argv: Sequence[str]) -> str:
    return f"watchfloor {first_word(argv)} --help"


def _floor(named: str | None = None, *, auto: bool | None = None, read_only: bool = False, wall: bool = False) -> int:
    from tui.cli import floor

    sys.excepthook = _tell_bug
    return floor.show(named, auto=auto, read_only=read_only, wall=wall)


def _tell_bug(kind: type[BaseException], error: BaseException, trace: "TracebackType | None") -> None:
    """End what has no screen after a bug: the traceback without any secret, and never the status of a verdict."""
    import traceback

    complain("".join(traceback.format_exception(kind, error, trace)) + "this is a fault of watchfloor itself")
    os._exit(OpsError.exit_status)


def _parse(argv: Sequence[str]) -> "Namespace":
    from tui.cli.parser import COMMANDS, build

    name = first_word(argv)
    if name and name not in COMMANDS:
        raise UsageError(f'there is no command "{name}"; {did_you_mean(name, COMMANDS)}')
    return build((name,) if name else COMMANDS).parse_args(argv)


def first_word(argv: Sequence[str]) -> str:
    """The command on a command line: the first word that is neither an option nor an option's value; else ""."""
    words = iter(argv)
    for word in words:
        if word == "--config":
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""
