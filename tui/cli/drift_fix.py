"""`watchfloor drift fix`: plans for what differs, gravest first, one yes for all, each a job; then look again."""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ops.actions.errors import ActionError, Refused
from ops.figures import several
from tui.cli.drift_shared import check_known, declare_only, declare_paths, meant, names_of
from tui.cli.fix import FAILED, tell
from tui.cli.incident_shared import Declared
from tui.cli.output import complain, say, say_json, then
from tui.cli.progress import Progress
from tui.cli.settings import load_config

if TYPE_CHECKING:
    from ops.config.structs import Config
    from ops.drift.structs import Difference, Findings
    from ops.fixes.structs import Plan
    from ops.jobs.structs import Job
    from tui.cli.drift_plans import Planned, Work

NOT_FIXED, REFUSED, INTERRUPTED = 1, 3, 130
_WORST_FIRST = (INTERRUPTED, FAILED, REFUSED, NOT_FIXED)
_LEFT = 50
"""Differences without a plan that are named."""
_REMAIN = 10
"""Differences that are named of those that are still there in the end."""


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_paths(parser, "*")
    declare_only(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the plans and do nothing at all")
    yes = "do not ask; what loses something takes --confirm all the same, and is left out without it"
    parser.add_argument("--yes", action="store_true", help=yes)
    typed = "what must be typed, as it is asked for: in production, and where something is lost"
    parser.add_argument("--confirm", metavar="NAME", default="", help=typed)


def _fix(args: argparse.Namespace) -> int:
    from ops.drift.source import DriftError

    try:
        return _run(args, load_config(args.config))
    except ActionError as error:
        return tell(error, as_json=args.json)
    except DriftError as error:
        return tell(ActionError(error.message, error.remedy), as_json=args.json)


def _run(args: argparse.Namespace, config: "Config") -> int:
    from tui.cli import drift_plans

    meant((), args.paths)
    work = drift_plans.Work.of(config)
    with Progress("looking") as progress:
        found = asyncio.run(work.desk.detect(only=names_of(args.only), tell=progress))
    check_known(args.paths, found.differences, work.desk.baseline)
    wanted = meant(found.drift, args.paths, hidden=True)
    with Progress("planning") as progress:
        planned = asyncio.run(drift_plans.planned(work, wanted, progress))
    if args.dry_run or not args.json:
        _show(planned, as_json=args.json)
    if args.dry_run:
        return 0
    if not planned.plans:
        return _nothing(args, planned, wanted)
    if work.fixes.read_only:
        raise Refused(work.fixes.read_only, "write a config with `watchfloor init`, or lift read-only")
    plans, typed, unsaid = _agreed([one.plan for one in planned.plans], args)
    kept = planned.without(unsaid)
    if not args.json:
        _tell_unsaid(kept.left[len(planned.left) :])
    return _do(args, work, kept, plans, typed)


def _agreed(plans: "Sequence[Plan]", args: argparse.Namespace) -> "tuple[Sequence[Plan], str, Sequence[Plan]]":
    """The plans that somebody said yes to, what was typed for them, and those that wait for their name."""
    from ops.fixes.typed import to_type
    from tui.cli.fix_run import agreed

    if args.yes and not args.confirm:
        unsaid = [plan for plan in plans if plan.typed]
        plans = [plan for plan in plans if not plan.typed]
        if not plans:
            agreed(to_type(unsaid), yes=True, confirm="")
        return plans, "", unsaid
    return plans, agreed(to_type(plans), yes=args.yes, confirm=args.confirm), ()


def _do(args: argparse.Namespace, work: "Work", planned: "Planned", plans: "Sequence[Plan]", typed: str) -> int:
    """Job by job, each difference looked at anew before; then all of it again."""
    from tui.cli import drift_plans
    from tui.cli.fix_jobs import status_of

    jobs, left, statuses = [], list(planned.left), [NOT_FIXED] * bool(planned.left)
    for one in planned.plans:
        try:
            job = drift_plans.do(work, one, plans, typed, quiet=args.json)
        except ActionError as error:
            left.append((one.difference.path, error.message))
            statuses.append(REFUSED if isinstance(error, Refused) else FAILED)
            if not args.json:
                complain(f"watchfloor: {one.difference.path}: {error.message}{then(error.remedy)}")
            continue
        if job is None:
            continue
        jobs.append(job)
        statuses.append(status_of(job))
        if job.runs:
            if args.json:
                _say_end(jobs, left, None)
            return INTERRUPTED
    with Progress("looking again") as progress:
        found = asyncio.run(work.desk.detect(only=names_of(args.only), tell=progress))
    remains = meant(found.drift, args.paths, hidden=True)
    statuses += [NOT_FIXED] * bool(remains)
    if args.json:
        _say_end(jobs, left, remains)
    else:
        _tell_end(found, remains, dict(left))
    return next((status for status in _WORST_FIRST if status in statuses), 0)


def _tell_unsaid(left: Sequence[tuple[str, str]]) -> None:
    for path, why in left[:_LEFT]:
        complain(f"left out: {path}: {why}")
    if len(left) > _LEFT:
        complain(f"left out: {len(left) - _LEFT} more that need their name")


def _tell_end(found: "Findings", remains: "Sequence[Difference]", whys: Mapping[str, str]) -> None:
    """What differs now, and by name what is still there of what was meant, with why where that is known."""
    from tui.cli import drift_told

    say("\n".join(drift_told.detect_lines(found, every=False)))
    if not remains:
        return
    say(f"{several(len(remains), 'difference')} of what was meant {'is' if len(remains) == 1 else 'are'} still there:")
    for one in remains[:_REMAIN]:
        say(f"  {one.path}{f': {whys[one.path]}' if one.path in whys else ''}")
    if len(remains) > _REMAIN:
        say(f"  and {len(remains) - _REMAIN} more: watchfloor drift diff")


def _say_end(jobs: "Sequence[Job]", left: Sequence[tuple[str, str]], remains: "Sequence[Difference] | None") -> None:
    """As JSON what was done, what was not and why, and what differs now; None where nobody looked again."""
    say_json({"jobs": jobs, "left": [{"path": path, "why": why} for path, why in left], "remains": remains})


def _nothing(args: argparse.Namespace, planned: "Planned", wanted: "Sequence[Difference]") -> int:
    """There is nothing that could be begun: all is as agreed, or only a person can help."""
    if args.json:
        _say_end((), planned.left, wanted)
    return NOT_FIXED if planned.left else 0


def _show(planned: "Planned", *, as_json: bool) -> None:
    from tui.cli.fix_told import plan_lines

    if as_json:
        left = [{"path": path, "why": why} for path, why in planned.left]
        say_json({"plans": [one.plan for one in planned.plans], "left": left})
        return
    now = time.time()
    for one in planned.plans:
        say("\n".join([one.difference.path, *(f"  also {path}" for path in one.also), *plan_lines(one.plan, now)]))
    for path, why in planned.left[:_LEFT]:
        say(f"{path}: {why}")
    if len(planned.left) > _LEFT:
        say(f"and {len(planned.left) - _LEFT} more that nothing is planned for")
    if not planned.plans and not planned.left:
        say("there is nothing to put right")


COMMANDS: tuple[Declared, ...] = (
    (
        "fix",
        "put right what differs: plans, one yes, jobs; exit 0 fixed, 1 not all, 2 failed, 3 refused",
        _declare,
        _fix,
    ),
)
