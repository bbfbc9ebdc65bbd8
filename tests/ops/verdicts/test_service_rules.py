"""What an HTTP answer says, in the words of real health endpoints."""

from collections.abc import Mapping
from typing import Any

import pytest

from collectors.base import Value
from collectors.net.http_config import Expect
from ops.verdicts.defaults import Thresholds
from ops.verdicts.findings import findings
from tests.parts.targets import entity, target


def judged(facts: Mapping[str, Value], **expect: Any) -> list[tuple[str, str, str, bool]]:
    """Level, word, text and whether it fails, of each finding that is not ok."""
    spec = target("service", expect=Expect(**expect))
    found = findings(entity("service", facts), spec, Thresholds())
    return [(finding.level, finding.word, finding.text, finding.fails) for finding in found if finding.level != "ok"]


@pytest.mark.parametrize(
    ("facts", "expect", "text"),
    [
        pytest.param({"status": 500}, {}, "answers 500", id="a server's error"),
        pytest.param(
            {"status": 503, "json.error": "no connection to shop"},
            {},
            "answers 503: no connection to shop",
            id="an error in its own words",
        ),
        pytest.param({"status": 404}, {}, "answers 404", id="a client's error is one too"),
        pytest.param({"status": 200}, {"status": 204}, "answers 200, expected 204", id="another status than expected"),
        pytest.param({"status": 503}, {"status": [200, 204]}, "answers 503, expected 200 or 204", id="none of several"),
        pytest.param(
            {"status": 200, "contains": False}, {"contains": "Welcome"}, 'the answer lacks "Welcome"', id="text missing"
        ),
        pytest.param(
            {"status": 200, "absent": False},
            {"absent": "Traceback"},
            'the answer has "Traceback", which must not be there',
            id="text that must not be there",
        ),
        pytest.param(
            {"status": 200, "json_error": "cut at character 34"},
            {"json": {"status": "healthy"}},
            "the answer is no JSON: cut at character 34",
            id="JSON expected, but it is cut",
        ),
        pytest.param(
            {"status": 200, "json.status": "busy"},
            {"json": {"status": "healthy"}},
            'status is "busy", expected "healthy"',
            id="found and wanted value",
        ),
        pytest.param(
            {"status": 200}, {"json": {"db.up": True}}, 'db.up is missing, expected "True"', id="a path that is missing"
        ),
        pytest.param(
            {"status": 200, "json.up": 1}, {"json": {"up": True}}, 'up is "1", expected "True"', id="1 is not true"
        ),
        pytest.param(
            {"status": 200, "json.status": "unhealthy"}, {}, 'says that it is "unhealthy"', id="unhealthy with a 200"
        ),
    ],
)
def test_an_answer_that_is_no_good(facts: dict[str, Value], expect: dict[str, Any], text: str) -> None:
    assert judged(facts, **expect) == [("critical", "down", text, True)]


@pytest.mark.parametrize(
    ("facts", "expect"),
    [
        pytest.param({"status": 200}, {}, id="200"),
        pytest.param({"status": 302}, {}, id="a redirect that is not followed"),
        pytest.param({"status": 503}, {"status": 503}, id="an expected error"),
        pytest.param({"status": 200, "json_error": "no JSON"}, {}, id="no JSON where none is expected"),
        pytest.param({"status": 200, "json.n": 1}, {"json": {"n": 1}}, id="an expected number"),
        pytest.param({"status": 200, "json.status": "ok", "json.log_level": "error"}, {}, id="a log level is no state"),
        pytest.param({"status": 200, "json.environment": "production"}, {}, id="nor is an environment"),
        pytest.param({"status": 200, "json.database": "shop"}, {}, id="nor the name of a database"),
        pytest.param({"status": 200, "json.order.status": "packed"}, {}, id="nor the status of an order"),
        pytest.param({"status": 200, "json.cache": False}, {}, id="nor whether the answer came from a cache"),
        pytest.param({"status": 200, "json.checks.mail.status": "disabled"}, {}, id="what is switched off is well"),
        pytest.param({"status": 200, "json.checks.db.latency": 3}, {}, id="nor a figure"),
        pytest.param(
            {
                "status": 200,
                "json.status": "healthy",
                "json.database": "connected",
                "json.cache": "connected",
                "json.queue": "connected",
                "json.timestamp": "2024-01-01T12:00:00Z",
            },
            {},
            id="all components connected",
        ),
    ],
)
def test_an_answer_that_is_good(facts: dict[str, Value], expect: dict[str, Any]) -> None:
    assert judged(facts, **expect) == []


@pytest.mark.parametrize(
    ("facts", "expect", "texts"),
    [
        pytest.param(
            {"json.status": "healthy", "json.database": "disconnected"}, {}, ['database is "disconnected"'], id="flat"
        ),
        pytest.param(
            {"json.status": "healthy", "json.checks.db.status": "down"}, {}, ['db is "down"'], id="under checks"
        ),
        pytest.param({"json.components.db.status": "DOWN"}, {}, ['db is "DOWN"'], id="in capitals"),
        pytest.param({"json.checks.redis": False}, {}, ['redis is "False"'], id="as a flag"),
        pytest.param({"json.services.mail.state": "wobbly"}, {}, ['mail is "wobbly"'], id="an unheard word in a group"),
        pytest.param(
            {"json.checks.0.name": "mail", "json.checks.0.status": "down"}, {}, ['mail is "down"'], id="as a list"
        ),
        pytest.param({"json.status": "degraded"}, {}, ['says that it is "degraded"'], id="the whole is degraded"),
        pytest.param(
            {"json.status": "degraded"},
            {"json": {"status": "healthy"}},
            ['says that it is "degraded"'],
            id="degraded is a warning also where healthy is expected",
        ),
        pytest.param(
            {"json.status": "warning", "json.checks.db.status": "error", "json.checks.cache.status": "ok"},
            {},
            ['says that it is "warning"', 'db is "error"'],
            id="the whole and its part",
        ),
    ],
)
def test_an_answer_that_is_degraded(facts: dict[str, Value], expect: dict[str, Any], texts: list[str]) -> None:
    assert judged({"status": 200, **facts}, **expect) == [("warning", "degraded", text, False) for text in texts]


def test_what_is_expected_to_be_degraded_is_well() -> None:
    assert judged({"status": 200, "json.status": "degraded"}, json={"status": "degraded"}) == []


def test_an_expectation_that_is_met_only_partly_is_told_wherever_it_stands() -> None:
    facts: dict[str, Value] = {"status": 200, "json.mode.now": "degraded"}
    assert judged(facts, json={"mode.now": "full"}) == [("warning", "degraded", 'mode.now is "degraded"', False)]


def test_a_component_with_an_expectation_of_its_own_is_judged_by_that_alone() -> None:
    assert judged({"status": 200, "json.database": "down"}, json={"database": "down"}) == []


def test_a_long_value_is_cut_in_the_sentence() -> None:
    ((_, _, text, _),) = judged({"status": 200, "json.status": "x" * 5000}, json={"status": "ok"})
    assert len(text) < 120
