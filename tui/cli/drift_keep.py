"""What `watchfloor drift` does with baselines: capture, list, choose, export; and the counts over time."""

import argparse
import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from ops.errors import UsageError
from tui.cli.drift_shared import declare_only, may_write, names_of
from tui.cli.incident_shared import Declared, count_of
from tui.cli.output import complain, say, say_exactly, say_json
from tui.cli.progress import Progress
from tui.cli.settings import load_config

LAST = 50


def _declare_capture(parser: argparse.ArgumentParser) -> None:
    name = 'what to call it; default: the one that is compared with is captured anew, the first is "baseline"'
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help=name)
    declare_only(parser)


def _declare_nothing(parser: argparse.ArgumentParser) -> None:
    """It takes no more than every command."""


def _declare_use(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the baseline, as `watchfloor drift list` shows it")


def _declare_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="default: the one that is compared with")
    parser.add_argument("--out", metavar="FILE", help="write it there; default: standard output")
    force = "write over a file that is there; with --json also one that was edited, or is of another host or version"
    parser.add_argument("--force", action="store_true", help=force)


def _declare_history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--last", metavar="N", default=str(LAST), help=f"how many; default {LAST}, 0: all")


def _capture(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk
    from ops.fixes.who import me
    from tui.cli import drift_told

    config = load_config(args.config)
    may_write(config)
    desk, began = DriftDesk(config), time.monotonic()
    with Progress("capturing") as tell:
        baseline = asyncio.run(desk.capture(args.name, only=names_of(args.only), by=me("command").user, tell=tell))
    took_s = time.monotonic() - began
    if args.json:
        say_json({"baseline": baseline.head, "took_s": took_s, "sources": drift_told.captured(baseline)})
    else:
        say("\n".join(drift_told.captured_lines(baseline, took_s)))
    return 0


def _list(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk
    from ops.drift.source import DriftError
    from tui.cli import drift_told

    desk = DriftDesk(load_config(args.config))
    heads, current, damaged, edited = desk.baselines(), desk.current(), [*desk.damaged()], []
    for head in heads:
        try:
            edited += [head.name] if desk.edited(head.name) else []
        except DriftError as error:  # what stands below its head is no baseline
            damaged.append(error.message)
    if args.json:
        say_json({"current": current, "baselines": heads, "edited": edited, "damaged": damaged})
        return 0
    lines = drift_told.list_lines(heads, current, edited)
    say("\n".join(lines) or "there is no baseline yet; `watchfloor drift capture`")
    for sentence in damaged:
        complain(f"watchfloor: {sentence}")
    return 0


def _use(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk

    config = load_config(args.config)
    may_write(config)
    desk = DriftDesk(config)
    desk.choose(args.name)
    if args.json:
        say_json({"current": desk.current()})
    else:
        say(f'what is, is compared with the baseline "{desk.current()}" from now on')
    return 0


def _export(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk

    desk = DriftDesk(load_config(args.config))
    if args.json:
        if args.out is not None:
            raise UsageError("--out is for its file as it is: leave --json or --out out")
        say_json(desk.baseline(args.name, force=args.force))
    elif args.out is None:
        with TemporaryDirectory() as folder:
            # As it is: written anew, one that was edited would have the digest of one that was not.
            copy = Path(folder) / "baseline.toml"
            desk.export(args.name, copy)
            say_exactly(copy.read_text(encoding="utf-8"))
    else:
        file = Path(args.out).expanduser()
        desk.export(args.name, file, over=args.force)
        say(f"{file} is written")
    return 0


def _history(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk
    from ops.drift.history import MOST
    from tui.cli import drift_told

    found = DriftDesk(load_config(args.config)).history(count_of(args.last, "--last") or MOST)
    if args.json:
        say_json(found)
    else:
        say("\n".join(drift_told.history_lines(found)) or "drift was not looked for yet; `watchfloor drift detect`")
    return 0


COMMANDS: tuple[Declared, ...] = (
    ("capture", "agree on what is now, as a baseline that is compared with from then on", _declare_capture, _capture),
    ("list", "the baselines that are kept, newest first", _declare_nothing, _list),
    ("use", "compare with that baseline from now on", _declare_use, _use),
    ("export", "a baseline's file, fit for git", _declare_export, _export),
    ("history", "how many differences there were, over time", _declare_history, _history),
)
