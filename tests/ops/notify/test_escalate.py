"""Escalation by GoAlert's rules: only while nobody has it, step by step, again as often as said, and then no more."""

import pytest

from collectors.units import Duration
from ops.config.alerting import Escalation, EscalationStep
from ops.incidents.structs import Incident
from ops.notify.escalate import Climb, climbed, climbing, due, next_at

T0 = 1_800_000_000.0
MINUTE = 60.0


def plan(*minutes: float, repeat: int = 0) -> Escalation:
    """Steps with their delays."""
    steps = tuple(EscalationStep(after=Duration(each * MINUTE)) for each in minutes)
    return Escalation(name="e", steps=steps, repeat=repeat)


def incident(**facts: object) -> Incident:
    """One that was triggered at T0."""
    known = {"number": 1, "title": "t", "priority": "P1", "state": "triggered", "opened_at": T0, "began_at": T0}
    return Incident(**(known | facts))  # type: ignore[arg-type]


def steps_taken(escalation: Escalation, until_s: float, *, held: tuple[float, float] = (0, 0)) -> list[tuple[int, int]]:
    """The steps that are taken, looked for each second: minute and index."""
    climb, found = climbing(None, incident(), T0), []
    for second in range(int(until_s) + 1):
        now = T0 + second
        climb = climbing(climb, incident(), now)
        assert climb is not None
        step = due(escalation, climb, now, held=held[0] <= second < held[1])
        if step is not None:
            found.append((second // 60, step))
            climb = climbed(climb, now)
    return found


@pytest.mark.parametrize(
    ("escalation", "expected"),
    [
        pytest.param(plan(0, 15, 15), [(0, 0), (15, 1), (30, 2)], id="at once, after 15 and after 30 minutes"),
        pytest.param(plan(5), [(5, 0)], id="the first waits too where it says so"),
        pytest.param(plan(5, 10, repeat=1), [(5, 0), (15, 1), (20, 0), (30, 1)], id="again from the bottom, once"),
        pytest.param(plan(0, 10, repeat=1), [(0, 0), (10, 1), (20, 0), (30, 1)], id="no pause before: the last one's"),
        pytest.param(plan(0, repeat=5), [(each, 0) for each in range(6)], id="never faster than once a minute"),
        pytest.param(plan(0, 15, repeat=5), [(15 * n, n % 2) for n in range(12)], id="five times anew and no more"),
        pytest.param(plan(0, 10, repeat=-1), [(0, 0), (10, 1)], id="less than nothing is not endless"),
        pytest.param(plan(repeat=3), [], id="no steps: nothing"),
    ],
)
def test_steps_and_rounds(escalation: Escalation, expected: list[tuple[int, int]]) -> None:
    assert steps_taken(escalation, 3 * 3600) == expected


def test_nothing_is_taken_while_all_of_it_is_told_to_nobody() -> None:
    assert steps_taken(plan(0, 15), 3600, held=(0, 1200)) == [(20, 0), (35, 1)]


@pytest.mark.parametrize("state", ["acknowledged", "mitigated", "resolved"])
def test_only_what_is_triggered_climbs(state: str) -> None:
    assert climbing(Climb(begun_at=T0, taken=1, last_at=T0), incident(state=state), T0 + 60) is None
    assert climbing(None, None, T0) is None
    assert climbing(None, incident(merged_into=2), T0) is None


@pytest.mark.parametrize(
    ("now_so", "expected"),
    [
        pytest.param(plan(0, 15), None, id="as it was: it has stopped"),
        pytest.param(plan(0, 15, 30), (45, 2), id="with one step more: that one, after its delay"),
        pytest.param(plan(5, 15, repeat=1), (20, 0), id="with one round more: from the bottom"),
        pytest.param(plan(0), None, id="with fewer than were taken: nothing"),
        pytest.param(plan(), None, id="without any: nothing"),
    ],
)
def test_a_config_that_changes_on_the_way(now_so: Escalation, expected: tuple[int, int] | None) -> None:
    climb = Climb(begun_at=T0, taken=2, last_at=T0 + 15 * MINUTE)
    when = next_at(now_so, climb)
    step = None if when is None else due(now_so, climb, when, held=False)
    assert expected == (None if when is None or step is None else ((when - T0) / MINUTE, step))


def test_what_is_triggered_again_climbs_from_the_bottom() -> None:
    before = Climb(begun_at=T0, triggered_at=T0, taken=2, last_at=T0 + 900)
    again = climbing(before, incident(triggered_at=T0 + 3600), T0 + 3601)
    assert again == Climb(begun_at=T0 + 3600, triggered_at=T0 + 3600)
    assert next_at(plan(5), again) == T0 + 3600 + 300
    assert climbing(before, incident(triggered_at=T0), T0 + 3601) == before


def test_a_clock_that_is_set_back_an_hour_holds_up_nothing() -> None:
    before = Climb(begun_at=T0, taken=1, last_at=T0 + 900)
    now = T0 - 3600
    after = climbing(before, incident(), now)
    assert after is not None
    assert next_at(plan(0, 15), after) == now + 900


def test_a_clock_that_jumps_ahead_takes_one_step_not_all() -> None:
    climb = Climb(begun_at=T0, taken=1, last_at=T0)
    now = T0 + 8 * 3600
    assert due(plan(0, 15, 15), climb, now, held=False) == 1
    assert due(plan(0, 15, 15), climbed(climb, now), now, held=False) is None
