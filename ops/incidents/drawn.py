"""Latency and failures of a row as lines of text, with the moments of the incident marked below. Pure."""

import time
from collections.abc import Sequence

from ops.board import Bucket
from ops.figures import duration
from ops.incidents.account import Course

HEIGHT = 6
_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " _.,-=+*#"
_LEAD = 9
_EIGHTHS = len(_BLOCKS) - 1


def drawn(course: Course, marks: Sequence[tuple[float, str]], *, plain: bool = False) -> list[str]:
    """p95 as bars, the share that failed below it, and marks: (UTC seconds, one sign each); `plain` is ASCII alone.

    A column without any answer is empty; of several marks in one column the first is shown.
    """
    blocks, nothing = (_ASCII, ".") if plain else (_BLOCKS, "·")
    tops = [bucket.p95_s for bucket in course.columns]
    top = max((value for value in tops if value is not None), default=0.0)
    lines = []
    for level in range(HEIGHT, 0, -1):
        label = duration(top) if level == HEIGHT and top else "p95" if level == HEIGHT // 2 + 1 else ""
        lines.append(_line(label, "".join(_cell(value, top, level, blocks) for value in tops)))
    lines.append(_line("failed", "".join(_failed(bucket, blocks, nothing) for bucket in course.columns)))
    lines.append(_line("", _ruler(course, marks)))
    return [*lines, _line("", _times(course))]


def _line(label: str, cells: str) -> str:
    return f"{label:>{_LEAD - 2}} {'|' if label or cells else ''}{cells}".rstrip()


def _cell(value: float | None, top: float, level: int, blocks: str) -> str:
    if value is None or top <= 0:
        return " "
    filled = max(round(value / top * HEIGHT * _EIGHTHS), 1) - (level - 1) * _EIGHTHS
    return blocks[min(max(filled, 0), _EIGHTHS)]


def _failed(bucket: Bucket, blocks: str, nothing: str) -> str:
    """How much of a column failed, in eighths; anything above nothing is seen."""
    if not bucket.count:
        return " "
    return blocks[max(round(bucket.failed / bucket.count * _EIGHTHS), 1)] if bucket.failed else nothing


def _ruler(course: Course, marks: Sequence[tuple[float, str]]) -> str:
    cells = [" "] * len(course.columns)
    for at, sign in marks:
        place = int((at - course.start) // course.step_s) if course.step_s > 0 else 0
        if 0 <= place < len(cells) and cells[place] == " ":
            cells[place] = sign
    return "".join(cells).rstrip()


def _times(course: Course) -> str:
    first, last = (time.strftime("%H:%M", time.gmtime(at)) for at in (course.start, course.end))
    return f"{first}{last:>{max(len(course.columns) - len(first), len(last) + 1)}}"
