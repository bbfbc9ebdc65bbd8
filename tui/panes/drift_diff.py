"""One difference as a coloured diff: unified or side by side, with the parts of a line that changed. Pure.

Signs say what colours say: "-" was agreed and is not so, "+" is so and was not agreed.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from rich.cells import cell_len, set_cell_size

from collectors.text import LINE_LIMIT, clean
from ops.drift import text_diff
from ops.drift.structs import DIGEST, Difference, Value
from ops.drift.text_diff import EMPTY, MASKED
from ops.figures import several
from ops.redact import mask, shown
from tui.glyphs import Glyphs
from tui.panes.cells import told
from tui.widgets.lines import Line

MOST_FACTS = 500
"""Facts that are listed of a thing that was added or removed; the rest is counted."""
LEAST_SIDE = 18
"""A column that is narrower is no use: then the diff is unified."""
_STYLES: dict[str, str] = {"-": "gone", "+": "came", " ": "text", "…": "muted"}
_KINDS = {"-": "removed", "+": "added"}


def body(one: Difference, width: int, glyphs: Glyphs, *, beside: bool) -> list[Line]:
    """What was agreed and what is, as lines of a width."""
    if one.kind == "unreadable":
        agreed = [] if one.before is None else [*_signed("agreed: ", _texts(one)[0].rstrip("\n"), "muted", width)]
        return [*_signed("", f"can't be read: {shown(one.reason)}", "unknown", width), *agreed]
    if one.facts or (one.before is None and one.after is None):
        return list(_whole(one, width))
    before, after = _texts(one)
    if before == after:
        sign = "+" if one.before is None else "-" if one.after is None else ""
        return [[(f"{sign} {EMPTY}", _STYLES[sign])]] if sign else [*_signed("", MASKED, "muted", width)]
    lines = text_diff.unified(before, after)
    if beside and (width - 3) // 2 >= LEAST_SIDE:
        return list(_columns(lines, width, glyphs))
    return list(_unified(lines, width, glyphs))


def _texts(one: Difference) -> tuple[str, str]:
    """Both sides, a line for each part; masked once more, whatever its source did."""
    fact = one.place.fact.rpartition(".")[2]
    before, after = (mask(written(value, fact)) for value in (one.before, one.after))
    return before, after


def written(value: Value | None, fact: str = "") -> str:
    """A value as lines: of several things one a line, of a figure also its unit where its name tells that."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes\n" if value else "no\n"
    if isinstance(value, tuple):
        return "".join(f"{clean(part, LINE_LIMIT)}\n" for part in value)
    if isinstance(value, str):
        return value if "\n" in value or not value else f"{value}\n"
    human = told(fact, value)
    return f"{value} ({human})\n" if fact and human.replace(",", "") != str(value) else f"{value}\n"


def is_digest(one: Difference) -> bool:
    """Whether a side is a salted digest, of which the value is known to nobody."""
    return any(isinstance(value, str) and DIGEST in value for value in (one.before, one.after, *one.facts.values()))


def _whole(one: Difference, width: int) -> Iterator[Line]:
    """A thing that came or went, with its facts."""
    sign = "+" if one.kind == "added" else "-"
    yield [(f"{sign} the whole of it was {_KINDS[sign]}", _STYLES[sign])]
    for name, value in islice(one.facts.items(), MOST_FACTS):
        yield from _fact(sign, name, value, width)
    if (more := len(one.facts) - MOST_FACTS) > 0:
        yield [(f"and {several(more, 'more fact')}", "muted")]


def _fact(sign: str, name: str, value: Value, width: int) -> Iterator[Line]:
    style = _STYLES[sign]
    first, *rest = mask(written(value, name.rpartition(".")[2])).rstrip("\n").split("\n")
    yield from _signed(f"{sign}   ", f"{name} = {first}", style, width)
    for part in rest[:MOST_FACTS]:
        yield from _signed(f"{sign}     ", part, style, width)
    if (more := len(rest) - MOST_FACTS) > 0:
        yield [(f"      and {several(more, 'more line')}", "muted")]


def _signed(lead: str, text: str, style: str, width: int) -> Iterator[Line]:
    """A text over as many lines as it takes, each after the same lead."""
    for part in _broken([(clean(text, LINE_LIMIT), style)], width - cell_len(lead)):
        yield [(lead, style), *part]


def _gutter(lines: Sequence[text_diff.Line]) -> int:
    """Cells for line numbers; none where there is only a line or two to number."""
    last = max((number for line in lines for number in (line.before, line.after) if number), default=0)
    return len(str(last)) + 1 if last > 3 else 0


def _unified(lines: Sequence[text_diff.Line], width: int, glyphs: Glyphs) -> Iterator[Line]:
    gutter = _gutter(lines)
    for line in lines:
        number = line.after if line.after is not None else line.before
        yield from _drawn(line, number, gutter, width, glyphs)


def _drawn(line: text_diff.Line, number: int | None, gutter: int, width: int, glyphs: Glyphs) -> list[Line]:
    """A line of a text with its number and its sign, over as many lines as it takes."""
    style = _STYLES[line.sign]
    if line.sign == "…":
        return [[(" " * gutter, "muted"), (f"{glyphs.ellipsis} {line.text}", style)]]
    lead = f"{number or '':>{gutter - 1}} " if gutter else ""
    parts = _broken(list(_marked(line, style)), width - gutter - 2) or [[]]
    first: Line = [(lead, "muted"), (f"{line.sign} ", style), *parts[0]]
    return [first, *[[(" " * (gutter + 2), "muted"), *part] for part in parts[1:]]]


def _marked(line: text_diff.Line, style: str) -> Iterator[tuple[str, str]]:
    """Its text, with the parts that differ from its counterpart in the stronger style."""
    at = 0
    for begin, end in line.marks:
        yield line.text[at:begin], style
        yield line.text[begin:end], f"{style}-part"
        at = end
    yield line.text[at:], style


def _broken(parts: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Styled text in lines of a width in cells, broken wherever a line ends."""
    room, width = max(width, 4), max(width, 4)
    lines: list[list[tuple[str, str]]] = [[]]
    for text, style in parts:
        left = text
        while left:
            end = _fitting(left, room)
            if end == 0:
                lines.append([])
                room = width
                continue
            lines[-1].append((left[:end], style))
            room -= cell_len(left[:end])
            left = left[end:]
    return [*lines]


def _fitting(text: str, room: int) -> int:
    """How many signs have room, never half of a wide one."""
    end = min(len(text), room)
    while end > 0 and cell_len(text[:end]) > room:
        end -= 1
    return end


def _columns(lines: Sequence[text_diff.Line], width: int, glyphs: Glyphs) -> Iterator[Line]:
    """What was agreed at the left, what is at the right."""
    side, gutter, bar = (width - 3) // 2, _gutter(lines), "|" if glyphs.ascii else "│"
    for pair in text_diff.side_by_side(lines):
        if pair.left is not None and pair.left.sign == "…":
            yield [(f"{glyphs.ellipsis} {pair.left.text}", "muted")]
            continue
        left = _drawn(pair.left, pair.left.before, gutter, side, glyphs) if pair.left else []
        right = _drawn(pair.right, pair.right.after, gutter, side, glyphs) if pair.right else []
        for place in range(max(len(left), len(right))):
            one = _padded(left[place] if place < len(left) else [], side)
            yield [*one, (f" {bar} ", "muted"), *(right[place] if place < len(right) else [])]


def _padded(line: Line, width: int) -> list[tuple[str, str]]:
    used = sum(cell_len(text) for text, _ in line)
    return [*line, (set_cell_size("", max(width - used, 0)), "text")]
