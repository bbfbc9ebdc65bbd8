"""What `watchfloor drift` looks at: detect, diff, summary, and two baselines compared."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from ops.errors import UsageError
from tui.cli.drift_shared import (
    asked_to_fix,
    check_known,
    declare_baseline,
    declare_force,
    declare_only,
    declare_paths,
    meant,
    names_of,
)
from tui.cli.incident_shared import Declared
from tui.cli.output import complain, say, say_json
from tui.cli.progress import Progress
from tui.cli.settings import load_config

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.drift.desk import DriftDesk
    from ops.drift.structs import Findings


_ONE_BASELINE = "what is put right is made as the baseline says that is in use: leave --baseline out, or use that one"


def _declare_look(parser: argparse.ArgumentParser) -> None:
    declare_baseline(parser)
    declare_only(parser)
    parser.add_argument("--all", action="store_true", help="also what is ignored, and what is expected")


def _declare_detect(parser: argparse.ArgumentParser) -> None:
    _declare_look(parser)
    fix = "put right what auto_fix of [[drift]] means, and look again; the same as AUTO_FIX=true"
    parser.add_argument("--fix", action="store_true", help=fix)


def _declare_diff(parser: argparse.ArgumentParser) -> None:
    declare_paths(parser, "*")
    _declare_summary(parser)


def _declare_summary(parser: argparse.ArgumentParser) -> None:
    _declare_look(parser)
    parser.add_argument("--last", action="store_true", help="what was found last, without looking again")


def _declare_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="BEFORE", help="a baseline, by its name or its file")
    parser.add_argument("after", metavar="AFTER", help="another one")
    parser.add_argument("--all", action="store_true", help="also what is ignored")
    declare_force(parser)


def _detect(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk
    from tui.cli import drift_auto, drift_told

    if args.fix and args.baseline:
        raise UsageError(_ONE_BASELINE)
    config = load_config(args.config)
    desk = DriftDesk(config)
    found, auto = look(desk, args), None
    if asked_to_fix() and args.baseline:
        complain(f"watchfloor: {_ONE_BASELINE}; nothing was put right")
    elif args.fix or asked_to_fix():
        auto = drift_auto.run(desk, config, found, quiet=args.json)
        found = look(desk, args) if auto.jobs else found
    status = drift_told.status(found)
    if args.json:
        more = {} if auto is None else {"jobs": auto.jobs, "left": [one._asdict() for one in auto.left]}
        say_json({**drift_told.fields(found), **more})
    else:
        say("\n".join([*drift_told.detect_lines(found, every=args.all)]))
    return status


def look(desk: "DriftDesk", args: argparse.Namespace) -> "Findings":
    """Detect, as the options say. Raises DriftError, also where the baseline knows nothing of what was asked for."""
    from ops.drift.source import DriftError

    only = names_of(args.only)
    with Progress("looking") as tell:
        found = asyncio.run(desk.detect(args.baseline, only=only, force=args.force, tell=tell))
    if only:
        known = {one.source for one in desk.baseline(args.baseline, force=True).captured}
        unknown = [one.source for one in found.sources if one.items and one.source not in known]
        if unknown and not any(one.source in known for one in found.sources):
            which = f'the baseline "{found.baseline.name}" knows nothing of {", ".join(unknown)}'
            raise DriftError(which, f"watchfloor drift capture --only {','.join(only)} agrees on it as well")
    return found


def _seen(desk: "DriftDesk", config: "Config", args: argparse.Namespace) -> "Findings":
    """What was found last where that is asked for, else what is found now."""
    from msgspec.structs import replace

    from ops.config.drifted import settings
    from ops.drift.capture import chosen
    from ops.drift.registry import discover
    from ops.drift.source import DriftError

    if not args.last:
        return look(desk, args)
    if args.baseline:
        raise UsageError("--last is of the baseline that is compared with: leave --baseline or --last out")
    found = desk.findings()
    if found is None:
        raise DriftError("drift was not looked for yet", "look now: leave --last out")
    wanted = chosen(discover(), settings(config), names_of(args.only))
    return replace(
        found,
        differences=tuple(one for one in found.differences if one.place.source in wanted),
        sources=tuple(one for one in found.sources if one.source in wanted),
    )


def _diff(args: argparse.Namespace) -> int:
    from msgspec.structs import replace

    from ops.drift.desk import DriftDesk
    from tui.cli import drift_diff, drift_told

    config = load_config(args.config)
    desk = DriftDesk(config)
    meant((), args.paths)
    found = _seen(desk, config, args)
    check_known(args.paths, found.differences, lambda: desk.baseline(args.baseline, force=True))
    found = replace(found, differences=tuple(meant(found.differences, args.paths, hidden=True)))
    shown = found.differences if args.all else found.drift
    mending = drift_diff.mending(desk, shown) if args.paths else {}
    if args.json:
        say_json({**drift_told.fields(found), **({"mending": mending} if args.paths else {})})
    else:
        say("\n".join([*drift_told.head_lines(found), *drift_diff.diff_lines(shown, mending, found.at)]))
    return drift_told.status(found)


def _summary(args: argparse.Namespace) -> int:
    from ops.config.drifted import settings
    from ops.drift.desk import DriftDesk
    from ops.drift.ignoring import counts
    from tui.cli import drift_told

    config = load_config(args.config)
    found, ignore = _seen(DriftDesk(config), config, args), settings(config).ignore
    if args.json:
        rules = counts(found.differences, ignore)
        say_json({**drift_told.fields(found), "by_source": drift_told.by_source(found), "ignored_by": rules})
    else:
        say("\n".join(drift_told.summary_lines(found, ignore, every=args.all)))
    return drift_told.status(found)


def _compare(args: argparse.Namespace) -> int:
    from ops.drift.desk import DriftDesk
    from tui.cli import drift_diff, drift_told

    found = DriftDesk(load_config(args.config)).compared(args.before, args.after, force=args.force)
    if args.json:
        say_json(drift_told.fields(found))
    else:
        shown = found.differences if args.all else found.drift
        say("\n".join([*drift_told.head_lines(found), *drift_diff.diff_lines(shown, {}, found.at)]))
    return drift_told.status(found)


COMMANDS: tuple[Declared, ...] = (
    ("detect", "a line for each difference; exit 0 as agreed, 2 drift, 1 it can't be told", _declare_detect, _detect),
    ("diff", "the differences in full; with a PATH also what puts them right", _declare_diff, _diff),
    ("summary", "how many differences there are, by source and severity", _declare_summary, _summary),
    (
        "compare",
        "what one baseline has otherwise than another; exit 0 or 2",
        _declare_compare,
        _compare,
    ),
)
