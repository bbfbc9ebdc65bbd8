"""Sparklines and bars are text of a known width that never lies about its ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.glyphs import ASCII, UNICODE
from tui.locales import utf8
from tui.widgets.sparkline import bar, sparkline


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        pytest.param([], "", id="nothing draws nothing"),
        pytest.param([None, None], "", id="no data draws nothing"),
        pytest.param([0, 0], "▁▁", id="all zero is a flat line"),
        pytest.param([0, 7], "▁█", id="zero to the maximum uses the whole height"),
        pytest.param([7, None, 7], "█ █", id="a gap stays a gap"),
        pytest.param([-5, 10], "▁█", id="what is under zero lies on the floor"),
    ],
)
def test_sparkline(values: list[float | None], drawn: str) -> None:
    assert sparkline(values, UNICODE) == drawn


def test_only_the_newest_are_kept_in_a_narrow_place() -> None:
    assert sparkline([8, 0, 0], UNICODE, width=2) == "▁▁"


@given(st.lists(st.none() | st.floats(-1e12, 1e12), max_size=60))
def test_a_sparkline_is_as_long_as_its_values(values: list[float | None]) -> None:
    assert len(sparkline(values, ASCII)) in (0, len(values))


@given(st.floats(-2, 3), st.integers(0, 40))
def test_a_bar_is_full_only_when_all_is_there_and_empty_only_when_nothing_is(ratio: float, width: int) -> None:
    drawn = bar(ratio, width, UNICODE)
    assert len(drawn) == width
    if width > 1:
        assert (drawn == UNICODE.full * width) == (ratio >= 1)
        assert (drawn == UNICODE.empty * width) == (ratio <= 0)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        pytest.param({}, True, id="nothing said means UTF-8"),
        pytest.param({"LANG": "de_DE.UTF-8"}, True, id="a UTF-8 locale"),
        pytest.param({"LANG": "C.utf8"}, True, id="the other spelling"),
        pytest.param({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False, id="a C locale that Python has coerced"),
        pytest.param({"LC_ALL": "POSIX", "LANG": "C.UTF-8"}, False, id="LC_ALL is stronger"),
    ],
)
def test_the_locale_chooses_the_signs(environ: dict[str, str], wanted: bool) -> None:
    assert utf8(environ) == wanted
