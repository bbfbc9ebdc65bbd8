"""Rises of counters, and figures made of them: every sequence of readings, with processes that begin anew."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError, Entity, Events
from collectors.prometheus_api.answers import Found, Series
from collectors.prometheus_api.counted import MOST_COUNTED, Counted
from collectors.prometheus_api.figures import Figure, Moment
from collectors.prometheus_api.increases import MOST_KEPT, Increases, counters
from collectors.sketch import Sketch

NOW = 1_800_000_000.0
COUNTS = Figure(name="api", total="t", bad="b")
TIMED = Figure(name="api", histogram="h")


def series(value: float | str, **labels: str) -> Series:
    """One series with a metric's name."""
    return Series({"__name__": "x", **labels}, value=(NOW, str(value)))


def summed(value: float | str, **labels: str) -> Series:
    """One series that is computed."""
    return Series(labels, value=(NOW, str(value)))


def found(*these: Series) -> Found:
    """An answer with these."""
    return Found(these, len(these))


def histogram(instance: str = "a", **counts: float) -> tuple[Series, ...]:
    """Buckets: _1 stands for a bound of 0.1, _5 for 0.5, all for +Inf."""
    bounds = {"_1": "0.1", "_5": "0.5", "all": "+Inf"}
    return tuple(series(count, instance=instance, le=bounds[name]) for name, count in counts.items())


@given(st.lists(st.tuples(st.integers(0, 1_000), st.booleans()), min_size=1, max_size=40))
def test_rises_are_never_negative_and_their_sum_is_what_was_counted(steps: list[tuple[int, bool]]) -> None:
    increases, counter, truth, rises = Increases(), 0, 0, 0.0
    increases.take(counters([series(0, instance="a")]), {"a"})
    for served, anew in steps:
        # A process that had counted so many begins anew and serves less than it had: that can be seen.
        if anew and served < counter:
            counter = 0
        counter, truth = counter + served, truth + served
        taken = increases.take(counters([series(counter, instance="a")]), {"a"})
        assert taken.total >= 0
        rises += taken.total
    assert rises == truth


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 9), max_size=3), max_size=12))
def test_whatever_comes_and_goes_no_rise_is_negative(readings: list[dict[str, int]]) -> None:
    increases = Increases()
    for reading in readings:
        now = counters([series(value, instance=name) for name, value in reading.items()])
        taken = increases.take(now, set("ab"), increases.anew(now))
        assert taken.total >= 0
        assert all(rise >= 0 for counter in taken.counters for rise in counter.values())


def test_what_is_remembered_is_bounded() -> None:
    increases = Increases()
    for begin in range(0, 3 * MOST_KEPT, MOST_KEPT // 2):
        increases.take(counters([series(1, path=str(begin + number)) for number in range(MOST_KEPT // 2)]))
    assert len(increases._before) == MOST_KEPT


def read(figure: Figure, *polls: Sequence[Found | CollectError]) -> list[Entity]:
    """The rows of polls that are ten seconds apart."""
    counted, rows = Counted(figure), []
    for number, answers in enumerate(polls):
        (row,) = counted.read(answers, Moment(at=NOW, counted=NOW, clock=10.0 * number))
        rows.append(row)
    return rows


def events(*rows: Entity) -> list[tuple[int, int] | None]:
    """Total and failed of each."""
    return [None if row.events is None else (row.events.total, row.events.failed) for row in rows]


ERROR = CollectError("refused", reason="query", remedy="correct it")


@pytest.mark.parametrize(
    ("polls", "expected"),
    [
        pytest.param(
            [(found(series(100, instance="a")), found()), (found(series(130, instance="a")), found())],
            [None, (30, 0)],
            id="the first reading is where counting begins",
        ),
        pytest.param(
            [
                (found(series(100, instance="a")), found()),
                (found(series(130, instance="a"), series(3, instance="a", code="500")),
                 found(series(3, instance="a", code="500"))),
            ],
            [None, (33, 3)],
            id="the first failures ever count",
        ),
        pytest.param(
            [
                (found(series(100, instance="a")), found()),
                (found(series(130, instance="a"), series(9_000, instance="b")), found(series(70, instance="b", c="5"))),
                (found(series(131, instance="a"), series(9_002, instance="b")), found(series(71, instance="b", c="5"))),
            ],
            [None, (30, 0), (3, 1)],
            id="a new instance counts from when it is seen",
        ),
        pytest.param(
            [
                (found(series(100, instance="a")), found(series(50, instance="a", c="5"))),
                (found(), found()),
                (found(series(40, instance="a")), found()),
                (found(series(60, instance="a")), found(series(60, instance="a", c="5"))),
            ],
            [None, None, (40, 0), (20, 20)],
            id="what is away of an instance that began anew begins at nothing; more bad than all waits",
        ),
        pytest.param(
            [(found(series(100, instance="a")), ERROR), (ERROR, found()), (found(series(110, instance="a")), found())],
            [None, None, None],
            id="a query that failed takes the other one along",
        ),
        pytest.param(
            [
                (found(series(100, instance="a")), found()),
                (found(series(110, instance="a")), ERROR),
                (found(series(125, instance="a")), found()),
            ],
            [None, None, (25, 0)],
            id="what rose meanwhile counts when both are there again",
        ),
        pytest.param(
            [(found(summed(100)), found()), (found(summed(60)), found()), (found(summed(61)), found(summed(1)))],
            [None, None, (1, 1)],
            id="of a sum that falls nobody knows how much it rose",
        ),
        pytest.param(
            [(found(series("NaN")), found()), (found(series(5)), found()), (found(series(7)), found(series("+Inf")))],
            [None, None, (2, 0)],
            id="what is no figure is not there",
        ),
        pytest.param(
            [
                (found(series(10, instance="a")), found(series(0, instance="a", c="5"))),
                (found(series(12, instance="a")), found(series(3, instance="a", c="5"))),
                (found(series(15, instance="a")), found(series(3, instance="a", c="5"))),
            ],
            [None, (2, 2), (3, 1)],
            id="a failure that is scraped before all are waits for them",
        ),
    ],
)  # fmt: skip
def test_a_figure_counts(polls: list[tuple[Found | CollectError, ...]], expected: list[tuple[int, int] | None]) -> None:
    assert events(*read(COUNTS, *polls)) == expected


def test_bad_that_is_no_part_of_total_is_told() -> None:
    polls = [(found(series(10 + n, instance="a")), found(series(100 * n, instance="a"))) for n in range(4)]
    rows = read(COUNTS, *polls)
    assert events(*rows) == [None, (1, 1), (1, 1), (1, 1)]
    assert rows[2].hints == ("bad counts more than there are in all: it must be a part of total",)


def test_a_histogram_counts_and_begins_anew_as_a_whole() -> None:
    rows = read(
        TIMED,
        (found(*histogram(_1=50, _5=90, all=100)),),
        (found(*histogram(_1=60, _5=110, all=120)),),
        (found(*histogram(_1=55, _5=115, all=118)),),
    )
    assert rows[0].events is None
    assert rows[1].events is not None
    first = Sketch.unpack(rows[1].events.latencies)
    assert (rows[1].events.total, first.count, first.above(0.1), first.above(0.5)) == (20, 20, 10, 0)
    assert rows[2].events is not None
    anew = Sketch.unpack(rows[2].events.latencies)
    assert (anew.count, anew.above(0.1), anew.above(0.5)) == (118, 63, 3), "a bucket that rose all the same as well"
    assert rows[2].facts["requests"] == 138
    assert rows[2].facts["errors_percent"] is None


def test_histograms_with_other_bounds_and_another_unit_are_added() -> None:
    figure = Figure(name="api", histogram="h", bucket_unit="ms")
    wide = (series(0, instance="b", le="2"), series(0, instance="b", le="+Inf"))
    wider = (series(7, instance="b", le="2"), series(8, instance="b", le="+Inf"))
    rows = read(
        figure,
        (found(*histogram(_1=0, _5=0, all=0), *wide),),
        (found(*histogram(_1=2, _5=2, all=2), *wider),),
    )
    assert rows[1].events is not None
    sketch = Sketch.unpack(rows[1].events.latencies)
    assert (sketch.count, sketch.above(0.0001), sketch.above(0.002)) == (10, 8, 1)


def test_too_many_series_are_none() -> None:
    many = Found((series(1),), MOST_COUNTED + 1)
    (row,) = read(COUNTS, (many, found()))
    assert (row.events, row.facts["error"]) == (
        None,
        f"total gives 5001 series, and at most {MOST_COUNTED} are followed",
    )


def test_rates_are_over_the_time_that_passed() -> None:
    polls = [(found(series(100 * n, instance="a")), found(series(n, instance="a"))) for n in range(9)]
    facts = read(COUNTS, *polls)[-1].facts
    assert (facts["requests_per_s"], facts["errors_percent"], facts["requests"]) == (10.0, 1.0, 600)


def test_a_server_whose_clock_went_back_is_counted_anew() -> None:
    counted = Counted(COUNTS)
    moment = Moment(at=NOW, counted=NOW, clock=0)
    counted.read((found(series(100, instance="a")), found()), moment)
    counted.forget()
    assert counted.read((found(series(90, instance="a")), found()), moment)[0].events is None
    assert counted.read((found(series(95, instance="a")), found()), moment)[0].events == Events(total=5, failed=0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"total": "a", "bad": "b", "query": "up"}, "has no query", id="a query beside counters"),
        pytest.param({"histogram": "a", "unit": "s"}, "has no query", id="a unit beside counters"),
        pytest.param({"bad": "b"}, "needs total or histogram", id="bad alone"),
        pytest.param({"total": "a"}, "needs bad or histogram", id="total alone"),
        pytest.param({"total": "a", "bad": "x" * 5_000}, "at most", id="an endless query"),
        pytest.param({}, "needs a query", id="nothing"),
    ],
)
def test_figures_that_can_not_be_meant(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Figure(**{"name": "api", **wrong})  # type: ignore[arg-type]


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.dictionaries(st.sampled_from(["le", "instance", "__name__"]), st.sampled_from(["1", "+Inf", "x"])),
                st.floats().map(str) | st.text(max_size=3),
            ),
            max_size=4,
        ),
        max_size=4,
    )
)
def test_whatever_is_answered_is_counted_or_told(answers: list[list[tuple[dict[str, str], str]]]) -> None:
    for figure in (TIMED, Figure(name="a", total="t", histogram="h", bad="b")):
        counted = Counted(figure)
        for number, answer in enumerate(answers):
            told = found(*(Series(metric, value=(NOW, text)) for metric, text in answer))
            asked = counted.questions(Moment(NOW, NOW, 0), 1)
            (row,) = counted.read([told] * len(asked), Moment(NOW, NOW, 10.0 * number))
            if row.events is not None:
                assert 0 <= row.events.failed <= row.events.total
                assert math.isfinite(Sketch.unpack(row.events.latencies).count)
