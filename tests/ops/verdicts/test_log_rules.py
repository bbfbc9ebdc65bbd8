"""Logs and access logs: errors by the minute, shares of requests, silence, floods."""

import pytest

from collectors.base import Value
from collectors.units import Duration
from ops.config.quantity import Quantity
from ops.config.structs import Threshold
from ops.verdicts.defaults import Thresholds
from tests.parts.targets import Watched, said, target

ENOUGH: dict[str, Value] = {"requests": 20, "unparsed_lines": 0, "skipped_lines": 0}


@pytest.mark.parametrize(
    ("section", "facts", "level", "word", "reason"),
    [
        pytest.param("log", {"errors_per_min": 4, "newest_error": "boom"}, "ok", "ok", "", id="a few errors"),
        pytest.param("log", {"errors_per_min": None}, "ok", "ok", "", id="not known yet"),
        pytest.param(
            "log",
            {"errors_per_min": 5, "newest_error": "5× no route to host"},
            "warning",
            "erring",
            "errors 5/min, over 5/min: 5× no route to host",
            id="errors again and again, and the newest of them",
        ),
        pytest.param(
            "log",
            {"errors_per_min": 200, "newest_error": "200× connection to db refused"},
            "critical",
            "erring",
            "errors 200/min, over 60/min: 200× connection to db refused",
            id="equal errors are one line with a count",
        ),
        pytest.param(
            "log",
            {"errors_per_min": 0, "skipped_lines": 280_998},
            "warning",
            "flooding",
            "280,998 lines of the last minute were too many to read: the figures are of the others",
            id="a flood",
        ),
        pytest.param(
            "access_log",
            {"requests": 0, "unparsed_lines": 30, "format_guess": 'format = "json"'},
            "warning",
            "unreadable",
            '30 of 30 lines do not have the configured format; did you mean format = "json"?',
            id="another format, and which one it may be",
        ),
        pytest.param("log", {"errors_per_min": 0, "silent_s": 9e6}, "ok", "ok", "", id="silence alone is no fault"),
        pytest.param(
            "access_log",
            {**ENOUGH, "errors_percent": 5.0, "newest_error": "502 GET /pay"},
            "critical",
            "erring",
            "failed requests 5 %, over 5 %: 502 GET /pay",
            id="as many failed requests as service.error_percent allows failed probes",
        ),
        pytest.param(
            "access_log",
            {**ENOUGH, "errors_percent": 2.0},
            "warning",
            "erring",
            "failed requests 2 %, over 2 %",
            id="a warning from 2 % on",
        ),
        pytest.param(
            "access_log",
            {**ENOUGH, "requests": 19, "errors_percent": 50.0, "p95_s": 9.0},
            "ok",
            "ok",
            "",
            id="too few requests for a share",
        ),
        pytest.param(
            "access_log",
            {**ENOUGH, "unparsed_lines": 21, "errors_percent": 0.0},
            "warning",
            "unreadable",
            "21 of 41 lines do not have the configured format",
            id="another format",
        ),
        pytest.param(
            "access_log", {**ENOUGH, "unparsed_lines": 19}, "ok", "ok", "", id="a few lines of something else"
        ),
    ],
)
def test_states(section: str, facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    assert said(Watched(target(section, source_only=True)).reads(facts)) == (level, word, reason)


def test_slow_answers_count_when_they_stay() -> None:
    watched = Watched(target("access_log", source_only=True))
    facts: dict[str, Value] = {**ENOUGH, "p95_s": 0.501}
    assert said(watched.reads(facts))[:2] == ("warning", "slow")
    assert said(watched.reads(facts)) == ("critical", "slow", "p95 of the answers 501 ms, over 500 ms")


def test_silence_is_judged_where_a_threshold_says_so() -> None:
    limit = Threshold(metric="log.silent_s", critical=Quantity(60), hold=Duration(0))
    watched = Watched(target("log", source_only=True), Thresholds([limit]))
    assert said(watched.reads({"silent_s": 75.0})) == ("critical", "silent", "no line for 1m15s, over 1m")


def test_a_log_that_cannot_be_read_is_unknown_and_not_down() -> None:
    watched = Watched(target("log", source_only=True))
    for _ in range(3):
        watched.fails("cannot read the log /a: No such file or directory", "missing")
    assert said(watched.row("log:it"))[:2] == ("unknown", "unreachable")
