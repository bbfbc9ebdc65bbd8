"""The swarm collector beside `docker service ls` and `docker node ls` of a real swarm, broken and healed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError, Entity, Value
from collectors.docker_api.parse import decode
from collectors.swarm import Swarm, SwarmConfig
from collectors.swarm_api.parse import Info, Node, Service, Task, refuse_others
from collectors.swarm_api.rows import node_entity, service_entity, swarm_facts
from ops.verdicts.finding import Past
from ops.verdicts.rules_swarm import swarm_service_findings
from tests.parts.collecting import ended_after, fault, first
from tests.parts.mute import mute_server
from tests.parts.readings import row_when
from tests.parts.swarm import IMAGE, Stack
from tests.parts.targets import target


@pytest.fixture
async def reader(stack: Stack) -> AsyncIterator[Swarm]:
    """A collector of this test's services alone."""
    collector = Swarm(SwarmConfig(name="shop", url=stack.engine.url, only=(stack.glob,)), {})
    yield collector
    await collector.close()


def told(service: Entity) -> tuple[str, str]:
    """Level and sentence of the verdict on a service."""
    (finding,) = swarm_service_findings(service, target("swarm", "shop"), Past())
    return finding.level, finding.text


async def test_services_and_nodes_are_those_of_the_swarms_own_client(stack: Stack, reader: Swarm) -> None:
    web = stack.run("web", "--replicas", "2", "--reserve-memory", "8M", "--constraint", "node.role==manager")
    each = stack.run("each", "--mode", "global")
    job = stack.run("job", "--mode", "replicated-job", command="exit 0")
    found = await row_when(reader, web, lambda row: row.facts["running"] == 2, "both run")
    assert stack.listed(web) == "2/2"
    facts = found.facts
    assert (facts["wanted"], facts["mode"], facts["image"], facts["ports"]) == (2, "replicated", IMAGE, None)
    assert (facts["failed_tasks"], facts["last_error"], facts["pending"]) == (0, None, 0)
    assert isinstance(facts["uptime_s"], float)
    assert found.texts["placement"] == "node.role==manager\n8 MiB reserved"
    assert found.key == stack.engine.docker("service", "inspect", "--format", "{{.ID}}", web)
    everywhere = await row_when(reader, each, lambda row: row.facts["running"] == 1, "it runs on the node")
    assert (everywhere.facts["wanted"], everywhere.facts["mode"]) == (1, "global")
    done = await row_when(reader, job, lambda row: row.facts["completed"] == 1, "it is done")
    assert stack.listed(job) == "0/1 (1/1 completed)"
    assert told(done) == ("ok", "1/1 completed")
    reading = await reader.collect()
    (node,) = [part for part in reading.entities if part.kind == "swarm.node"]
    line = stack.engine.docker(
        "node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.Availability}} {{.EngineVersion}}"
    )
    shown = [node.name, *(str(node.facts[name]) for name in ("state", "availability", "version"))]
    assert " ".join(shown).lower() == line.lower()
    assert (node.facts["role"], node.facts["leader"], node.facts["tasks"]) == ("manager", True, 3)
    own = reading.entities[0].facts
    assert own == {"services": 3, "nodes": 1, "nodes_ready": 1, "managers": 1, "manager_reachable": 1}


async def test_an_update_that_fails_is_paused_with_the_tasks_reason_until_it_is_rolled_back(
    stack: Stack, reader: Swarm
) -> None:
    web = stack.run("web", "--replicas", "2", "--restart-delay", "1s")
    await row_when(reader, web, lambda row: row.facts["running"] == 2, "both run")
    stack.engine.docker(
        "service", "update", "--detach", "--update-monitor", "2s", "--update-failure-action", "pause",
        "--args", "sh -c 'exit 3'", web,
    )  # fmt: skip
    paused = await row_when(reader, web, lambda row: row.facts["update_state"] == "paused", "the update is paused", 30)
    level, text = told(paused)
    assert level == "critical"
    assert text.endswith("/2, update paused: task: non-zero exit (3)")
    assert text[0] in "01"
    assert f"{web}." in paused.texts["failed tasks"]
    stack.engine.docker("service", "rollback", "--detach", web)
    well = await row_when(
        reader, web, lambda row: row.facts["running"] == 2 and row.facts["update_state"] == "rollback_completed",
        "it is rolled back", 30,
    )  # fmt: skip
    assert well.facts["wanted"] == 2


async def test_a_task_without_a_place_says_why_until_the_rule_goes(stack: Stack, reader: Swarm) -> None:
    web = stack.run("web", "--replicas", "3", "--replicas-max-per-node", "2")
    lacking = await row_when(
        reader, web, lambda row: row.facts["running"] == 2 and row.facts["pending_reason"], "two run, one is pending"
    )
    level, text = told(lacking)
    assert level == "warning"
    assert text.startswith("wanted 3, have 2: no suitable node")
    stack.engine.docker("service", "update", "--detach", "--replicas-max-per-node", "0", web)
    well = await row_when(reader, web, lambda row: row.facts["running"] == 3, "all run", 30)
    assert (well.facts["pending"], well.facts["pending_reason"]) == (0, None)
    nowhere = stack.run("nowhere", "--constraint", "node.labels.disk==ssd")
    none = await row_when(reader, nowhere, lambda row: row.facts["pending_reason"], "it is pending")
    assert told(none)[0] == "critical"
    assert none.texts["placement"] == "node.labels.disk==ssd"


async def test_a_drained_node_and_a_service_whose_tasks_fail(stack: Stack, reader: Swarm) -> None:
    name = stack.engine.docker("node", "ls", "--format", "{{.Hostname}}")
    stack.engine.docker("node", "update", "--availability", "drain", name)
    try:
        node = await row_when(reader, name, lambda row: row.facts["availability"] == "drain", "it is drained")
        assert node.facts["state"] == "ready"
    finally:
        stack.engine.docker("node", "update", "--availability", "active", name)
    bad = stack.run("bad", "--restart-delay", "200ms", command="exit 7")
    failing = await row_when(reader, bad, lambda row: (row.facts["failed_tasks"] or 0) >= 2, "tasks have failed")  # type: ignore[operator]
    assert failing.facts["last_error"] == "task: non-zero exit (7)"


async def test_the_log_of_a_service_is_followed(stack: Stack, reader: Swarm) -> None:
    web = stack.run("web", command="echo hello; sleep 1000")
    found = await row_when(reader, web, lambda row: row.facts["running"] == 1, "it runs")
    async with asyncio.timeout(10), aclosing(reader.follow(found.key)) as lines:
        assert await anext(lines) == "hello"
    with pytest.raises(CollectError, match="is no service's id"):
        await anext(reader.follow("a/b"))


async def test_an_engine_in_no_swarm_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "d.sock"
    body = b'{"ApiVersion":"1.41","Swarm":{"LocalNodeState":"inactive"}}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    async with mute_server(path, answer):
        swarm = Swarm(SwarmConfig(name="x", url=str(path)), {})
        error = await fault(swarm)
        await swarm.close()
    assert (error.reason, error.message) == ("missing", "the engine is in no swarm")
    assert "docker swarm init" in error.remedy


@pytest.mark.parametrize(
    ("swarm", "sentence", "remedy"),
    [
        pytest.param({"LocalNodeState": "active", "RemoteManagers": [{"Addr": "10.0.0.1:2377"}]}, "is a worker",
                     "10.0.0.1:2377", id="a worker"),
        pytest.param({"LocalNodeState": "locked"}, "is locked", "unlock", id="locked"),
        pytest.param({"LocalNodeState": "error", "Error": "certificate \x1b expired"}, "certificate ␛ expired",
                     "docker info", id="an error"),
        pytest.param({"LocalNodeState": "pending"}, "still joining", "wait", id="joining"),
        pytest.param({}, "in no swarm", "init", id="an old engine"),
    ],
)  # fmt: skip
def test_an_engine_that_is_no_manager(swarm: dict[str, Any], sentence: str, remedy: str) -> None:
    info = decode(msgspec.json.encode({"Swarm": swarm}), Info)
    with pytest.raises(CollectError) as caught:
        refuse_others(info.swarm)
    assert sentence in caught.value.message
    assert remedy in caught.value.remedy


async def test_a_manager_that_hangs_is_left_and_read_again(stack: Stack, reader: Swarm) -> None:
    assert (await first(reader)).facts["nodes"] == 1
    stack.engine.server.hang()
    try:
        assert await ended_after(reader, 0.3) < 3
        assert reader.phase.startswith("asking the engine for its part in the swarm")
        began = time.monotonic()
        await reader.close()
        assert time.monotonic() - began < 3
    finally:
        stack.engine.server.go_on()
    assert (await first(reader)).facts["nodes"] == 1


OLD: dict[str, Any] = {"ID": "s1", "Spec": {"Name": "web", "Mode": {"Global": {}}}}


def task(state: str, desired: str = "running", **status: Any) -> dict[str, Any]:
    return {"ID": f"t-{state}", "ServiceID": "s1", "Slot": 1, "DesiredState": desired,
            "Status": {"Timestamp": "2026-01-01T00:00:00Z", "State": state, **status}}  # fmt: skip


NOW = 1767225600.0 + 60


def made(service: dict[str, Any], *tasks: dict[str, Any]) -> Entity:
    return service_entity(msgspec.convert(service, Service), msgspec.convert(tasks, tuple[Task, ...]), {}, NOW)


def test_an_old_manager_does_not_count_so_tasks_are() -> None:
    found = made(OLD, task("running"), task("starting"), task("running", "shutdown"))
    assert (found.facts["running"], found.facts["wanted"], found.facts["uptime_s"]) == (1, 2, 60.0)
    job = {**OLD, "Spec": {"Name": "job", "Mode": {"GlobalJob": {}}}}
    facts = made(job, task("complete", "complete"), task("running")).facts
    assert (facts["wanted"], facts["completed"], facts["completions"]) == (None, 1, 1)


def test_a_failure_without_words_tells_its_code_and_an_old_one_is_no_news() -> None:
    failed = task("failed", "shutdown", ContainerStatus={"ExitCode": 3})
    assert made(OLD, failed).facts["last_error"] == "exit 3"
    old = {**failed, "Status": {**failed["Status"], "Timestamp": "2025-01-01T00:00:00Z"}}
    facts = made(OLD, old).facts
    assert (facts["failed_tasks"], facts["last_error"]) == (0, None)
    update = {"State": "paused", "Message": "update paused due to failure or early termination of task t-failed"}
    assert made({**OLD, "UpdateStatus": update}, old).facts["last_error"] == "exit 3"


def test_ports_and_a_node_that_is_down() -> None:
    ports = [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "ingress"}]
    assert made({**OLD, "Endpoint": {"Ports": ports}}).facts["ports"] == "8080→80/tcp"
    down = {"ID": "n1abcdefghijkl", "Status": {"State": "down", "Message": "heartbeat\x1b failure"},
            "ManagerStatus": {"Reachability": "unreachable"}}  # fmt: skip
    node = msgspec.convert(down, Node)
    assert node_entity(node, 0).facts["message"] == "heartbeat␛ failure"
    assert node.name == "n1abcdefghij"
    assert swarm_facts(0, [node]) == {
        "services": 0,
        "nodes": 1,
        "nodes_ready": 0,
        "managers": 1,
        "manager_reachable": 0,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["ID", "Spec", "Name", "Mode", "Status", "State", "Err", "Timestamp", "Slot", "UpdateStatus", "Message"]
    ), inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@given(JSON, JSON)
def test_whatever_an_engine_answers_is_a_row_or_one_error(first_answer: Any, second_answer: Any) -> None:
    try:
        service = decode(msgspec.json.encode(first_answer), Service)
        ran = decode(msgspec.json.encode(second_answer), Task)
    except CollectError:
        return
    facts: dict[str, Value] = dict(service_entity(service, [ran], {}, NOW).facts)
    assert all(str(value).isprintable() for value in facts.values())
