"""Containers and processes, as an operator must read them."""

import pytest

from collectors.base import Value
from tests.parts.targets import Watched, entity, said, target

RUNNING: dict[str, Value] = {"state": "running", "health": None, "restarts": 0, "uptime_s": 500.0}


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({}, "ok", "running", "", id="running"),
        pytest.param({"health": "healthy"}, "ok", "running", "", id="running and healthy"),
        pytest.param({"health": "starting"}, "ok", "starting", "", id="its health probe has not passed yet"),
        pytest.param({"health": "unhealthy"}, "critical", "unhealthy", "unhealthy: HTTP 503", id="unhealthy"),
        pytest.param(
            {"state": "exited", "exit_code": 137}, "critical", "exited", "exited (137), ended by SIGKILL", id="killed"
        ),
        pytest.param({"state": "exited", "exit_code": 1}, "critical", "exited", "exited (1)", id="ended with an error"),
        pytest.param(
            {"state": "exited", "exit_code": 0, "project": "shop"}, "warning", "exited", "exited (0)", id="ended well"
        ),
        pytest.param(
            {"state": "exited", "exit_code": -9}, "critical", "exited", "exited (-9), ended by SIGKILL", id="a process"
        ),
        pytest.param(
            {"state": "exited", "exit_code": 137, "oom_killed": True, "memory_limit_bytes": 64 * 2**20},
            "critical",
            "out of memory",
            "killed for memory: exited (137), its limit is 64 MiB",
            id="out of memory is named, not taken for an operator's stop",
        ),
        pytest.param(
            {"oom_killed": True},
            "warning",
            "out of memory",
            "a process in it was killed for memory",
            id="a child was killed for memory, the container lives",
        ),
        pytest.param(
            {"state": "paused"}, "warning", "paused", "paused: its processes are frozen and answer nothing", id="paused"
        ),
        pytest.param(
            {"state": "restarting"},
            "critical",
            "restarting",
            "restarting: it keeps ending soon after its start",
            id="restarting",
        ),
        pytest.param(
            {"state": "restarting", "exit_code": 1},
            "critical",
            "restarting",
            "restarting: it keeps ending soon after its start with exit code 1",
            id="restarting with its exit code",
        ),
        pytest.param(
            {"state": "restarting", "exit_code": 137, "oom_killed": True},
            "critical",
            "restarting",
            "restarting: it was killed for memory",
            id="restarting for want of memory",
        ),
        pytest.param(
            {"state": "exited", "exit_code": 3, "swarm_service": "mailer"},
            "ok",
            "replaced",
            "",
            id="a swarm's old task is history: its service tells what is wrong",
        ),
        pytest.param({"state": None}, "unknown", "unknown", "its state is not known", id="a state that is not known"),
        pytest.param({"state": "created"}, "ok", "created", "", id="made but never started"),
        pytest.param(
            {"state": "stopped"}, "warning", "frozen", "frozen: stopped by a signal, it answers nothing", id="frozen"
        ),
        pytest.param(
            {"state": "missing"}, "critical", "missing", "missing: there is no such process", id="no such process"
        ),
    ],
)
def test_states(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    watched = Watched(target("docker", "local", source_only=True))
    web = entity("container", {**RUNNING, **facts}, "web", {"health probe": "curl\nHTTP 503\n\n"})
    watched.reads({}, web)
    assert said(watched.row("container:local/web")) == (level, word, reason)


def test_a_command_that_ended_well_is_no_alarm_but_what_was_seen_to_run_is() -> None:
    watched = Watched(target("docker", "local", source_only=True))
    ended = entity("container", {"state": "exited", "exit_code": 0, "uptime_s": None}, "web")
    watched.reads({}, ended)
    assert said(watched.row("container:local/web")) == ("ok", "exited", "")
    watched.reads({}, entity("container", RUNNING, "web"))
    watched.reads({}, ended)
    assert said(watched.row("container:local/web")) == ("warning", "exited", "exited (0)")


def restarts(*counts: int, step_s: float = 10.0) -> list[tuple[str, str]]:
    """Level and word after each reading of the counter."""
    watched = Watched(target("docker", "local", source_only=True), step_s=step_s)
    told = []
    for count in counts:
        watched.reads({}, entity("container", {**RUNNING, "restarts": count}, "web"))
        level, word, _ = said(watched.row("container:local/web"))
        told.append((level, word))
    return told


def test_restarts_that_were_there_before_are_no_news() -> None:
    assert restarts(700, 700) == [("ok", "running")] * 2


def test_a_reading_that_does_not_know_the_counter_loses_no_restart() -> None:
    watched = Watched(target("docker", "local", source_only=True))
    for count in (0, None, 3):
        watched.reads({}, entity("container", {**RUNNING, "restarts": count}, "web"))
    assert said(watched.row("container:local/web"))[1] == "restarting"


def test_one_restart_is_no_loop() -> None:
    assert restarts(0, 1, 1) == [("ok", "running")] * 3


def test_restarting_again_and_again() -> None:
    assert restarts(0, 1, 2, 3) == [
        ("ok", "running"),
        ("ok", "running"),
        ("warning", "restarting"),
        ("critical", "restarting"),
    ]


def test_a_loop_that_ended_is_forgotten_after_five_minutes() -> None:
    course = restarts(0, 3, *[3] * 32)
    assert course[1] == ("critical", "restarting")
    assert course[30] == ("critical", "restarting")
    assert course[-1] == ("ok", "running")


def test_a_loop_stays_critical_while_its_state_swings() -> None:
    watched = Watched(target("docker", "local", source_only=True), step_s=2)
    levels = []
    for poll in range(40):
        state = "running" if poll % 2 else "restarting"
        watched.reads({}, entity("container", {**RUNNING, "state": state, "restarts": poll}, "web"))
        levels.append(said(watched.row("container:local/web"))[0])
    assert set(levels[6:]) == {"critical"}


def test_a_restart_by_hand_is_told_without_alarm() -> None:
    watched = Watched(target("docker", "local", source_only=True), step_s=10)
    words = []
    for uptime_s in (500.0, 2.0, 12.0, 22.0, 32.0, 42.0):
        watched.reads({}, entity("container", {**RUNNING, "uptime_s": uptime_s}, "web"))
        level, word, _ = said(watched.row("container:local/web"))
        assert level == "ok"
        words.append(word)
    assert words == ["running", "restarted", "restarted", "restarted", "restarted", "running"]
