"""Offers from `[[fix]]`: what somebody has thought of before, put on the row that it acts on now."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from msgspec.structs import replace

from ops.actions.base import Action, Offer, Risk
from ops.board import Board, Row
from ops.config.fixing import Fix, FixRun
from ops.fixes import params, when
from ops.runner.base import Runner

SCORE = 100
DISPOSABLE = "it loses data that nobody misses: so the config says (loses = false)"
ANYTHING = "*"
"""The kind of actions that fit nothing by themselves: commands and hooks of one's own."""


def fitting(fixes: Sequence[Fix], board: Board, row: Row, actions: Mapping[str, Action]) -> Iterator[Offer]:
    """The offers of every `[[fix]]` whose `when` matches the row as it is."""
    for fix in fixes:
        if when.matches(fix.when, row):
            offer = offer_of(fix, board, row, actions)
            if offer is not None:
                yield offer


def about_to_fit(fixes: Sequence[Fix], board: Board, cause: str, actions: Mapping[str, Action]) -> Iterator[Offer]:
    """The offers of every `[[fix]]` that acts on a row that fails, and is meant for one that needs it and is still ok.

    A process that is gone is seen before its service is asked again.
    """
    for row in board.rows:
        if row.level == "ok" and cause in row.depends_on:
            named = (fix for fix in fixes if when.names(fix.when, row))
            found = (offer_of(fix, board, row, actions) for fix in named)
            yield from (offer for offer in found if offer is not None and offer.row == cause)


def offer_of(fix: Fix, board: Board, chosen: Row, actions: Mapping[str, Action]) -> Offer | None:
    """A `[[fix]]` as an offer, chosen on a row, whatever that row's state.

    None where there is no such action, where what it acts on is not on the Board, or is of a kind that the action
    does not know. What proves it is the fix's own `verify`, else the row that it was chosen on.
    """
    action, acted = actions.get(fix.run.kind), acted_row(fix.run, board, chosen)
    if action is None or acted is None:
        return None
    own = ANYTHING in action.kinds
    if not own and acted.kind not in action.kinds:
        return None
    given = {name: _text(value) for name, value in fix.run.set.items()}
    base = (None if own else _nearest(action, board, acted, given)) or _plain(action, acted)
    known = params.of_fix(fix)
    defaults = {param.name: param.default for param in known if param.default}
    filled = {**defaults, **base.params, **given}
    return replace(
        base,
        title=fix.name,
        why=_why(fix.about or ("" if own else base.title), chosen.reason or base.why) + _but(fix, base.risk),
        score=SCORE,
        params=filled,
        ask=tuple(param for param in (*base.ask, *known) if param.name not in filled),
        risk=risk_by(fix, base.risk),
        fix=fix.name,
        verify_row=_verify_row(fix, chosen, acted),
        within_s=float(fix.verify.within),
    )


def acted_row(run: FixRun, board: Board, chosen: Row) -> Row | None:
    """The row that it acts on, as it is on the Board now."""
    if run.row:
        return board.row(run.row)
    if run.container:
        return next((row for row in board.rows if row.kind == "container" and row.name == run.container), None)
    return chosen


def risk_by(fix: Fix, usual: Risk) -> Risk:
    """Whoever wrote the config may know that nothing of worth is lost, or that something is."""
    if fix.loses is None:
        return usual
    return "loses" if fix.loses else "interrupts" if usual == "loses" else usual


def rely_on(fix: Fix | None, runner: Runner) -> None:
    """A plan is of a `[[fix]]` as it is written. Raises Refused where it was written anew since."""
    if fix is not None:
        written = sha256(repr((fix.run, fix.verify, fix.loses)).encode("utf-8", "surrogatepass")).hexdigest()
        runner.rely(f"[[fix]] {fix.name}", f"version {written[:12]}")


def is_as_set(fix: Fix, offer: Offer) -> bool:
    """Whether nothing was given in place of what the config sets."""
    return all(offer.params.get(name) == _text(value) for name, value in fix.run.set.items())


def _why(does: str, state: str) -> str:
    """What it does, and why it is offered now: "its process is started (now: exited)"."""
    return f"{does} (now: {state})" if does and state else does or state


def _but(fix: Fix, usual: Risk) -> str:
    return f"; {DISPOSABLE}" if usual != risk_by(fix, usual) and not fix.loses else ""


def _verify_row(fix: Fix, chosen: Row, acted: Row) -> str:
    named = fix.verify.row or (f"service:{fix.verify.service}" if fix.verify.service else "")
    return named or (chosen.id if chosen.id != acted.id else "")


def _nearest(action: Action, board: Board, acted: Row, given: Mapping[str, str]) -> Offer | None:
    """The action's own offer that says nothing else than what the fix sets, and takes most of that; then the best."""
    rows = [row for row in board.rows if row.target == acted.target]
    agreeing = [
        offer
        for offer in action.offers(acted, rows)
        if all(given.get(name, value) == value for name, value in offer.params.items())
    ]
    return max(agreeing, key=lambda offer: (_takes(offer, given), offer.score), default=None)


def _takes(offer: Offer, given: Mapping[str, str]) -> int:
    return len(given.keys() & {*offer.params, *(param.name for param in offer.ask)})


def _plain(action: Action, acted: Row) -> Offer:
    """For a row that the action would not be offered on by itself, as it is: someone wants it nevertheless.

    Only what has no default is asked: policy could not answer.
    """
    asked = tuple(param for param in action.params if not param.default)
    return Offer(action=action.name, row=acted.id, title=f"{action.title}: {acted.called}", ask=asked, risk=action.risk)


def _text(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
