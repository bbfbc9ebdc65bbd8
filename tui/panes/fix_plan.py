"""A plan as lines: what exactly will be called, what it interrupts, what it costs, what proves it. Pure."""

from collections.abc import Iterator, Sequence

from collectors.text import clean
from ops.board import Board
from ops.figures import duration
from ops.fixes import price, record
from ops.fixes.structs import Plan
from tui.glyphs import Glyphs
from tui.panes.fix_words import exact, named, risk, wrapped
from tui.widgets.lines import Line

_WIDE = 13
"""Cells of the words at the left."""


def plan_lines(plan: Plan, board: Board, width: int, glyphs: Glyphs) -> list[Line]:
    """All that a person should know before saying yes."""
    words, level = risk(plan.risk, glyphs)
    lines: list[Line] = [[(clean(plan.offer.title, 1000), "strong"), (f"  {words}", level)]]
    for warning in plan.warnings:
        lines += wrapped(f"{glyphs.levels['warning']} {warning}", "warning", width)
    lines += [[], *_calls(plan, width), []]
    for title, text, style in _told(plan, board):
        if text:
            lines += _entry(title, text, style, width)
    return lines


def _calls(plan: Plan, width: int) -> Iterator[Line]:
    calls = sum(step.kind == "call" for step in plan.steps)
    yield [("What will be done", "head"), (f"  {calls} call{'' if calls == 1 else 's'}", "muted")]
    for step in plan.steps:
        if step.kind == "call":
            yield from exact(step.text, "accent", width, "  $ ", "    ")
        else:
            yield from wrapped(step.text, "muted", width, "  ")


def _told(plan: Plan, board: Board) -> Iterator[tuple[str, str, str]]:
    acts_on, params = plan.offer.row, plan.offer.params
    yield "acts on", named(board, acts_on), "text"
    yield "with", ", ".join(f"{name} = {value}" for name, value in params.items()), "text"
    yield "interrupts", plan.interrupts or "nothing", "text" if plan.interrupts else "muted"
    yield "costs", price.words(plan.price), "text"
    yield "undone by", plan.undone, "text"
    yield "record", record.words(plan.record, board.at), "text"
    yield "done when", _proof(plan, board), "text"
    yield "ended after", f"{_seconds(plan.timeout_s)} at the latest", "muted"


def _proof(plan: Plan, board: Board) -> str:
    proof = plan.proof
    row, within = named(board, proof.row), f"within {_seconds(proof.within_s)}"
    if not proof.checks:
        return f"{row} is ok, {within}"
    checks = " and ".join(f"'{clean(check)}'" for check in proof.checks)
    word, are = ("check", "is") if len(proof.checks) == 1 else ("checks", "are")
    was = f" (now {proof.was})" if proof.was else ""
    return f"{row}'s {word} {checks} {are} good again {within}{was}"


def _seconds(value: float) -> str:
    """As it is written in a config: "60 s"; minutes from two on."""
    return f"{value:g} s" if value < 120 else duration(value)


def _entry(title: str, text: str, style: str, width: int) -> Iterator[Line]:
    for place, line in enumerate(wrapped(text, style, width - _WIDE)):
        yield [(f"{title if not place else '':<{_WIDE}}", "head"), *line]


def plans_lines(plans: Sequence[Plan], board: Board, width: int, glyphs: Glyphs) -> list[Line]:
    """One plan, or several with their numbers."""
    if len(plans) == 1:
        return plan_lines(plans[0], board, width, glyphs)
    lines: list[Line] = []
    for place, plan in enumerate(plans, 1):
        lines += [[(f"Plan {place} of {len(plans)}", "head")], *plan_lines(plan, board, width, glyphs), []]
    return lines
