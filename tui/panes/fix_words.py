"""How fixes are told: risk in a sign and a word, lines cut to a width without changing what they say."""

import textwrap
from collections.abc import Iterator

from rich.cells import cell_len

from collectors.text import clean
from ops.actions.base import Risk
from ops.board import Board, Level
from tui.glyphs import Glyphs
from tui.widgets.lines import Line

_RISKS: dict[Risk, tuple[Level, str]] = {
    "safe": ("ok", "nobody notices"),
    "interrupts": ("warning", "interrupts"),
    "loses": ("critical", "LOSES DATA"),
}
RISKS: tuple[Risk, ...] = ("safe", "interrupts", "loses")
"""From least to gravest."""
CALL_LIMIT = 20_000
"""Characters of a call that are shown: more than any action makes, and bounded."""
LINES_OF_CALL = 100


def risk(kind: Risk, glyphs: Glyphs) -> tuple[str, Level]:
    """Its sign and word, and the level that colours them."""
    level, word = _RISKS[kind]
    return f"{glyphs.levels[level]} {word}", level


def wrapped(text: str, style: str, width: int, indent: str = "") -> Iterator[Line]:
    """A sentence over as many lines as it takes."""
    for part in textwrap.wrap(clean(text, CALL_LIMIT), max(width - len(indent), 20)):
        yield [(indent + part, style)]


def exact(text: str, style: str, width: int, lead: str, rest: str) -> Iterator[Line]:
    """A call as it is, spaces and all, broken wherever a line ends. `lead` stands before it, `rest` before its rest."""
    left, before = clean(text, CALL_LIMIT), lead
    for _ in range(LINES_OF_CALL):
        part, left = _split(left, max(width - cell_len(before), 20))
        yield [(before, "muted"), (part, style)]
        before = rest
        if not left:
            return
    yield [(f"{rest}and {len(left)} more characters", "warning")]


def _split(text: str, width: int) -> tuple[str, str]:
    """As many signs as have room, never half of a wide one; and what is left."""
    end = min(len(text), width)
    while end > 1 and cell_len(text[:end]) > width:
        end -= 1
    return text[:end], text[end:]


def named(board: Board, row_id: str) -> str:
    """A row as people call it, its id where it is gone."""
    row = board.row(row_id)
    return clean(f"{row.kind} {row.called}" if row else row_id)
