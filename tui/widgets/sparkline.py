"""One-colour block sparklines and bars, as text."""

from collections.abc import Sequence

from tui.glyphs import Glyphs


def sparkline(values: Sequence[float | None], glyphs: Glyphs, *, width: int = 0) -> str:
    """Draw values as blocks between zero and their maximum, oldest first; a gap where there is no value.

    `width` keeps only the newest so many. All zero is a flat line at the bottom.
    """
    shown = values[-width:] if width else values
    known = [value for value in shown if value is not None]
    if not known:
        return ""
    top = max(known)
    last = len(glyphs.blocks) - 1
    return "".join(
        glyphs.gap if value is None else glyphs.blocks[round(max(value, 0.0) / top * last) if top > 0 else 0]
        for value in shown
    )


def bar(ratio: float, width: int, glyphs: Glyphs) -> str:
    """Draw a ratio as a bar of `width` cells; anything above nothing is at least one cell, under all is not full."""
    if width <= 0:
        return ""
    inside = min(max(ratio, 0.0), 1.0)
    cells = round(inside * width)
    if inside > 0:
        cells = max(cells, 1)
    if inside < 1 and width > 1:
        cells = min(cells, width - 1)
    return glyphs.full * cells + glyphs.empty * (width - cells)
