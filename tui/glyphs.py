"""Signs that stand beside every colour, and what replaces them on a terminal without UTF-8."""

import msgspec

from ops.board import Level


class Glyphs(msgspec.Struct, frozen=True, kw_only=True):
    """One set of signs, all one cell wide."""

    levels: dict[Level, str]
    blocks: str
    """Eight heights, low to high."""
    gap: str
    """Where a sparkline has no data."""
    full: str
    empty: str
    ellipsis: str
    dot: str
    dash: str
    """A figure that is not known."""
    down: str
    up: str
    rising: str
    falling: str
    marks: dict[str, str]
    """What happened, on the time axis of a chart, by kind."""
    shades: str
    """Four densities, thin to thick."""
    dotted: str
    """What a dotted line is made of."""
    past: str
    """Stands before a moment of the past."""
    runs: str
    """Stands before what is at work."""
    marked: str
    """Stands before a row that is marked."""
    chosen: str
    """Stands before what the cursor is on, and before what is folded."""
    opened: str
    """Stands before what is unfolded."""
    ascii: bool = False


UNICODE = Glyphs(
    levels={"ok": "✓", "unknown": "?", "warning": "▲", "critical": "●"},
    blocks="▁▂▃▄▅▆▇█",
    gap=" ",
    full="█",
    empty="░",
    ellipsis="…",
    dot="·",
    dash="–",
    down="↓",
    up="↑",
    rising="↗",
    falling="↘",
    marks={"deploy": "◆", "restart": "↻", "fix": "✚", "gone": "×"},
    shades="░▒▓█",
    dotted="·",
    past="◀",
    runs="▶",
    marked="■",
    chosen="▸",
    opened="▾",
)

ASCII = Glyphs(
    levels={"ok": "+", "unknown": "?", "warning": "!", "critical": "X"},
    blocks="_.,-=+*#",
    gap=" ",
    full="#",
    empty=".",
    ellipsis="~",
    dot="-",
    dash="-",
    down="v",
    up="^",
    rising="/",
    falling="\\",
    marks={"deploy": "D", "restart": "R", "fix": "F", "gone": "x"},
    shades=".:o#",
    dotted=".",
    past="<",
    runs=">",
    marked="*",
    chosen=">",
    opened="v",
    ascii=True,
)


def plain(text: str) -> str:
    """Replace what an ASCII terminal can't show with a question mark."""
    return text.encode("ascii", "replace").decode("ascii")
