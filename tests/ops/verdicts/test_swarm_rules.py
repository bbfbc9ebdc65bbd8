"""A swarm's services and nodes, as an operator must read them."""

import pytest

from collectors.base import Value
from tests.parts.targets import Watched, entity, said, target

WELL: dict[str, Value] = {"running": 2, "wanted": 2, "mode": "replicated", "update_state": None, "failed_tasks": 0,
                          "last_error": None, "pending": 0, "pending_reason": None, "uptime_s": 500.0}  # fmt: skip
NODE: dict[str, Value] = {"state": "ready", "availability": "active", "role": "worker", "message": None}
EXIT = "task: non-zero exit (3)"
NO_NODE = "no suitable node (scheduling constraints not satisfied on 1 node)"


def watched() -> Watched:
    return Watched(target("swarm", "shop", source_only=True))


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({}, "ok", "running", "", id="all run"),
        pytest.param({"wanted": 0, "running": 0}, "ok", "none wanted", "", id="scaled to nothing"),
        pytest.param({"update_state": "updating"}, "ok", "updating", "", id="an update under way"),
        pytest.param({"update_state": "completed"}, "ok", "running", "", id="an update that is done"),
        pytest.param({"running": 1, "update_state": "paused", "last_error": EXIT, "failed_tasks": 1}, "critical",
                     "paused", f"1/2, update paused: {EXIT}", id="an update that failed, with the task's reason"),
        pytest.param({"update_state": "paused", "update_message": "by hand"}, "critical", "paused",
                     "2/2, update paused: by hand", id="an update that was paused for another reason"),
        pytest.param({"running": 0, "update_state": "rollback_paused"}, "critical", "paused", "0/2, rollback paused",
                     id="a rollback that failed too"),
        pytest.param({"running": 2, "wanted": 3, "pending": 1, "pending_reason": NO_NODE}, "warning", "unplaced",
                     f"wanted 3, have 2: {NO_NODE}", id="one finds no place"),
        pytest.param({"running": 0, "pending": 2, "pending_reason": NO_NODE}, "critical", "unplaced",
                     f"wanted 2, have 0: {NO_NODE}", id="none finds a place"),
        pytest.param({"running": 1, "failed_tasks": 1, "last_error": EXIT}, "warning", "degraded",
                     f"1/2 running: {EXIT}", id="fewer than wanted"),
        pytest.param({"running": 0, "failed_tasks": 5, "last_error": EXIT}, "critical", "down",
                     f"0/2 running: {EXIT}", id="none runs"),
        pytest.param({"failed_tasks": 4, "last_error": EXIT, "uptime_s": 1.0}, "warning", "failing",
                     f"4 tasks failed in the last 10 min: {EXIT}", id="one after the other fails"),
        pytest.param({"failed_tasks": 4, "last_error": EXIT, "uptime_s": 20.0}, "ok", "running", "",
                     id="it has got over it"),
        pytest.param({"running": None}, "unknown", "unknown", "how many run is not known", id="not known"),
        pytest.param({"mode": "replicated-job", "wanted": None, "running": 0, "completed": 1, "completions": 1}, "ok",
                     "done", "", id="a job that is done"),
        pytest.param({"mode": "global-job", "wanted": None, "running": 1, "completed": 1, "completions": 2}, "ok",
                     "working", "", id="a job at work"),
        pytest.param({"mode": "replicated-job", "completed": 0, "completions": 1, "failed_tasks": 1,
                      "last_error": EXIT}, "warning", "failing",
                     f"0/1 completed, 1 task failed in the last 10 min: {EXIT}", id="a job that fails"),
    ],
)  # fmt: skip
def test_services(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    floor = watched()
    floor.reads({}, entity("swarm.service", {**WELL, **facts}, "web"))
    assert said(floor.row("swarm.service:shop/web")) == (level, word, reason)


def test_a_task_that_is_missing_for_a_moment_is_no_alarm() -> None:
    floor = watched()
    levels = []
    for running in (2, 1, 2, 1, 1, 1):
        floor.reads({}, entity("swarm.service", {**WELL, "running": running}, "web"))
        levels.append(said(floor.row("swarm.service:shop/web"))[0])
    assert levels == ["ok", "ok", "ok", "ok", "warning", "warning"]


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({}, "ok", "ready", "", id="ready"),
        pytest.param({"availability": "drain"}, "ok", "drained", "", id="drained"),
        pytest.param({"availability": "pause"}, "ok", "paused", "", id="takes no more tasks"),
        pytest.param({"state": "down", "message": "heartbeat failure"}, "critical", "down",
                     "the node is down: heartbeat failure", id="down"),
        pytest.param({"state": "down", "availability": "drain"}, "warning", "down", "down, after it was drained",
                     id="taken away after it was drained"),
    ],
)  # fmt: skip
def test_nodes(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    floor = watched()
    floor.reads({}, entity("swarm.node", {**NODE, **facts}, "n1"))
    assert said(floor.row("swarm.node:shop/n1")) == (level, word, reason)


def test_a_manager_that_is_not_heard_is_told() -> None:
    floor = watched()
    assert said(floor.reads({"managers": 3, "manager_reachable": 3}))[0] == "ok"
    assert said(floor.reads({"managers": 3, "manager_reachable": 2})) == (
        "warning", "managers", "2 of 3 managers reachable",
    )  # fmt: skip


def test_a_service_that_was_removed_is_gone_but_a_job_may_go() -> None:
    floor = watched()
    job: dict[str, Value] = {**WELL, "mode": "replicated-job", "wanted": None, "completed": 1, "completions": 1}
    floor.reads({}, entity("swarm.service", WELL, "web"), entity("swarm.service", job, "import"))
    floor.reads({})
    assert said(floor.row("swarm.service:shop/web")) == (
        "critical", "gone", "gone: not in the last reading any more; before it was 2 of 2 running",
    )  # fmt: skip
    assert "swarm.service:shop/import" not in floor.memory.rows
