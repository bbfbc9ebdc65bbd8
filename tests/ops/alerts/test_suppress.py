"""Why an alert is told or not: each stage in turn, and the first that stops it."""

from typing import Any

import pytest

from collectors.units import Duration
from ops.alerts.structs import Alert
from ops.alerts.suppress import Context, held_back, stops
from ops.board import Board, Cause
from ops.config.alerting import Alerting, IncidentSettings, Inhibit, Quiet
from tests.parts.alerts import alert, by_key, silence
from tests.parts.boards import NOW, board, row

STAGES = ["sample", "condition", "for", "flapping", "dependency", "inhibition", "silence", "maintenance", "storm"]
WELL = board(row("service:api"))
QUIET = Quiet(name="release", match=("kind=service",), every="day 22:00", length=Duration(3600))
INHIBIT = Inhibit(source=("rule=host-gone",), target=("rule=down",))


def context(*alerts: Alert, picture: Board = WELL, silences: Any = (), **config: Any) -> Context:
    """What is known of a floor with these alerts."""
    return Context(picture, by_key(*alerts), silences, Alerting(**config), NOW)


@pytest.mark.parametrize(
    ("one", "around", "stage", "said"),
    [
        pytest.param(alert(), context(), "", "", id="nothing stops what fires"),
        pytest.param(
            alert(state="pending", fired_at=None, hold_s=300.0),
            context(),
            "for",
            "it must be true for 5m: until 22:17 UTC",
            id="it has not been true for long enough",
        ),
        pytest.param(
            alert(state="resolved", resolved_at=NOW - 30),
            context(),
            "condition",
            "over since 22:12 UTC",
            id="it is over",
        ),
        pytest.param(
            alert(state="pending", fired_at=None, hold_s=300.0),
            context(picture=board(row("service:api", stale=True))),
            "sample",
            "service:api can't be read since 22:13 UTC; its alerts stand meanwhile",
            id="it waits and can't be read",
        ),
        pytest.param(
            alert(), context(picture=board(row("service:api", stale=True))), "", "", id="what fires fires on unread"
        ),
        pytest.param(
            alert(),
            context(alert(rule="flapping"), picture=board(row("service:api", flapping=True))),
            "flapping",
            "service:api is good and bad by turns, and flapping/service:api tells of that",
            id="its row flaps",
        ),
        pytest.param(
            alert(rule="flapping"),
            context(alert(rule="flapping"), picture=board(row("service:api", flapping=True))),
            "",
            "",
            id="that it flaps is told",
        ),
        pytest.param(
            alert(), context(picture=board(row("service:api", flapping=True))), "", "", id="unless nothing tells that"
        ),
        pytest.param(
            alert(),
            context(
                alert("postgres:shop", "database-down"),
                picture=board(causes=(Cause(row="postgres:shop", text="", affected=("service:api",)),)),
            ),
            "dependency",
            "service:api depends on postgres:shop, and database-down/postgres:shop is told of: no answer",
            id="it follows from another",
        ),
        pytest.param(
            alert(),
            context(alert("host:web1", "host-gone"), inhibits=(INHIBIT,)),
            "inhibition",
            "inhibited while host-gone/host:web1 fires",
            id="a rule inhibits it",
        ),
        pytest.param(
            alert(),
            context(silences=[silence(comment="migration")]),
            "silence",
            "silenced by alice until 23:13 UTC: migration",
            id="somebody silenced it",
        ),
        pytest.param(
            alert(),
            context(silences=[silence(end=NOW + 86400 * 3)]),
            "silence",
            "silenced by alice until 2023-11-17 22:13 UTC",
            id="for days",
        ),
        pytest.param(
            alert(),
            context(quiet=(QUIET,)),
            "maintenance",
            "quiet by calendar until 23:00 UTC: release",
            id="the calendar has it quiet",
        ),
        pytest.param(
            alert(),
            context(alert(), alert("service:web"), incidents=IncidentSettings(storm=1)),
            "storm",
            "one of 2 alerts that fired at once; the storm since 22:12 UTC is told",
            id="it is one of many",
        ),
    ],
)
def test_what_stops_it(one: Alert, around: Context, stage: str, said: str) -> None:
    steps = stops(one, around)
    assert [step.stage for step in steps] == STAGES
    assert all(step.text for step in steps)
    first = next((step for step in steps if not step.passed), None)
    assert ((first.stage, first.text) if first else ("", "")) == (stage, said)
    assert held_back(steps) == (said if stage in STAGES[3:] else "")


def test_what_is_kept_firing_says_until_when() -> None:
    kept = stops(alert(keep_since=NOW - 30, keep_s=300.0), context())[1]
    assert (kept.passed, kept.text) == (True, "not true since 22:12 UTC, kept firing until 22:17 UTC")


def test_the_sentences_do_not_change_with_every_look() -> None:
    one = alert(state="pending", fired_at=None, hold_s=300.0)
    later = Context(board(row("service:api", at=NOW + 4)), by_key(one), (), Alerting(), NOW + 5)
    assert stops(one, context()) == stops(one, later)
