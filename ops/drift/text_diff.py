"""The difference of two texts as lines to show: unified or side by side, with the parts of a line that changed.

Bounded whatever the texts are: lines that both have once anchor the comparison (patience diff), and only short
stretches between those are compared line by line; a longer one is given as replaced whole.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, NamedTuple

from collectors.text import LINE_LIMIT, clean

Sign = Literal[" ", "-", "+", "…"]
CONTEXT = 3
MOST_LINES = 2_000
"""Lines that are given; how many more there are is said in the last."""
_COMPARED = 100 * 100
"""Lines times lines of a stretch that is compared line by line."""
_WORDS = 120
_ALIKE = 0.4
"""Lines that have less in common are marked whole by their sign alone."""
_PART = re.compile(r"\w+|\s+|.")
NO_END = "(no line end after this)"
EMPTY = "(empty)"
MASKED = "both differ only in a secret that is not shown"


class Line(NamedTuple):
    """One line to show."""

    sign: Sign
    """" " is in both, "-" only before, "+" only after; "…" says how many lines are left out."""
    text: str
    """Printable, without the sign."""
    before: int | None = None
    """Its number from 1 in the text before; None where it is not in it."""
    after: int | None = None
    marks: tuple[tuple[int, int], ...] = ()
    """From where to where in `text` it differs from its counterpart."""


class Pair(NamedTuple):
    """One line side by side; None where a side has nothing."""

    left: Line | None
    right: Line | None


class _Block(NamedTuple):
    """Lines from-to of both sides; the same ones, or those in place of others."""

    same: bool
    a: range
    b: range


def unified(before: str, after: str, context: int = CONTEXT, most: int = MOST_LINES) -> tuple[Line, ...]:
    """The lines that differ with some around them; () where the texts are the same."""
    if before == after:
        return ()
    a, b = _split(before), _split(after)
    lines: list[Line] = []
    blocks = list(_blocks(a, b))
    for place, block in enumerate(blocks):
        if block.same:
            lines += _around(a, block, context, first=place == 0, last=place == len(blocks) - 1)
        else:
            lines += _replaced(a, b, block)
    if len(lines) > most:
        return (*lines[:most], Line("…", f"{len(lines) - most} more lines differ or stand around"))
    return tuple(lines)


def side_by_side(lines: Sequence[Line]) -> tuple[Pair, ...]:
    """The lines of `unified` in two columns: what was removed stands beside what took its place."""
    pairs: list[Pair] = []
    gone: list[Line] = []
    new: list[Line] = []
    for line in (*lines, Line("…", "")):
        if line.sign == "-" and not new:
            gone.append(line)
        elif line.sign == "+":
            new.append(line)
        else:
            pairs += (Pair(left, right) for left, right in zip_longest(gone, new))
            gone, new = ([line], []) if line.sign == "-" else ([], [])
            if line.sign != "-":
                pairs.append(Pair(line, line))
    return tuple(pairs[:-1])


def _split(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _around(a: Sequence[str], block: _Block, context: int, *, first: bool, last: bool) -> Iterator[Line]:
    """The lines of a block that both have next to what differs; how many are left out between."""
    size = len(block.a)
    head = 0 if first else min(context, size)
    tail = 0 if last else min(context, size - head)
    left_out = size - head - tail
    yield from (_same(a, block, at) for at in range(head))
    if left_out:
        yield Line("…", f"{left_out} lines as agreed" if left_out > 1 else "1 line as agreed")
    yield from (_same(a, block, at) for at in range(size - tail, size))


def _same(a: Sequence[str], block: _Block, at: int) -> Line:
    return Line(" ", _shown(a[block.a[at]]), block.a[at] + 1, block.b[at] + 1)


def _replaced(a: Sequence[str], b: Sequence[str], block: _Block) -> Iterator[Line]:
    gone = [(number, _shown(a[number])) for number in block.a]
    new = [(number, _shown(b[number])) for number in block.b]
    marks = [_marks(left, right) for (_, left), (_, right) in zip(gone, new, strict=False)]
    none: tuple[tuple[int, int], ...] = ()
    for place, (number, text) in enumerate(gone):
        yield Line("-", text, number + 1, None, marks[place][0] if place < len(marks) else none)
        if not a[number].endswith("\n"):
            yield Line("-", NO_END)
    for place, (number, text) in enumerate(new):
        yield Line("+", text, None, number + 1, marks[place][1] if place < len(marks) else none)
        if not b[number].endswith("\n"):
            yield Line("+", NO_END)


def _shown(line: str) -> str:
    return clean(line.removesuffix("\n"), LINE_LIMIT)


def _marks(left: str, right: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """The parts that differ of two lines that stand for each other."""
    a, b = _PART.findall(left), _PART.findall(right)
    if len(a) > _WORDS or len(b) > _WORDS:
        return (), ()
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return (), ()
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return _spans(a, [code[1:3] for code in codes]), _spans(b, [code[3:5] for code in codes])


def _spans(parts: Sequence[str], places: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    return tuple((starts[begin], starts[end]) for begin, end in places if begin < end)


def _blocks(a: Sequence[str], b: Sequence[str]) -> Iterator[_Block]:
    """Same and replaced blocks in turn, none empty, together all lines of both."""
    same: list[tuple[int, int]] = []
    at_a = at_b = 0
    for end_a, end_b in (*_anchors(a, b), (len(a), len(b))):
        same += _matched(a, b, range(at_a, end_a), range(at_b, end_b))
        if end_a < len(a) and end_b < len(b):
            same.append((end_a, end_b))
        at_a, at_b = end_a + 1, end_b + 1
    yield from _joined(same, len(a), len(b))


def _joined(same: Sequence[tuple[int, int]], size_a: int, size_b: int) -> Iterator[_Block]:
    at_a = at_b = place = 0
    while at_a < size_a or at_b < size_b:
        begin = place
        while place < len(same) and same[place] == (at_a + place - begin, at_b + place - begin):
            place += 1
        size = place - begin
        if size:
            yield _Block(True, range(at_a, at_a + size), range(at_b, at_b + size))
            at_a, at_b = at_a + size, at_b + size
        end_a, end_b = same[place] if place < len(same) else (size_a, size_b)
        if end_a > at_a or end_b > at_b:
            yield _Block(False, range(at_a, end_a), range(at_b, end_b))
        at_a, at_b = end_a, end_b


def _anchors(a: Sequence[str], b: Sequence[str]) -> Sequence[tuple[int, int]]:
    """Lines that both have exactly once, as many as stand in the same order on both sides."""
    once_a, once_b = _once(a), _once(b)
    pairs = sorted((once_a[line], once_b[line]) for line in once_a.keys() & once_b.keys())
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, (_, in_b) in enumerate(pairs):
        length = bisect_left(tails, in_b)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [in_b]
        ends[length : length + 1] = [place]
    chain = []
    place = ends[-1] if ends else -1
    while place >= 0:
        chain.append(pairs[place])
        place = before[place]
    return chain[::-1]


def _once(lines: Sequence[str]) -> dict[str, int]:
    counts = Counter(lines)
    return {line: place for place, line in enumerate(lines) if counts[line] == 1}


def _matched(a: Sequence[str], b: Sequence[str], in_a: range, in_b: range) -> Iterator[tuple[int, int]]:
    """Places of the same lines within a stretch without anchors, in order."""
    head = _common(a, b, zip(in_a, in_b, strict=False))
    rest_a, rest_b = in_a[head:], in_b[head:]
    tail = _common(a, b, zip(reversed(rest_a), reversed(rest_b), strict=False))
    rest_a, rest_b = rest_a[: len(rest_a) - tail], rest_b[: len(rest_b) - tail]
    yield from zip(in_a[:head], in_b[:head], strict=True)
    if rest_a and rest_b and len(rest_a) * len(rest_b) <= _COMPARED:
        matcher = SequenceMatcher(None, [a[at] for at in rest_a], [b[at] for at in rest_b], autojunk=False)
        for from_a, from_b, size in matcher.get_matching_blocks():
            yield from zip(rest_a[from_a : from_a + size], rest_b[from_b : from_b + size], strict=True)
    yield from zip(in_a[len(in_a) - tail :], in_b[len(in_b) - tail :], strict=True)


def _common(a: Sequence[str], b: Sequence[str], places: Iterator[tuple[int, int]]) -> int:
    """How many pairs from the beginning on are of the same line."""
    count = 0
    for at_a, at_b in places:
        if a[at_a] != b[at_b]:
            break
        count += 1
    return count
