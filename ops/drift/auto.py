"""Puts right without a person what the config says may be: AUTO_FIX=true or --fix asks for it, each fix is a job.

Only differences whose path an `auto_fix` glob means, only fixes that lose nothing, only so many at a time; what was
tried in vain is left to a person for a while.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ops.actions.base import Offer
from ops.actions.errors import ActionError, Refused
from ops.board import Board
from ops.drift.looking import unseen
from ops.drift.matching import fits
from ops.drift.source import DriftError, DriftSource
from ops.drift.structs import Difference, Findings
from ops.figures import duration
from ops.fixes.source import FixSource
from ops.fixes.structs import Offered
from ops.fixes.who import POLICY, me
from ops.jobs.structs import Job

VARIABLE = "AUTO_FIX"
MOST = 20
"""Fixes of one run."""
AGAIN_S = 3600.0
"""What was tried in vain is not tried again before."""
_YES = frozenset({"1", "true", "yes", "on"})


class Chosen(NamedTuple):
    """A difference, and what will put it right."""

    difference: Difference
    offer: Offer


class Left(NamedTuple):
    """A difference that is left to a person, and why."""

    difference: Difference
    why: str


class Done(NamedTuple):
    """What became of a run."""

    jobs: tuple[Job, ...]
    """Ended ones, in order."""
    left: tuple[Left, ...]


def is_asked(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for it."""
    return environ.get(VARIABLE, "").strip().lower() in _YES


def choose(
    findings: Findings,
    globs: Sequence[str],
    offers: Callable[[Difference], Sequence[Offered]],
    jobs: Sequence[Job],
    now: float,
) -> tuple[list[Chosen], list[Left]]:
    """What may be put right, gravest first, and what else counts but may not. `jobs` newest first."""
    chosen: list[Chosen] = []
    left: list[Left] = []
    for one in findings.drift:
        offer, why = None, f"more than {MOST} at a time; the next run looks at it"
        if not any(fits(glob, one.place) for glob in globs):
            why = "no auto_fix in [[drift]] means it"
        elif len(chosen) < MOST:
            offer, why = _best(one, offers(one), jobs, now)
        if offer is not None:
            chosen.append(Chosen(one, offer))
        else:
            left.append(Left(one, why))
    return chosen, left


def _best(
    difference: Difference, offered: Sequence[Offered], jobs: Sequence[Job], now: float
) -> tuple[Offer | None, str]:
    if difference.kind == "unreadable":
        return None, "it can't be read"
    whys: list[str] = []
    for one in offered:
        why = _why_not(one, jobs, now)
        if not why:
            return one.offer, ""
        whys.append(why)
    return None, whys[0] if whys else "nothing is offered for it"


def _why_not(offered: Offered, jobs: Sequence[Job], now: float) -> str:
    offer = offered.offer
    if offered.allowed:
        return offered.allowed
    if offer.risk == "loses":
        return f"{offer.title} loses something: a person must do it"
    asked = [param.name for param in offer.ask if not param.default and param.name not in offer.params]
    if asked:
        return f"{offer.title} needs {asked[0]}"
    tried = next((job for job in _tries(offer, jobs) if job.verdict != "verified"), None)
    if tried is None or now - (tried.ended_at or now) >= AGAIN_S:
        return ""
    return f"job {tried.id} tried it {duration(max(0.0, now - (tried.ended_at or now)))} ago: {tried.verdict or 'runs'}"


def _tries(offer: Offer, jobs: Sequence[Job]) -> Iterator[Job]:
    """The last try of policy at the same, if there is one."""
    same = (job for job in jobs if job.request.row == offer.row and job.request.action == offer.action)
    yield from [job for job in same if job.request.by.user == POLICY][:1]


Progress = Callable[[Difference, str], None]
"""Told of each: what it is about, and what is done or became of it."""


async def put_right(
    desk: DriftSource,
    fixes: FixSource,
    chosen: Sequence[Chosen],
    board: Callable[[Sequence[Difference]], Board],
    tell: Progress = lambda difference, said: None,
) -> Done:
    """Do them one after the other, each looked at anew before: a fix may have put right what comes after it."""
    jobs: list[Job] = []
    left: list[Left] = []
    for one in chosen:
        try:
            job = await _one(desk, fixes, one, board)
        except (ActionError, DriftError) as error:
            left.append(Left(one.difference, error.message))
            tell(one.difference, error.message)
            continue
        if job is None:
            tell(one.difference, "as agreed by now")
        else:
            jobs.append(job)
            tell(one.difference, f"job {job.id} {job.verdict}: {job.said}")
    return Done(tuple(jobs), tuple(left))


async def still(desk: DriftSource, difference: Difference) -> Difference | None:
    """What differs at its path now; None where it is as agreed. Raises DriftError where that can't be read."""
    path = difference.place
    found = await desk.detect(path=path)
    unread = next((one for one in found.sources if one.source == path.source and one.unreadable), None)
    if unread is not None:
        raise DriftError(f"{path.source} can't be read: {unread.unreadable}", unread.remedy)
    if why := unseen(found.differences, path):
        raise DriftError(why, "look at drift anew")
    return next((one for one in found.drift if one.path == path.text), None)


async def _one(
    desk: DriftSource, fixes: FixSource, chosen: Chosen, board: Callable[[Sequence[Difference]], Board]
) -> Job | None:
    """The ended job; None where it is as agreed by now."""
    now = await still(desk, chosen.difference)
    if now is None:
        return None
    picture = board([now])
    plan = await fixes.plan(picture, chosen.offer)
    if plan.risk == "loses":
        raise Refused(f"{chosen.offer.title} loses something by now: a person must do it", reason="changed")
    job = await fixes.start(plan, me("policy"))
    async for _ in fixes.follow(job.id):
        pass
    return fixes.job(job.id) or job
