"""Where everything stands in the war room, for a given terminal: pure."""

from tui.screens.plan import LEAST_HEIGHT, LEAST_WIDTH, WIDE, WIDE_HEIGHT, Box, Plan

HUGE = 180


def room_plan(size: tuple[int, int], *, next_lines: int, facts_lines: int) -> Plan:
    """Head, clock and what is known above, the chart and the timeline amidst, what is next below, keys at the bottom.

    `next_lines` and `facts_lines` are how many lines those would like to have, without a frame.
    """
    width, height = size
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Plan("small", {"small": Box(0, 0, width, height)})
    boxes = {"room-head": Box(0, 0, width, 1), "room-foot": Box(0, height - 1, width, 1)}
    if width < WIDE or height < WIDE_HEIGHT:
        return Plan("compact", boxes | _compact(width, height, next_lines))
    room = height - 2
    big = width >= HUGE and height >= 50
    top = min(max(facts_lines + 2, 14 if big else 10), room // 3)
    low = min(max(next_lines, 2) + 2, room // 4)
    left = max(width * 2 // 5, 44)
    middle = room - top - low
    boxes |= {
        "room-clock": Box(0, 1, left, top),
        "room-facts": Box(left, 1, width - left, top),
        "latency": Box(0, 1 + top, width // 2, middle),
        "room-timeline": Box(width // 2, 1 + top, width - width // 2, middle),
        "room-next": Box(0, 1 + top + middle, width, low),
    }
    return Plan("wide", boxes)


def _compact(width: int, height: int, next_lines: int) -> dict[str, Box]:
    """No frames and no chart: clock, what is known, the timeline, what is next."""
    room = height - 2
    clock = 6 if room >= 20 else 4
    facts = 5 if room >= 20 else 2
    low = min(max(next_lines, 1), 3) if room >= 14 else 0
    boxes = {
        "room-clock": Box(0, 1, width, clock),
        "room-facts": Box(0, 1 + clock, width, facts),
        "room-timeline": Box(0, 1 + clock + facts, width, room - clock - facts - low),
    }
    return boxes | ({"room-next": Box(0, 1 + room - low, width, low)} if low else {})
