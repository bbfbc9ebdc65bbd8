"""Tests of the times of incidents."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from ops.incidents.clocks import clocks, mean_clocks, weeks
from ops.incidents.structs import Clocks, Incident
from tests.parts.boards import NOW

WEEK_S = 7 * 86_400.0


def incident(at: float = NOW, **more: object) -> Incident:
    given = {"number": 1, "title": "", "priority": "P2", "state": "resolved", "opened_at": at, "began_at": at - 20}
    return Incident(**given | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            incident(acked_at=NOW + 60, resolved_at=NOW + 300),
            Clocks(detect_s=20, acknowledge_s=60, resolve_s=300),
            id="from fault to incident, from there to the answer and to the end",
        ),
        pytest.param(incident(), Clocks(detect_s=20), id="what has not happened has no time"),
        pytest.param(
            incident(acked_at=NOW - 3540, resolved_at=NOW - 3300, began_at=NOW + 9),
            Clocks(detect_s=0, acknowledge_s=0, resolve_s=0),
            id="a clock that was set back makes nothing negative",
        ),
    ],
)
def test_an_incident_has_its_times(given: Incident, expected: Clocks) -> None:
    assert clocks(given) == expected


def test_means_leave_out_what_has_not_happened_and_what_was_no_incident() -> None:
    real = incident(acked_at=NOW + 60, resolved_at=NOW + 300)
    others = [incident(resolved_at=NOW + 100), incident(resolved_at=NOW + 9, false_positive=True)]

    assert mean_clocks([real, *others, incident(merged_into=1)]) == Clocks(detect_s=20, acknowledge_s=60, resolve_s=200)
    assert mean_clocks([]) is None


def test_weeks_begin_on_monday_and_those_without_incidents_are_there() -> None:
    given = [
        incident(resolved_at=NOW + 60),
        incident(resolved_at=NOW + 9, false_positive=True),
        incident(NOW + 2 * WEEK_S, state="triggered"),
    ]

    found = weeks(given)

    assert [week.monday for week in found] == [date(2023, 11, 13), date(2023, 11, 20), date(2023, 11, 27)]
    assert [(week.opened, week.resolved, week.false_ratio) for week in found] == [
        (2, 2, 0.5),
        (0, 0, None),
        (1, 0, None),
    ]
    assert found[0].resolve_s == 60
    assert weeks([]) == []


def test_a_week_is_one_of_the_zone() -> None:
    monday_in_tokyo = incident(1_700_427_600.0)  # Sunday, 2023-11-19 21:00 UTC

    assert weeks([monday_in_tokyo])[0].monday == date(2023, 11, 13)
    assert weeks([monday_in_tokyo], ZoneInfo("Asia/Tokyo"))[0].monday == date(2023, 11, 20)
