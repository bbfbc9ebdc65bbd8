"""`watchfloor fix NAME`: find what is meant, show the plan, ask, start the job, follow it to its verdict."""

import argparse
import asyncio
import shlex
import sys
import time
from collections.abc import Mapping, Sequence

from collectors.text import clean
from collectors.units import Duration
from ops.actions.base import Offer, Param
from ops.actions.errors import Refused
from ops.board import Board
from ops.config.names import did_you_mean
from ops.config.structs import Config
from ops.errors import UsageError
from ops.fixes.desk import FixDesk
from ops.fixes.source import filled
from ops.fixes.structs import Plan
from tui.cli.fix_jobs import follow_to_end
from tui.cli.fix_told import plan_lines
from tui.cli.output import complain, say, say_json
from tui.cli.settings import poll_once

_SHOWN = 20


def run(args: argparse.Namespace, config: Config, desk: FixDesk) -> int:
    """Do it, or with `--dry-run` only show it. Raises UsageError, Refused, ActionError."""
    wait_s = _wait(args.wait)
    given = _given(args.set)
    board = poll_once(config)
    offer = _with(desk, meant(desk.named(board, args.what, args.row), args.what, given), given)
    _all_there(desk, board, offer)
    plan = asyncio.run(desk.plan(board, offer))
    if args.dry_run or not args.json:
        _show(plan, _denied(config, plan.offer), as_json=args.json)
    if args.dry_run:
        return 0
    if desk.read_only:
        raise Refused(desk.read_only, "write a config with `watchfloor init`, or lift read-only", reason="read-only")
    typed = agreed(plan.typed, yes=args.yes, confirm=args.confirm)
    return _do(desk, plan, typed, wait_s, as_json=args.json)


def _do(desk: FixDesk, plan: Plan, typed: str, wait_s: float, *, as_json: bool) -> int:
    from ops.fixes.who import me

    job = asyncio.run(desk.start(plan, me("command"), typed=typed, wait_s=wait_s))
    if not as_json:
        say(f"job {job.id}")
    return follow_to_end(desk, job, as_json=as_json)


def _denied(config: Config, offer: Offer) -> str:
    from ops.fixes.gate import denied
    from ops.fixes.who import me

    return denied(config, me("command"), offer.action, offer.row)


def _show(plan: Plan, denied: str, *, as_json: bool) -> None:
    if as_json:
        say_json(plan)
        return
    said = [f"  denied      {clean(denied)}"] if denied else []
    say("\n".join([*plan_lines(plan, time.time()), *said]))


def _wait(text: str) -> float:
    try:
        return float(Duration.parse(text))
    except ValueError as error:
        raise UsageError(f"--wait: {error}") from error


def _given(pairs: Sequence[str]) -> dict[str, str]:
    given = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise UsageError(f'--set: "{clean(pair)}" is no NAME=VALUE')
        given[name] = value
    return given


def meant(offers: Sequence[Offer], name: str, given: Mapping[str, str]) -> Offer:
    """The one that is meant; of several on one row, the best that says nothing else than what was given.

    One that takes all that was given comes before a better one that has no use for a part of it.
    """
    rows = list(dict.fromkeys(offer.verify_row or offer.row for offer in offers))
    if len(rows) > 1:
        shown = ", ".join(rows[:_SHOWN]) + (f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else "")
        raise UsageError(f"{name} fits several rows, say which: {shown}")
    agreeing = [
        offer for offer in offers if all(given.get(param, value) == value for param, value in offer.params.items())
    ]
    return max(agreeing or offers, key=lambda offer: len(given.keys() & {*offer.params, *(p.name for p in offer.ask)}))


def _with(desk: FixDesk, offer: Offer, given: Mapping[str, str]) -> Offer:
    known = desk.known_params(offer)
    for name in given:
        if name not in known:
            raise UsageError(f'--set: {offer.fix or offer.action} has no "{clean(name)}"; {did_you_mean(name, known)}')
    return filled(offer, given)


def _all_there(desk: FixDesk, board: Board, offer: Offer) -> None:
    """Raises UsageError with what must still be given, and what it can be."""
    for param in offer.ask:
        if not param.default:
            raise UsageError(f"say {param.title} with --set {param.name}=…{_choices(desk, board, offer, param)}")


def _choices(desk: FixDesk, board: Board, offer: Offer, param: Param) -> str:
    if param.kind == "choice":
        return f" ({', '.join(param.choices)})"
    if param.kind != "pick":
        return ""
    picks = asyncio.run(desk.picks(board, offer, param))
    if not picks:
        return "; there is none now"
    more = [f"  and {len(picks) - _SHOWN} more"] if len(picks) > _SHOWN else []
    return "\n".join([":", *(f"  {pick.value}   {pick.text}" for pick in picks[:_SHOWN]), *more])


def agreed(to_type: str, *, yes: bool, confirm: str) -> str:
    """What was typed. Raises Refused where nobody agreed; the answer that does nothing is the default.

    `to_type` is the name that must be typed, "" where a yes is enough.
    """
    on_terminal = sys.stdin is not None and sys.stdin.isatty()
    if to_type:
        if confirm:
            return confirm
        if not on_terminal:
            said = f"this needs its name: {to_type}"
            raise Refused(said, f"repeat with --confirm {shlex.quote(to_type)} if you are sure", reason="typed")
        return _asked(f"type {to_type} to do it: ")
    if yes:
        return ""
    if not on_terminal:
        raise Refused("nobody is there to say yes, so nothing was done", "repeat with --yes if you are sure")
    if _asked("do it? [y/N] ").lower() not in ("y", "yes"):
        raise Refused("not confirmed, so nothing was done")
    return ""


def _asked(question: str) -> str:
    """One line from the terminal; the end of input is no answer."""
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        complain("")
    return line.strip()
