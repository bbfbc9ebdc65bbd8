"""The latency chart: lines of styled text, without an escape sequence, in its size."""

import pytest
from msgspec.structs import replace

from ops.board import Bucket
from tests.parts.boards import NOW, board, budget, service
from tests.parts.past_charts import chart, column, happened
from tui.glyphs import ASCII, UNICODE, Glyphs
from tui.panes.chart import Seen, build, live, past
from tui.panes.drawing import Drawing, lines_of
from tui.panes.legend import legend, limits_of
from tui.panes.spans import DAY_S, SPANS, Span
from tui.widgets.lines import Line

BUCKETS = service("api", 410).buckets
LIVE = live(BUCKETS, 1800.0)._replace(limits=(("p95", 0.5),))
DAY = past(chart("service:api", NOW, DAY_S, marks=(happened(7200), happened(600, "level", "critical"))), DAY_S)


def _text(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def _styles(lines: list[Line]) -> set[str]:
    return {style for line in lines for text, style in line if text.strip()}


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("seen", [LIVE, DAY], ids=["live", "a day"])
@pytest.mark.parametrize(("width", "height"), [(30, 10), (52, 12), (78, 22), (20, 4), (200, 60)])
def test_it_keeps_to_its_size(seen: Seen, width: int, height: int, glyphs: Glyphs) -> None:
    lines = _text(build(seen, width, height, glyphs))
    assert len(lines) == height
    assert all(len(line) <= width for line in lines)
    assert not any("\x1b" in line for line in lines)
    assert not glyphs.ascii or all(line.isascii() for line in lines)


def test_each_line_has_its_own_meaning() -> None:
    assert {"series-1", "series-2", "series-3", "limit"} <= _styles(build(LIVE, 60, 14, UNICODE))


def test_the_axis_tells_the_time() -> None:
    assert "-30m" in _text(build(LIVE, 60, 14, UNICODE))[-1]


def test_a_young_floor_has_a_short_axis() -> None:
    assert "-2m" in _text(build(live(BUCKETS[-9:], 1800.0), 60, 14, UNICODE))[-1]


def test_the_last_quarter_of_an_hour_is_half_of_what_is_in_memory() -> None:
    seen = live(BUCKETS, 900.0)
    assert len(seen.columns) == 91
    assert "-15m" in _text(build(seen, 60, 14, UNICODE))[-1]


def test_a_young_floor_goes_on_from_what_the_store_knows() -> None:
    earlier = [column(BUCKETS[-9].at - 60 * i, 100 if i > 3 else None) for i in range(29, -2, -1)]
    seen = live(BUCKETS[-9:], 1800.0, earlier)
    assert "-30m" in _text(build(seen, 60, 14, UNICODE))[-1]
    assert [bucket.at for bucket in seen.columns] == sorted({bucket.at for bucket in seen.columns[:-9]}) + [
        bucket.at for bucket in BUCKETS[-9:]
    ]


@pytest.mark.parametrize("size", [(10, 10), (60, 2), (0, 0)])
def test_there_is_no_chart_in_no_room(size: tuple[int, int]) -> None:
    assert build(LIVE, *size, UNICODE) == []


def test_marks_stand_over_the_axis_where_they_happened() -> None:
    marks = _text(build(DAY, 79, 14, UNICODE))[-2]
    assert marks.strip() == "◆     ●"
    assert len(marks) - 7 == 72
    assert _text(build(DAY, 79, 14, ASCII))[-2].split() == ["D", "X"]


def test_of_marks_in_one_place_the_most_telling_one_is_seen() -> None:
    marks = (happened(600, "level", "critical"), happened(590), happened(580, "restart"), happened(570, "level", "ok"))
    drawn = _text(build(DAY._replace(marks=marks), 60, 14, UNICODE))[-2]
    assert drawn.strip() == "●"


def test_without_marks_there_is_no_row_for_them() -> None:
    before = (happened(3 * DAY_S),)
    assert "┤" in _text(build(DAY._replace(marks=before), 60, 14, UNICODE))[-2]


def test_last_week_is_dotted_and_does_not_flatten_today() -> None:
    drawn = build(DAY, 60, 14, UNICODE)
    assert any("·" in text and style == "muted" for line in drawn for text, style in line)
    far = tuple(column(bucket.at, 90_000) for bucket in DAY.columns)
    told = "".join(_text(build(DAY._replace(before=far), 60, 14, UNICODE)))
    assert "400ms┤" in told
    assert "·" not in told


def test_a_gap_is_not_a_line() -> None:
    columns = [column(NOW - 60 * i, None if 20 < i < 40 else 100) for i in range(60, 0, -1)]
    drawn = _text(build(Seen(columns, NOW - 3600, NOW, 60.0), 67, 12, UNICODE))
    middle = [line[7 + 24 : 7 + 36] for line in drawn[:-1]]
    assert not "".join(middle).strip()


def test_a_chart_of_a_floor_that_has_just_begun_promises_points() -> None:
    """Half an hour of the store's time without a floor comes before the first column."""
    empty = [Bucket(at=NOW + 10 * i, p50_s=None, p95_s=None, p99_s=None, failed=0, count=0) for i in range(174)]
    empty.append(replace(empty[-1], at=NOW + 1740, count=1))  # the first probe, whose latency does not count
    drawing = Drawing("api", SPANS[1], live(empty, SPANS[1].seconds))
    assert _text(lines_of(drawing, 60, 12, UNICODE))[1] == "first points in a few seconds: a column every 10 s"


@pytest.mark.parametrize(
    ("columns", "span", "told"),
    [
        pytest.param(0, 1, "first points in a few seconds: a column every 10 s", id="nothing was asked for 10 s yet"),
        pytest.param(3, 1, "no answered probe in the last 30 s", id="it has not answered since the start"),
        pytest.param(90, 1, "no answered probe in the last 15 minutes", id="nor for a while"),
        pytest.param(180, 1, "no answered probe in the last 30 minutes", id="nor for all that is drawn"),
        pytest.param(180, 0, "no answered probe in the last 15 minutes", id="nor for the quarter of an hour"),
    ],
)
def test_a_chart_without_points_says_for_how_long(columns: int, span: int, told: str) -> None:
    silent = [Bucket(at=NOW + 10 * i, p50_s=None, p95_s=None, p99_s=None, failed=1, count=1) for i in range(columns)]
    drawing = Drawing("api", SPANS[span], live(silent, SPANS[span].seconds))
    assert _text(lines_of(drawing, 60, 12, UNICODE))[1] == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        pytest.param(0, "nothing was counted of api in these 24 hours", id="nothing was recorded"),
        pytest.param(6, "no answer to 60 probes in these 24 hours", id="all failed"),
    ],
)
def test_a_past_without_answers_says_so(count: int, told: str) -> None:
    silent = [column(NOW - 60 * i, None, count, count) for i in range(10, 0, -1)]
    drawing = Drawing("api", _span("24 h"), Seen(silent, NOW - DAY_S, NOW, 60.0))
    assert " ".join(_text(lines_of(drawing, 30, 12, UNICODE))[1:]) == told


def _span(label: str) -> Span:
    return next(span for span in SPANS if span.label == label)


def test_the_limit_is_that_of_p95_when_there_is_one() -> None:
    api = service("api")
    assert limits_of(board(api, budgets=(budget("api", p99_s=2.0),)), api) == (("p95", 0.5), ("p99", 2.0))
    assert limits_of(board(api, budgets=(budget("api", p95_s=None, p99_s=2.0),)), api) == (("p99", 2.0),)
    assert limits_of(board(api, budgets=(budget("web"),)), api) == ()


def test_limits_come_from_every_promise_about_the_row() -> None:
    api = service("api")
    promises = (
        budget("shop", row="service:api", p95_s=None),
        budget("shop", row="service:api", kind="latency", limit_s=0.3, p95_s=None),
        budget("shop", row="service:api", kind="p99", limit_s=1.0, p95_s=None),
        budget("api", row="service:other", p95_s=9.0),
    )
    assert limits_of(board(api, budgets=promises), api) == (("p99", 1.0), ("fast", 0.3))


def test_the_legend_tells_the_newest_figures() -> None:
    told = _text(legend(LIVE, 56, 12, UNICODE))
    assert len(told) == 1
    assert told[0].startswith("now p50 ")
    assert told[0].rstrip().endswith("limit of p95 500ms")


@pytest.mark.parametrize(
    ("width", "told"),
    [
        pytest.param(30, "", id="narrow: the figures alone"),
        pytest.param(48, "● 22:03 critical", id="then what happened last"),
        pytest.param(54, "● 22:03 critical web-1", id="and to what"),
        pytest.param(68, "● 22:03 critical web-1  limit 500ms", id="then the limit"),
        pytest.param(120, "● 22:03 critical web-1  limit of p95 500ms  ··· p95 last week 116ms", id="then a week ago"),
    ],
)
def test_the_legend_has_as_much_as_fits(width: int, told: str) -> None:
    whole = Bucket(at=NOW, p50_s=0.071, p95_s=0.142, p99_s=0.213, failed=0, count=360)
    line = _text(legend(DAY._replace(limits=(("p95", 0.5), ("p99", 1.0)), whole=whole), width, 12, UNICODE))[0]
    assert line.startswith("p50 71ms  p95 142ms  p99 213ms"), "the percentiles of the whole span"
    assert line.partition("p99 ")[2].partition("  ")[2].strip() == told
    assert len(line.rstrip()) <= width


def test_a_roomy_pane_has_all_there_is_to_say() -> None:
    seen = DAY._replace(limits=(("p95", 0.5), ("p99", 1.0)))
    told = _text(lines_of(Drawing("api", _span("24 h"), seen), 120, 40, UNICODE))
    assert len(told) == 40
    assert told[1].startswith("a column is 24m  0 of 360 failed  worst p99 4")
    assert told[1].endswith("limits p95 500ms, p99 1s")
    assert told[2] == "● 22:03 critical web-1  container:local/web-1 level critical"
    assert told[3].startswith("◆ 20:13 deploy web-1  ")
