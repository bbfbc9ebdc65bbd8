"""Pace: so many seconds are so many events, however often it was asked meanwhile."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.pace import Pace

NOW = 1_800_000_000.0


def _events(pace: Pace, *times: float) -> list[bool]:
    return [pace.due(NOW + at) for at in times]


@pytest.mark.parametrize(
    ("times", "events"),
    [
        pytest.param((0, 10, 20, 30), [True] * 4, id="each probe in its interval"),
        pytest.param((0, 10.5, 19.9, 30.4), [True] * 4, id="a little early or late"),
        pytest.param((0, 3.3, 6.7, 10), [True, False, True, False], id="three times as often counts once an interval"),
        pytest.param((0, 0.1, 0.2, 0.3), [True, False, False, False], id="somebody asks again and again"),
        pytest.param((0, 3600, 3610), [True] * 3, id="a long sleep is not made up for"),
        pytest.param((0, -50, -40), [True, True, True], id="a clock that was set back"),
    ],
)
def test_what_is_an_event(times: tuple[float, ...], events: list[bool]) -> None:
    assert _events(Pace(10), *times) == events


@given(st.lists(st.floats(0.01, 1.05), min_size=1, max_size=400), st.floats(0.5, 60))
def test_events_are_the_time_that_passed_whatever_was_asked_between(gaps: list[float], interval_s: float) -> None:
    times = list(accumulate((0.0, *gaps)))
    pace = Pace(interval_s)
    counted = sum(pace.due(NOW + at * interval_s) for at in times)
    # The first one stands for the time before it; where probes are late by more than half an interval, they are fewer.
    assert abs(counted - 1 - times[-1]) <= 0.5 + 0.06 * len(gaps) * (max(gaps) > 1)
