"""Whatever is painted, the terminal shows after our bytes what it shows after Textual's own: cell for cell."""

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.parts.model_terminal import ModelTerminal
from tui.terminal.cells import Picture
from tui.terminal.diff import Shown
from tui.terminal.pen import Pens
from tui.terminal.signs import trust
from tui.terminal.strips import Update, placed, size

SIGNS = [*"ab 0   ", "…", "─", "▁", "█", "✓", "漢", "字", "한", "🚀", "é", "e\u0301", "ก็", "❤\ufe0f", "☺\ufe0f",
         "👍🏽", "👨\u200d👩\u200d👧", "🇩🇪", "\u200b", "\u00ad", "①", "ﬀ", "\u3000"]  # fmt: skip
COLOURS = ["default", "red", "bright_blue", "color(200)", "#123456", "#abcdef", "#ffffff"]
ATTRIBUTES = ["bold", "dim", "italic", "underline", "blink", "reverse", "strike", "underline2", "overline", "conceal"]
SYSTEMS = ["truecolor", "256", "standard", None]


@st.composite
def styles(draw: st.DrawFn) -> Style | None:
    if draw(st.integers(0, 9)) == 0:
        return None
    words = [*draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=2)), draw(st.sampled_from(COLOURS))]
    style = Style.parse(" ".join([*words, "on", draw(st.sampled_from(COLOURS))])).copy()
    style._ansi = None  # Rich keeps what it wrote for the colour system that it saw first.
    return style


@st.composite
def strips(draw: st.DrawFn, width: int, palette: Sequence[Style | None]) -> Strip:
    """A strip of just that width, as the compositor gives it: it never begins with a mark that has no sign."""
    segments, left = [], width
    while left > 0:
        style = draw(st.sampled_from(palette))
        if draw(st.integers(0, 2)) == 0:
            text = " " * draw(st.integers(1, left))
        else:
            text = "".join(draw(st.lists(st.sampled_from(SIGNS), min_size=1, max_size=5)))
        if cell_len(text) > left or (left == width and not cell_len(text[0])):
            text = "x" * min(left, 3)
        segments.append(Segment(text, style))
        left -= cell_len(text)
    return Strip(segments, width)


@st.composite
def updates(draw: st.DrawFn, width: int, height: int, palette: Sequence[Style | None]) -> Update:
    if draw(st.booleans()):
        lines: list[Iterable[Strip]] = []
        for _ in range(height):
            cut = draw(st.integers(1, width - 1))
            lines.append([draw(strips(cut, palette)), draw(strips(width - cut, palette))])
        return LayoutUpdate(lines, Region(0, 0, width, height))
    chops: list[dict[int, Strip | None]] = []
    ends, spans = [], []
    for y in range(height):
        cuts = sorted({0, width, *draw(st.lists(st.integers(1, width - 1), max_size=2))})
        pairs = list(pairwise(cuts))
        chops.append({left: draw(strips(right - left, palette)) for left, right in pairs})
        ends.append(cuts[1:])
        if draw(st.booleans()):
            left, right = sorted((draw(st.integers(0, width - 1)), draw(st.integers(1, width))))
            spans.append((y, left, max(right, left + 1)))
    return ChopsUpdate(chops, spans or [(0, 0, width)], ends)


class Ours:
    """Our way from updates to bytes, without a line that can be busy."""

    def __init__(self, console: Console, *, modern: bool = True) -> None:
        pens = Pens(colours=console._color_system, can_switch_off=modern)
        self.picture, self.shown = Picture(pens), Shown(pens, modern=modern)

    def take(self, update: Update) -> None:
        if size(update) != (self.picture.width, self.picture.height):
            self.picture.resize(*size(update))
            self.shown.forget()
        end = 0
        for x, y, strip in placed(update):
            end = self.picture.put(end if x is None else x, y, strip)

    def bytes(self) -> str:
        return self.shown.follow(self.picture)


def different(ours: ModelTerminal, plain: ModelTerminal) -> list[object]:
    """Where they differ: column, row, our cell, the right cell."""
    pairs = zip(ours.cells(), plain.cells(), strict=True)
    return [
        (x, y, is_so, should)
        for y, (mine, right) in enumerate(pairs)
        for x, (is_so, should) in enumerate(zip(mine, right, strict=True))
        if is_so != should
    ]


@settings(max_examples=int(os.environ.get("EXAMPLES", "150")), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_screen_is_cell_for_cell_what_it_would_be_without_us(data: st.DataObject) -> None:
    system = data.draw(st.sampled_from(SYSTEMS))
    console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]  # one of its names
    width, height = data.draw(st.integers(2, 24)), data.draw(st.integers(1, 4))
    palette = data.draw(st.lists(styles(), min_size=1, max_size=4))
    plain, ours = ModelTerminal(width, height), ModelTerminal(width, height)
    writer = Ours(console, modern=data.draw(st.booleans()))
    first = LayoutUpdate([[Strip.blank(width)] for _ in range(height)], Region(0, 0, width, height))
    for update in (first, *data.draw(st.lists(updates(width, height, palette), min_size=1, max_size=6))):
        writer.take(update)
        plain.feed(update.render_segments(console))
        if data.draw(st.integers(0, 3)):  # else the line is busy, and two frames are merged
            if data.draw(st.integers(0, 5)) == 0:
                ours.feed("\x1b[1;31mrubbish\r\n" + "漢" * width + "\x1b[H")
                writer.shown.forget()
            ours.feed(writer.bytes())
            assert different(ours, plain) == []
            assert writer.bytes() == "", "what is shown is not sent again"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_another_size_begins_anew(data: st.DataObject) -> None:
    console = Console(color_system="truecolor", force_terminal=True)
    palette = data.draw(st.lists(styles(), min_size=1, max_size=3))
    writer = Ours(console)
    for _ in range(3):
        width, height = data.draw(st.integers(2, 20)), data.draw(st.integers(1, 4))
        plain, ours = ModelTerminal(width, height), ModelTerminal(width, height)
        ours.feed("left over " * 9)
        lines: list[Iterable[Strip]] = [[data.draw(strips(width, palette))] for _ in range(height)]
        update = LayoutUpdate(lines, Region(0, 0, width, height))
        writer.shown.forget()
        writer.take(update)
        plain.feed(update.render_segments(console))
        ours.feed(writer.bytes())
        assert different(ours, plain) == []


def _narrow(sign: str, width: int) -> int:
    return 1 if "\ufe0f" in sign else width


def _apart(sign: str, width: int) -> int:
    return 2 * (sign.count("\u200d") + 1) if "\u200d" in sign else width


def _old(sign: str, width: int) -> int:
    return 1 if ord(sign[0]) > 0xFFFF else width


@pytest.mark.parametrize("width_of", [_narrow, _apart, _old], ids=lambda function: function.__name__[1:])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_terminal_that_draws_a_sign_in_another_width_shows_all_else_rightly(
    width_of: Callable[[str, int], int], data: st.DataObject
) -> None:
    console = Console(color_system="truecolor", force_terminal=True)
    width, height = 24, 2
    palette = data.draw(st.lists(styles(), min_size=1, max_size=3))
    right, odd, writer = ModelTerminal(width, height), ModelTerminal(width, height, width_of), Ours(console)
    first = LayoutUpdate([[Strip.blank(width)] for _ in range(height)], Region(0, 0, width, height))
    for update in (first, *data.draw(st.lists(updates(width, height, palette), min_size=1, max_size=4))):
        writer.take(update)
        sent = writer.bytes()
        right.feed(sent)
        odd.feed(sent)
    for y, line in enumerate(right.cells()):
        doubtful = {at for at, (sign, _) in enumerate(line) if sign and trust(sign) == "unsure"}
        near = doubtful | {at for at, (sign, _) in enumerate(line) if not sign}
        assert [cell for at, cell in enumerate(line) if at not in near] == [
            cell for at, cell in enumerate(odd.cells()[y]) if at not in near
        ]
