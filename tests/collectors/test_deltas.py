"""Rises, rates and shares between two polls."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.deltas import Sample, rate, rise, share, trend

FIRST = Sample(100.0, {"hits": 90.0, "reads": 10.0, "depth": 50.0, "unknown": None})
SECOND = Sample(110.0, {"hits": 120.0, "reads": 20.0, "depth": 30.0, "unknown": 1.0})


def test_a_counter_that_rose_has_a_rise_and_a_rate() -> None:
    assert rise(FIRST, SECOND, "hits") == 30.0
    assert rate(FIRST, SECOND, "hits") == 3.0


def test_the_share_is_of_the_interval_and_not_of_all_time() -> None:
    assert share(FIRST, SECOND, "hits", "reads") == 0.75
    assert share(FIRST, FIRST, "hits", "reads") is None


def test_a_counter_that_fell_began_anew() -> None:
    assert rise(FIRST, SECOND, "depth") is None
    assert trend(FIRST, SECOND, "depth") == -2.0


def test_what_is_not_known_stays_so() -> None:
    assert rise(None, SECOND, "hits") is None
    assert rate(FIRST, SECOND, "unknown") is None
    assert trend(FIRST, SECOND, "absent") is None
    assert rate(FIRST, Sample(100.0, {"hits": 95.0}), "hits") is None


@given(st.floats(0, 1e15), st.floats(0, 1e15), st.floats(0.001, 1e6))
def test_a_rate_is_never_negative(old: float, new: float, passed: float) -> None:
    found = rate(Sample(0.0, {"n": old}), Sample(passed, {"n": new}), "n")
    assert found is None or found >= 0
