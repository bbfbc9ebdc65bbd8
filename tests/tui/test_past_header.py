"""The header of the past: unmistakable at any width, in any signs."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from ops.past.reader import NOTHING
from tests.parts.boards import NOW, bad_night, board
from tui.glyphs import ASCII, UNICODE
from tui.panes.past_header import past_header
from tui.widgets.lines import Line

PAST = replace(bad_night(), mode="replayed", played="to the minute")


def _text(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.mark.parametrize("width", range(20, 201, 20))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_it_fills_the_line_and_always_names_the_moment(width: int, glyphs: object) -> None:
    signs = ASCII if glyphs is ASCII else UNICODE
    told = past_header(PAST, NOW + 8040, "paused", width, signs)
    assert {style for text, style in told if text} <= {"past", "production"}
    assert "2023-11-14 22:13:20 UTC" in _text(told)
    assert f"{signs.past} PAST " in _text(told)
    if width >= 40:
        assert cell_len(_text(told)) == width


def test_it_says_how_it_moves_and_how_exact_it_is() -> None:
    told = _text(past_header(PAST, NOW + 8040, "10x", 140, UNICODE))
    assert told.endswith("◀ PAST Tue 2023-11-14 22:13:20 UTC · 2h14m ago · 10x · to the minute ")
    assert "PRODUCTION" in told
    gap = replace(board(), mode="replayed", played=NOTHING)
    assert NOTHING in _text(past_header(gap, NOW + 60, "paused", 120, UNICODE))


def test_eighty_columns_have_room_for_what_matters() -> None:
    told = _text(past_header(PAST, NOW + 8040, "paused, first recorded moment", 80, UNICODE))
    assert "2h14m ago · paused, first recorded moment" in told
    gap = replace(PAST, rows=(), played=NOTHING)
    assert NOTHING in _text(past_header(gap, NOW + 8040, "paused, first recorded moment", 80, UNICODE))
