"""`watchfloor backup restore`: what would be written over, a yes that is typed, and a way back."""

import argparse

from ops.actions.backups import listed, names_of
from ops.errors import UsageError
from tui.cli.backup_do import meant_id, told
from tui.cli.backup_jobs import Wanted, declare_doing, do
from tui.cli.backup_shared import WHICH, declare_set, load_config
from tui.cli.incident_shared import Declared

DEFAULT = "verified"


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_set(parser)
    parser.add_argument("backup", metavar="BACKUP", nargs="?", default="", help=f"{WHICH}; default: {DEFAULT}")
    point = "the newest backup that is not after it; another word for BACKUP"
    parser.add_argument("--point", metavar="TIME", default="", help=point)
    place = "into another place: a database, a folder, a volume; default: where it came from"
    parser.add_argument("--to", metavar="PLACE", default="", help=place)
    some = "only that table or file; can be given again, or with commas"
    parser.add_argument("--only", "--tables", metavar="NAME", action="append", default=[], help=some)
    parser.add_argument("--over", action="store_true", help="write over what is in the place already")
    unsafe = "do not back up first what is there now; what was written since is lost then"
    parser.add_argument("--no-safety", dest="safety", action="store_false", help=unsafe)
    declare_doing(parser)


def _restore(args: argparse.Namespace) -> int:
    if args.backup and args.point:
        raise UsageError("--point and BACKUP both say which backup: leave one of them out")
    config = load_config(args.config)
    kept = meant_id(config, args.set, args.point or args.backup or DEFAULT)
    return told(args, [do(args, config, Wanted("restore", args.set, params_of(args, kept)))])


def params_of(args: argparse.Namespace, backup: str) -> dict[str, str]:
    """What the action is told."""
    return {
        "backup": backup,
        "to": args.to,
        "only": listed([name for text in args.only for name in names_of(text)]),
        "empty": "yes" if args.over else "no",
        "safety": "yes" if args.safety else "no",
    }


COMMANDS: tuple[Declared, ...] = (
    ("restore", "put a backup back; what is there is backed up first, and shown before anything", _declare, _restore),
)
