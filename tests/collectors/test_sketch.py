"""Sketches: exact counts, percentiles to 1 %, and merging that equals adding everything to one."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.sketch import ALPHA, GAMMA, LEAST, Packed, Sketch, bin_of, merged, value_of

VALUES = st.floats(0, 1e6, allow_subnormal=False)


def sketch_of(values: list[float]) -> Sketch:
    """A sketch with these values."""
    made = Sketch()
    for value in values:
        made.add(value)
    return made


@given(st.lists(VALUES, min_size=1, max_size=200), st.integers(1, 100))
def test_a_percentile_is_the_nearest_rank_to_one_percent(values: list[float], percent: int) -> None:
    right = sorted(values)[math.ceil(percent * len(values) / 100) - 1]
    (told,) = sketch_of(values).ranks(percent)
    assert told is not None
    assert abs(told - right) <= ALPHA * right * (1 + 1e-9) + LEAST


@given(st.lists(VALUES, max_size=100), st.lists(VALUES, max_size=100), st.lists(VALUES, max_size=100))
def test_merging_in_any_order_equals_adding_all_to_one(a: list[float], b: list[float], c: list[float]) -> None:
    whole = sketch_of([*a, *b, *c])
    left = merged([merged([sketch_of(a), sketch_of(b)]), sketch_of(c)])
    right = merged([sketch_of(c), merged([sketch_of(b), sketch_of(a)])])
    assert left == right == whole
    assert whole.count == len(a) + len(b) + len(c)


@given(st.lists(VALUES, max_size=100), st.lists(VALUES, max_size=100))
def test_what_was_merged_can_be_taken_out_again(a: list[float], b: list[float]) -> None:
    whole = merged([sketch_of(a), sketch_of(b)])
    whole.remove(sketch_of(b))
    assert whole == sketch_of(a)


@given(st.lists(VALUES, max_size=100))
def test_packing_keeps_everything(values: list[float]) -> None:
    made = sketch_of(values)
    assert Sketch.unpack(made.pack()) == made


@given(st.binary(max_size=40))
def test_bytes_that_are_no_sketch_give_one_error_alone(data: bytes) -> None:
    try:
        Sketch.unpack(data)
    except ValueError:
        return


@given(st.lists(VALUES, max_size=100), VALUES)
def test_what_is_packed_says_the_same_as_what_it_was_packed_of(values: list[float], limit: float) -> None:
    made = sketch_of(values)
    packed = Packed(made.pack())
    assert (packed.count, packed.above(limit), packed.above(0)) == (made.count, made.above(limit), made.above(0))


@given(st.lists(VALUES, max_size=100), VALUES)
def test_what_is_above_a_limit_is_counted_to_one_percent_of_the_limit(values: list[float], limit: float) -> None:
    above = sketch_of(values).above(limit)
    least = sum(value > limit * GAMMA + LEAST for value in values)
    most = sum(value > limit / GAMMA for value in values)
    assert least <= above <= most or limit <= LEAST


def test_a_minute_of_an_idle_service_takes_tens_of_bytes() -> None:
    chance = random.Random(1)
    assert len(sketch_of([chance.lognormvariate(-3, 0.3) for _ in range(6)]).pack()) <= 20


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1.0, 0, id="one lies at the upper edge of bin 0"),
        pytest.param(GAMMA**10 * 0.999, 10, id="below the edge"),
        pytest.param(GAMMA**10 * 1.001, 11, id="above the edge"),
    ],
)
def test_bins_are_those_of_the_paper(value: float, expected: int) -> None:
    assert bin_of(value) == expected
    assert value_of(expected) == pytest.approx(2 * GAMMA**expected / (1 + GAMMA))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_value_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a value"):
        Sketch().add(value)


def test_nothing_has_no_percentile() -> None:
    assert Sketch().ranks(50, 99) == (None, None)
    assert sketch_of([0.0, -1.0]).ranks(50) == (0.0,)
