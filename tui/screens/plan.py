"""Where each pane stands for a given terminal: pure, so that every size can be tested without a screen."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

LEAST_WIDTH, LEAST_HEIGHT = 40, 12
WIDE, WIDE_HEIGHT = 100, 30
VERY_WIDE = 180
PANES = ("services", "latency", "databases", "budget", "containers", "queues", "logs", "generic", "host", "machine")
"""In the order of `tab`."""
_LEAST_PANE = 5
_LOW_CHART = 10
_SHARES = {
    "services": 11,
    "latency": 9,
    "databases": 9,
    "budget": 10,
    "containers": 12,
    "queues": 11,
    "logs": 11,
    "generic": 10,
    "machine": 10,
}


class Box(NamedTuple):
    """A place on the screen, in cells."""

    x: int
    y: int
    width: int
    height: int


class Plan(NamedTuple):
    """A whole floor: its form, and a box for everything that is drawn."""

    form: Literal["small", "compact", "wide"]
    boxes: dict[str, Box]


def plan(
    size: tuple[int, int], needs: Mapping[str, int], *, focused: str = "", zoomed: bool = False, alert: int = 4
) -> Plan:
    """Place header, panes, tabs, alert line and footer.

    `needs` says how many lines each pane would like, 0 for one that has nothing to show and so takes no room.
    """
    width, height = size
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Plan("small", {"small": Box(0, 0, width, height)})
    present = [pane for pane in PANES if needs.get(pane)]
    compact = width < WIDE or height < WIDE_HEIGHT
    boxes = {"header": Box(0, 0, width, 1), "footer": Box(0, height - 1, width, 1)}
    if zoomed and focused in present:
        boxes[focused] = Box(0, 1, width, height - 2)
    elif compact:
        boxes |= _compact(present, needs, (width, height), focused)
    else:
        boxes["alert"] = Box(0, height - 1 - alert, width, alert)
        boxes |= _wide(present, needs, width, height - 2 - alert)
    return Plan("compact" if compact else "wide", boxes)


def _compact(present: Sequence[str], needs: Mapping[str, int], size: tuple[int, int], focused: str) -> dict[str, Box]:
    width, height = size
    boxes = {"alert": Box(0, height - 3, width, 2)}
    room = height - 4
    others = [pane for pane in present if pane != "services"]
    if not others or "services" not in present:
        only = focused if focused in present else next(iter(present), "")
        tabs = 1 if len(present) > 1 else 0
        if tabs:
            boxes["tabs"] = Box(0, 1, width, 1)
        return boxes | ({only: Box(0, 1 + tabs, width, room - tabs)} if only else {})
    top = min(needs["services"], max((room - 1) * 11 // 20, _LEAST_PANE))
    other = focused if focused in others else others[0]
    boxes["services"] = Box(0, 1, width, top)
    boxes["tabs"] = Box(0, 1 + top, width, 1)
    boxes[other] = Box(0, 2 + top, width, room - 1 - top)
    return boxes


def _wide(present: Sequence[str], needs: Mapping[str, int], width: int, height: int) -> dict[str, Box]:
    """Shelves of columns; a column is a stack of panes."""
    upper = [["services", "generic"], ["latency", "databases"]]
    lower = [["budget"], ["containers"], ["queues", "logs"], ["machine"]]
    if width >= VERY_WIDE:
        upper = [["services"], ["latency"], ["databases", "budget", "queues"]]
        lower = [["containers"], ["logs", "generic"], ["machine"]]
    shelves = [_filled(shelf, present) for shelf in (upper, lower)]
    shelves = [shelf for shelf in shelves if shelf]
    boxes: dict[str, Box] = {}
    if "host" in present:
        tall = min(needs["host"], 7) if shelves else height
        boxes["host"] = Box(0, 1 + height - tall, width, tall)
        height -= tall
    wanted = [_shelf_need(shelf, needs) for shelf in shelves]
    if sum(wanted) > height:
        # A chart can be drawn lower, a row that does not fit is not seen.
        lower_chart = {**needs, "latency": min(needs.get("latency", 0), _LOW_CHART)}
        wanted = [_shelf_need(shelf, lower_chart) for shelf in shelves]
    heights = _share(height, wanted)
    y = 1
    for shelf, tall in zip(shelves, heights, strict=True):
        boxes |= _shelf(shelf, needs, Box(0, y, width, tall))
        y += tall
    return boxes


def _filled(shelf: Sequence[Sequence[str]], present: Sequence[str]) -> list[list[str]]:
    columns = [[pane for pane in column if pane in present] for column in shelf]
    return [column for column in columns if column]


def _shelf_need(shelf: Sequence[Sequence[str]], needs: Mapping[str, int]) -> int:
    return max(sum(needs[pane] for pane in column) for column in shelf)


def _shelf(shelf: Sequence[Sequence[str]], needs: Mapping[str, int], box: Box) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    shares = [max(_SHARES[pane] for pane in column) for column in shelf]
    x, left, weight = box.x, box.width, sum(shares)
    for column, share in zip(shelf, shares, strict=True):
        wide = left * share // weight
        boxes |= _stack(column, needs, Box(x, box.y, wide, box.height))
        x, left, weight = x + wide, left - wide, weight - share
    return boxes


def _stack(column: Sequence[str], needs: Mapping[str, int], box: Box) -> dict[str, Box]:
    """Each gets what it needs; what is left over or lacking is the chart's, else the last one's."""
    flexible = column.index("latency") if "latency" in column else len(column) - 1
    heights = [needs[pane] for pane in column]
    heights[flexible] += box.height - sum(heights)
    while (lack := _LEAST_PANE - heights[flexible]) > 0:
        tallest = heights.index(max(heights))
        if tallest == flexible or heights[tallest] <= _LEAST_PANE:
            break
        heights[tallest] -= min(lack, heights[tallest] - _LEAST_PANE)
        heights[flexible] = box.height - sum(tall for place, tall in enumerate(heights) if place != flexible)
    return _cut_to(column, heights, box)


def _cut_to(column: Sequence[str], heights: Sequence[int], box: Box) -> dict[str, Box]:
    """Stand the panes on each other; those for which no lines are left are not drawn."""
    boxes: dict[str, Box] = {}
    y, bottom = box.y, box.y + box.height
    shown = [(pane, tall) for pane, tall in zip(column, heights, strict=True) if tall > 0]
    for place, (pane, wanted) in enumerate(shown):
        tall = bottom - y if place == len(shown) - 1 else min(wanted, bottom - y)
        if tall > 0:
            boxes[pane] = Box(box.x, y, box.width, tall)
        y += tall
    return boxes


def _share(height: int, needs: Sequence[int]) -> list[int]:
    """Two shelves share a height by need, the upper one a little favoured; what is left over goes to it too."""
    if len(needs) < 2:
        return [height] * len(needs)
    upper, lower = needs
    if upper + lower <= height:
        return [height - lower, lower]
    least = min(max(_LEAST_PANE + 1, height // 4), height // 2)
    tall = round(height * upper * 1.2 / (upper * 1.2 + lower))
    tall = min(max(tall, least), height - least)
    return [max(tall, height - lower), min(height - tall, lower)]
