"""`watchfloor monitor`: the floor without a screen: it polls, records, and with `--auto` mends by policy."""

import argparse
import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.text import clean
from ops.errors import UsageError
from tui.cli.output import complain
from tui.cli.settings import governed, load_config

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.live import LiveSource
    from tui.cli.monitor_lines import Lines

SUMMARY = "watch and record without a screen until it is ended, and with --auto fix what the config lets it"
EXAMPLES = (
    ("watchfloor monitor", "poll and record; a line for each change, for cron, systemd or tmux"),
    ("watchfloor monitor --auto", "and take what [[fix]] auto and [[scale]] say, with their brakes"),
    ("watchfloor monitor --for 10m --json", "ten minutes, one JSON object a line"),
    ("watchfloor monitor --reset service:api", "let policy act again on what it gave up; ends at once"),
)
_MOST = 20
_ENDS = (signal.SIGINT, signal.SIGTERM)


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
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Watch until it is ended by a signal or its time is over; 0 then."""
    from tui.cli import stored
    from tui.cli.monitor_lines import Lines

    if args.reset is not None:
        return _reset(load_config(args.config), args.reset)
    length_s = stored.length(args.length, "--for") if args.length else None
    config = governed(load_config(args.config), auto=args.auto)
    asyncio.run(_watch(config, Lines(as_json=args.json), length_s))
    return 0


async def _watch(config: "Config", lines: "Lines", length_s: float | None) -> None:
    from ops.live import LiveSource

    source = LiveSource(config, record=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in _ENDS:
        loop.add_signal_handler(sign, ended.set)
    telling, ending = asyncio.create_task(_tell(source, lines)), asyncio.create_task(ended.wait())
    try:
        await asyncio.wait((telling, ending), timeout=length_s, return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            telling.result()
    finally:
        for task in (telling, ending):
            task.cancel()
        await asyncio.wait((telling, ending), timeout=1)
        await source.close()


async def _tell(source: "LiveSource", lines: "Lines") -> None:
    async for board in source.boards():
        lines.tell(board, source.fixes.jobs() if source.fixes is not None else ())


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
