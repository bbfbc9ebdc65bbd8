"""One thing that is done to a set: planned, agreed to, begun as a job, followed to its end, and how it ended."""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ops.actions.base import Offer
from ops.actions.errors import Refused
from ops.fixes.desk import FixDesk
from ops.fixes.source import filled
from tui.cli.backup_shared import BAD, FAILED, GOOD, HELD, spec_of, wait_of, wait_until_free
from tui.cli.fix_jobs import INTERRUPTED, watched
from tui.cli.fix_run import agreed, meant
from tui.cli.fix_told import output_line, plan_lines
from tui.cli.output import say
from tui.cli.progress import Progress
from tui.cli.settings import poll_once

if TYPE_CHECKING:
    from collectors.backup import BackupConfig
    from ops.backup.structs import Event
    from ops.config.structs import Config
    from ops.fixes.structs import Plan
    from ops.jobs.structs import Job

_LOOK_S = 0.25
_WORDS = {GOOD: "ok", BAD: "bad", FAILED: "failed", HELD: "held", INTERRUPTED: "interrupted"}
_WORST_FIRST = (INTERRUPTED, FAILED, HELD, BAD)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it for one set."""

    set: str
    verdict: str
    """ "ok", "bad", "failed", "held", "interrupted"; "planned" of a dry run, "nothing" where there is nothing to do."""
    said: str = ""
    remedy: str = ""
    job: "Job | None" = None
    event: "Event | None" = None
    """The line of the book."""
    plan: "Plan | None" = None


class Wanted(NamedTuple):
    """What is to be done to which set."""

    how: str
    set: str
    params: Mapping[str, str] = {}


def declare_doing(parser: argparse.ArgumentParser) -> None:
    """Declare how it is agreed to, and how long to wait for others."""
    parser.add_argument("--dry-run", action="store_true", help="show the plan and do nothing at all")
    yes = "do not ask; what must be typed takes --confirm all the same"
    parser.add_argument("--yes", action="store_true", help=yes)
    typed = "the set's name, where it must be typed: in production, and where something is lost"
    parser.add_argument("--confirm", metavar="NAME", default="", help=typed)
    wait = "wait so long for whoever is at work on the set; without it that ends with 75 at once"
    parser.add_argument("--wait", metavar="TIME", default="0s", help=wait)


def do(args: argparse.Namespace, config: "Config", wanted: Wanted) -> Done:
    """Do it, or with `--dry-run` only show it. Raises BackupError, ActionError, UsageError where it can't be begun."""
    wait_s = wait_of(args.wait)
    fixes = FixDesk(config)
    plan = planned(fixes, config, wanted)
    safe = plan.risk == "safe" and not plan.typed
    if not args.json and (args.dry_run or not safe):
        say("\n".join(plan_lines(plan, time.time())))
    if args.dry_run:
        return Done(set=wanted.set, verdict="planned", plan=plan)
    if fixes.read_only:
        raise Refused(fixes.read_only, "write a config with `watchfloor init`, or lift read-only", reason="read-only")
    typed = "" if safe else agreed(plan.typed, yes=args.yes, confirm=args.confirm)
    wait_until_free(config, wanted.set, wait_s)
    return _begun(fixes, config, plan, wanted, typed, wait_s, quiet=args.json)


def planned(fixes: FixDesk, config: "Config", wanted: Wanted) -> "Plan":
    """The plan, of what is as it is now. Raises ActionError."""
    from ops.backup.apart import read_here

    spec = spec_of(config, wanted.set)
    board = poll_once(config, _read(config, spec.config))  # type: ignore[arg-type]
    offers = fixes.named(board, f"backup.{wanted.how}", spec.id)
    offer: Offer = filled(meant(offers, f"backup.{wanted.how}", wanted.params), wanted.params)
    with read_here():
        return asyncio.run(fixes.plan(board, offer))


def _read(config: "Config", backup: "BackupConfig") -> Sequence[str]:
    """The set's own row, and that of what it is of: a restore is proven by that."""
    known = {spec.id for spec in config.targets}
    return [one for one in (f"backup:{backup.name}", f"{backup.kind}:{backup.source}") if one in known]


def _begun(
    fixes: FixDesk, config: "Config", plan: "Plan", wanted: Wanted, typed: str, wait_s: float, *, quiet: bool
) -> Done:
    from ops.fixes.who import me

    job = asyncio.run(fixes.start(plan, me("command"), typed=typed, wait_s=wait_s))
    if not quiet:
        say(f"job {job.id}: {job.request.title}")
    last = watched(fixes, job, quiet=quiet, follow=_follow)
    if last is None:
        return Done(set=wanted.set, verdict=_WORDS[INTERRUPTED], job=job)
    event = _event(config, wanted, last)
    status = status_of(last, event)
    return Done(set=wanted.set, verdict=_WORDS[status], said=last.said, remedy=last.remedy, job=last, event=event)


def _event(config: "Config", wanted: Wanted, job: "Job") -> "Event | None":
    """The line that the job wrote into the book; None where it did not come so far."""
    from ops.backup.book import Book
    from ops.backup.doing.work import backups_folder

    return told_by(Book(backups_folder(config)).events(wanted.set), wanted.how, job.request.asked_at)


def told_by(events: "Sequence[Event]", how: str, since: float) -> "Event | None":
    """The line that tells how it went: what went wrong first, also in reading through what was taken."""
    own = [one for one in events if one.at >= since and one.what in (how, "verify")]
    return next((one for one in own if not one.ok), next((one for one in own if one.what == how), None))


def status_of(job: "Job", event: "Event | None") -> int:
    """The exit status: a proof that says "none" is bad; one that could not be made is a failure."""
    from ops.backup.standing import BAD as OF_THE_BACKUP

    if event is not None and not event.ok:
        return BAD if event.reason in OF_THE_BACKUP else FAILED
    if job.verdict == "verified" or (job.verdict == "unverified" and event is not None and event.what != "restore"):
        return GOOD
    return BAD if job.verdict == "unverified" else FAILED


def worst(done: Sequence[Done]) -> int:
    """The exit status of several."""
    words = {one.verdict for one in done}
    return next((status for status in _WORST_FIRST if _WORDS[status] in words), GOOD)


async def _follow(fixes: FixDesk, number: int, quiet: bool) -> None:
    """Print output as it comes, and how far it is on a terminal."""
    with Progress("") as progress:
        telling = asyncio.create_task(_tell(fixes, number, progress))
        try:
            async for line in fixes.follow(number):
                if not quiet:
                    progress.clear()
                    say(output_line(line))
        finally:
            telling.cancel()


async def _tell(fixes: FixDesk, number: int, progress: Progress) -> None:
    while True:
        await asyncio.sleep(_LOOK_S)
        job = fixes.job(number)
        if job is not None and job.runs and job.progress_words:
            progress(job.progress_words, job.progress_ratio)
