"""Exclusions: overlapping work counts once, in whole minutes."""

from hypothesis import given
from hypothesis import strategies as st

from ops.slo.exclusions import Exclusions, merged

SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=12)
"""In minutes; half of them end before they begin."""


@given(SPANS, st.integers(0, 200), st.integers(0, 200))
def test_seconds_within_a_stretch_are_those_of_the_minutes_that_are_covered(
    spans: list[tuple[int, int]], start: int, end: int
) -> None:
    exclusions = Exclusions((60.0 * first, 60.0 * last) for first, last in spans)
    covered = {minute for first, last in spans for minute in range(first, last)}
    assert {minute for minute in range(201) if exclusions.covers(60 * minute + 59.9)} == covered
    wanted = 60 * len(covered & set(range(start, end)))
    assert exclusions.seconds(60 * start, 60 * end) == wanted
    assert exclusions.touches(60 * start, 60 * end) == (wanted > 0)


@given(SPANS)
def test_merged_spans_rise_and_lie_apart(spans: list[tuple[int, int]]) -> None:
    found = list(merged((float(first), float(last)) for first, last in spans))
    flat = [moment for span in found for moment in span]
    assert flat == sorted(set(flat))
    assert list(merged(reversed(found))) == found


def test_a_minute_that_work_touched_is_taken_out_whole() -> None:
    exclusions = Exclusions([(130.0, 185.0)])
    assert list(exclusions) == [(120.0, 240.0)]
    assert exclusions.seconds(100.0, 150.0) == 30
    assert len(Exclusions()) == 0
    assert Exclusions().seconds(0, 1e9) == 0
