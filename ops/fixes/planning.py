"""Makes a plan: the action's own code with a runner that does nothing, and all that a person should see beside it."""

import asyncio
from collections.abc import Sequence

import msgspec

from collectors.base import CollectError
from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.errors import ActionError, Refused
from ops.board import Board, Row
from ops.config.fixing import Fix
from ops.config.structs import Config
from ops.figures import duration
from ops.fixes.case import make_case, read_anew, same
from ops.fixes.cautions import cautions
from ops.fixes.offers import Shelf, expected_s, tidy
from ops.fixes.own import ANYTHING, DISPOSABLE, rely_on
from ops.fixes.params import missing
from ops.fixes.price import price
from ops.fixes.proof import proof_of
from ops.fixes.risks import risk_of
from ops.fixes.structs import Plan, Step
from ops.fixes.typed import typed_name
from ops.jobs.structs import Job
from ops.redact import shown
from ops.runner.dry import DryRunner

FRESH_S = 10.0
"""A row that was read so lately is not read again for a plan; the run always reads it again."""
USUAL_S = 300.0
"""`FixRun.timeout` where nobody said anything."""
MOST_STEPS = 500


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What plans are made from, beside the Board."""

    config: Config
    shelf: Shelf
    jobs: Sequence[Job] = ()
    now: float


async def make_plan(board: Board, offer: Offer, desk: Desk) -> Plan:
    """Dry-run an offer. Raises Refused where it can't be, ActionError where the part can't be read for it."""
    action = desk.shelf.actions.get(offer.action)
    if action is None:
        raise Refused(f"there is no action {clean(offer.action)!r}", "look at the floor anew", reason="missing")
    asked = missing(offer.ask, offer.params)
    if asked:
        raise Refused(f"{asked[0].name} must be given: {asked[0].title}", "choose it first", reason="params")
    given = {param.name: param.default for param in offer.ask if param.default} | dict(offer.params)
    row, rows = await _row(board, offer, desk)
    case = make_case(desk.config, action, row, rows, given, offer.fix)
    runner = await _dry(case, desk.shelf, offer)
    complete = tidy(msgspec.structs.replace(offer, params=case.params, ask=()))
    record, proof = desk.shelf.record(offer), proof_of(board, offer, _state(desk.shelf.fix(offer.fix)), action)
    risk = risk_of(board, offer, action, desk.shelf, lost=bool(runner.lost))
    failing = [row for row in map(board.row, (proof.row, offer.row)) if row is not None and row.level != "ok"]
    return Plan(
        offer=complete,
        key=row.key,
        steps=_steps(runner),
        seen=runner.seen,
        interrupts=shown(_interrupts(action, case, risk, desk.shelf.fix(offer.fix))),
        undone=shown(action.undone(case)),
        record=record,
        price=price(board, offer.row, expected_s(offer, record, desk.shelf)),
        proof=msgspec.structs.replace(proof, was=shown(proof.was)),
        locks=action.locks(case),
        risk=risk,
        typed=typed_name(row, risk, desk.config.settings.environment),
        warnings=tuple(map(shown, cautions(board.row(offer.row) or row, offer, desk.jobs, desk.now))),
        timeout_s=_timeout_s(action, desk.shelf.fix(offer.fix)),
        failing_since=failing[0].since if failing else None,
    )


def _interrupts(action: Action, case: Case, risk: Risk, fix: Fix | None) -> str:
    """What is noticed and lost; where only the config's word makes it less grave than its action, with that."""
    lighter = fix is not None and fix.loses is False and action.risk == "loses" and risk != "loses"
    return "; ".join(filter(None, (action.interrupts(case), DISPOSABLE if lighter else "")))


def _state(fix: Fix | None) -> str:
    return fix.when.state if fix is not None else ""


def _timeout_s(action: Action, fix: Fix | None) -> float:
    """A `[[fix]]` decides for its own command or hook, and for others where it says anything but the usual."""
    if fix is not None and (ANYTHING in action.kinds or fix.run.timeout != USUAL_S):
        return float(fix.run.timeout)
    return action.timeout_s


async def _row(board: Board, offer: Offer, desk: Desk) -> tuple[Row, Sequence[Row]]:
    """The row as the Board has it when that is of now, else read anew."""
    row = board.row(offer.row)
    if row is not None and row.at is not None and not row.stale and 0 <= desk.now - row.at <= FRESH_S:
        return row, [other for other in board.rows if other.target == row.target]
    read, rows = await read_anew(desk.config, offer.row)
    same(read, row.key if row is not None else "")
    return read, rows


async def _dry(case: Case, shelf: Shelf, offer: Offer) -> DryRunner:
    runner, action = DryRunner(), shelf.actions[offer.action]
    try:
        async with asyncio.timeout(action.reads_s) as limit:
            rely_on(shelf.fix(offer.fix), runner)
            await action.run(case, runner)
    except CollectError as error:
        raise ActionError(shown(error.message), shown(error.remedy), reason=error.reason) from error
    except TimeoutError as error:
        if not limit.expired():
            raise ActionError("the part did not answer in time", "look whether it hangs", reason="timeout") from error
        raise ActionError(
            f"what is needed for the plan could not be read within {duration(action.reads_s)}",
            "look whether the part hangs, and try again",
            reason="timeout",
        ) from error
    except OSError as error:
        why = clean(error.strerror or str(error) or type(error).__name__)
        raise ActionError(f"what is needed for the plan could not be read: {why}", "try again") from error
    return runner


def _steps(runner: DryRunner) -> tuple[Step, ...]:
    steps = [
        Step(kind="say", text=shown(step)) if isinstance(step, str) else Step(kind="call", text=shown(step.told))
        for step in runner.steps
    ]
    left = len(steps) - MOST_STEPS
    return (*steps[:MOST_STEPS], *([Step(kind="say", text=f"… {left} more steps")] if left > 0 else []))
