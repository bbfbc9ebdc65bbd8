"""`watchfloor backup run|verify|drill|prune|delete`: each a job, with its lock, its record and its proof."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ops.actions.errors import ActionError
from ops.errors import UsageError
from tui.cli.backup_jobs import Done, Wanted, declare_doing, do, worst
from tui.cli.backup_prune import pruned
from tui.cli.backup_shared import HELD, as_backup, declare_backup, declare_set, failed, load_config, names_of, spec_of
from tui.cli.fix_jobs import INTERRUPTED
from tui.cli.incident_shared import Declared
from tui.cli.output import say, say_json

if TYPE_CHECKING:
    from ops.backup.errors import BackupError
    from ops.config.structs import Config


def _declare_several(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sets", metavar="SET", nargs="*", help="names of [[backup]]")
    parser.add_argument("--all", action="store_true", help="every set of the config, one after the other")
    declare_doing(parser)


def _declare_verify(parser: argparse.ArgumentParser) -> None:
    declare_set(parser)
    declare_backup(parser)
    part = '"2/7": the second of seven slices; all of them in turn cover everything'
    parser.add_argument("--fraction", metavar="N/OF", default="", help=part)
    declare_doing(parser)


def _declare_drill(parser: argparse.ArgumentParser) -> None:
    declare_set(parser)
    declare_backup(parser)
    declare_doing(parser)


def _declare_delete(parser: argparse.ArgumentParser) -> None:
    declare_set(parser)
    parser.add_argument("backup", metavar="BACKUP", help="its id, or the beginning of it")
    declare_doing(parser)


def _run(args: argparse.Namespace) -> int:
    return _several(args, lambda _config, name: Wanted("run", name))


def _prune(args: argparse.Namespace) -> int:
    return _several(args, lambda config, name: pruned(args, config, name))


def _verify(args: argparse.Namespace) -> int:
    given = {"fraction": args.fraction} if args.fraction else {}
    return _one(args, lambda kept: Wanted("verify", args.set, {"backup": kept, **given}))


def _drill(args: argparse.Namespace) -> int:
    return _one(args, lambda kept: Wanted("drill", args.set, {"backup": kept}))


def _delete(args: argparse.Namespace) -> int:
    return _one(args, lambda kept: Wanted("delete", args.set, {"backup": kept}))


def _one(args: argparse.Namespace, wanted: Callable[[str], Wanted]) -> int:
    """Do it to the backup that is meant, by its exact id."""
    config = load_config(args.config)
    kept = meant_id(config, args.set, args.backup)
    return told(args, [do(args, config, wanted(kept))])


def meant_id(config: "Config", name: str, backup: str) -> str:
    """The exact id of a backup of a set. Raises BackupError, and UsageError for a set that there is not."""
    from ops.backup.desk import BackupDesk

    spec_of(config, name)
    return asyncio.run(BackupDesk(config).kept(name, backup)).id


def _several(args: argparse.Namespace, wanted: "Callable[[Config, str], Wanted | Done]") -> int:
    """Do it to one set after the other; one that fails keeps no other from it."""
    from ops.backup.errors import BackupError

    config = load_config(args.config)
    if bool(args.sets) == args.all:
        raise UsageError("say which sets, or --all" if not args.all else "--all is every set: leave the names out")
    done: list[Done] = []
    for name in names_of(config, args.sets):
        try:
            one = wanted(config, name)
            one = do(args, config, one) if isinstance(one, Wanted) else one
        except BackupError as error:
            one = _failed(args, name, error)
        except ActionError as error:
            one = _failed(args, name, as_backup(error))
        done.append(one)
        if worst(done) == INTERRUPTED:
            break
    return told(args, done)


def _failed(args: argparse.Namespace, name: str, error: "BackupError") -> Done:
    verdict = "held" if error.reason == "held" else "failed"
    if not args.json:
        failed(args, error)
    return Done(set=name, verdict=verdict, said=error.message, remedy=error.remedy)


def told(args: argparse.Namespace, done: Sequence[Done]) -> int:
    """Say what is not said yet, as JSON all of it; gives the exit status."""
    if args.json:
        say_json({"done": done})
    else:
        for one in done:
            if one.verdict == "nothing":
                say(one.said)
    return worst(done)


_HELD = f"held by another ends with {HELD}"
COMMANDS: tuple[Declared, ...] = (
    ("run", f"take a backup of a set now, as its schedule would; {_HELD}", _declare_several, _run),
    ("verify", "read a backup through: exit 0 it is whole, 1 it is not, 2 it can't be read", _declare_verify, _verify),
    (
        "drill",
        "restore a backup into something throwaway and compare: exit 0 it is proven, 1 it is not, 2 it can't be tried",
        _declare_drill,
        _drill,
    ),
    ("prune", "delete what has expired; --dry-run says what stays and what goes, with why", _declare_several, _prune),
    ("delete", "delete one backup, which is never the last verified one", _declare_delete, _delete),
)
