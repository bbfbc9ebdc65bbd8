"""First paint: the floor's frame in bare escape codes, on the screen before anything heavy is imported."""

import os
import sys

_BOX = ("┌", "─", "┐", "│", "└", "┘")
_painted = False
_ASCII_BOX = ("+", "-", "+", "|", "+", "+")


def _utf8() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _box(top: int, left: int, width: int, height: int, title: str, box: tuple[str, ...]) -> str:
    corner, line, right, side, low_left, low_right = box
    inner = width - 2
    head = f"{corner}{line} {title} ".ljust(width - 1, line)[: width - 1] + right
    rows = [head, *[side + " " * inner + side] * (height - 2), low_left + line * inner + low_right]
    return "".join(f"\x1b[{top + index};{left}H{row}" for index, row in enumerate(rows))


def frame(width: int, height: int, utf8: bool = True) -> str:
    """The text that draws the empty floor: header, two panes above, one row below, and that it is starting."""
    box = _BOX if utf8 else _ASCII_BOX
    text = "\x1b[?1049h\x1b[?25l\x1b[0m\x1b[2J\x1b[1;2Hwatchfloor   starting"
    if width < 40 or height < 12:
        return text
    upper = max(6, (height - 2) // 2)
    lower = height - 2 - upper
    left = width if width < 100 else width * 55 // 100
    text += "\x1b[2m" + _box(2, 1, left, upper, "Services", box)
    if left < width:
        text += _box(2, left + 1, width - left, upper, "Latency", box)
    if lower >= 3:
        text += _box(2 + upper, 1, width, lower, "Reading", box)
    return text + "\x1b[0m"


def paint() -> None:
    """Draw the frame where a person can see it and type; does nothing elsewhere."""
    global _painted  # noqa: PLW0603 - there is one terminal, and it has a frame on it or not
    if os.environ.get("TERM", "dumb") == "dumb" or not (os.isatty(0) and os.isatty(1)):
        return
    width, height = os.get_terminal_size(1)
    os.write(1, frame(width, height, _utf8()).encode(sys.stdout.encoding or "ascii", "replace"))
    _painted = True


def remove() -> None:
    """Take the frame away again, for what has to be said on the normal screen."""
    global _painted  # noqa: PLW0603
    if _painted:
        os.write(1, b"\x1b[?1049l\x1b[?25h")
        _painted = False
