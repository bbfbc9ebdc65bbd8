"""The time axis: round moments that fit, in minutes, hours or days."""

import calendar

import pytest

from tests.parts.boards import NOW
from tui.panes.spans import DAY_S, SPANS, Axis, Span, axis_line, moment

_LEFT = 7


def _told(axis: Axis) -> str:
    return "".join(text for text, _ in axis_line(axis, _LEFT))


@pytest.mark.parametrize(
    ("span_s", "cells", "told"),
    [
        pytest.param(900, 73, "UTC 22:00 22:02 22:04 22:06 22:08 22:10 22:12", id="a quarter of an hour has minutes"),
        pytest.param(1800, 46, "UTC 21:50 22:00 22:10", id="half an hour has tens of minutes"),
        pytest.param(3600, 73, "UTC 21:20 21:30 21:40 21:50 22:00 22:10", id="so has an hour"),
        pytest.param(3600, 23, "UTC 21:30 22:00", id="or half hours where it is narrow"),
        pytest.param(21600, 73, "UTC 17:00 18:00 19:00 20:00 21:00 22:00", id="six hours have hours"),
        pytest.param(86400, 46, "UTC Tue 14 06:00 12:00 18:00", id="a day begins with its name"),
        pytest.param(30 * DAY_S, 46, "UTC Mon 23 Mon 30 Mon 6 Nov Mon 13", id="a month has its Mondays"),
    ],
)
def test_an_axis_has_round_times(span_s: float, cells: int, told: str) -> None:
    assert _told(Axis(NOW - span_s, NOW, cells)).split() == told.split()


def test_an_axis_of_the_present_tells_minutes_ago() -> None:
    assert _told(Axis(NOW - 1800, NOW, 46, ago=True)).split() == ["-30m", "-15m", "now"]


@pytest.mark.parametrize("span", SPANS, ids=lambda span: span.label)
@pytest.mark.parametrize("cells", [13, 23, 46, 73, 113, 193])
@pytest.mark.parametrize("ago", [True, False])
def test_an_axis_keeps_to_its_width(span: Span, cells: int, ago: bool) -> None:
    told = _told(Axis(NOW - span.seconds, NOW, cells, ago))
    assert len(told) <= cells + _LEFT
    assert told.split()
    assert told.isascii()


def test_a_label_stands_under_its_moment() -> None:
    midnight = float(calendar.timegm((2023, 11, 14, 0, 0, 0)))
    axis = Axis(midnight, midnight + 6 * 3600, 73)
    told = _told(axis)
    at = told.index("03:00") + 2 - _LEFT
    assert at == axis.cell(midnight + 3 * 3600)


def test_moments_in_words_are_as_exact_as_the_chart() -> None:
    assert moment(NOW, 3600) == "22:13"
    assert moment(NOW, 30 * DAY_S) == "Tue 14 22:13"
