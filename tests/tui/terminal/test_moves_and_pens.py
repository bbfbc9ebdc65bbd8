"""The shortest sequences: cursor moves and changes of the pen, and what they do on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style

from tests.parts.model_terminal import ModelTerminal
from tui.terminal.diff import modern
from tui.terminal.moves import move
from tui.terminal.pen import Pens


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param((5, 5), (5, 5), "", id="it is there already"),
        pytest.param(None, (0, 0), "\x1b[H", id="home from anywhere"),
        pytest.param(None, (9, 3), "\x1b[4;10H", id="anywhere from nowhere"),
        pytest.param((9, 3), (0, 3), "\r", id="to the start of the line"),
        pytest.param((9, 3), (0, 4), "\r\n", id="to the start of the next line"),
        pytest.param((9, 3), (8, 3), "\b", id="one back"),
        pytest.param((9, 3), (10, 3), "\x1b[C", id="one on"),
        pytest.param((9, 3), (9, 4), "\x1b[B", id="straight down"),
        pytest.param((9, 3), (60, 3), "\x1b[61G", id="far on in the line"),
        pytest.param((-1, 3), (60, 3), "\x1b[61G", id="in the line, when only the line is known"),
        pytest.param((-1, 3), (0, 3), "\r", id="to its start, when only the line is known"),
    ],
)
def test_a_move_is_as_short_as_can_be(before: tuple[int, int] | None, after: tuple[int, int], text: str) -> None:
    assert move(before, after) == text


_PLACES = st.tuples(st.integers(0, 29), st.integers(0, 9))


@given(before=_PLACES, after=_PLACES, known=st.booleans(), columns=st.booleans())
def test_a_move_leads_there(before: tuple[int, int], after: tuple[int, int], known: bool, columns: bool) -> None:
    terminal = ModelTerminal(30, 10)
    terminal.feed(f"\x1b[{before[1] + 1};{before[0] + 1}H")
    text = move(before if known else (-1, before[1]), after, columns=columns)
    terminal.feed(text)
    assert (terminal.cursor.x, terminal.cursor.y) == after
    assert columns or "G" not in text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param("bold red", "bold green", "\x1b[32m", id="another colour alone"),
        pytest.param("red on blue", "red", "\x1b[49m", id="the ground goes"),
        pytest.param("bold dim red", "dim red", "\x1b[22;2m", id="bold and dim go off together"),
        pytest.param("bold italic red on blue", "none", "\x1b[m", id="all goes"),
        pytest.param("overline red", "red", "\x1b[0;31m", id="what can't be switched off alone"),
        pytest.param("none", "link https://example.org", "", id="a link is no pen"),
    ],
)
def test_a_change_of_pen_says_what_differs(before: str, after: str, text: str) -> None:
    pens = Pens(colours=ColorSystem.STANDARD)
    shift = pens.shift(pens.of(Style.parse(before)), pens.of(Style.parse(after)))
    assert shift.partition("\x1b]8;")[0] == text


def test_a_link_is_opened_and_closed() -> None:
    pens = Pens(colours=None)
    link = pens.of(Style(link="https://example.org"))
    assert "https://example.org\x1b\\" in pens.shift(pens.plain, link)
    assert pens.shift(link, pens.plain).endswith("\x1b]8;;\x1b\\")
    assert "\x1b]8" not in pens.shift(None, pens.plain)


def test_an_old_terminal_is_reset_in_place_of_switching_one_attribute_off() -> None:
    pens = Pens(colours=ColorSystem.STANDARD, can_switch_off=False)
    assert pens.shift(pens.of(Style.parse("bold red")), pens.of(Style.parse("red"))) == "\x1b[0;31m"
    assert not modern({"TERM": "vt100"})
    assert modern({"TERM": "xterm-256color"})
