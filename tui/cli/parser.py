"""The command line as argparse knows it: global options, and one subparser for each command."""

import argparse
import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, Protocol, cast

from ops.errors import UsageError

COMMANDS = (
    "check",
    "board",
    "fix",
    "monitor",
    "serve",
    "incident",
    "alerts",
    "notify",
    "drift",
    "backup",
    "maintenance",
    "slo",
    "history",
    "replay",
    "store",
    "audit",
    "init",
    "doctor",
    "demo",
    "reset-terminal",
    "completion",
)
DESCRIPTION = (
    "One screen for the engineer on call: what is broken, since when, why, and what mends it. "
    "Without a command: the floor."
)
EXAMPLES = (
    ("watchfloor", "the floor over watchfloor.toml, or over what runs on this machine"),
    ("watchfloor demo", "a real little shop on this machine, to try it on"),
    ("watchfloor init", "write down what runs here as watchfloor.toml"),
    ("watchfloor check", "one pass without a screen; exit 0 ok, 1 warning, 2 critical, 3 unknown"),
    ("watchfloor fix list", "what can be done about what is wrong; `watchfloor fix NAME` does it"),
    ("watchfloor --config /etc/watchfloor/shop.toml", "the floor over that config"),
)


class Command(Protocol):
    """What a module of this package offers."""

    SUMMARY: str
    EXAMPLES: Sequence[tuple[str, str]]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are ours, so that a wrong option never ends with the status of "critical"."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A time such as "-2h" is a value, as "-2" is for argparse itself; no option of ours begins with a digit.
        self._negative_number_matcher = re.compile(r"-\d")

    def parse_known_args(self, *args: Any, **options: Any) -> Any:
        """As argparse does; where no command is below, what is not known is an error here, where its help is."""
        found, unknown = super().parse_known_args(*args, **options)
        if unknown and self._subparsers is None:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Raise UsageError in place of ending with status 2."""
        raise UsageError(f"{message}; see `{self.prog} --help`")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"watchfloor {version('watchfloor')}")
        parser.exit()


def command(name: str) -> Command:
    """The module of a command."""
    return cast(Command, importlib.import_module(f"tui.cli.{name.replace('-', '_')}"))


def _examples(examples: Iterable[tuple[str, str]]) -> str:
    shown = list(examples)
    width = max((len(line) for line, _ in shown), default=0)
    return "examples:\n" + "\n".join(f"  {line:{width}}  {words}" for line, words in shown)


def _add_floor_options(parser: argparse.ArgumentParser) -> None:
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--auto",
        dest="floor_auto",
        action="store_true",
        default=None,
        help="the floor: fix by policy, as [[fix]] auto and [[scale]] say",
    )
    choice.add_argument("--no-auto", dest="floor_auto", action="store_false", help="the floor: fix nothing by itself")
    parser.add_argument(
        "--read-only", dest="floor_read_only", action="store_true", help="the floor: change nothing from here"
    )
    parser.add_argument(
        "--wall",
        dest="floor_wall",
        action="store_true",
        help="the floor: for a wall, read-only; takes turns with the war room of each open incident",
    )


def build(names: Sequence[str] = COMMANDS) -> Parser:
    """Make the parser with these commands; only their modules are imported."""
    parser = Parser(
        prog="watchfloor",
        description=DESCRIPTION,
        epilog=_examples(EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    where = "config file (else $WATCHFLOOR_CONFIG, ./watchfloor.toml, the user's, the system's, or discovery)"
    parser.add_argument("--config", metavar="FILE", help=where)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and end")
    _add_floor_options(parser)
    parser.set_defaults(run=None)
    subparsers = parser.add_subparsers(metavar="command", title="commands", parser_class=Parser)
    for name in names:
        module = command(name)
        below = subparsers.add_parser(
            name,
            help=module.SUMMARY,
            description=f"{module.SUMMARY[0].upper()}{module.SUMMARY[1:]}.",
            epilog=_examples(module.EXAMPLES),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        below.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help=where)
        module.add_arguments(below)
        below.set_defaults(run=module.run)
    return parser
