"""The spread, against the sketch that it counts as."""

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.sketch import Sketch
from collectors.spread import Spread

latencies = st.lists(st.floats(0, 1000) | st.sampled_from([0.0, 1e-12, 1e-9, 0.001, 3.0]), max_size=40)


@given(latencies, latencies)
def test_it_tells_what_a_sketch_of_what_is_left_tells(gone: list[float], left: list[float]) -> None:
    spread, first, last = Spread(), Sketch(), Sketch()
    for value in gone:
        spread.add(value)
        first.add(value)
    for value in left:
        spread.add(value)
        last.add(value)
    spread.remove(first)
    assert spread.count == last.count
    assert spread.ranks(1, 50, 95, 99, 100) == last.ranks(1, 50, 95, 99, 100)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_value_is_refused_and_changes_nothing(value: float) -> None:
    spread = Spread()
    with pytest.raises(ValueError, match="not a value"):
        spread.add(value)
    assert spread.count == 0


def test_it_keeps_its_size_while_values_come_and_go() -> None:
    def bytes_of(spread: Spread) -> int:
        return sys.getsizeof(spread._bins)

    spread = Spread()
    spread.add(0.001)
    small = bytes_of(spread)
    for number in range(10_000):
        spread.add(0.0002 + number % 50 / 10_000)
    spread.add(10.0)
    assert bytes_of(spread) == small < 2700, "a timeout now and then costs nothing"
    spread.add(60.0)
    assert bytes_of(spread) < 4900
