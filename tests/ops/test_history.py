"""History and trends, against the plain way to work the same out."""

import gc
import math
import tracemalloc
from array import array
from itertools import pairwise
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.sketch import ALPHA, LEAST
from ops.board import WINDOWS
from ops.history import COLUMNS, EXACT_S, MOST_SAMPLES, STEP_S, History, Window
from ops.trend import MINUTES, Means, Trend

START = 1_800_000_000.0


def nearest_rank(values: list[float], percent: int) -> float | None:
    """The ⌈percent × n ÷ 100⌉th smallest."""
    return sorted(values)[max(0, math.ceil(percent * len(values) / 100) - 1)] if values else None


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(1, (1, 1, 1), id="one value is every percentile"),
        pytest.param(2, (1, 2, 2), id="of two the first is the median"),
        pytest.param(20, (10, 19, 20), id="twenty"),
        pytest.param(100, (50, 95, 99), id="a hundred"),
    ],
)
def test_percentiles_are_values_that_were_seen(count: int, expected: tuple[int, int, int]) -> None:
    window = Window(300)
    for value in range(count, 0, -1):
        window.add(START, True, float(value))
    assert window.quantiles() == expected


sample = st.tuples(st.floats(0, 400), st.booleans(), st.none() | st.floats(0, 10))


def test_a_window_that_is_longer_than_it_was_counted_says_since_when() -> None:
    history = History()
    history.add(START, True, 0.1)
    for later_s in (0, 299, 301, 4000):
        for stats, (_, window_s) in zip(history.stats(START + later_s), WINDOWS, strict=True):
            assert stats.since == (START if later_s < window_s else None)


@settings(deadline=None)
@given(st.lists(sample, max_size=60), st.floats(0, 4000))
def test_windows_agree_with_the_plain_way(samples: list[tuple[float, bool, float | None]], later_s: float) -> None:
    history, at = History(), START
    kept = []
    for step_s, ok, latency_s in samples:
        at += step_s
        history.add(at, ok, latency_s)
        kept.append((at, ok, latency_s))
    now = at + later_s
    for stats, (_, window_s) in zip(history.stats(now), WINDOWS, strict=True):
        exact = window_s <= EXACT_S
        inside = [one for one in kept if (one[0] if exact else (one[0] // 60 + 1) * 60) > now - window_s]
        values = [latency_s for _, _, latency_s in inside if latency_s is not None]
        assert stats.window_s == window_s
        assert (stats.count, stats.failed) == (len(inside), sum(not ok for _, ok, _ in inside))
        for told, percent in ((stats.p50_s, 50), (stats.p95_s, 95), (stats.p99_s, 99)):
            right = nearest_rank(values, percent)
            if exact or right is None:
                assert told == right
            else:
                assert told == pytest.approx(right, rel=1.000001 * ALPHA, abs=LEAST)


def test_a_long_watch_stays_bounded() -> None:
    window = Window(300)
    for number in range(3 * MOST_SAMPLES):
        window.add(START + number / 100, True, 0.1)
    assert len(window) == MOST_SAMPLES


def test_an_hour_takes_no_more_than_the_first_minutes() -> None:
    """What is kept longer than five minutes has its room from its second minute on."""

    def taken(seconds: int) -> int:
        gc.collect()
        tracemalloc.start()
        history, trend, random = History(), Trend(), Random(1)
        for second in range(seconds):
            latency_s = 0.02 * random.lognormvariate(0, 0.4)
            history.add(START + second, True, latency_s)
            trend.add(START + second, latency_s)
        kept = history.stats(START + seconds), history.buckets(START + seconds), trend.values(START + seconds)
        bytes_taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(kept[1]) > 50
        return bytes_taken

    after_ten, after_sixty = taken(600), taken(3600)
    assert after_ten < 70_000
    assert after_sixty - after_ten < 4_500, "56 targets take less than 0.3 MB more"


def test_a_sample_costs_microseconds() -> None:
    history = History()
    for second in range(7200):
        history.add(START + second, second % 7 != 0, (second * 7919 % 1000) / 1000)
    begun = process_time()
    for second in range(7200, 9200):
        history.add(START + second, second % 7 != 0, (second * 7919 % 1000) / 1000)
        history.stats(START + second)
        history.buckets(START + second)
    assert (process_time() - begun) / 2000 < 0.0005


def test_columns_close_each_ten_seconds_with_the_minute_that_ends_there() -> None:
    history = History()
    for second in range(125):
        history.add(START + second, second != 70, second / 1000)
    columns = history.buckets(START + 125)
    assert [column.at for column in columns] == [START + 10 * (place + 1) for place in range(12)]
    last = columns[-1]
    assert (last.count, last.failed) == (60, 1)
    assert [last.p50_s, last.p99_s] == pytest.approx([0.090, 0.120])
    assert columns[0].count == 11, "the sample at the moment of closing belongs to the column"


def test_the_same_columns_are_the_same_tuple() -> None:
    history = History()
    for second in range(31):
        history.add(START + second, True, 0.1)
    first = history.buckets(START + 31)
    history.add(START + 32, True, 0.1)
    assert history.buckets(START + 33) is first
    assert history.buckets(START + 41) is not first


def test_a_long_pause_leaves_empty_columns_and_no_more_than_fit() -> None:
    history = History()
    history.add(START, True, 0.1)
    history.add(START + 8 * 3600, True, 0.1)
    columns = history.buckets(START + 8 * 3600 + STEP_S + 1)
    assert len(columns) == COLUMNS
    assert [column.count for column in columns[:-2]] == [0] * (COLUMNS - 2)
    assert all(after.at - before.at == STEP_S for before, after in pairwise(columns))


def test_a_clock_set_back_loses_nothing_and_blocks_nothing() -> None:
    history = History()
    for second in range(60):
        history.add(START + second, True, 0.1)
    for second in range(60):
        history.add(START - 3600 + second, True, 0.2)
    five_minutes = history.stats(START - 3600 + 60)[0]
    assert (five_minutes.count, five_minutes.p99_s) == (120, 0.2)
    assert history.buckets(START - 3600 + 60)[-1].at <= START - 3600 + 60
    history.stats(START - 3600 + 400)
    assert history.stats(START - 3600 + 400)[0].count == 0


@pytest.mark.parametrize(
    ("polls", "percent"),
    [
        pytest.param("g" * 20, 0, id="no failure"),
        pytest.param("g" * 10 + "b" * 10, None, id="one outage is told by down"),
        pytest.param("ggbggbgggb", 30, id="failures that come and go are an error rate"),
        pytest.param("gbgbg" + "g" * 15, None, id="what has ended is history"),
        pytest.param("", 0, id="nothing known"),
    ],
)
def test_error_rate(polls: str, percent: float | None) -> None:
    history = History()
    for second, poll in enumerate(polls):
        history.add(START + second, poll == "g", 0.1)
    assert history.error_percent(START + len(polls)) == (percent if percent is None else pytest.approx(percent))


def test_error_rate_of_slow_polls() -> None:
    history = History()
    for poll in range(10):
        history.add(START + 30 * poll, poll % 2 == 0, 0.1)
    assert history.error_percent(START + 30 * 10) == pytest.approx(100 * 5 / 9)


def test_columns_are_equal_by_their_buckets_and_read_from_both_ends() -> None:
    one, other = History(), History()
    for second in range(45):
        one.add(START + second, True, 0.1)
        other.add(START + second, True, 0.1)
    columns, same = one.buckets(START + 45), other.buckets(START + 45)
    assert columns == same
    assert hash(columns) == hash(same)
    assert columns != one.buckets(START + 55)
    assert [columns[place] for place in (0, 3)] == [columns[-4], columns[-1]]
    assert list(columns[1:]) == list(columns)[1:]
    for outside in (4, -5):
        with pytest.raises(IndexError):
            columns[outside]


def test_means_are_equal_where_the_same_is_known() -> None:
    def means(*values: float | None) -> Means:
        return Means(array("d", [math.nan if value is None else value for value in values]))

    assert means(None, 1.0) == means(None, 1.0)
    assert hash(means(None, 1.0)) == hash(means(None, 1.0))
    assert means(None, 1.0) != means(0.0, 1.0)
    assert list(means(None, 1.0)) == [None, 1.0]
    assert means(None, 1.0)[0] is None
    assert means(None, 1.0)[-1] == 1.0


def test_a_trend_has_the_mean_of_each_minute() -> None:
    trend = Trend()
    for at, value in ((0, 1.0), (30, 3.0), (60, None), (130, 5.0)):
        trend.add(START + at, value)
    assert trend.values(START + 131)[-3:] == (2.0, None, 5.0)
    assert len(trend.values(START + 131)) == MINUTES
    assert trend.values(START + 131) is trend.values(START + 140), "nothing new, nothing made"
    assert tuple(trend.values(START + 3 * 3600)) == (None,) * MINUTES


def test_a_trend_goes_on_from_what_another_had() -> None:
    trend, again = Trend(), Trend()
    for at, value in ((0, 1.0), (60, None), (130, 5.0)):
        trend.add(START + at, value)
    again = Trend.going_on(trend.values(START + 131), START + 131)
    assert again.values(START + 131) == trend.values(START + 131)
    again.add(START + 132, 7.0)
    assert again.values(START + 190)[-4:] == (1.0, None, 6.0, None)
    assert tuple(Trend.going_on((), START).values(START)) == (None,) * MINUTES


def test_a_trend_survives_a_clock_that_is_set_back() -> None:
    trend = Trend()
    trend.add(START, 1.0)
    trend.add(START - 3600, 3.0)
    assert trend.values(START - 3600)[-1] == 2.0
    trend.add(START - 3600 + 61, 7.0)
    assert trend.values(START - 3600 + 61)[-2:] == (2.0, 7.0)
