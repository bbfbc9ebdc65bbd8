"""Flapping, against figures worked out from nagioscore's own formula, and as an operator sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.verdicts.flapping import STATES, FlapMemory, change_percent, flap
from tests.parts.targets import START


def states(pattern: str) -> tuple[bool, ...]:
    """States from a pattern such as "oox", o = good, oldest first."""
    return tuple(char == "o" for char in pattern)


@pytest.mark.parametrize(
    ("pattern", "percent"),
    [
        pytest.param("o" * 21, 0.0, id="no change at all"),
        pytest.param("ox" * 10 + "o", 100.0, id="a change at each state"),
        pytest.param("x" + "o" * 20, 0.75 * 5, id="the oldest change weighs 0.75"),
        pytest.param("o" * 20 + "x", 1.25 * 5, id="the newest change weighs 1.25"),
        pytest.param("o" * 10 + "x" * 11, (0.75 + 9 * 0.5 / 19) * 5, id="the tenth change"),
        pytest.param("", 0.0, id="no state yet"),
        pytest.param("x", 0.0, id="a first state is no change"),
        pytest.param("ox", 6.25, id="a short history counts as if it had always been so before"),
        pytest.param("x" * 5 + "o" * 21, 0.0, id="only the last 21 states count"),
    ],
)
def test_weighted_percent_of_changes(pattern: str, percent: float) -> None:
    assert change_percent(states(pattern)) == pytest.approx(percent)


def changes(*transitions: int) -> tuple[bool, ...]:
    """21 states that change at these transitions, 1 the oldest, 20 the newest."""
    found = [True]
    for transition in range(1, STATES):
        found.append(found[-1] != (transition in transitions))
    return tuple(found)


@pytest.mark.parametrize(
    ("transitions", "before", "after"),
    [
        pytest.param((8, 9, 10, 11, 12, 13), False, True, id="at 30 % it starts"),
        pytest.param((7, 9, 10, 11, 12, 13), False, False, id="under 30 % it does not"),
        pytest.param((7, 9, 10, 11, 12, 13), True, True, id="but goes on"),
        pytest.param((9, 10, 11, 13), True, True, id="over 20 % it goes on"),
        pytest.param((9, 10, 11, 13), False, False, id="and does not start"),
        pytest.param((9, 10, 11, 12), True, False, id="at 20 % it stops"),
    ],
)
def test_it_starts_at_30_percent_and_stops_at_20(transitions: tuple[int, ...], before: bool, after: bool) -> None:
    course = changes(*transitions)
    memory = FlapMemory(course[:-1], START, before)
    assert flap(memory, course[-1], START + 10).flapping is after


def swings(up_s: float, down_s: float, every_s: float, for_s: float, memory: FlapMemory | None = None) -> list[bool]:
    """Whether it flaps after each poll of something that is up and down by turns."""
    memory = memory or FlapMemory()
    flags = []
    polls = int(for_s / every_s)
    for poll in range(polls):
        at = poll * every_s
        memory = flap(memory, at % (up_s + down_s) < up_s, START + at)
        flags.append(memory.flapping)
    return flags


@pytest.mark.parametrize(
    ("up_s", "down_s", "every_s", "flaps"),
    [
        pytest.param(5, 5, 1, True, id="up and down each 5 s, polled each second"),
        pytest.param(5, 5, 2, True, id="up and down each 5 s, polled each 2 s"),
        pytest.param(5, 5, 0.5, True, id="up and down each 5 s, polled twice a second"),
        pytest.param(30, 30, 2, False, id="up and down each 30 s are two outages a minute, not flapping"),
        pytest.param(1000, 5, 1, False, id="always up"),
    ],
)
def test_within_a_minute(up_s: float, down_s: float, every_s: float, flaps: bool) -> None:
    assert any(swings(up_s, down_s, every_s, 60)) == flaps


def test_one_outage_is_not_flapping() -> None:
    for length in range(1, 40):
        assert not any(swings(20, length, 5, 20 + length))


def test_it_stops_only_at_20_percent() -> None:
    memory = FlapMemory()
    now = START
    for good in states("ox" * 6):
        now += 10
        memory = flap(memory, good, now)
    assert memory.flapping
    quiet = 0
    while memory.flapping:
        now += 10
        quiet += 1
        memory = flap(memory, False, now)
        assert memory.flapping == (change_percent(memory.states) > 20)
    assert 5 < quiet < STATES


@given(st.lists(st.tuples(st.booleans(), st.floats(-100, 100)), max_size=200))
def test_any_course_keeps_its_bounds(course: list[tuple[bool, float]]) -> None:
    memory = FlapMemory()
    now = START
    for good, step_s in course:
        now += step_s
        memory = flap(memory, good, now)
        assert len(memory.states) <= STATES
        assert 0 <= change_percent(memory.states) <= 100.0001
        assert memory.states[-1] == good
        assert not memory.flapping or change_percent(memory.states) > 20


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_spaced_polls_are_kept_one_by_one(course: list[bool]) -> None:
    memory = FlapMemory()
    for place, good in enumerate(course):
        memory = flap(memory, good, START + 10 * place)
    assert memory.states == tuple(course[-STATES:])


@pytest.mark.parametrize("every_s", [0.5, 1, 2, 2.5])
def test_it_calms_down_as_fast_as_it_was_told(every_s: float) -> None:
    memory = FlapMemory()
    quiet_from = 60.0
    flaps_at = calm_at = 0.0
    for poll in range(int(140 / every_s)):
        at = poll * every_s
        memory = flap(memory, at >= quiet_from or at % 10 < 5, START + at)
        flaps_at = flaps_at or at * memory.flapping
        calm_at = at if memory.flapping else calm_at
    assert 0 < flaps_at <= 35
    assert calm_at <= quiet_from + 40
