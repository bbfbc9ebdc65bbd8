"""From a plan to a running job: the request, who holds its targets, and refusals on record."""

from pathlib import Path
from typing import TYPE_CHECKING

from ops.actions.base import Action, Case, Offer
from ops.actions.errors import ActionError, Refused
from ops.board import Board
from ops.config.structs import Config
from ops.fixes.case import spec_of
from ops.fixes.structs import Plan
from ops.jobs.structs import By, Job, Request

if TYPE_CHECKING:
    from ops.jobs.book import JobBook


def request_of(config: Config, plan: Plan, by: By, *, typed: str, wait_s: float, now: float) -> Request:
    """All that the job needs beside the config."""
    offer = plan.offer
    return Request(
        config=str(Path(config.path).absolute()) if config.path else "",
        action=offer.action,
        row=offer.row,
        key=plan.key,
        title=offer.title,
        params=offer.params,
        fix=offer.fix,
        seen=plan.seen,
        plan=tuple(step.text for step in plan.steps),
        interrupts=plan.interrupts,
        undone=plan.undone,
        locks=plan.locks,
        proof=plan.proof,
        by=by,
        wait_s=wait_s,
        timeout_s=plan.timeout_s,
        risk=plan.risk,
        typed=typed,
        asked_at=now,
        failing_since=plan.failing_since,
    )


async def begin(book: "JobBook", request: Request) -> Job:
    """Write the request down and launch its process. Raises Refused when nothing can be recorded."""
    from ops.jobs.aside import aside
    from ops.jobs.launch import launch

    number = await aside(book.create, request)
    await launch(book, number)
    return book.job(number) or Job(id=number, request=request, state="starting")


def locks_of(config: Config, action: Action, board: Board, offer: Offer) -> tuple[str, ...]:
    """What nobody else may act on meanwhile, as the Board knows it; none where its target is not known here."""
    row = board.row(offer.row)
    try:
        if row is None:
            return ()
        rows = [other for other in board.rows if other.target == row.target]
        spec = spec_of(config, row.target)
        return action.locks(Case(row=row, rows=rows, spec=spec, config=config, params=offer.params, fix=offer.fix))
    except Refused:
        return ()


def held_by(names: tuple[str, ...], now: float) -> str:
    """Who holds any of them, and since when; "" for nobody."""
    from ops.jobs.locks import TargetLocks, locks_folder

    holders = TargetLocks(locks_folder()).holders(names)
    return holders[0].words(now) if holders else ""


def record_refusal(folder: Path, request: Request, refusal: ActionError) -> str:
    """Put on record that somebody asked for what he may not have; says why where that can't be."""
    from ops.audit.trail import FILE_NAME, AuditTrail

    about = {
        "by": request.by,
        "action": request.action,
        "row": request.row,
        "fix": request.fix,
        "title": request.title,
        "params": request.params,
        "config": request.config,
        "reason": refusal.reason,
        "said": refusal.message,
    }
    try:
        AuditTrail(folder / FILE_NAME).append("refused", about)
    except ActionError as error:
        return f"and this could not be put on record: {error.message}"
    return ""
