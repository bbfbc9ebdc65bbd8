"""`watchfloor fix`: what can be done about what is wrong, doing it, and what was done before."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from ops.actions.errors import ActionError, Refused
from ops.errors import UsageError
from tui.cli.output import complain, say_json, then
from tui.cli.settings import load_config

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.fixes.desk import FixDesk

SUMMARY = "list what can be done about what is wrong, do it, and look at what was done"
EXAMPLES = (
    ("watchfloor fix list", "every fix that fits what is not well, with its record and its price"),
    ("watchfloor fix restart-api --dry-run", "a [[fix]] of the config: show what would be done, and do nothing"),
    ("watchfloor fix container.restart shop-web-1", "an action on a row: plan, ask, do it, wait for the proof"),
    ("watchfloor fix restart-api --yes", "without asking; exit 0 verified, 1 not fixed, 2 failed, 3 refused"),
    ("watchfloor fix history --last 20", "what was done, by whom, and whether it worked"),
    ("watchfloor fix show 7 --follow", "the output of job 7, as it comes"),
    ("watchfloor fix cancel 7", "end job 7"),
)
REFUSED, FAILED = 3, 2
_DIGITS = 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    which = "list (also without a word), history, show, cancel; or the name of a [[fix]], or of an action"
    what = parser.add_argument("what", metavar="WHAT", nargs="?", default="list", help=which)
    what.words = {  # type: ignore[attr-defined]  # for the scripts of `completion`: any other name may follow too
        "list": "what can be done now",
        "history": "what was done",
        "show": "a job with its output",
        "cancel": "end a job",
    }
    whom = "whom to fix: id or name of a row; of show and cancel: number of the job"
    parser.add_argument("row", metavar="ROW", nargs="?", default="", help=whom)
    _add_doing(parser)
    parser.add_argument("--row", metavar="GLOB", dest="glob", default="", help="list: rows with such ids, also ok ones")
    parser.add_argument("--all", action="store_true", help="list: also what can be done to rows that are ok")
    parser.add_argument("--last", metavar="N", type=int, default=50, help="history: how many; default 50, 0: all")
    parser.add_argument("--follow", action="store_true", help="show: go on until it has ended")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _add_doing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show the plan and do nothing at all")
    given = "a parameter of the fix; can be given again"
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help=given)
    parser.add_argument(
        "--yes", action="store_true", help="do not ask; what must be typed takes --confirm all the same"
    )
    typed = "the target's name, where it must be typed: in production, and where something is lost"
    parser.add_argument("--confirm", metavar="NAME", default="", help=typed)
    wait = "wait so long for whoever is at work on the target; without it that is refused at once"
    parser.add_argument("--wait", metavar="TIME", default="0s", help=wait)


def run(args: argparse.Namespace) -> int:
    """Do what the words say; what is refused ends with 3, what goes wrong with 2."""
    from ops.fixes.desk import FixDesk

    config = load_config(args.config)
    try:
        return _WHAT.get(args.what, _fix)(args, config, FixDesk(config))
    except ActionError as error:
        return tell(error, as_json=args.json)


def tell(error: ActionError, *, as_json: bool) -> int:
    """Say why nothing came of it, and give the status of that."""
    refused = isinstance(error, Refused)
    if as_json:
        verdict = "refused" if refused else "failed"
        say_json({"verdict": verdict, "said": error.message, "remedy": error.remedy, "reason": error.reason})
    else:
        complain(f"watchfloor: {error.message}{then(error.remedy)}")
    return REFUSED if refused else FAILED


def number_of(args: argparse.Namespace) -> int:
    """The number of a job as it was given. Raises UsageError."""
    if not args.row.isdecimal() or len(args.row) > _DIGITS:
        raise UsageError(f"say which job: `watchfloor fix {args.what} N`; `watchfloor fix history` has the numbers")
    return int(args.row)


def _list(args: argparse.Namespace, config: "Config", desk: "FixDesk") -> int:
    from tui.cli.fix_list import show

    return show(config, desk, args.glob, everything=args.all, as_json=args.json)


def _history(args: argparse.Namespace, _config: "Config", desk: "FixDesk") -> int:
    from tui.cli.fix_jobs import history

    return history(desk, args.last, as_json=args.json)


def _show(args: argparse.Namespace, _config: "Config", desk: "FixDesk") -> int:
    from tui.cli.fix_jobs import show

    return show(desk, number_of(args), follow=args.follow, as_json=args.json)


def _cancel(args: argparse.Namespace, _config: "Config", desk: "FixDesk") -> int:
    from tui.cli.fix_jobs import cancel

    return cancel(desk, number_of(args), as_json=args.json)


def _fix(args: argparse.Namespace, config: "Config", desk: "FixDesk") -> int:
    from tui.cli.fix_run import run as run_fix

    return run_fix(args, config, desk)


_WHAT: dict[str, Callable[[argparse.Namespace, "Config", "FixDesk"], int]] = {
    "list": _list,
    "history": _history,
    "show": _show,
    "cancel": _cancel,
}
