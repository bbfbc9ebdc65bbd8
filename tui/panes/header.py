"""The header: whose floor this is, how it stands, how live it is, and what time it is."""

import time
from collections.abc import Sequence

from collectors.text import clean
from ops.board import Board, Level
from ops.figures import duration
from tui.glyphs import Glyphs
from tui.line import LineWords
from tui.panes.cells import age
from tui.widgets.lines import Line, Lines

_WORST: tuple[Level, ...] = ("critical", "warning", "unknown", "ok")
_LATE_S = 0.5
_NOTHING = LineWords()
Part = tuple[str, str]


def header(
    board: Board,
    now: float,
    paused_at: float | None,
    width: int,
    glyphs: Glyphs,
    line: LineWords = _NOTHING,
    *,
    read_only: bool = False,
) -> Line:
    """Name and environment at the left, counts in the middle, mode and clock at the right; drops what does not fit.

    As it gets narrower (`roomy` below 0) things are said in fewer words, before the first of them goes.
    """
    for roomy in range(4, -8, -1):
        left, middle, right = (
            _left(board, roomy),
            _counts(board, roomy, glyphs),
            _right(board, now, paused_at, roomy, glyphs, line, _hands(board, roomy, read_only=read_only)),
        )
        used = sum(len(text) for part in (left, middle, right) for text, _ in part)
        if used + 4 <= width:
            break
    room = max(width - used, 0)
    sides = [sum(len(text) for text, _ in part) for part in (left, middle, right)]
    before = min(max((width - sides[1]) // 2 - sides[0], 2), max(room - 2, 0))
    return [*left, (" " * before, "text"), *middle, (" " * (room - before), "text"), *right]


def _left(board: Board, roomy: int) -> Sequence[Part]:
    parts: list[Part] = [(" watchfloor ", "muted")] if roomy >= 3 and board.name != "watchfloor" else [(" ", "text")]
    parts.append((board.name, "strong"))
    if board.environment == "production":
        parts += [(" ", "text"), (" PRODUCTION " if roomy >= 1 else " PROD ", "production")]
    elif board.environment and roomy >= 1:
        parts.append((f" {board.environment}", "accent"))
    return parts


def _counts(board: Board, roomy: int, glyphs: Glyphs) -> Sequence[Part]:
    counts = board.counts()
    parts: list[Part] = []
    for level in _WORST:
        if counts[level] or level == "ok":
            word = f" {level}" if roomy >= 2 else ""
            style = level if counts[level] else "muted"
            parts += [("  " if parts else "", "text"), (f"{glyphs.levels[level]} {counts[level]}{word}", style)]
    return parts


def _hands(board: Board, roomy: int, *, read_only: bool) -> Sequence[Part]:
    """Whether anything can be done from here, and what policy does, with why it gave up where there is room."""
    parts: list[Part] = [("read-only", "warning")] if read_only else []
    if board.auto:
        short = board.auto.partition(" on " if roomy >= -3 else ":")[0]
        parts.append((board.auto if roomy >= -1 else short, "warning" if ":" in board.auto else "accent"))
    return parts


def _telling(board: Board, roomy: int) -> Sequence[Part]:
    """What somebody may not hear of: messages that wait or were given up, and silences with when the next one ends."""
    parts: list[Part] = [(f"{board.undelivered} undelivered", "critical")] if board.undelivered else []
    silenced = board.silenced
    if silenced.count and roomy >= -5:
        ends = time.strftime("%H:%M", time.gmtime(silenced.next_end)) if silenced.next_end is not None else ""
        until = f", next ends {ends}" if roomy >= 0 else f" to {ends}"
        parts.append((f"{silenced.count} silenced{until if ends and roomy >= -4 else ''}", "warning"))
    return parts


def _mode(board: Board, now: float, paused_at: float | None, roomy: int) -> Sequence[Part]:
    """How live it is, and whose data it is: "attached, monitor on db1, pid 7", "monitor on db1", "attached"."""
    if paused_at is not None:
        return [(f"PAUSED {age(now - paused_at)}", "paused")]
    whose = clean(board.watching)
    if whose and -4 <= roomy < 0:
        return [(whose.partition(",")[0], "accent")]
    return [(board.mode, "ok"), *([(whose, "accent")] if whose and roomy >= 0 else [])]


def _right(
    board: Board,
    now: float,
    paused_at: float | None,
    roomy: int,
    glyphs: Glyphs,
    line: LineWords,
    hands: Sequence[Part],
) -> Sequence[Part]:
    dot = (f" {glyphs.dot} ", "muted")
    mode, *whose = _mode(board, now, paused_at, roomy)
    parts: list[Part] = [mode]
    for part in whose:
        parts += [dot, part]
    if board.late_s > _LATE_S:
        parts += [dot, (f"{duration(board.late_s)} late", "warning")]
    for part in hands:
        parts += [dot, part]
    if board.jobs and roomy >= -2:
        parts += [dot, (f"{board.jobs} job{'s' if board.jobs > 1 else ''}", "accent")]
    for part in _telling(board, roomy):
        parts += [dot, part]
    if board.recording and roomy >= -6:
        parts += [dot, (board.recording, "warning")]
    if line.saving:
        parts += [dot, (line.saving, "warning")]
    if line.figure and roomy >= 0:
        parts += [dot, (line.figure if roomy >= 1 else line.figure.replace(" ", ""), "muted")]
    parts += [dot, (time.strftime("%H:%M:%S", time.gmtime(now)) + (" UTC" if roomy >= 1 else ""), "text")]
    if roomy >= 4 and time.localtime(now).tm_gmtoff:
        parts += [dot, (time.strftime("%H:%M %Z", time.localtime(now)), "muted")]
    return [*parts, (" ", "text")]


class Header(Lines):
    """One line, repainted once a second and when a Board comes."""
