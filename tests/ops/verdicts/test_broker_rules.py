"""Brokers beside their figures: what blocks publishers, what is split or down, and tasks without a worker."""

import pytest

from collectors.base import Value
from tests.parts.targets import Watched, entity, said, target

GIB = 2**30
WELL: dict[str, Value] = {
    "publishers_blocked": False, "memory_alarm": False, "disk_alarm": False, "nodes": 3, "nodes_running": 3,
    "nodes_down": "", "partitions": "",
}  # fmt: skip
DISK: dict[str, Value] = {"disk_free_bytes": 2 * GIB, "disk_free_limit_bytes": 50 * GIB}
MEMORY: dict[str, Value] = {"memory_bytes": 3 * GIB, "memory_max_bytes": 2 * GIB, "memory_percent": 150.0}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        pytest.param({}, ("ok", "up", ""), id="a whole cluster without alarm"),
        pytest.param(
            {"publishers_blocked": True, "disk_alarm": True, **DISK},
            ("critical", "blocked", "publishers blocked: disk alarm, free 2 GiB under 50 GiB"),
            id="a disk alarm",
        ),
        pytest.param(
            {"publishers_blocked": True, "disk_alarm": True, **DISK, "disk_node": "rabbit@b"},
            ("critical", "blocked", "publishers blocked: disk alarm at rabbit@b, free 2 GiB under 50 GiB"),
            id="a disk alarm of one node in a cluster",
        ),
        pytest.param(
            {"publishers_blocked": True, "disk_alarm": True},
            ("critical", "blocked", "publishers blocked: disk alarm"),
            id="a disk alarm without figures",
        ),
        pytest.param(
            {"publishers_blocked": True, "memory_alarm": True, **MEMORY},
            ("critical", "blocked", "publishers blocked: memory alarm, used 3 GiB of 2 GiB"),
            id="a memory alarm is told before the figure of memory",
        ),
        pytest.param(
            {"partitions": "rabbit@a does not see rabbit@b"},
            ("critical", "split", "the cluster is split: rabbit@a does not see rabbit@b"),
            id="a split cluster",
        ),
        pytest.param(
            {"nodes_running": 2, "nodes_down": "rabbit@c"},
            ("critical", "node down", "1 of 3 nodes down: rabbit@c"),
            id="a node is down",
        ),
        pytest.param(dict.fromkeys(WELL), ("ok", "up", ""), id="a user who may not see nodes raises no alarm"),
    ],
)
def test_rabbitmq(facts: dict[str, Value], told: tuple[str, str, str]) -> None:
    assert said(Watched(target("rabbitmq")).reads({**WELL, **facts})) == told


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        pytest.param({"ready": 9, "workers": 2, "workers_mute": 0}, ("ok", "up", ""), id="workers are there"),
        pytest.param(
            {"ready": 5214, "workers": 0, "workers_mute": 0},
            ("critical", "no worker", "5,214 tasks wait and no worker is there"),
            id="tasks wait and no worker is there",
        ),
        pytest.param(
            {"ready": 1, "workers": 0}, ("critical", "no worker", "1 task waits and no worker is there"), id="one task"
        ),
        pytest.param(
            {"ready": 0, "workers": 0, "workers_mute": 0},
            ("warning", "no worker", "no worker is there: nothing would take a task"),
            id="nothing waits and no worker is there",
        ),
        pytest.param(
            {"ready": 3, "workers": 0, "workers_mute": 1},
            ("warning", "mute", "its worker does not answer"),
            id="a worker that hangs is not one that is gone",
        ),
        pytest.param(
            {"ready": 3, "workers": 2, "workers_mute": 1},
            ("warning", "mute", "1 of 3 workers did not answer"),
            id="one of three does not answer",
        ),
        pytest.param({"ready": 3, "workers": None}, ("ok", "up", ""), id="workers that could not be asked"),
    ],
)
def test_celery_after_a_minute(facts: dict[str, Value], told: tuple[str, str, str]) -> None:
    watched = Watched(target("celery"))
    assert [said(watched.reads(facts)) for _ in range(6)][-1] == told


def test_a_worker_that_is_busy_for_a_moment_is_no_news() -> None:
    watched = Watched(target("celery"))
    assert [said(watched.reads({"ready": 3, "workers": 0, "workers_mute": 1}))[1] for _ in range(3)] == ["up"] * 3


def test_a_queue_that_its_broker_has_lost() -> None:
    watched = Watched(target("rabbitmq", "main"))
    watched.reads({}, entity("queue", {"state": "down", "ready": None}, "orders"))
    assert said(watched.row("queue:main/orders")) == ("critical", "down", "down: its broker can't give it out")


def test_a_queue_that_ends_by_itself_is_not_missed_and_another_is() -> None:
    watched = Watched(target("rabbitmq", "main"))
    lasting, passing = entity("queue", {"ready": 0}, "orders"), entity("queue", {"ready": 0, "may_go": True}, "reply")
    watched.reads({}, lasting, passing)
    watched.reads({})
    assert said(watched.row("queue:main/orders"))[1] == "gone"
    assert "queue:main/reply" not in watched.memory.rows


@pytest.mark.parametrize(
    ("reason", "level", "word"),
    [
        pytest.param("refused", "critical", "down", id="nothing answers"),
        pytest.param("missing", "unknown", "unreachable", id="AMQP answers, and only the management plugin is off"),
        pytest.param("auth", "unknown", "locked out", id="a wrong password says nothing of the broker"),
    ],
)
def test_out_of_reach(reason: str, level: str, word: str) -> None:
    watched = Watched(target("rabbitmq", "mq"))
    watched.reads(WELL)
    for _ in range(2):
        watched.fails("it is so", reason)
    assert said(watched.fails("it is so", reason)) == (level, word, "it is so")
