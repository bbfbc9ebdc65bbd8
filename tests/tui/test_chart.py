"""The latency chart: lines of styled text, without an escape sequence, in its size."""

import pytest

from ops.board import Bucket
from tests.parts.boards import NOW, budget, service
from tui.glyphs import ASCII, UNICODE
from tui.panes.chart import build, legend, limit_of

BUCKETS = service("api", 410).buckets


def _text(lines: object) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "height"), [(52, 12), (20, 4), (200, 60)])
def test_it_keeps_to_its_size(width: int, height: int) -> None:
    lines = _text(build(BUCKETS, ("p95", 0.5), width, height, UNICODE))
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_each_line_has_its_own_meaning() -> None:
    drawn = build(BUCKETS, ("p95", 0.5), 60, 14, UNICODE)
    assert {"series-1", "series-2", "series-3", "limit"} <= {style for line in drawn for _, style in line}


def test_the_axis_tells_the_time() -> None:
    assert "-30m" in _text(build(BUCKETS, None, 60, 14, UNICODE))[-1]


def test_a_young_floor_has_a_short_axis() -> None:
    assert "-2m" in _text(build(BUCKETS[-9:], None, 60, 14, UNICODE))[-1]


def test_ascii_has_nothing_else() -> None:
    assert all(line.isascii() for line in _text(build(BUCKETS, ("p95", 0.5), 60, 14, ASCII)))


@pytest.mark.parametrize("size", [(10, 10), (60, 2), (0, 0)])
def test_there_is_no_chart_in_no_room(size: tuple[int, int]) -> None:
    assert _text(build(BUCKETS, None, *size, UNICODE)) == [""]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        pytest.param(0, "first points in a few seconds: a column every 10 s", id="nothing was asked for 10 s yet"),
        pytest.param(3, "no answered probe in the last 30 s", id="it has not answered since the start"),
        pytest.param(90, "no answered probe in the last 15 minutes", id="nor for a while"),
        pytest.param(180, "no answered probe in the last 30 minutes", id="nor for all that is drawn"),
    ],
)
def test_a_chart_without_points_says_for_how_long(columns: int, told: str) -> None:
    silent = [Bucket(at=NOW + 10 * i, p50_s=None, p95_s=None, p99_s=None, failed=1, count=1) for i in range(columns)]
    assert _text(build(silent, None, 60, 12, UNICODE)) == [told]


def test_the_limit_is_that_of_p95_when_there_is_one() -> None:
    assert limit_of(budget("a", p99_s=2.0)) == ("p95", 0.5)
    assert limit_of(budget("a", p95_s=None, p99_s=2.0)) == ("p99", 2.0)
    assert limit_of(None) is None


def test_the_legend_tells_the_newest_figures() -> None:
    told = "".join(text for text, _ in legend(BUCKETS, ("p95", 0.5), UNICODE))
    assert told.startswith("p50 ")
    assert told.endswith("limit of p95 500ms")
