"""Tests of when trouble began, by the changes of its row."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from ops.alerts.structs import Turn
from ops.board import Board, Change, Level
from ops.config.alerting import IncidentSettings
from ops.incidents.began import first_bad
from ops.incidents.correlate import correlate
from tests.parts.alerts import alert
from tests.parts.boards import NOW, row


def change(ago_s: float, before: Level, after: Level, of: str = "postgres:shop") -> Change:
    return Change(at=NOW - ago_s, row=of, before=before, after=after, text="")


@pytest.mark.parametrize(
    ("changes", "ago_s"),
    [
        pytest.param((), 0, id="nothing is known"),
        pytest.param([change(0.2, "ok", "critical")], 0.2, id="it was down at once"),
        pytest.param([change(0.2, "warning", "critical"), change(5, "ok", "warning")], 5, id="it failed before"),
        pytest.param([change(0.2, "warning", "critical"), change(400, "ok", "warning")], 0.2,
                     id="what had been wrong for long was something else"),
        pytest.param([change(2, "ok", "critical"), change(9, "critical", "ok"), change(30, "ok", "critical")], 2,
                     id="it was well in between"),
        pytest.param([change(2, "critical", "ok"), change(9, "ok", "critical")], 0, id="it was well"),
        pytest.param([change(-3, "ok", "critical"), change(7, "ok", "critical", "redis:cache")], 0,
                     id="another row, and later"),
        pytest.param([change(2, "warning", "critical")], 2, id="what was before is forgotten"),
    ],
)  # fmt: skip
def test_trouble_begins_with_the_first_bad_reading(changes: Sequence[Change], ago_s: float) -> None:
    assert first_bad(changes, "postgres:shop", NOW) == NOW - ago_s


def test_an_incident_began_when_its_row_first_failed() -> None:
    one = replace(alert("postgres:shop"), active_at=NOW, fired_at=NOW)
    shop = row("postgres:shop", level="critical", word="down", error="refused")
    changes = (change(0.5, "warning", "critical"), change(5.5, "ok", "warning"))
    board = Board(name="shop", environment="", mode="live", at=NOW, late_s=0.0, rows=(shop,), changes=changes)
    turns = [Turn(at=NOW, kind="fired", alert=one)]
    moments = correlate(turns, {one.key: one}, board, (), IncidentSettings(), NOW)
    assert moments[0].data["began"] == moments[1].data["since"] == repr(NOW - 5.5)
