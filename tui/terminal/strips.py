"""What Textual's compositor gives to be displayed, as strips with their places: the one file that knows its insides."""

from collections.abc import Iterator

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

Update = LayoutUpdate | ChopsUpdate
Placed = tuple[int | None, int, Strip]
"""Column (None: right after the strip before), row, strip."""


def size(update: Update) -> tuple[int, int]:
    """Give width and height of the screen that the update is for."""
    if isinstance(update, LayoutUpdate):
        return update.region.right, update.region.bottom
    return max((ends[-1] for ends in update.chop_ends if ends), default=0), len(update.chops)


def placed(update: Update) -> Iterator[Placed]:
    """List the strips where `render_segments` of the update would write them."""
    yield from _whole(update) if isinstance(update, LayoutUpdate) else _partial(update)


def _whole(update: LayoutUpdate) -> Iterator[Placed]:
    for y, line in enumerate(update.strips, update.region.y):
        x: int | None = update.region.x
        for strip in line:
            yield x, y, strip
            x = None


def _partial(update: ChopsUpdate) -> Iterator[Placed]:
    for y, left, right in update.spans:
        if y >= len(update.chops):
            continue
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > right or end <= left:
                continue
            whole = left <= x < right and end <= right
            yield x, y, strip if whole else strip.crop(0, min(end, right) - x)
