"""The heatmap: bands of latency over time, thicker where there is more, readable without a colour."""

import pytest

from ops.past.structs import Heat
from tests.parts.boards import NOW
from tests.parts.past_charts import chart, happened, heat
from tui.glyphs import ASCII, UNICODE, Glyphs
from tui.panes.chart import LEFT, past
from tui.panes.drawing import Drawing, lines_of
from tui.panes.heat import heat_lines
from tui.panes.spans import DAY_S, SPANS, Axis
from tui.widgets.lines import MEANINGS, Line

_AXIS = Axis(NOW - 3600, NOW, 60)
_HOUR = heat(NOW, 3600.0)


def _text(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def _drawing(found: Heat | None, marks: bool = True) -> Drawing:
    told = chart("service:api", NOW, 3600.0, marks=(happened(600),) if marks else ())
    return Drawing("api", SPANS[2], past(told, 3600.0)._replace(limits=(("p95", 0.2),)), found, heated=True)


@pytest.mark.parametrize(
    ("glyphs", "rows"),
    [
        pytest.param(UNICODE, [">500ms┤", " 500ms┤", " 200ms┤", " 100ms┤", "  50ms┤"], id="unicode"),
        pytest.param(ASCII, [">500ms|", " 500ms|", " 200ms|", " 100ms|", "  50ms|"], id="ascii"),
    ],
)
def test_each_band_is_told_by_its_upper_edge(glyphs: Glyphs, rows: list[str]) -> None:
    assert [line[:LEFT] for line in _text(heat_lines(_HOUR, _AXIS, 9, (), glyphs))] == rows


def test_what_took_longer_stands_higher_and_more_is_thicker() -> None:
    lines = _text(heat_lines(_HOUR, _AXIS, 9, (), UNICODE))
    assert [line[LEFT] for line in lines] == [" ", "▒", "▓", "█", "█"]
    assert [line[-1] for line in lines] == ["█", "█", "▓", "▒", " "]


def test_with_more_room_bands_are_taller_and_told_once() -> None:
    lines = _text(heat_lines(heat(NOW, 3600.0, failed=1), _AXIS, 17, (), UNICODE))
    assert [line[:LEFT] for line in lines[:5]] == ["failed┤", ">500ms┤", "      │", "      │", " 500ms┤"]
    assert lines[2][LEFT:] == lines[1][LEFT:]
    assert len(lines) == 16


def test_one_answer_is_seen_beside_thousands() -> None:
    lines = heat_lines(
        Heat(row="r", start=0, end=60, edges_s=(1.0,), columns=((9000, 1),), failed=(0,)), Axis(0, 60, 8), 3, (), ASCII
    )
    assert _text(lines) == ["   >1s|........", "    1s|########"]


def test_failed_ones_have_the_row_on_top() -> None:
    lines = heat_lines(heat(NOW, 3600.0, failed=3), _AXIS, 9, (), ASCII)
    assert _text(lines)[0] == "failed|" + " " * 58 + "##"
    assert lines[0][-1][1] == "critical"


def test_the_band_of_the_limit_has_its_colour() -> None:
    lines = heat_lines(_HOUR, _AXIS, 9, (("p95", 0.2),), UNICODE)
    assert [line[0][1] for line in lines] == ["muted", "muted", "limit", "muted", "muted"]


def test_where_the_axis_is_longer_than_what_is_known_it_stays_empty() -> None:
    lines = _text(heat_lines(_HOUR, Axis(NOW - 7200, NOW, 60), 9, (), ASCII))
    assert all(line[LEFT : LEFT + 29].strip() == "" for line in lines)
    assert any(line[-1] == "#" for line in lines)


def test_every_style_is_a_meaning_of_the_themes() -> None:
    lines = heat_lines(heat(NOW, 3600.0, failed=3), _AXIS, 9, (("p95", 0.2),), UNICODE)
    assert {style for line in lines for _, style in line} <= set(MEANINGS)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize(("width", "height"), [(30, 10), (52, 12), (78, 22), (200, 60), (20, 7)])
def test_it_keeps_to_its_size(width: int, height: int, glyphs: Glyphs) -> None:
    lines = _text(lines_of(_drawing(heat(NOW, 3600.0, failed=3)), width, height, glyphs))
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines[1:])
    assert not glyphs.ascii or all(line.isascii() for line in lines)


def test_it_has_the_legend_the_marks_and_the_time() -> None:
    lines = _text(lines_of(_drawing(_HOUR), 79, 14, UNICODE))
    assert lines[0].startswith("now p50 ")
    assert lines[-2].strip() == "◆"
    assert "21:30" in lines[-1]


@pytest.mark.parametrize(
    ("found", "size", "told"),
    [
        pytest.param(_HOUR, (60, 5), "no room for a heatmap: zoom", id="a low pane"),
        pytest.param(_HOUR, (18, 12), "no room for a heatmap: zoom", id="a narrow pane"),
    ],
)
def test_without_room_it_says_so(found: Heat, size: tuple[int, int], told: str) -> None:
    assert " ".join(_text(lines_of(_drawing(found), *size, UNICODE))[1:]) == told


def test_without_any_answer_it_says_so() -> None:
    empty = Heat(row="r", start=NOW - DAY_S, end=NOW, edges_s=(), columns=((0,),) * 24, failed=(0,) * 24)
    silent = chart("service:api", NOW, DAY_S)
    drawing = Drawing("api", SPANS[4], past(silent, DAY_S), empty, heated=True)
    assert "in these 24 hours" in " ".join(_text(lines_of(drawing, 60, 12, UNICODE)))
