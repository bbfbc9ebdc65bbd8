"""The plans of `watchfloor drift fix`: what is best for each difference, and how one of them is done."""

import asyncio
import shlex
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from ops.actions.errors import ActionError, Refused
from ops.config.drifted import with_drift
from ops.config.structs import Config
from ops.drift.auto import still
from ops.drift.desk import DriftDesk
from ops.drift.rows import key_of
from ops.drift.source import DriftError
from ops.drift.structs import Difference
from ops.fixes.desk import FixDesk
from ops.fixes.structs import Offered, Plan
from ops.fixes.who import me
from ops.jobs.structs import Job
from ops.redact import shown
from tui.cli.fix_jobs import watched
from tui.cli.output import say

MOST = 100
"""Plans of one run."""


class Work(NamedTuple):
    """What finds and what puts right."""

    desk: DriftDesk
    fixes: FixDesk

    @classmethod
    def of(cls, config: Config) -> Self:
        """Those of a config; they cost nothing until something is asked of them."""
        return cls(DriftDesk(config), FixDesk(with_drift(config)))


class Deed(NamedTuple):
    """A difference and the plan that puts it right."""

    difference: Difference
    plan: Plan
    also: tuple[str, ...] = ()
    """Paths of others that the very same calls put right."""


class Planned(NamedTuple):
    """All that can be done, gravest first, and what can't: path and why."""

    plans: tuple[Deed, ...]
    left: tuple[tuple[str, str], ...]

    def without(self, plans: Sequence[Plan]) -> "Planned":
        """The same, with those plans left out for want of a typed name."""
        kept = tuple(one for one in self.plans if one.plan not in plans)
        unsaid = [
            (path, f"{one.plan.offer.title} needs its name: {confirming(one)}")
            for one in self.plans
            if one.plan in plans
            for path in (one.difference.path, *one.also)
        ]
        return Planned(kept, (*self.left, *unsaid))


def confirming(deed: Deed) -> str:
    """The command that does that plan alone, with what must be typed for it."""
    path = shlex.quote(deed.difference.path)
    return f"watchfloor drift fix {path} --confirm {shlex.quote(deed.plan.typed)}"


async def planned(work: Work, wanted: Sequence[Difference], tell: Callable[[str, float], None]) -> Planned:
    """A plan for each, made once where several need the very same. Raises nothing of a plan's."""
    deeds: list[Deed] = []
    left: list[tuple[str, str]] = []
    for place, one in enumerate(wanted):
        tell(one.path, place / len(wanted))
        if len(deeds) == MOST:
            left.append((one.path, f"more than {MOST} at a time; run it again for the rest"))
            continue
        plan, why = await _plan(work, one)
        same = next((at for at, deed in enumerate(deeds) if plan is not None and _deed(deed.plan) == _deed(plan)), None)
        if plan is None:
            left.append((one.path, why))
        elif same is None:
            deeds.append(Deed(one, plan))
        else:
            deeds[same] = deeds[same]._replace(also=(*deeds[same].also, one.path))
    return Planned(tuple(deeds), tuple(left))


async def _plan(work: Work, one: Difference) -> tuple[Plan | None, str]:
    """The first that can be planned of what is offered; else why none can be, and what a person should do."""
    if one.kind == "unreadable":
        return None, f"by hand: {shown(work.desk.by_hand(one))}"
    offered = work.desk.offers(one)
    board = work.desk.board([one], time.time())
    why = ""
    for offer in (each.offer for each in offered if _whole(each)):
        try:
            return await work.fixes.plan(board, offer), ""
        except ActionError as error:
            why = why or f"{offer.title} can't be planned: {error.message}; "
    return None, f"{why}by hand: {shown(work.desk.by_hand(one))}"


def _whole(offered: Offered) -> bool:
    """Whether nothing must be asked before it can be planned."""
    offer = offered.offer
    return all(param.default or param.name in offer.params for param in offer.ask)


def _deed(plan: Plan) -> tuple[object, ...]:
    """The same only for plans that make the very same calls; what they say besides names the difference of each."""
    calls = tuple(step.text for step in plan.steps if step.kind == "call")
    return plan.offer.action, sorted(plan.offer.params.items()), calls or plan.steps


def do(work: Work, deed: Deed, among: Sequence[Plan], typed: str, *, quiet: bool) -> Job | None:
    """Look anew, then do what was agreed to, and follow it to its end; None where it is as agreed by now.

    Gives a job that still runs where somebody interrupted. Raises Refused where another plan would be needed by now.
    """
    job = asyncio.run(_begun(work, deed, among, typed))
    if job is None:
        if not quiet:
            say(f"{deed.difference.path}: as agreed by now")
        return None
    if not quiet:
        say(f"job {job.id}: {deed.difference.path}")
    return watched(work.fixes, job, quiet=quiet) or job


async def _begun(work: Work, deed: Deed, among: Sequence[Plan], typed: str) -> Job | None:
    """What was put right before it may have changed what the plan relied on, so it is planned again."""
    try:
        now = await still(work.desk, deed.difference)
    except DriftError as error:
        raise ActionError(error.message, error.remedy) from error
    if now is None:
        return None
    if key_of(now) != key_of(deed.difference):
        said = "it is another difference by now than its plan is for"
        raise Refused(said, "nothing was done; run it again", reason="changed")
    plan = await work.fixes.plan(work.desk.board([now], time.time()), deed.plan.offer)
    if _deed(plan) != _deed(deed.plan):
        raise Refused("its plan is another one by now", "nothing was done; run it again", reason="changed")
    known = [plan if one == deed.plan else one for one in among]
    return await work.fixes.start(plan, me("command"), typed=typed, among=known)
