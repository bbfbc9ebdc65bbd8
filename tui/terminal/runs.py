"""What has to be written to turn one line into another: pieces of text, each with one pen."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from tui.terminal.cells import Line
from tui.terminal.pen import Pen
from tui.terminal.signs import WIDE_TAIL, trust

_BRIDGE = 4
"""Bytes of unchanged text that are written again in place of a jump over them: a jump is that long."""
_ERASED_FROM = 8
"""Blanks from this many on are erased, not written."""
_BLANKS = " " * _ERASED_FROM
_LONG_BLANKS = re.compile(f"( {{{_ERASED_FROM},}})")
_NO_INK = (" ", WIDE_TAIL)


class Piece(NamedTuple):
    """Text for consecutive cells of one line."""

    pen: Pen
    x: int
    y: int
    text: str
    width: int
    """Cells that the cursor goes on by; 0 where the text is a sequence that erases."""
    sure: bool
    """Whether every terminal has the cursor in the same cell afterwards."""


_Unit = tuple[int, str, int]
"""Column, sign, cells that it covers."""


class _Run:
    """Consecutive cells that can be written with one pen; the pen is open as long as all are blank."""

    __slots__ = ("end", "inked", "pen", "start")

    def __init__(self, at: int, pen: Pen, end: int, *, inked: bool) -> None:
        self.start, self.end = at, end
        self.pen, self.inked = pen, inked

    def take(self, pen: Pen, end: int, *, inked: bool) -> bool:
        """Add cells of one pen, up to a column, if they look the same with the run's."""
        if pen is not self.pen:
            if pen.ground is not self.pen.ground or (inked and self.inked):
                return False
            self.pen = pen if inked else self.pen
        self.inked = self.inked or inked
        self.end = end
        return True


def changed(old: Line | None, new: Line) -> list[int]:
    """Tell which cells look different; all of them when the old line is not known.

    A wide sign counts with both of its cells. Right of an unsure sign that is written, all is: a terminal that draws
    it wider than we think has overwritten that.
    """
    if old is None:
        return list(range(len(new.signs)))
    found = [
        at
        for at, (sign, was, pen, drawn) in enumerate(zip(new.signs, old.signs, new.pens, old.pens, strict=True))
        if sign != was or (pen is not drawn and (sign != " " or pen.ground is not drawn.ground))
    ]
    if WIDE_TAIL not in new.signs and "".join([new.signs[at] for at in found]).isascii():
        return found
    return _whole(new.signs, found)


def _whole(signs: Sequence[str], found: Sequence[int]) -> list[int]:
    whole = set(found)
    for at in found:
        if signs[at] == WIDE_TAIL:
            whole.add(at - 1)
        elif at + 1 < len(signs) and signs[at + 1] == WIDE_TAIL:
            whole.add(at + 1)
    first = next((at for at in sorted(whole) if trust(signs[at]) == "unsure"), len(signs))
    return sorted(whole.union(range(first, len(signs))))


def pieces(y: int, line: Line, cells: Sequence[int], plain: Pen, *, erase: bool) -> Iterator[Piece]:
    """Make the pieces for these cells of a line, left to right; `plain` is the pen of blanks that can be erased."""
    for run in _runs(line, cells):
        signs = line.signs[run.start : run.end]
        text = "".join(signs)
        if len(text) == len(signs) and (text.isascii() or not any_unsure(signs)):
            yield from _written(run.pen, run.start, y, text, plain if erase else None, len(line.signs))
            continue
        for unsure, group in groupby(_units(line.signs, run), _when_unsure):
            units = list(group)
            x, width = units[0][0], sum(unit[2] for unit in units)
            text = "".join(unit[1] for unit in units)
            if unsure is not None:
                # A terminal that draws it narrower than we think would leave what stood there before.
                yield Piece(run.pen, x, y, " " * width, width, sure=True)
                yield Piece(run.pen, x, y, text, width, sure=False)
            elif erase and run.pen.ground is plain and _BLANKS in text:
                yield from _erased(run.pen, y, units, plain, len(line.signs))
            else:
                yield Piece(run.pen, x, y, text, width, sure=_all_sure(text))


def _written(pen: Pen, x: int, y: int, text: str, plain: Pen | None, width: int) -> Iterator[Piece]:
    """Make the pieces of a text of which each character is one cell; `plain` is None where nothing is to be erased."""
    if pen.ground is not plain or _BLANKS not in text:
        yield Piece(pen, x, y, text, len(text), sure=_all_sure(text))
        return
    for part in _LONG_BLANKS.split(text):
        if _BLANKS in part:
            end = x + len(part)
            yield Piece(plain, x, y, "\x1b[K" if end == width else f"\x1b[{len(part)}X", 0, sure=True)
        elif part:
            yield Piece(pen, x, y, part, len(part), sure=_all_sure(part))
        x += len(part)


def _when_unsure(unit: _Unit) -> int | None:
    """Give the column of an unsure sign, which is written by itself, and None for the others."""
    return unit[0] if trust(unit[1]) == "unsure" else None


def _runs(line: Line, cells: Sequence[int]) -> Iterator[_Run]:
    signs = line.signs
    run: _Run | None = None
    for at, end, pen in _blocks(line, cells):
        sign = signs[at]
        if run is not None and sign == WIDE_TAIL:
            run.end = end
        elif run is None or not ((at == run.end or _bridged(line, run, at)) and run.take(pen, end, inked=sign != " ")):
            if run is not None:
                yield run
            run = _Run(at, pen, end, inked=sign != " ")
    if run is not None:
        yield run


def _blocks(line: Line, cells: Sequence[int]) -> Iterator[tuple[int, int, Pen]]:
    """Give the cells in blocks (column, column after, pen): blanks alone, or what begins with ink and has one pen.

    Cell by cell where there are gaps between them.
    """
    signs, pens = line.signs, line.pens
    if cells and cells[-1] - cells[0] >= len(cells):
        for at in cells:
            yield at, at + 1, pens[at]
        return
    at = cells[0] if cells else 0
    for pen, group in groupby(pens[at : at + len(cells)]):
        end = at + len(list(group))
        ink = at
        while ink < end and signs[ink] in _NO_INK:
            ink += 1
            if signs[ink - 1] == WIDE_TAIL:
                yield at, ink, pen
                at = ink
        if at < ink:
            yield at, ink, pen
        if ink < end:
            yield ink, end, pen
        at = end


def _bridged(line: Line, run: _Run, to: int) -> bool:
    """Tell whether the cells between the run and another cell are few and can be written along."""
    gap = range(run.end, to)
    if len(gap) > _BRIDGE:
        return False
    text = "".join(line.signs[at] for at in gap)
    if len(text.encode()) > _BRIDGE or any(trust(sign) == "unsure" for sign in text):
        return False
    return all(line.pens[at] is run.pen or _blank_on(line, at, run.pen) for at in gap)


def _blank_on(line: Line, at: int, pen: Pen) -> bool:
    return line.signs[at] == " " and line.pens[at].ground is pen.ground


def _units(signs: Sequence[str], run: _Run) -> list[_Unit]:
    """List the signs of a run."""
    return [
        (at, signs[at], 2 if at + 1 < run.end and signs[at + 1] == WIDE_TAIL else 1)
        for at in range(run.start, run.end)
        if signs[at] != WIDE_TAIL
    ]


def _erased(pen: Pen, y: int, signs: Sequence[_Unit], plain: Pen, width: int) -> Iterator[Piece]:
    for blank, group in groupby(_long_blanks(signs), lambda unit: unit[1]):
        units = [unit for unit, _ in group]
        x, cells = units[0][0], sum(unit[2] for unit in units)
        if blank:
            yield Piece(plain, x, y, "\x1b[K" if x + cells == width else f"\x1b[{cells}X", 0, sure=True)
        else:
            text = "".join(unit[1] for unit in units)
            yield Piece(pen, x, y, text, cells, sure=_all_sure(text))


def _long_blanks(signs: Sequence[_Unit]) -> Iterator[tuple[_Unit, bool]]:
    """Tell for each sign whether it is in a row of blanks that is worth erasing."""
    for blank, group in groupby(signs, lambda unit: unit[1] == " "):
        units = list(group)
        for unit in units:
            yield unit, blank and len(units) >= _ERASED_FROM


def any_unsure(signs: Iterable[str]) -> bool:
    """Tell whether terminals disagree on the width of one of these signs."""
    return any(trust(sign) == "unsure" for sign in set(signs))


def _all_sure(text: str) -> bool:
    return text.isascii() or all(trust(sign) == "sure" for sign in set(text))
