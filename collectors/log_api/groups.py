"""Equal errors counted as one: what differs from time to time is taken out of them. Pure; `now` is given."""

import re
import time
from collections import deque

from collectors.text import LINE_LIMIT, clean

GROUPS_LIMIT = 100
"""Kinds of errors that are kept; then the one that was not seen for longest is forgotten."""
SHOWN_GROUPS = 20
KEPT_S = 600.0
"""How long an error counts in its group."""
SHORT = 160
"""Characters of an error's message that are shown."""
_LOOKED_AT = 400
_STEP_S = 10.0
_VARIES = re.compile(
    r'"[^"]*+"'
    r"|(?<!\w)'[^']*+'(?!\w)"
    r"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|\b0[xX][0-9a-fA-F]++"
    r"|\b(?=[a-fA-F]{0,40}\d)[0-9a-fA-F]{8,}+\b"
    r"|\d++(?:[.,:]\d++)*+"
)


def template(message: str) -> str:
    """The message with numbers, hexadecimal words, UUIDs and quoted texts taken out, as the name of its group."""
    return _VARIES.sub("#", message[:_LOOKED_AT])


class Group:
    """One kind of error."""

    __slots__ = ("at", "message", "steps", "wall")

    def __init__(self) -> None:
        self.steps: deque[list[float]] = deque()
        self.message = ""
        self.at = self.wall = 0.0

    def add(self, message: str, now: float, wall: float) -> None:
        """Count one at `now` (of a clock that never steps), which is `wall` in UTC seconds."""
        self.message, self.at, self.wall = message, now, wall
        if self.steps and now - self.steps[-1][0] < _STEP_S:
            self.steps[-1][1] += 1
        else:
            self.steps.append([now, 1])

    def count(self, now: float) -> int:
        """How many there were in the time kept."""
        while self.steps and now - self.steps[0][0] > KEPT_S:
            self.steps.popleft()
        return int(sum(step[1] for step in self.steps))

    def told(self, now: float) -> str:
        """How often and what: "200× connection to db refused"."""
        count = self.count(now)
        return (f"{count:,}× " if count > 1 else "") + clean(self.message, SHORT)


class ErrorGroups:
    """The newest kinds of errors, bounded."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def add(self, message: str, now: float, wall: float, name: str = "") -> None:
        """Count an error; `name` is its group where that is not its template."""
        name = name or template(message)
        group = self._groups.pop(name, None) or Group()
        group.add(message[:LINE_LIMIT], now, wall)
        # The order of the dict is that of the last times.
        self._groups[name] = group
        if len(self._groups) > GROUPS_LIMIT:
            del self._groups[next(iter(self._groups))]

    def newest(self, now: float) -> Group | None:
        """The group of the newest error; None when none is young enough."""
        self._forget(now)
        return next(reversed(self._groups.values()), None)

    def text(self, now: float) -> str:
        """The groups, newest first, each with its count and the time of its last (UTC)."""
        self._forget(now)
        groups = list(reversed(self._groups.values()))
        lines = [f"{_clock(group.wall)} {group.told(now)}" for group in groups[:SHOWN_GROUPS]]
        more = len(groups) - SHOWN_GROUPS
        return "\n".join([*lines, *([f"… {more} more kinds of errors"] if more > 0 else [])])

    def _forget(self, now: float) -> None:
        for name in [name for name, group in self._groups.items() if now - group.at > KEPT_S]:
            del self._groups[name]


def _clock(wall: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(wall))
