"""The question under a plan: what was said last, and the answers, the safe one chosen. Pure, without a screen."""

from collections.abc import Sequence
from typing import Literal

from collectors.text import clean
from ops.board import Board
from ops.fixes.structs import Plan
from ops.fixes.typed import to_type
from tui.glyphs import Glyphs
from tui.panes.fix_words import named, wrapped
from tui.widgets.lines import Line

Phase = Literal["planning", "failed", "shown", "starting", "started", "left"]
MOST_SAID = 3


def asking(phase: Phase, plans: Sequence[Plan], said: str, width: int, glyphs: Glyphs) -> list[Line]:
    """A few lines over the keys: a sentence where there is one, then the answers."""
    style = "critical" if phase == "failed" else "warning"
    lines: list[Line] = [*wrapped(said, style, width - 1, " ")][:MOST_SAID]
    if phase == "shown":
        name = to_type(plans)
        run = f' y, then type "{clean(name)}": run it ' if name else " y: run it "
        many = f" all {len(plans)}" if len(plans) > 1 else ""
        answer = f" {glyphs.chosen} enter: no, nothing is done "
        return [*lines, [(" ", "text"), (answer, "strong/cursor"), ("  ", "text"), (run + many, "warning")]]
    if phase == "failed":
        return [*lines, [(" nothing is done: r plans again, esc leaves", "muted")]]
    return [*lines, [(f" starting {glyphs.ellipsis}" if phase == "starting" else " esc leaves", "muted")]]


def another(plans: Sequence[Plan], board: Board) -> str:
    """Why a plan is not one for what is there now: the row has become another; "" while it is the same, or gone."""
    for plan in plans:
        row = board.row(plan.offer.row)
        if row is not None and plan.key and row.key and row.key != plan.key:
            return f"{named(board, row.id)} is another one now than when this was planned"
    return ""
