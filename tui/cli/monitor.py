"""`watchfloor monitor`: the floor without a screen: it polls, records, and with `--auto` mends by policy."""

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.text import clean
from ops.errors import UsageError
from tui.cli.output import complain, say_exactly
from tui.cli.settings import governed, load_config

if TYPE_CHECKING:
    from ops.config.structs import Config

SUMMARY = "watch, record and alert without a screen until it is ended, and with --auto fix what the config lets it"
EXAMPLES = (
    ("watchfloor monitor", "poll and record; a line for each change, for cron, systemd or tmux"),
    ("watchfloor monitor --auto", "and take what [[fix]] auto and [[scale]] say, with their brakes"),
    ("watchfloor monitor --for 10m --json", "ten minutes, one JSON object a line"),
    ("watchfloor monitor --systemd-unit", "a unit file for /etc/systemd/system; SIGHUP reads the config anew"),
    ("watchfloor monitor --reset service:api", "let policy act again on what it gave up; ends at once"),
)
_MOST = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--auto", action="store_true", default=None, help="fix by policy, as [[fix]] auto and [[scale]] say"
    )
    choice.add_argument(
        "--no-auto", dest="auto", action="store_false", help="fix nothing, also where [auto] enabled = true"
    )
    choice.add_argument("--reset", metavar="ROW", help='let policy act again on a row that it gave up; "*" for all')
    parser.add_argument("--for", metavar="TIME", dest="length", help='end after so long: "10m"')
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line")
    form.add_argument("--logfmt", action="store_true", help="one line of name=value each")
    parser.add_argument("--systemd-unit", action="store_true", help="print a unit file for this monitor, and end")


def run(args: argparse.Namespace) -> int:
    """Watch until it is ended by a signal or its time is over; 0 then, 75 where another leads this floor already."""
    if args.systemd_unit:
        return _unit(args)
    from tui.cli import stored
    from tui.cli.monitor_lines import Lines
    from tui.cli.monitor_watch import Monitor, claim

    if args.reset is not None:
        return _reset(load_config(args.config), args.reset)
    length_s = stored.length(args.length, "--for") if args.length else None
    config = governed(load_config(args.config), auto=args.auto)
    lines = Lines("json" if args.json else "logfmt" if args.logfmt else "text")

    def again() -> "Config":
        return governed(load_config(config.path or args.config), auto=args.auto)

    async def watch() -> None:
        await claim(config)
        await Monitor(config, again, lines).run(length_s)

    asyncio.run(watch())
    return 0


def _unit(args: argparse.Namespace) -> int:
    """Print the unit file that runs this monitor."""
    import os
    import sys

    from ops.fixes.who import account
    from ops.systemd import Unit

    config = governed(load_config(args.config), auto=args.auto)
    if not config.path:
        raise UsageError("a service needs a config file; `watchfloor init` writes down what runs here")
    path, program = Path(config.path).resolve(), Path(sys.executable).with_name("watchfloor")
    choice = [] if args.auto is None else ["--auto" if args.auto else "--no-auto"]
    form = "--json" if args.json else "--logfmt"
    unit = Unit(
        name=config.settings.name,
        command=[str(program), "monitor", "--config", str(path), form, *choice],
        folder=str(path.parent),
        user=account(os.getuid()) if os.getuid() else "",
        environment=[(name, os.environ[name]) for name in ("XDG_STATE_HOME",) if name in os.environ],
    )
    say_exactly(unit.text)
    return 0


def _reset(config: "Config", row: str) -> int:
    """Pardon a row, once that is on record. Raises UsageError where that can't be written, or there is no history."""
    from ops.actions.errors import ActionError
    from ops.audit.trail import FILE_NAME, AuditTrail
    from ops.fixes.who import me
    from ops.policy.pardons import Pardons
    from ops.store.places import store_folder

    if not config.path:
        raise UsageError("there is no config file, and so nothing that policy gave up")
    folder = store_folder(config)
    _known(config, folder, row)
    try:
        AuditTrail(folder / FILE_NAME).append("pardon", {"by": me("command"), "row": row, "config": config.path})
        Pardons(folder).add((row,))
    except ActionError as error:
        raise UsageError(f"{error.message}, so policy does not act again; {error.remedy}") from error
    except OSError as error:
        raise UsageError(f"{folder} can't be written to: {error.strerror}") from error
    what = "everything" if row == "*" else row
    complain(f"watchfloor: policy acts again on {what}; what was tried before does not count any more")
    return 0


def _known(config: "Config", folder: Path, row: str) -> None:
    """Raises UsageError for a row that policy has nothing to do with: without tries, pardons, or a `[[fix]]` for it."""
    from fnmatch import fnmatchcase

    from ops.fixes.desk import FixDesk
    from ops.policy.pardons import ALL, Pardons

    globs = [fix.when.row or f"service:{fix.when.service}" for fix in config.fixes]
    globs += [scale.row for scale in config.scales]
    if row == ALL or any(fnmatchcase(row, glob) for glob in globs):
        return
    jobs = FixDesk(config).jobs()
    tried = {one for job in jobs for one in (job.request.row, job.request.proof.row)} | Pardons(folder).read().keys()
    if row not in tried:
        known = sorted({*globs, *tried} - {ALL})
        told = f"it knows {', '.join(map(clean, known[:_MOST]))}" if known else "the config has no [[fix]] for any row"
        left = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
        raise UsageError(f'policy has nothing to do with "{clean(row)}"; {told}{left}')
