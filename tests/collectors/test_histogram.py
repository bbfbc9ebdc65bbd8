"""Percentiles of histograms: every rule of Prometheus' `histogram_quantile`, and sketches made of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.histogram import Bucket, histogram_quantile, histogram_to_sketch, rising
from collectors.sketch import ALPHA, GAMMA, LEAST

INF = math.inf
USUAL = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The bounds that Prometheus' client libraries take by default."""


@pytest.mark.parametrize(
    ("share", "buckets", "value"),
    [
        pytest.param(0.5, [], math.nan, id="no bucket"),
        pytest.param(0.5, [(INF, 10)], math.nan, id="fewer than two buckets"),
        pytest.param(0.5, [(1, 5), (2, 10)], math.nan, id="no bucket for +Inf"),
        pytest.param(0.5, [(1, 0), (INF, 0)], math.nan, id="nothing counted"),
        pytest.param(math.nan, [(1, 5), (INF, 10)], math.nan, id="a share that is no number"),
        pytest.param(-0.1, [(1, 5), (INF, 10)], -INF, id="a share below 0"),
        pytest.param(1.1, [(1, 5), (INF, 10)], INF, id="a share above 1"),
        pytest.param(0.5, [(1, 0), (2, 10), (INF, 10)], 1.5, id="linear within the bucket"),
        pytest.param(0.95, [(1, 0), (2, 10), (INF, 10)], 1.95, id="rank is share times total, not a whole one"),
        pytest.param(0.5, [(1, 5), (2, 10), (INF, 10)], 1.0, id="the first bucket with a count that reaches the rank"),
        pytest.param(0.25, [(2, 10), (INF, 10)], 0.5, id="the lowest bucket begins at 0"),
        pytest.param(0.25, [(-1, 10), (INF, 10)], -1, id="the lowest bound where it is below 0"),
        pytest.param(0.25, [(0, 10), (1, 10), (INF, 10)], 0, id="the lowest bound where it is 0"),
        pytest.param(0.75, [(-1, 5), (1, 10), (INF, 10)], 0, id="across 0 within a bucket"),
        pytest.param(0.99, [(1, 5), (2, 8), (INF, 10)], 2, id="the top bucket is the bound below it"),
        pytest.param(1, [(1, 5), (2, 10), (INF, 10)], 2, id="all"),
        pytest.param(0, [(1, 5), (2, 10), (INF, 10)], 0, id="none"),
        pytest.param(0, [(1, 0), (2, 10), (INF, 10)], math.nan, id="none of an empty lowest bucket is 0 of 0"),
        pytest.param(0.5, [(INF, 10), (2, 10), (1, 0)], 1.5, id="in any order"),
        pytest.param(0.5, [(1, 0), (2, 4), (2, 6), (INF, 4), (INF, 6)], 1.5, id="a bound that comes twice"),
        pytest.param(
            0.5, [(1, 0), (2, 1e6), (3, 1e6 * (1 - 5e-13)), (INF, 1e6)], 1.5, id="a rounding error is no difference"
        ),
    ],
)
def test_a_quantile(share: float, buckets: list[Bucket], value: float) -> None:
    found = histogram_quantile(share, buckets)
    assert found.value == pytest.approx(value, nan_ok=True)
    assert not found.forced


def test_counts_that_fall_are_raised_and_that_is_told() -> None:
    fallen = [(1.0, 8.0), (2.0, 6.0), (3.0, 9.0), (INF, 10.0)]
    assert histogram_quantile(0.5, fallen) == (0.625, True)
    assert histogram_quantile(0.85, fallen).value == pytest.approx(2.5)


def test_a_rounding_error_upward_is_taken_back() -> None:
    bounds, forced = rising([(1, 1e6), (2, 1e6 * (1 + 5e-13)), (INF, 2e6)])
    assert (bounds, forced) == ([(1, 1e6), (2, 1e6), (INF, 2e6)], False)


counts = st.lists(st.integers(0, 2_000), min_size=len(USUAL) + 1, max_size=len(USUAL) + 1)


def cumulated(rises: list[int]) -> list[Bucket]:
    """Buckets of the usual bounds with so many in each."""
    return [(bound, float(sum(rises[: index + 1]))) for index, bound in enumerate((*USUAL, INF))]


@given(counts)
def test_a_sketch_has_as_many_and_is_exact_at_every_bound(rises: list[int]) -> None:
    buckets = cumulated(rises)
    made = histogram_to_sketch(buckets)
    total = sum(rises)
    assert made.count == total
    assert [made.above(bound) for bound in USUAL] == [total - count for _, count in buckets[:-1]]
    assert len(made.bins) < 700


@given(counts, st.sampled_from([50.0, 90.0, 95.0, 99.0, 100.0]))
def test_a_sketch_has_the_same_percentiles(rises: list[int], percent: float) -> None:
    buckets, total = cumulated(rises), sum(rises)
    (found,) = histogram_to_sketch(buckets).ranks(percent)
    if not total:
        assert found is None
        return
    assert found is not None
    rank = max(1, math.ceil(percent * total / 100))
    expected = histogram_quantile(rank / total, buckets).value
    if expected >= USUAL[0] / 64:
        assert expected * (1 - ALPHA) * (1 - 1e-9) <= found <= expected * GAMMA * (1 + ALPHA) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("buckets", "above"),
    [
        pytest.param([(-1, 3), (0, 5), (1, 7), (INF, 7)], {0.0: 2, 1.0: 0}, id="what is not above 0 is 0"),
        pytest.param([(0, 5), (INF, 7)], {0.0: 2}, id="no bound but 0"),
        pytest.param([(1e-9, 1), (1, 2), (INF, 2)], {LEAST: 1, 1.0: 0}, id="a nanosecond"),
        pytest.param([(1, 5.4), (2, 9.6), (INF, 9.6)], {1.0: 5, 2.0: 0}, id="counts that are not whole"),
        pytest.param([(1, 0), (2, 10**9), (INF, 10**9)], {1.0: 10**9, 2.0: 0}, id="a thousand million"),
        pytest.param([(1, 5), (1.001, 9), (INF, 9)], {1.05: 0}, id="bounds in one bin"),
    ],
)
def test_odd_histograms(buckets: list[Bucket], above: dict[float, int]) -> None:
    made = histogram_to_sketch(buckets)
    assert {limit: made.above(limit) for limit in above} == above
    assert made.count == round(buckets[-1][1])


@pytest.mark.parametrize("buckets", [[], [(INF, 3)], [(1, 3), (2, 5)]], ids=["nothing", "no bound", "no top"])
def test_what_is_no_histogram_is_no_sketch(buckets: list[Bucket]) -> None:
    with pytest.raises(ValueError, match="needs a bound"):
        histogram_to_sketch(buckets)


def test_a_sketch_of_next_to_nothing_is_small() -> None:
    rises = [0, 0, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    assert len(histogram_to_sketch(cumulated(rises)).pack()) < 20
