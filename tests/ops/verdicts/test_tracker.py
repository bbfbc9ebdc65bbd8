"""Holds and consecutive polls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.board import Level
from ops.verdicts.finding import Finding
from ops.verdicts.tracker import LONGEST_GAP_S, CheckMemory, ReachMemory, held, rank, reach
from tests.parts.targets import START


def seen(level: Level, hold_s: float) -> Finding:
    """A finding of that level."""
    return Finding(check="host.cpu_percent", level=level, word="busy", text="CPU 95 %, over 90 %", hold_s=hold_s)


def course(levels: str, hold_s: float, step_s: float = 10.0) -> list[tuple[str, str, bool]]:
    """Level that counts, level shown and pending after each finding; levels by initial, o w c u."""
    names: dict[str, Level] = {"o": "ok", "w": "warning", "c": "critical", "u": "unknown"}
    memory: CheckMemory | None = None
    now, told = START, []
    for initial in levels:
        memory = held(memory, seen(names[initial], hold_s), now)
        told.append((memory.level[0], memory.shown[0], memory.pending))
        now += step_s
    return told


@pytest.mark.parametrize(
    ("levels", "hold_s", "expected"),
    [
        pytest.param("oc", 0, [("o", "o", False), ("c", "c", False)], id="without a hold it counts at once"),
        pytest.param(
            "ccc",
            20,
            [("o", "w", True), ("o", "w", True), ("c", "c", False)],
            id="a critical that waits is shown as a pending warning, and counts at the end of its hold",
        ),
        pytest.param(
            "www",
            20,
            [("o", "o", True), ("o", "o", True), ("w", "w", False)],
            id="a warning that waits changes nothing yet",
        ),
        pytest.param(
            "ccoccc",
            20,
            [
                ("o", "w", True),
                ("o", "w", True),
                ("o", "o", False),
                ("o", "w", True),
                ("o", "w", True),
                ("c", "c", False),
            ],
            id="one good finding deletes what waited",
        ),
        pytest.param(
            "wwwccc",
            20,
            [
                ("o", "o", True),
                ("o", "o", True),
                ("w", "w", False),
                ("w", "w", True),
                ("w", "w", True),
                ("c", "c", False),
            ],
            id="a warning goes on while the critical waits",
        ),
        pytest.param(
            "wcw",
            20,
            [("o", "o", True), ("o", "w", True), ("w", "w", False)],
            id="a critical in between keeps the warning's time",
        ),
        pytest.param(
            "ccccw", 20, [("o", "w", True)] * 2 + [("c", "c", False)] * 2 + [("w", "w", False)], id="it eases"
        ),
        pytest.param("u", 20, [("u", "u", False)], id="unknown never waits"),
    ],
)
def test_holds(levels: str, hold_s: float, expected: list[tuple[str, str, bool]]) -> None:
    assert course(levels, hold_s) == expected


def test_a_pending_check_says_how_long_it_waits() -> None:
    first = held(None, seen("critical", 30), START)
    second = held(first, seen("critical", 30), START + 12)
    assert second.text == "CPU 95 %, over 90 % (for 12 s of 30 s)"
    assert second.since == START


def test_a_leap_of_the_clock_fills_no_hold() -> None:
    first = held(None, seen("critical", 300), START)
    after_sleep = held(first, seen("critical", 300), START + 8 * 3600)
    assert after_sleep.critical_s == LONGEST_GAP_S
    assert after_sleep.pending
    set_back = held(after_sleep, seen("critical", 300), START)
    assert set_back.critical_s == LONGEST_GAP_S


@pytest.mark.parametrize(
    ("polls", "states"),
    [
        pytest.param("g", ["up"], id="good from the start"),
        pytest.param("bbb", ["failing", "failing", "down"], id="three bad polls make it down"),
        pytest.param(
            "bbgbb", ["failing", "failing", "up", "failing", "failing"], id="a good one in between starts anew"
        ),
        pytest.param("bbbgg", ["failing", "failing", "down", "recovering", "up"], id="two good ones make it up again"),
        pytest.param(
            "bbbgbgg",
            ["failing", "failing", "down", "recovering", "down", "recovering", "up"],
            id="a bad one while recovering is down at once",
        ),
    ],
)
def test_consecutive_polls(polls: str, states: list[str]) -> None:
    memory = ReachMemory()
    told = []
    for poll in polls:
        memory = reach(memory, poll == "g", failures=3, successes=2)
        told.append(memory.reached)
    assert told == states


@given(st.lists(st.booleans(), max_size=50), st.integers(0, 5), st.integers(0, 5))
def test_the_last_polls_alone_decide(polls: list[bool], failures: int, successes: int) -> None:
    memory = ReachMemory()
    for good in polls:
        memory = reach(memory, good, failures, successes)
    runs = max(failures, 1), max(successes, 1)
    if polls[-runs[0] :] == [False] * runs[0]:
        assert memory.reached == "down"
    if polls[-runs[1] :] == [True] * runs[1]:
        assert memory.reached == "up"
    if polls:
        assert (memory.reached in ("up", "recovering")) == polls[-1]


@given(st.lists(st.sampled_from("owcu"), max_size=60), st.floats(0, 120))
def test_shown_is_never_worse_than_seen_and_never_better_than_what_counts(levels: list[str], hold_s: float) -> None:
    for level, (counts, shown, pending) in zip(levels, course("".join(levels), hold_s), strict=True):
        names: dict[str, Level] = {"o": "ok", "w": "warning", "c": "critical", "u": "unknown"}
        assert rank(names[counts]) <= rank(names[shown]) <= rank(names[level])
        assert pending == (counts != level)
