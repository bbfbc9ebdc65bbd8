"""What a drill is: a real part, the way to break it and to heal it, and what the floor must say meanwhile."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from tests.drills.heap import NOT_KNOWN, Heap

if TYPE_CHECKING:
    from tests.drills.site import Site

INTERVAL_S, TIMEOUT_S, REFRESH_S = 5.0, 5.0, 0.25
_JITTER_S = INTERVAL_S * 0.05
_SLACK_S = _JITTER_S + REFRESH_S + 0.2
"""The schedule's own jitter, one refresh of the screen, and what a deadline may be overrun by."""
SEEN_S = INTERVAL_S + TIMEOUT_S + _SLACK_S
"""One interval plus the deadline."""
HEALED_S = 2 * INTERVAL_S + TIMEOUT_S + _JITTER_S + _SLACK_S
"""Two intervals; the poll that hangs while the part is healed first has to end."""

LONG = "long"
"""The wave of those that take minutes: they are done beside all others."""
Step = Callable[[], Awaitable[object]]


class Fault(msgspec.Struct, frozen=True):
    """A part that runs: the config that watches it, and the two ways. Both return when they are true from outside."""

    config: str
    inject: Step
    heal: Step


Part = Callable[["Site"], AbstractAsyncContextManager[Fault]]


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """One fault and what must be seen of it."""

    name: str
    shows: str
    """What the floor must show, in one sentence."""
    row: str
    """Glob over row ids: where it must be shown."""
    says: str
    """Regular expression over "level word sentence" of the row, or of any one of its checks."""
    part: Part
    wave: str
    """Drills of one wave are under way at the same time."""
    seen_s: float = SEEN_S
    healed_s: float = HEALED_S
    own_targets: tuple[str, ...] = ()
    """Globs over the ids of other targets that this fault holds up as well."""
    shared: bool = False
    """The row tells of more than this drill's part (the machine): healed as soon as it says this no more."""
    note: str = ""
    """What is different from the defaults, such as a threshold of its own."""


class SeenRow(msgspec.Struct, frozen=True):
    """A row of a Board, as the watched process tells it."""

    id: str
    target: str
    level: str
    word: str
    reason: str
    at: float | None
    stale: bool
    broken: bool
    checks: tuple[tuple[str, str, str], ...] = ()
    """Level, word and text of those that are not ok."""
    figures: str = ""
    """What it says beside its verdict, where that matters: hints, newest error."""


class SeenBoard(msgspec.Struct, frozen=True):
    """A Board, as the watched process tells it."""

    at: float
    late_s: float
    stall_s: float
    """Longest that the event loop was held since the line before, without the time in which others had the CPU."""
    rows: tuple[SeenRow, ...]
    causes: tuple[str, ...] = ()
    held_in: str = ""
    """Where the event loop was seen during a long hold."""
    blocks: int = 0
    """How many objects of the interpreter's own allocator live: what grows here is kept, and no gap in a page."""
    heap: Heap = NOT_KNOWN


def told(drill: Drill, board: SeenBoard) -> tuple[SeenRow, str] | None:
    """The row that says what must be seen, and its words; None while none does."""
    says = re.compile(drill.says, re.IGNORECASE)
    for row in board.rows:
        if fnmatchcase(row.id, drill.row):
            for level, word, text in ((row.level, row.word, row.reason), *row.checks, ("", "", row.figures)):
                if says.search(said := f"{level} {word} {text}"):
                    return row, said.strip()
    return None


def well(drill: Drill, board: SeenBoard, after: float = 0.0) -> bool:
    """Whether nothing is left of it: the row was read again since `after` (UTC seconds) and is ok.

    One that it shares may tell of something else, or be gone with the fault, as that of an alert is.
    """
    rows = [row for row in board.rows if fnmatchcase(row.id, drill.row)]
    if drill.shared:
        read_again = [row for row in rows if not row.stale and (row.at or 0.0) >= after]
        return told(drill, board) is None and (bool(read_again) or not rows)
    return bool(rows) and all(row.level == "ok" and not row.stale and (row.at or 0.0) >= after for row in rows)


def shown(drill: Drill, board: SeenBoard) -> str:
    """What is seen of its rows, for who wonders why they are not well."""
    rows = [row for row in board.rows if fnmatchcase(row.id, drill.row)]
    words = [f"{row.level} {row.word} {row.reason}{' (stale)' if row.stale else ''}".strip() for row in rows]
    return f"{drill.name} ({'; '.join(words) or 'no such row'})"


_MEANT = frozenset("\n")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def unprintable(board: SeenBoard) -> list[str]:
    """Words of a Board with something in them that a terminal would obey."""
    words = [word for row in board.rows for word in (row.id, row.word, row.reason, *[c[2] for c in row.checks])]
    return [word for word in (*words, *board.causes) if any(unicodedata.category(sign) in _UNSEEN for sign in word)]


def delays(polled: dict[str, list[float]], begun: float, ended: float, own: Sequence[str] = ()) -> dict[str, float]:
    """Seconds by which the polls of each target came later than its interval, at worst, in a span of time.

    `polled` has the times of good readings by target id (UTC seconds, in order); `own` are globs of targets left out.
    """
    late = {}
    for target, times in polled.items():
        if any(fnmatchcase(target, glob) for glob in own):
            continue
        before = [at for at in times if at < begun][-1:] or [begun]
        marks = [*before, *[at for at in times if begun <= at <= ended], ended]
        late[target] = max(0.0, *(after - at - INTERVAL_S for at, after in pairwise(marks)))
    return late
