"""Figures of Prometheus and alerts of Alertmanager: taken over, muted, resolved by going, and kept while unreadable."""

import pytest

from collectors.base import Entity, Poll, Reading, Value
from ops.config.quantity import Quantity
from ops.config.structs import Threshold
from ops.rows import TargetRows
from ops.verdicts.defaults import Thresholds
from tests.parts.targets import START, Watched, entity, said, target

PAGE: dict[str, Value] = {"state": "active", "severity": "critical", "summary": "api-1 is gone"}
ROW = "alert:main/InstanceDown api-1"


def alert(**more: Value) -> Entity:
    return entity("alert", {**PAGE, **more}, "InstanceDown api-1")


def alertmanager() -> Watched:
    return Watched(target("alertmanager", "main", source_only=True))


@pytest.mark.parametrize(
    ("facts", "level", "word"),
    [
        pytest.param({}, "critical", "firing", id="critical"),
        pytest.param({"severity": "page"}, "critical", "firing", id="page"),
        pytest.param({"severity": "Error"}, "critical", "firing", id="error, however it is written"),
        pytest.param({"severity": "warning"}, "warning", "firing", id="warning"),
        pytest.param({"severity": "warn"}, "warning", "firing", id="warn"),
        pytest.param({"severity": "ticket"}, "warning", "firing", id="a word that nobody knows"),
        pytest.param({"severity": None}, "warning", "firing", id="no severity"),
        pytest.param({"severity": "info"}, "ok", "info", id="info"),
        pytest.param({"severity": "none"}, "ok", "info", id="a watchdog"),
        pytest.param({"state": "unprocessed"}, "critical", "firing", id="one that just came"),
        pytest.param({"state": "suppressed", "silenced_by": "a1"}, "ok", "silenced", id="silenced"),
        pytest.param({"state": "unheard"}, "unknown", "stale", id="one of before a restart"),
        pytest.param({"state": "suppressed", "inhibited_by": "b2"}, "ok", "inhibited", id="inhibited"),
        pytest.param(
            {"state": "suppressed", "silenced_by": "a1", "inhibited_by": "b2"},
            "ok",
            "silenced",
            id="silenced and inhibited",
        ),
    ],
)
def test_an_alert_is_as_bad_as_it_says(facts: dict[str, Value], level: str, word: str) -> None:
    watched = alertmanager()
    watched.reads({}, alert(**facts))
    assert said(watched.row(ROW))[:2] == (level, word)
    assert said(watched.row(ROW))[2].startswith("api-1 is gone" if level != "ok" else "")


def test_without_a_summary_its_name_is_told() -> None:
    watched = alertmanager()
    watched.reads({}, alert(summary=None))
    assert said(watched.row(ROW)) == ("critical", "firing", "InstanceDown api-1")


def test_a_resolved_alert_goes_quietly_and_a_known_one_stays_while_nobody_can_be_asked() -> None:
    watched = alertmanager()
    watched.reads({}, alert())
    watched.fails()
    assert said(watched.row(ROW))[:2] == ("critical", "firing")
    for _ in range(2):
        watched.fails()
    assert said(watched.row("alertmanager:main"))[:2] == ("unknown", "unreachable")
    assert said(watched.row(ROW)) == ("unknown", "stale", "could not be read: connection refused")
    watched.reads({}, alert())
    assert said(watched.row(ROW))[:2] == ("critical", "firing")
    watched.reads({})
    assert ROW not in watched.memory.rows


def told(rows: TargetRows, at: float, *parts: Entity, fails: bool = False) -> list[tuple[str, str, str, str]]:
    """Row, levels and text of each change that one more poll makes."""
    own = entity("alertmanager", {}, "main")
    reading = None if fails else Reading((own, *parts))
    outcome = "failed" if fails else "fresh"
    poll = Poll(target="alertmanager:main", outcome=outcome, at=at, took_s=0.1, reading=reading, error="refused")  # type: ignore[arg-type]
    return [(change.row, change.before, change.after, change.text) for change in rows.take(poll, at)]


def test_coming_and_going_are_told_among_the_changes() -> None:
    rows = TargetRows(target("alertmanager", "main", source_only=True), Thresholds(), START)
    assert told(rows, START, alert()) == [], "what was there before us is no news"
    assert told(rows, START + 10) == [(ROW, "critical", "ok", "resolved")]
    assert told(rows, START + 20, alert(severity="warning")) == [(ROW, "ok", "warning", "api-1 is gone")]
    assert told(rows, START + 30, alert(severity="warning")) == []
    assert told(rows, START + 40, alert(state="suppressed")) == [(ROW, "warning", "ok", "silenced")]
    assert told(rows, START + 50) == [], "one that was silenced goes without a word"
    assert told(rows, START + 60, entity("alert", {**PAGE, "severity": "info"}, "Watchdog")) == []
    told(rows, START + 70, alert())
    for step in range(8, 12):
        assert not [change for change in told(rows, START + 10 * step, fails=True) if change[0] == ROW]
    assert (ROW, "unknown", "ok", "not there any more") in told(rows, START + 120)


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({"value": 0.0, "series": 1}, "ok", "ok", "", id="zero is a figure"),
        pytest.param(
            {"value": None, "series": None, "error": "parse error"},
            "unknown",
            "unreadable",
            "parse error",
            id="a wrong query",
        ),
        pytest.param({"value": None, "series": 0}, "ok", "no data", "", id="no series"),
        pytest.param({"value_s": None, "series": 1, "sample_age_s": 0.2}, "ok", "no data", "", id="NaN"),
        pytest.param(
            {"value": None, "series": 1, "sample_age_s": 700.0},
            "unknown",
            "stale",
            "its last sample is 11m40s old",
            id="an old sample",
        ),
        pytest.param(
            {"value_ratio": 0.12, "series": 1},
            "critical",
            "high",
            "value 12 %, over 10 %",
            id="over a limit of one's own",
        ),
    ],
)
def test_figures(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    own = Threshold(metric="prometheus.figure.value_ratio", warning=Quantity(0.05), critical=Quantity(0.1))
    watched = Watched(target("prometheus", "main", source_only=True), Thresholds([own]))
    watched.reads({}, entity("prometheus.figure", facts, "errors"))
    assert said(watched.row("prometheus.figure:main/errors")) == (level, word, reason)


def test_a_series_that_vanishes_goes_quietly() -> None:
    watched = Watched(target("prometheus", "main", source_only=True))
    watched.reads({}, entity("prometheus.figure", {"value": 1.0}, "errors api"))
    watched.reads({})
    assert list(watched.memory.rows) == ["prometheus:main"]


def test_targets_that_stay_down_are_a_warning() -> None:
    watched = Watched(target("prometheus", "main", source_only=True))
    facts: dict[str, Value] = {"targets_up": 2, "targets_down": 1, "targets_down_names": "node db-1:9100"}
    assert [said(watched.reads(facts))[0] for _ in range(4)] == ["ok", "ok", "ok", "warning"]
    assert said(watched.reads(facts))[1:] == ("targets down", "targets down 1, over 1: such as node db-1:9100")
    assert said(watched.reads({"targets_up": 3, "targets_down": 0}))[0] == "ok"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"requests_per_s": 2.0, "series": 3}, ("ok", "ok", ""), id="it counts"),
        pytest.param({"requests_per_s": None, "series": 3}, ("ok", "ok", ""), id="it was read for the first time"),
        pytest.param({"requests_per_s": None, "series": 0}, ("ok", "no data", ""), id="there is nothing to count"),
        pytest.param(
            {"requests_per_s": 2.0, "series": None, "error": "total: parse error"},
            ("unknown", "unreadable", "total: parse error"),
            id="its query is wrong",
        ),
    ],
)
def test_a_figure_that_counts(facts: dict[str, Value], expected: tuple[str, str, str]) -> None:
    watched = Watched(target("prometheus", "main", source_only=True))
    watched.reads({}, entity("prometheus.figure", facts, "api"))
    assert said(watched.row("prometheus.figure:main/api")) == expected
