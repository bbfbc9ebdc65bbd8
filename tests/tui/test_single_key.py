"""A key pressed once, and what is none: too soon, held, in a burst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.single_key import BURST_S, HELD_S, READ_S, SingleKey


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param([("y", 1.0)], "", id="once, after it was read"),
        pytest.param([("j", 0.5), ("k", 0.7), ("y", 1.0)], "", id="after other keys"),
        pytest.param([("y", 0.2)], "too soon", id="too soon"),
        pytest.param([("y", -0.4), ("y", 0.35)], "held", id="the first repeat of a key that went down before"),
        pytest.param([("y", 1.0), ("y", 1.03)], "held", id="a repeat"),
        pytest.param([("k", 1.0), ("y", 1.01)], "burst", id="in a burst"),
        pytest.param([("y", -2.0), ("y", 1.0)], "", id="again, long after"),
        pytest.param([], "nothing", id="no key at all"),
    ],
)
def test_a_key(keys: list[tuple[str, float]], words: str) -> None:
    single = SingleKey()
    for key, at in keys:
        single.came(key, at)
    assert (words in single.why_not(0.0)) if words else single.why_not(0.0) == ""


@given(st.floats(-5, 5), st.floats(0.2, 0.7), st.floats(0.005, 0.2), st.integers(1, 60))
def test_no_repeat_of_a_held_key_ever_counts(down: float, delay_s: float, each_s: float, repeats: int) -> None:
    single = SingleKey()
    single.came("y", down)
    for repeat in range(repeats):
        single.came("y", down + delay_s + repeat * each_s)
        assert single.why_not(0.0)


def test_the_limits_leave_room_for_one_another() -> None:
    assert BURST_S < READ_S < HELD_S
    assert HELD_S > 0.66  # the longest delay that a keyboard usually has before it repeats
