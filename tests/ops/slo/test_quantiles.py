"""Every rule and number of quantiles that a screen may name, with the source of each."""

import math
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from collectors.histogram import Bucket, histogram_quantile, histogram_to_sketch
from collectors.sketch import ALPHA, GAMMA, Sketch, bin_of, merged, value_of
from ops.slo.quantiles import SKETCH
from tests.parts.need import need
from tests.parts.quantile_rules import ddsketch, hdr, highest_equivalent, nearest_rank, promql

INF = math.inf
TEN = [float(value) for value in range(1, 11)]


def test_our_rule_has_a_name() -> None:
    assert SKETCH == "nearest rank, to 1 %"


@pytest.mark.parametrize(
    ("share", "nearest", "linear", "lower"),
    [
        pytest.param(0.0, 1, 1, 1, id="none: the smallest by all"),
        pytest.param(0.5, 5, 5.5, 5, id="half"),
        pytest.param(0.9, 9, 9.1, 9, id="nine of ten"),
        pytest.param(0.95, 10, 9.55, 9, id="between the last two"),
        pytest.param(1.0, 10, 10, 10, id="all: the largest by all"),
    ],
)
def test_three_rules_on_the_same_ten_values(share: float, nearest: float, linear: float, lower: float) -> None:
    # ⌈q n⌉; prometheus promql/quantile.go rank q(n−1), linear; DataDog/sketches-py tests: int(q(n−1))
    assert nearest_rank(share, TEN) == nearest
    assert promql(share, TEN) == pytest.approx(linear)
    assert ddsketch(share, TEN) == lower


@pytest.mark.parametrize(
    ("share", "values", "found"),
    [
        pytest.param(-0.01, TEN, -INF, id="under 0"),
        pytest.param(1.01, TEN, INF, id="over 1"),
        pytest.param(0.5, [], math.nan, id="no values"),
        pytest.param(math.nan, TEN, math.nan, id="no share"),
        pytest.param(0.99, [7.0], 7, id="one value"),
    ],
)
def test_what_promql_gives_at_its_edges(share: float, values: list[float], found: float) -> None:
    assert promql(share, values) == pytest.approx(found, nan_ok=True)


def test_the_nearest_rank_is_of_the_share_that_was_written() -> None:
    hundred = list(range(1, 101))
    assert nearest_rank(0.07, hundred) == 7, (
        "and not the 8th, because 0.07 × 100 is a bit more than 7 in floating point"
    )


@given(st.lists(st.floats(0.001, 1e4), min_size=1), st.integers(1, 100))
def test_our_sketch_gives_the_nearest_rank_to_one_percent(values: list[float], percent: int) -> None:
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    assert sketch.ranks(percent)[0] == pytest.approx(nearest_rank(percent / 100, sorted(values)), rel=ALPHA * 1.0001)


@pytest.mark.parametrize(
    ("percent", "rank"),
    [
        pytest.param(0, 1, id="at least the first"),
        pytest.param(50, 5, id="int(50 × 10 ÷ 100 + 0.5)"),
        pytest.param(54, 5, id="5.4 + 0.5 is 5"),
        pytest.param(55, 6, id="5.5 + 0.5 is 6"),
        pytest.param(100, 10, id="the last"),
    ],
)
def test_hdr_takes_the_value_of_that_rank(percent: float, rank: int) -> None:
    assert hdr(percent, list(range(1, 11))) == rank


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=100), st.sampled_from([1, 50, 90, 95, 99, 99.9, 100]))
def test_hdr_agrees_with_the_library(values: list[int], percent: float) -> None:
    library = HdrHistogram(1, 10**8, 3)
    for value in values:
        library.record_value(value)
    assert hdr(percent, sorted(values)) == library.get_value_at_percentile(percent)


@given(st.integers(1, 10**12), st.integers(1, 4))
def test_hdr_tells_values_apart_to_its_digits(value: int, digits: int) -> None:
    highest = highest_equivalent(value, digits)
    assert value <= highest <= value + value * 10**-digits


def test_ddsketch_has_these_bins() -> None:
    # DataDog/sketches-py: γ = (1+α) ÷ (1−α), key ⌈log_γ x⌉, value 2γ^k ÷ (1+γ), α 0.01 by default
    assert ALPHA == 0.01
    assert pytest.approx(1.01 / 0.99) == GAMMA
    for value in (0.001, 0.5, 1.0, 37.2):
        key = bin_of(value)
        assert key == math.ceil(math.log(value) / math.log(GAMMA))
        assert GAMMA ** (key - 1) < value <= GAMMA**key * (1 + 1e-12)
        assert value_of(key) == pytest.approx(2 * GAMMA**key / (1 + GAMMA))
        assert abs(value_of(key) - value) <= ALPHA * value * (1 + 1e-9)


def test_a_nanosecond_to_a_year_takes_fewer_bins_than_the_2048_at_which_ddsketch_collapses() -> None:
    assert bin_of(366 * 86400) - bin_of(1.0001e-9) < 2048


@given(st.lists(st.lists(st.floats(0, 1e3), max_size=20), min_size=3, max_size=3))
def test_merging_sketches_adds_counts_in_any_order(parts: list[list[float]]) -> None:
    a, b, c = (merged(_sketch(value) for value in part) for part in parts)
    assert merged([merged([a, b]), c]) == merged([a, merged([b, c])]) == merged([c, a, b])


def _sketch(value: float) -> Sketch:
    made = Sketch()
    made.add(value)
    return made


QUANTILES: list[tuple[str, float, list[Bucket], float]] = [
    ("fewer than two buckets", 0.5, [(INF, 10)], math.nan),
    ("no bucket for all", 0.5, [(1, 5), (2, 10)], math.nan),
    ("nothing observed", 0.5, [(1, 0), (INF, 0)], math.nan),
    ("under 0", -0.5, [(1, 5), (INF, 10)], -INF),
    ("over 1", 1.5, [(1, 5), (INF, 10)], INF),
    ("the first bucket with count ≥ rank", 0.5, [(1, 5), (2, 10), (INF, 10)], 1.0),
    ("linear inside", 0.9, [(1, 5), (2, 10), (INF, 10)], 1.8),
    ("the top bucket gives the bound of the second-highest", 0.99, [(1, 5), (2, 8), (INF, 10)], 2.0),
    ("the lowest bucket starts at 0", 0.25, [(2, 10), (INF, 10)], 0.5),
    ("the lowest bound where it is not above 0", 0.25, [(-1, 10), (INF, 10)], -1.0),
    ("counts forced monotonic", 0.5, [(1, 8), (2, 6), (3, 9), (INF, 10)], 0.625),
    ("nothing below and none wanted", 0.0, [(1, 0), (2, 10), (INF, 10)], math.nan),
]


@pytest.mark.parametrize(("share", "buckets", "value"), [pytest.param(*case[1:], id=case[0]) for case in QUANTILES])
def test_histogram_quantile(share: float, buckets: list[Bucket], value: float) -> None:
    # prometheus/prometheus promql/quantile.go, docs/querying/functions.md
    found = histogram_quantile(share, buckets)
    assert found.value == pytest.approx(value, nan_ok=True)
    assert found.forced == (buckets[0][1] > buckets[1][1] if len(buckets) > 1 else False)


def test_duplicate_bounds_are_merged_and_tiny_differences_ignored() -> None:
    assert histogram_quantile(0.5, [(1, 0), (2, 4), (2, 6), (INF, 10)]).value == 1.5
    falls = histogram_quantile(0.5, [(1, 0), (2, 1e6), (3, 1e6 * (1 - 9e-13)), (INF, 1e6)])
    assert falls == (1.5, False), "a fall of 1e-12 of the count is a rounding error, and is not told"
    assert histogram_quantile(0.5, [(1, 0), (2, 1e6), (3, 1e6 * (1 - 1e-11)), (INF, 1e6)]).forced


def test_prometheus_itself_gives_the_same(tmp_path: Path) -> None:
    tool = shutil.which("promtool")
    need(tool, "promtool, of Debian's prometheus")
    series, asked = [], []
    for number, (_, share, buckets, value) in enumerate(QUANTILES):
        for bound, count in buckets:
            le = "+Inf" if bound == INF else f"{bound:g}"
            series.append(f"""      - series: 'h{{case="{number}",le="{le}"}}'\n        values: '{count:g}'""")
        expected = "[]" if math.isnan(value) else f"[{{labels: '{{case=\"{number}\"}}', value: {_yaml(value)}}}]"
        # What is no number equals nothing, not itself either: those are asked for, and none must come.
        query = f'histogram_quantile({share}, h{{case="{number}"}})'
        asked.append(f"      - expr: '{query} == {query}'\n        eval_time: 0s\n        exp_samples: {expected}")
    lines = ["tests:", "  - interval: 1m", "    input_series:", *series, "    promql_expr_test:", *asked]
    file = tmp_path / "quantiles.yml"
    file.write_text("\n".join(lines) + "\n")
    command = [str(tool), "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _yaml(value: float) -> str:
    return f"{'-' if value < 0 else ''}.inf" if math.isinf(value) else repr(value)


def test_a_sketch_of_a_histogram_agrees_with_its_quantiles() -> None:
    random.seed(7)
    bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, INF]
    values = [random.lognormvariate(-2, 1) for _ in range(5000)]
    buckets: list[Bucket] = [(bound, float(sum(value <= bound for value in values))) for bound in bounds]
    sketch = histogram_to_sketch(buckets)
    assert sketch.count == len(values)
    for percent in (1, 25, 50, 90, 95, 99):
        (told,) = sketch.ranks(percent)
        assert told == pytest.approx(histogram_quantile(percent / 100, buckets).value, rel=0.03)
    for bound, count in buckets[:-1]:
        assert sketch.above(bound) == len(values) - count, "a limit at a bound counts exactly"
