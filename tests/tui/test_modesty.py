"""What a slow line or a byte budget makes the floor leave out, and when that comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tui.modesty import CALM_S, HEAVY_S, LONGEST_CALM_S, SLOW_S, Load, Modesty, decide

BUDGET = 4000.0
QUIET, FULL = Load(300.0), Load(9000.0)
SLOW = Load(300.0, round_trip_s=2.5)
STUCK = Load(0.0, backlog_bytes=40_000)


def after(load: Load, seconds: float, before: Modesty | None = None, at: float = 100.0, budget: float = 0) -> Modesty:
    """Where it stands when the line was like that for so long, looked at each second."""
    modesty = before or Modesty()
    for second in range(int(seconds) + 1):
        modesty = decide(modesty, load, budget, at + second)
    return modesty


@pytest.mark.parametrize(
    ("load", "seconds", "budget", "step", "why"),
    [
        pytest.param(QUIET, 60, BUDGET, 0, "", id="under the budget everything is shown"),
        pytest.param(FULL, 600, 0, 0, "", id="without a budget and on a quick line everything is shown"),
        pytest.param(FULL, HEAVY_S - 1, BUDGET, 0, "", id="a burst passes"),
        pytest.param(FULL, HEAVY_S, BUDGET, 1, "byte budget", id="over the budget sparklines go first"),
        pytest.param(FULL, 2 * HEAVY_S, BUDGET, 2, "byte budget", id="then every second picture"),
        pytest.param(FULL, 3 * HEAVY_S, BUDGET, 3, "byte budget", id="then most of them"),
        pytest.param(FULL, 99 * HEAVY_S, BUDGET, 3, "byte budget", id="there is no step beyond"),
        pytest.param(SLOW, SLOW_S, 0, 1, "slow line", id="an answer that takes long is a slow line, budget or not"),
        pytest.param(STUCK, SLOW_S, 0, 1, "slow line", id="so is a terminal that takes nothing"),
        pytest.param(Load(0.0, 0.3), 60, 0, 0, "", id="a far terminal is not a slow line"),
        pytest.param(Load(0.0, 0.3, 9000), 60, 0, 0, "", id="nor is one that has a picture on its way"),
    ],
)
def test_it_goes_on_by_steps(load: Load, seconds: float, budget: float, step: int, why: str) -> None:
    modesty = after(load, seconds, budget=budget)
    assert (modesty.step, modesty.why) == (step, why)


def test_each_step_leaves_out_more() -> None:
    assert [Modesty(step=step).plain for step in range(4)] == [False, True, True, True]
    assert [Modesty(step=step).refresh_s for step in range(4)] == [0, 0, 2, 5]


def test_it_comes_back_step_by_step_when_the_line_was_calm_for_long_enough() -> None:
    modest = after(FULL, 3 * HEAVY_S, budget=BUDGET)
    assert after(QUIET, CALM_S - 1, modest, budget=BUDGET).step == 3
    assert after(QUIET, CALM_S, modest, budget=BUDGET).step == 2
    calm = after(QUIET, 3 * CALM_S, modest, budget=BUDGET)
    assert (calm.step, calm.why) == (0, "")


def test_a_little_under_the_budget_nothing_comes_back() -> None:
    modest = after(FULL, HEAVY_S, budget=BUDGET)
    assert after(Load(0.9 * BUDGET), 600, modest, budget=BUDGET).step == 1


def test_what_came_back_too_early_waits_longer_the_next_time() -> None:
    eased = after(QUIET, CALM_S, after(FULL, HEAVY_S, budget=BUDGET), 200, BUDGET)
    assert eased.step == 0
    again = after(FULL, HEAVY_S, eased, 231, BUDGET)
    assert (again.step, again.calm_s) == (1, 2 * CALM_S)
    assert after(QUIET, CALM_S, again, 300, BUDGET).step == 1


def test_long_after_it_came_back_the_wait_is_as_it_was() -> None:
    eased = after(QUIET, CALM_S, after(FULL, HEAVY_S, budget=BUDGET), 200, BUDGET)
    assert after(FULL, HEAVY_S, eased, 900, BUDGET).calm_s == CALM_S


_LOADS = st.builds(
    Load,
    st.floats(0, 1e6),
    st.none() | st.floats(0, 60),
    st.integers(0, 10**6),
)


@given(st.lists(st.tuples(_LOADS, st.floats(0.9, 30)), max_size=60), st.sampled_from([0.0, 500.0, BUDGET]))
def test_whatever_the_line_does_it_is_one_step_at_a_time(loads: list[tuple[Load, float]], budget: float) -> None:
    modesty, now = Modesty(), 0.0
    for load, gap in loads:
        now += gap
        before, modesty = modesty, decide(modesty, load, budget, now)
        assert 0 <= modesty.step <= 3
        assert abs(modesty.step - before.step) <= 1
        assert bool(modesty.why) == bool(modesty.step)
        assert CALM_S <= modesty.calm_s <= LONGEST_CALM_S
        assert replace(modesty) == modesty
