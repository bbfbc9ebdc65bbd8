"""Whole polls: reach, carried checks, stale and gone parts, flapping, and what must hold for any course."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.base import Entity, Value
from ops.verdicts.defaults import Thresholds
from ops.verdicts.judge import waiting
from ops.verdicts.tracker import rank
from tests.parts.targets import START, Watched, entity, said, target

GOOD: dict[str, Value] = {"status": 200, "total_s": 0.05}
BAD: dict[str, Value] = {"status": 500, "total_s": 0.05}


def test_a_row_waits_for_its_first_reading() -> None:
    assert (waiting(START).level, waiting(START).word) == ("unknown", "waiting")


def test_a_service_that_refuses_shows_at_once_and_is_down_after_three_polls() -> None:
    watched = Watched(target("service", "api"))
    assert said(watched.reads(GOOD)) == ("ok", "up", "")
    assert [said(watched.fails()) for _ in range(4)] == [
        ("warning", "failing", "connection refused (1 of 3)"),
        ("warning", "failing", "connection refused (2 of 3)"),
        ("critical", "down", "connection refused"),
        ("critical", "down", "connection refused"),
    ]
    assert [said(watched.reads(GOOD)) for _ in range(2)] == [
        ("warning", "recovering", "answers again (1 of 2)"),
        ("ok", "up", ""),
    ]


def test_a_wrong_answer_counts_like_none() -> None:
    watched = Watched(target("service", "api"))
    told = [said(watched.reads(facts)) for facts in (GOOD, BAD, BAD, BAD)]
    assert told[1:] == [
        ("warning", "failing", "answers 500 (1 of 3)"),
        ("warning", "failing", "answers 500 (2 of 3)"),
        ("critical", "down", "answers 500"),
    ]
    assert not watched.memory.good
    assert said(watched.fails("timed out", "timeout")) == ("critical", "down", "timed out")


def test_down_is_told_before_a_rate_of_failures() -> None:
    watched = Watched(target("service", "api"))
    erring = {"error_percent": 60.0}
    told = [said(watched.reads(BAD, derived=erring)) for _ in range(3)]
    assert [word for _, word, _ in told] == ["erring", "erring", "down"]


def test_wrong_answers_and_none_add_up() -> None:
    watched = Watched(target("service", "api"))
    watched.reads(BAD)
    watched.fails()
    assert said(watched.reads(BAD)) == ("critical", "down", "answers 500")


def test_slow_is_another_state_than_down() -> None:
    watched = Watched(target("service", "api"))
    slow: dict[str, Value] = {"status": 200, "total_s": 2.0}
    assert said(watched.reads(slow)) == ("warning", "slow", "answer took 2 s, over 500 ms (counts after 5 s)")
    assert said(watched.reads(slow)) == ("critical", "slow", "answer took 2 s, over 500 ms")
    assert watched.memory.good
    assert said(watched.reads(GOOD))[0] == "ok"


@pytest.mark.parametrize(
    ("section", "reason", "outcome", "level", "word"),
    [
        pytest.param("service", "timeout", "failed", "critical", "down", id="a service that hangs is down"),
        pytest.param("redis", "timeout", "failed", "critical", "hung", id="a store that hangs is not one that is gone"),
        pytest.param("redis", "refused", "failed", "critical", "down", id="a store that is gone"),
        pytest.param("postgres", "limit", "failed", "critical", "full", id="no slot free"),
        pytest.param(
            "postgres", "auth", "failed", "unknown", "locked out", id="a wrong password says nothing about it"
        ),
        pytest.param("service", "bug", "broken", "unknown", "broken", id="our own fault says nothing about it"),
    ],
)
def test_how_a_target_fails(section: str, reason: str, outcome: Any, level: str, word: str) -> None:
    watched = Watched(target(section))
    for _ in range(3):
        row = watched.fails("why", reason) if outcome == "failed" else watched.ends(outcome, "why")
    assert said(row) == (level, word, "why")


def test_what_cannot_help_to_ask_again_counts_at_once() -> None:
    watched = Watched(target("postgres"))
    assert said(watched.fails("wrong password", "auth", retry=False)) == ("unknown", "locked out", "wrong password")


def test_another_number_of_polls_can_be_configured() -> None:
    watched = Watched(target("service", failures=1, successes=1))
    assert said(watched.fails())[1] == "down"
    assert said(watched.reads(GOOD))[1] == "up"


def test_a_failed_poll_keeps_other_checks_until_it_counts() -> None:
    watched = Watched(target("host", source_only=True))
    for _ in range(5):
        watched.reads({"cpu_percent": 99.0})
    assert said(watched.memory.rows["host:it"])[:2] == ("critical", "busy")
    assert [said(watched.fails("no permission"))[:2] for _ in range(3)] == [
        ("critical", "busy"),
        ("critical", "busy"),
        ("unknown", "unreachable"),
    ]


def test_parts_of_a_source_that_fails_are_stale_never_gone() -> None:
    watched = Watched(target("docker", "local", source_only=True))
    web = entity("container", {"state": "exited", "exit_code": 1}, "web")
    watched.reads({}, web)
    row = "container:local/web"
    for _ in range(2):
        watched.fails()
        assert said(watched.row(row))[:2] == ("critical", "exited")
        assert watched.row(row).verdict.stale  # type: ignore[union-attr]
    watched.fails()
    assert said(watched.row("docker:local"))[:2] == ("unknown", "unreachable")
    assert said(watched.row(row)) == ("unknown", "stale", "could not be read: connection refused")
    assert watched.row(row).entity == web, "its last facts stay"
    watched.reads({}, web)
    assert said(watched.row(row))[:2] == ("critical", "exited")


@pytest.mark.parametrize(
    ("left", "goes", "gone"),
    [
        pytest.param([1, 2], 3, False, id="the highest of a service whose others run: it was scaled down"),
        pytest.param([1, 3], 2, True, id="one from the middle is missed"),
        pytest.param([2, 3], 1, True, id="the first is missed"),
        pytest.param([], 1, True, id="the only one is missed"),
    ],
)
def test_scaling_a_compose_service_down_is_no_alarm(left: list[int], goes: int, gone: bool) -> None:
    def web(number: int) -> Entity:
        facts: dict[str, Value] = {"state": "running", "project": "shop", "service": "web", "uptime_s": 3600.0}
        return entity("container", facts, f"shop-web-{number}")

    watched = Watched(target("docker", "local", source_only=True))
    watched.reads({}, *(web(number) for number in (*left, goes)))
    watched.reads({}, *(web(number) for number in left))
    assert (f"container:local/shop-web-{goes}" in watched.memory.rows) is gone


def test_the_highest_that_goes_while_another_is_down_is_missed() -> None:
    facts: dict[str, Value] = {"project": "shop", "service": "web"}
    watched = Watched(target("docker", "local", source_only=True))
    one, two = (entity("container", facts | {"state": "running"}, f"web-{number}") for number in (1, 2))
    watched.reads({}, one, two)
    watched.reads({}, entity("container", facts | {"state": "exited", "exit_code": 1}, "web-1"))
    assert said(watched.row("container:local/web-2"))[1] == "gone"


def test_a_container_that_vanishes_is_gone_for_ten_minutes() -> None:
    watched = Watched(target("docker", "local", source_only=True), step_s=60)
    watched.reads({}, entity("container", {"state": "running"}, "web"), entity("host.process", {}, "sh"))
    watched.reads({})
    assert said(watched.row("container:local/web")) == (
        "critical",
        "gone",
        "gone: not in the last reading any more; before it was running",
    )
    assert list(watched.memory.rows) == ["docker:local", "container:local/web"], "processes come and go"
    for _ in range(9):
        watched.reads({})
    assert "container:local/web" in watched.memory.rows
    watched.reads({})
    assert "container:local/web" not in watched.memory.rows


@pytest.mark.parametrize(
    ("last", "stays"),
    [
        pytest.param({"state": "exited", "exit_code": 0}, False, id="it had ended well"),
        pytest.param({"state": "created"}, False, id="it had never begun"),
        pytest.param({"state": "running", "uptime_s": 8.0}, False, id="a command that somebody ran"),
        pytest.param({"state": "running", "uptime_s": 8.0, "project": "shop"}, True, id="a new one of a project"),
        pytest.param({"state": "running", "uptime_s": 800.0}, True, id="it had run for long"),
        pytest.param({"state": "exited", "exit_code": 1}, True, id="it had failed"),
        pytest.param(
            {"state": "exited", "exit_code": 1, "project": "shop", "started_at": START, "finished_at": START + 600},
            True,
            id="it had failed after it had run for long",
        ),
        pytest.param(
            {"state": "exited", "exit_code": 137, "project": "shop", "started_at": START, "finished_at": START + 2},
            False,
            id="it had failed at once",
        ),
        pytest.param(
            {"state": "restarting", "project": "shop", "started_at": START, "finished_at": START + 2},
            False,
            id="it only ever restarted",
        ),
    ],
)
def test_which_containers_may_vanish_without_alarm(last: dict[str, Value], stays: bool) -> None:
    watched = Watched(target("docker", "local", source_only=True))
    watched.reads({}, entity("container", last, "web"))
    watched.reads({})
    assert ("container:local/web" in watched.memory.rows) == stays


def test_a_container_that_comes_back_is_judged_anew() -> None:
    watched = Watched(target("docker", "local", source_only=True))
    web = entity("container", {"state": "running"}, "web")
    watched.reads({}, web)
    watched.reads({})
    watched.fails()
    watched.reads({}, web)
    assert said(watched.row("container:local/web")) == ("ok", "running", "")
    watched.reads({})
    assert said(watched.row("container:local/web"))[1] == "gone"


def test_no_data_is_no_fault() -> None:
    watched = Watched(target("host", source_only=True))
    assert said(watched.ends("no_data", "this host has none")) == ("ok", "none", "")


def test_derived_facts_are_judged_and_shown() -> None:
    watched = Watched(target("service", "api"))
    row = watched.reads(GOOD, derived={"error_percent": 33.3})
    assert said(row) == ("critical", "erring", "failed probes 33.3 %, over 5 %")
    assert row.entity
    assert row.entity.facts["error_percent"] == 33.3


def test_two_parts_of_one_name_get_two_rows() -> None:
    watched = Watched(target("host", "box", source_only=True))
    watched.reads({}, entity("host.process", {"pid": 1}, "sh"), entity("host.process", {"pid": 2}, "sh"))
    assert list(watched.memory.rows) == ["host:box", "host.process:box/sh", "host.process:box/sh#2"]


@pytest.mark.parametrize("step_s", [1.0, 2.0])
def test_up_and_down_each_five_seconds_is_flapping_within_a_minute(step_s: float) -> None:
    watched = Watched(target("service", "api"), step_s=step_s)
    seen = []
    while watched.now < START + 60:
        facts = GOOD if (watched.now - START) % 10 < 5 else BAD
        seen.append(watched.reads(facts, derived={"error_percent": 0.0 if watched.now < START + 10 else 50.0}))
    assert seen[-1].verdict
    assert seen[-1].verdict.flapping
    assert said(seen[-1])[1] == "flapping"
    levels = [said(row)[0] for row in seen[-int(20 / step_s) :]]
    assert "ok" not in levels, "a flapping row is never green"


def test_flapping_can_be_switched_off() -> None:
    watched = Watched(target("service", "api"), flapping=False)
    for poll in range(40):
        row = watched.reads(GOOD) if poll % 2 else watched.reads(BAD)
        assert row.verdict
        assert not row.verdict.flapping


def test_a_busy_host_is_no_flapping_host() -> None:
    watched = Watched(target("host", source_only=True), step_s=5)
    for poll in range(60):
        row = watched.reads({"cpu_percent": 95.0 if poll % 2 else 20.0})
        assert row.verdict
        assert not row.verdict.flapping


def test_since_is_when_the_level_changed() -> None:
    watched = Watched(target("service", "api"))
    first = watched.reads(GOOD)
    assert first.verdict
    second = watched.reads(GOOD)
    assert second.verdict
    assert second.verdict.since == first.verdict.since == START + 10
    watched.fails()
    third = watched.fails()
    assert third.verdict
    assert third.verdict.since == START + 30


NAMES = (
    "status total_s cert_days json.status json.database json_error contains state exit_code restarts uptime_s ready "
    "consumers net_per_s memory_percent policy blocked zombies"
)
facts = st.dictionaries(
    st.sampled_from(NAMES.split()),
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats() | st.text(max_size=20) | st.just("running"),
)
parts = st.lists(
    st.builds(entity, st.sampled_from(["container", "queue", "host.process"]), facts, st.sampled_from(["a", "b"])),
    max_size=3,
)
poll = st.tuples(st.sampled_from(["reads", "fails", "broken", "no_data"]), facts, parts, st.floats(-100, 1000))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["service", "redis", "postgres", "host", "docker", "tls"]), st.lists(poll, max_size=25))
def test_any_course_of_polls_gives_sound_rows(section: str, course: list[Any]) -> None:
    watched = Watched(target(section, source_only=section in ("host", "docker")), Thresholds())
    for what, own, others, step_s in course:
        watched.step_s = step_s
        if what == "reads":
            watched.reads(own, *others)
        elif what == "fails":
            watched.fails()
        else:
            watched.ends(what, "why")
        assert next(iter(watched.memory.rows)) == watched.spec.id
        own_verdict = watched.memory.rows[watched.spec.id].verdict
        assert own_verdict
        assert own_verdict.since <= watched.now
        for row in watched.memory.rows.values():
            level, word, reason = said(row)
            assert word
            assert bool(reason) == (level != "ok")
            assert row.verdict
            ranks = [rank(check.level) for check in row.verdict.checks]
            assert ranks == sorted(ranks, reverse=True)
            assert row.verdict.flapping or rank(row.verdict.level) == max(ranks, default=0)
