"""What will show that a fix worked: which row, and which of its checks."""

from ops.actions.base import Action, Offer
from ops.board import Board, Row
from ops.jobs.structs import Proof

_KEPT = frozenset({"container", "process", "queue", "swarm.service"})
_DIFFERENCE = "drift.difference"
_LIVES = (".reach", ".state", ".health", ".expect")
"""Ends of checks that ask whether it works at all; every other is of a figure, which may be another trouble."""

_WINDOWED = {"error_percent": "erring", "p50_s": "slow", "p95_s": "slow", "p99_s": "slow"}
"""Ends of checks that sum up 5 minutes of probes, with what they call a row."""


def proof_of(board: Board, offer: Offer, state: str = "", action: Action | None = None) -> Proof:
    """The row that the offer names for it, else the one that is acted on, with the checks that are bad there now.

    A fix that is for one `state` need not mend what else is wrong with that row: then only checks of that word count.
    An action may say itself which checks prove it.
    """
    row_id = offer.verify_row or offer.row
    row = board.row(row_id)
    bad = [check for check in row.checks if check.level != "ok"] if row else []
    meant = [check for check in bad if check.word == state] or [check for check in bad if not check.pending]
    own = action.proves(row) if action is not None and row is not None else ()
    return Proof(
        row=row_id,
        checks=own or tuple(check.id for check in meant),
        was=state_of(row) if row else "not there",
        within_s=offer.within_s,
    )


def state_of(row: Row) -> str:
    """A row's state in words: "down: connection refused"."""
    reason = row.reason or row.error if row.level != "ok" else ""
    return reason if reason.lower().startswith(row.word) else ": ".join(part for part in (row.word, reason) if part)


def still_left(proof: Proof, row: Row | None) -> str:
    """What is not well of a row although its proof holds, in one clause; "" for nothing.

    Another check of it; or figures over the last 5 minutes, which go on to count the time before the fix: the floor
    calls it after them until that has passed, while the proof looks at what came after.
    """
    if row is None:
        return ""
    if row.level != "ok":
        said = state_of(row)
        return f"it is still {said}" if said else ""
    windowed = {check.rpartition(".")[2] for check in proof.checks} & _WINDOWED.keys()
    if windowed:
        return f"it is still {' and '.join(sorted({_WINDOWED[one] for one in windowed}))} by figures of the last 5 min"
    failed = any(check.endswith(_LIVES) for check in proof.checks)
    return "it may still be erring by figures of the last 5 min" if row.stats and failed else ""


def not_yet(proof: Proof, row: Row | None) -> str:
    """Why a fresh reading does not prove it, "" when it does.

    The checks that were bad must be good or gone, and it must not fail in another way by now: what was unhealthy and
    has exited has no bad health any more. Without any checks the row must be ok. A container whose health probe has not
    passed yet is not well. A part that is no more in a good reading has no bad check, where it is of those that
    come and go (a session, a lock); what someone keeps must be there. A difference is put right when it is gone.
    """
    kind = proof.row.partition(":")[0]
    if row is None:
        return "it is not there" if kind in _KEPT or not (proof.checks or kind == _DIFFERENCE) else ""
    if row.kind == _DIFFERENCE:
        return f"it still differs: {row.checks[0].text}" if row.checks else "it still differs"
    return _not_well(proof, row)


def _not_well(proof: Proof, row: Row) -> str:
    if row.word == "waiting":
        return "not read yet"
    if row.facts.get("health") == "starting":
        return "its health probe has not passed yet"
    if not proof.checks:
        return "" if row.level == "ok" else state_of(row)
    wanted = (check for check in row.checks if check.id in proof.checks or check.id.endswith(_LIVES))
    bad = next((check for check in wanted if check.level != "ok"), None)
    if bad is not None:
        return f"{bad.word}: {bad.text}" if not bad.text.lower().startswith(bad.word) else bad.text
    return state_of(row) if row.level == "unknown" or row.word == "gone" else ""
