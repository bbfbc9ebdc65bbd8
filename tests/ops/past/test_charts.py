"""Charts of the past against every single reading: counts exactly, percentiles to 1 %."""

import math
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Events
from collectors.sketch import ALPHA, Sketch
from ops.past.bands import band_counts, edges_of
from ops.past.charts import RULE, WEEK_S, chart, column_s, heat
from ops.past.marks import MOST
from ops.past.structs import Chart
from ops.store.contract import DAY_S, HOUR_S, Event, Record, Store
from ops.store.memory import MemoryStore
from tests.parts.boards import row

API = "service:api"
DAY0 = 1_700_006_400.0
"""2023-11-15 00:00 UTC."""
Sample = tuple[float, float | None]
"""When, and how long it took; None: it failed."""


def _store(samples: Iterable[Sample], events: Sequence[Event] = (), depends_on: tuple[str, ...] = ()) -> Store:
    """A store that recorded these, in any order of time, with one picture at the end."""
    store = MemoryStore()
    records = [_record(at, took_s) for at, took_s in sorted(samples, key=lambda sample: sample[0])]
    last = max([record.at for record in records] + [event.at for event in events], default=DAY0)
    store.append([*records, Record(at=last, rows=(row(API, depends_on=depends_on),), happened=events)])
    return store


def _record(at: float, took_s: float | None) -> Record:
    sketch = Sketch()
    if took_s is not None:
        sketch.add(took_s)
    counted = Events(total=1, failed=int(took_s is None), latencies=sketch.pack())
    return Record(at=at, counted={API: counted})


def _nearest_rank(values: Sequence[float], percent: int) -> float:
    return sorted(values)[max(math.ceil(percent * len(values) / 100), 1) - 1]


def _assert_same(found: Chart, samples: Sequence[Sample], end: float) -> None:
    length = found.columns[1].at - found.columns[0].at if len(found.columns) > 1 else found.columns[0].at - found.start
    for bucket in found.columns:
        inside = [took_s for at, took_s in samples if bucket.at - length <= at < min(bucket.at, end)]
        answered = [took_s for took_s in inside if took_s is not None]
        assert (bucket.count, bucket.failed) == (len(inside), len(inside) - len(answered))
        for percent, told in ((50, bucket.p50_s), (95, bucket.p95_s), (99, bucket.p99_s)):
            if not answered:
                assert told is None
            else:
                exact = _nearest_rank(answered, percent)
                assert told is not None
                assert abs(told - exact) <= ALPHA * exact * 1.000001


_SPANS = st.sampled_from([900.0, 3600.0, 6 * 3600.0, 86400.0, 30 * 86400.0])
_TOOK = st.none() | st.floats(1e-6, 100.0)


@given(
    span_s=_SPANS,
    columns=st.integers(1, 200),
    places=st.lists(st.tuples(st.floats(0, 1), _TOOK), max_size=60),
    end_minutes=st.integers(0, 24 * 60),
)
def test_a_column_says_what_all_its_readings_say(
    span_s: float, columns: int, places: list[tuple[float, float | None]], end_minutes: int
) -> None:
    end = DAY0 + 60 * end_minutes
    samples = [(end - span_s * 1.2 * share, took_s) for share, took_s in places]
    found = chart(_store(samples), API, end, span_s, columns)
    _assert_same(found, samples, end)
    assert found.rule == RULE
    assert len(found.columns) <= columns + 1
    assert found.whole is not None
    assert found.whole.count == sum(bucket.count for bucket in found.columns)
    answered = [took_s for at, took_s in samples if found.start <= at < end and took_s is not None]
    if answered:
        assert found.whole.p95_s == pytest.approx(_nearest_rank(answered, 95), rel=1.000001 * ALPHA)


@given(
    span_s=_SPANS,
    columns=st.integers(1, 200),
    places=st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 9.0)), min_size=1, max_size=30),
)
def test_the_week_before_is_the_same_chart_a_week_earlier(
    span_s: float, columns: int, places: list[tuple[float, float]]
) -> None:
    end = DAY0 + 36_000
    samples = [(end - WEEK_S - span_s * share, took_s) for share, took_s in places]
    store = _store(samples)
    found = chart(store, API, end, span_s, columns)
    earlier = chart(store, API, end - WEEK_S, span_s, columns)
    assert [bucket.at - WEEK_S for bucket in found.before if bucket.count] == [
        bucket.at for bucket in earlier.columns if bucket.count
    ]
    assert [bucket.p95_s for bucket in found.before if bucket.count] == [
        bucket.p95_s for bucket in earlier.columns if bucket.count
    ]


def test_without_a_week_before_there_is_none() -> None:
    assert chart(_store([(DAY0, 0.1)]), API, DAY0 + 60, 3600, 60).before == ()


@pytest.mark.parametrize("span_s", [3600.0, 86400.0, 30 * 86400.0])
def test_nothing_that_came_later_is_in_it(span_s: float) -> None:
    end = DAY0 + 12 * 3600 + 600
    samples = [(end - 300, 0.1), (end + 60, 9.0), (end + 3000, 9.0)]
    found = chart(_store(samples), API, end, span_s, 100)
    assert sum(bucket.count for bucket in found.columns) == 1
    assert sum(map(sum, heat(_store(samples), API, end, span_s, 100, 8).columns)) == 1


@pytest.mark.parametrize(
    ("span_s", "columns", "length"),
    [
        pytest.param(900, 100, 60, id="never less than a minute"),
        pytest.param(3600, 60, 60, id="an hour has its minutes"),
        pytest.param(86400, 96, 900, id="a day has quarters of an hour"),
        pytest.param(86400, 95, 960, id="or what divides the day next"),
        pytest.param(30 * DAY_S, 100, 8 * HOUR_S, id="a month has thirds of days"),
        pytest.param(30 * DAY_S, 30, DAY_S, id="or days"),
        pytest.param(30 * DAY_S, 10, 3 * DAY_S, id="or several days"),
        pytest.param(86400, 0, DAY_S, id="no columns are one"),
    ],
)
def test_columns_are_as_many_as_fit_and_divide_the_day(span_s: float, columns: int, length: int) -> None:
    assert column_s(span_s, columns) == length


def test_columns_stand_still_while_time_passes() -> None:
    store = _store([(DAY0 + 60 * i, 0.1) for i in range(600)])
    first, later = (chart(store, API, DAY0 + at, 6 * 3600, 72) for at in (30_000, 30_200))
    assert {bucket.at for bucket in later.columns} - {bucket.at for bucket in first.columns} == {DAY0 + 30_300}


def test_of_minutes_that_are_not_kept_any_more_hours_are_left() -> None:
    old, new = DAY0 - 60 * DAY_S, DAY0
    store = _store([*((old + 60 * i, 0.1) for i in range(180)), (new, 0.1)])
    while store.roll(new):
        pass
    found = chart(store, API, old + 3 * 3600, 3 * 3600, 100)
    assert [bucket.count for bucket in found.columns] == [60, 60, 60]


def _event(at: float, kind: str, about: str = API, after: str = "") -> Event:
    return Event(at=DAY0 + at, kind=kind, row=about, text=f"{about} {kind}", after=after)


def test_marks_are_of_the_row_and_of_what_it_depends_on() -> None:
    events = [
        _event(60, "deploy", "container:local/web"),
        _event(120, "restart", "container:local/other"),
        _event(180, "level", API, "critical"),
        _event(240, "config", ""),
        _event(300, "level", "postgres:shop", "warning"),
    ]
    store = _store([(DAY0, 0.1)], events, depends_on=("container:local/web", "postgres:shop"))
    marks = chart(store, API, DAY0 + 600, 3600, 60).marks
    assert [(mark.at - DAY0, mark.kind, mark.row, mark.after) for mark in marks] == [
        (60, "deploy", "container:local/web", ""),
        (180, "level", API, "critical"),
        (300, "level", "postgres:shop", "warning"),
    ]
    assert chart(store, API, DAY0 + 600, 3600, 60, marks=False).marks == ()


def test_of_many_marks_in_one_place_the_rows_own_and_newest_is_kept() -> None:
    events = [_event(i, "restart", "container:local/web" if i % 2 else API) for i in range(40)]
    store = _store([(DAY0, 0.1)], events, depends_on=("container:local/web",))
    marks = chart(store, API, DAY0 + 600, 3600, 60).marks
    assert [(mark.at - DAY0, mark.row) for mark in marks] == [(38, API)]


def test_marks_are_bounded() -> None:
    events = [_event(60 * i, kind) for i in range(300) for kind in ("restart", "deploy")]
    marks = chart(_store([(DAY0, 0.1)], events), API, DAY0 + 300 * 60, 300 * 60, 300).marks
    assert len(marks) == MOST
    assert marks[-1].at == DAY0 + 299 * 60


@given(st.lists(st.floats(1e-6, 100.0), max_size=60), st.integers(1, 40))
def test_every_answer_is_in_one_band(values: list[float], bands: int) -> None:
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    edges = edges_of([sketch], bands)
    counts = band_counts(sketch, edges)
    assert len(counts) == len(edges) + 1 <= max(bands, 1)
    assert sum(counts) == len(values)
    assert list(edges) == sorted(edges)
    assert not edges or counts[-1]
    for band, edge in enumerate(edges):
        below = sum(counts[: band + 1])
        assert sum(value < edge * (1 - 2 * ALPHA) for value in values) <= below
        assert below <= sum(value < edge * (1 + 2 * ALPHA) for value in values)


@pytest.mark.parametrize(
    ("values", "bands", "edges"),
    [
        pytest.param([], 8, (), id="nothing"),
        pytest.param([0.1], 8, (), id="all alike are one band"),
        pytest.param([0.012, 0.9], 6, (0.02, 0.05, 0.1, 0.2, 0.5), id="round edges between least and most"),
        pytest.param([0.012, 0.9], 14, (0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7), id="finer"),
        pytest.param([0.0001, 50.0], 3, (1.0, 10.0), id="too wide: the lowest takes all that is lower"),
    ],
)
def test_bands_are_as_fine_as_the_room_allows(values: list[float], bands: int, edges: tuple[float, ...]) -> None:
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    assert edges_of([sketch], bands) == pytest.approx(edges)


def test_a_heatmap_counts_every_answer_and_every_failure() -> None:
    samples: list[Sample] = [(DAY0 + 10 * i, None if i % 7 == 0 else 0.01 * (1 + i % 50)) for i in range(720)]
    found = heat(_store(samples), API, DAY0 + 7200, 7200, 40, 10)
    assert sum(found.failed) == sum(took_s is None for _, took_s in samples)
    assert sum(map(sum, found.columns)) == len(samples) - sum(found.failed)
    assert (found.start, found.end) == (DAY0, DAY0 + 7200)
    assert len({len(column) for column in found.columns}) == 1
