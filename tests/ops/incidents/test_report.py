"""Tests of the report on incidents: what counts, in which week, and who was late."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.units import Duration
from ops.config.alerting import IncidentSettings
from ops.incidents.report import Report, report
from ops.incidents.structs import Incident
from tests.parts.promised import DAY, HOUR, MINUTE, NOW

SETTINGS = IncidentSettings(respond={"P2": Duration(600)})


def incident(number: int = 1, ago_s: float = HOUR, **more: Any) -> Incident:
    """One that was opened so long ago and lasted ten minutes, but for what is given."""
    at = NOW - ago_s
    plain: dict[str, Any] = {
        "number": number, "title": "x", "priority": "P2", "state": "resolved", "began_at": at - 20, "opened_at": at,
        "resolved_at": at + 10 * MINUTE,
    }  # fmt: skip
    return Incident(**plain | more)


def going_on(**more: Any) -> Incident:
    return incident(state="triggered", resolved_at=None, **more)


def found(*incidents: Incident) -> Report:
    return report(incidents, NOW - 28 * DAY, NOW, SETTINGS)


def test_what_was_merged_and_what_was_before_does_not_count() -> None:
    told = found(incident(1), incident(2, merged_into=1), incident(3, ago_s=29 * DAY), going_on(number=4))
    assert (told.opened, told.open, told.resolved) == (2, 1, 1)


def test_false_alarms_are_counted_among_what_is_over_and_left_out_of_means() -> None:
    told = found(incident(1), incident(2, false_positive=True, resolved_at=NOW), going_on(number=3))
    assert (told.false_positives, told.false_ratio) == (1, 0.5)
    assert told.means is not None
    assert told.means.resolve_s == 10 * MINUTE
    assert [one.number for one in told.longest] == [1]


@pytest.mark.parametrize(
    ("one", "in_time", "late"),
    [
        pytest.param(incident(acked_at=NOW - HOUR + 600), 1, 0, id="answered at the last moment"),
        pytest.param(incident(acked_at=NOW - HOUR + 601), 0, 1, id="answered a second late, as the config has it"),
        pytest.param(incident(resolved_at=NOW - HOUR + 60), 0, 0, id="over before anybody had to answer"),
        pytest.param(incident(resolved_at=NOW), 0, 1, id="over without an answer, but late"),
        pytest.param(going_on(ago_s=60), 0, 0, id="it still waits in time"),
        pytest.param(going_on(), 0, 1, id="it waits for too long"),
        pytest.param(incident(priority="P1", acked_at=NOW - HOUR + 900), 1, 0, id="P1 has 15 minutes"),
    ],
)
def test_an_answer_is_in_time_or_late(one: Incident, in_time: int, late: int) -> None:
    (told,) = found(one).priorities
    assert (told.in_time, told.late) == (in_time, late)


def test_what_caused_several_is_named_with_how_long_it_all_lasted() -> None:
    told = found(
        incident(1, cause_row="postgres:shop"), incident(2, cause_row="postgres:shop"), incident(3, cause_row="host:a"),
        incident(4, cause_row="host:b", false_positive=True), incident(5, cause_row="host:b"),
    )  # fmt: skip
    assert [(one.row, one.incidents, one.lasted_s) for one in told.causes] == [("postgres:shop", 2, 20 * MINUTE)]


def test_weeks_without_any_are_told_between_others() -> None:
    told = found(incident(1, ago_s=15 * DAY), incident(2))
    assert [week.opened for week in told.weeks] == [1, 0, 1]


@given(
    st.lists(st.tuples(st.floats(0, 40 * DAY), st.booleans(), st.sampled_from(("P1", "P2", "P3", "P4"))), max_size=30)
)
def test_weeks_and_priorities_add_up(drawn: list[tuple[float, bool, str]]) -> None:
    given_ones = [
        incident(number, ago_s, priority=priority) if over else going_on(number=number, ago_s=ago_s, priority=priority)
        for number, (ago_s, over, priority) in enumerate(drawn, 1)
    ]
    told = found(*given_ones)
    assert sum(week.opened for week in told.weeks) == told.opened
    assert sum(one.opened for one in told.priorities) == told.opened
    assert told.open + told.resolved == told.opened
    assert all(one.in_time + one.late <= one.opened for one in told.priorities)
