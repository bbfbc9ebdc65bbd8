"""Scaling, forced updates and rollbacks of a real swarm, each seen by the collector that saw the fault."""

import asyncio
import time

import msgspec
import pytest

from collectors.base import Value
from collectors.swarm_api.parse import Service, Task
from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.actions.swarm_settled import Goal, failed_ids, not_yet
from ops.actions.swarm_specs import differences
from ops.board import Board, Level, Row
from ops.config.structs import Config
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, case_of, config_of, planned, read, row_of
from tests.parts.swarm import Stack, SwarmEngine
from tests.parts.wait import until

ACTIONS = ("swarm.scale", "swarm.update", "swarm.rollback")


def config(stack: Stack) -> Config:
    return config_of(
        f'[[swarm]]\nname = "shop"\nurl = "{stack.engine.url}"\nonly = ["{stack.glob}"]\ntimeout = "30s"\n'
    )


def listed(stack: Stack, name: str, count: str) -> None:
    until(lambda: stack.listed(name).startswith(count), f"{name} to be {count}", 30)


def state_of(engine: SwarmEngine) -> str:
    """All that the swarm was told to do, with the version of each service, as its own client tells it."""
    services = engine.docker("service", "ls", "--quiet").split()
    return engine.docker("service", "inspect", *services)


def offered(row: Row) -> list[tuple[str, str]]:
    """What is offered for a row, best first."""
    offers = [offer for name in ACTIONS for offer in discover()[name].offers(row, [row])]
    return [(offer.action, offer.title) for offer in sorted(offers, key=lambda offer: -offer.score)]


async def board_when(shop: Config, row_id: str, word: str, within_s: float = 30.0) -> Board:
    """Read again and again until a row has that word."""
    async with asyncio.timeout(within_s):
        while row_of(board := await read(shop), row_id).word != word:
            await asyncio.to_thread(time.sleep, 0.2)
    return board


def kill_one(stack: Stack, name: str) -> None:
    one = stack.engine.docker("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={name}").split()[0]
    stack.engine.docker("kill", one)


async def test_a_service_with_a_task_missing_is_updated_by_force_until_all_run(stack: Stack) -> None:
    web = stack.run("web", "--replicas", "2", "--restart-condition", "none", "--update-monitor", "500ms")
    listed(stack, web, "2/2")
    kill_one(stack, web)
    listed(stack, web, "1/2")
    shop, row_id = config(stack), f"swarm.service:shop/{web}"
    bad = row_of(await read(shop), row_id)
    assert (bad.level, offered(bad)[0]) == ("warning", ("swarm.update", f"replace all tasks of {web}"))
    before = state_of(stack.engine)
    plan = await planned(shop, "swarm.update", row_id)
    assert state_of(stack.engine) == before
    (call,) = plan.calls
    assert call.told.startswith(f"POST /services/{bad.key}/update?version=")
    assert call.told.endswith('its spec with {"ForceUpdate": 1}   (swarm:shop)')
    assert plan.steps[-1] == f"wait up to 5m until {web} has replaced all its tasks"
    await act(shop, "swarm.update", row_id, plan.seen)
    assert stack.listed(web) == "2/2"
    assert row_of(await read(shop), row_id).level == "ok"


async def test_an_update_that_is_paused_is_offered_a_rollback_first_and_rolled_back(stack: Stack) -> None:
    web = stack.run(
        "web", "--replicas", "2", "--restart-delay", "1s", "--env", "KEY=hunter2", "--rollback-monitor", "500ms"
    )
    listed(stack, web, "2/2")
    stack.engine.docker(
        "service", "update", "--detach", "--update-monitor", "2s", "--update-failure-action", "pause",
        "--env-rm", "KEY", "--args", "sh -c 'exit 3'", web,
    )  # fmt: skip
    shop, row_id = config(stack), f"swarm.service:shop/{web}"
    bad = row_of(await board_when(shop, row_id, "paused"), row_id)
    assert (bad.level, offered(bad)[0]) == ("critical", ("swarm.rollback", f"roll {web} back"))
    before = state_of(stack.engine)
    plan = await planned(shop, "swarm.rollback", row_id)
    assert state_of(stack.engine) == before
    said = [step for step in plan.steps if isinstance(step, str)]
    assert "TaskTemplate.ContainerSpec.Args: is as it was before" in said
    assert "hunter2" not in repr(said) + plan.calls[0].told
    await act(shop, "swarm.rollback", row_id, plan.seen)
    assert stack.listed(web) == "2/2"
    good = row_of(await read(shop), row_id)
    assert (good.level, good.facts["update_state"]) == ("ok", "rollback_completed")


async def test_a_service_is_scaled_up_and_down_and_by_undo(stack: Stack) -> None:
    web = stack.run("web", "--replicas", "0")
    shop, row_id = config(stack), f"swarm.service:shop/{web}"
    none = row_of(await read(shop), row_id)
    assert offered(none)[0] == ("swarm.scale", f"one more of {web} (1)")
    plan = await planned(shop, "swarm.scale", row_id, replicas="3")
    assert stack.listed(web) == "0/0"
    acted = await act(shop, "swarm.scale", row_id, plan.seen, replicas="3")
    assert stack.listed(web) == "3/3"
    undo = discover()["swarm.scale"].undo(acted.case)
    assert undo
    assert (undo.params, undo.title) == ({"replicas": "0"}, f"scale {web} back to 0")
    await act(shop, "swarm.scale", row_id, replicas="1")
    listed(stack, web, "1/1")
    again = await act(shop, "swarm.scale", row_id, replicas="1")
    assert again.sink.of("call", "say") == [f"{web} wants 1 already"]


async def test_tasks_without_a_place_are_told_and_as_many_as_have_one_are_offered(stack: Stack) -> None:
    web = stack.run("web", "--replicas", "1", "--replicas-max-per-node", "2")
    listed(stack, web, "1/1")
    shop, row_id = config(stack), f"swarm.service:shop/{web}"
    with pytest.raises(ActionError, match="runs 3 of 3: 2 of 3 run: no suitable node"):
        await act(shop, "swarm.scale", row_id, replicas="3", within="3s")
    bad = row_of(await read(shop), row_id)
    assert (bad.word, offered(bad)[0]) == ("unplaced", ("swarm.scale", f"scale {web} to the 2 that have a place"))
    await act(shop, "swarm.scale", row_id, replicas="2")
    assert row_of(await read(shop), row_id).level == "ok"


async def test_an_update_that_fails_ends_with_the_error_of_its_task(stack: Stack) -> None:
    name = stack.run(
        "web", "--update-monitor", "2s", "--restart-delay", "200ms",
        "--mount", "type=volume,destination=/data,source=" + stack.prefix,
        command="[ -e /data/ran ] && exit 7; touch /data/ran; sleep 1000",
    )  # fmt: skip
    listed(stack, name, "1/1")
    with pytest.raises(ActionError, match=r"the update of .* was paused: task: non-zero exit \(7\)") as caught:
        await act(config(stack), "swarm.update", f"swarm.service:shop/{name}")
    assert caught.value.reason == "paused"


async def test_a_service_that_changed_or_went_since_the_plan_is_refused(stack: Stack) -> None:
    web = stack.run("web")
    listed(stack, web, "1/1")
    shop, row_id = config(stack), f"swarm.service:shop/{web}"
    case = case_of(shop, await read(shop), row_id, {"replicas": "2"})
    plans = {}
    for name in ("swarm.scale", "swarm.update"):
        plans[name] = DryRunner()
        await discover()[name].run(case, plans[name])
    stack.engine.docker("service", "update", "--detach", "--label-add", "a=b", web)
    for name, plan in plans.items():
        sink = MemorySink()
        with pytest.raises(Refused, match=f"version of service {web} has changed"):
            await discover()[name].run(case, RealRunner(shop, sink, plan.seen))
        assert not sink.of("call")
    stack.remove_all()
    for name in ACTIONS:
        with pytest.raises(Refused, match=f"service {web} is not there any more"):
            await discover()[name].run(case, RealRunner(shop, MemorySink(), {}))


async def test_what_has_no_spec_before_and_what_has_no_number_is_refused(stack: Stack) -> None:
    web, each = stack.run("web"), stack.run("each", "--mode", "global")
    shop = config(stack)
    with pytest.raises(Refused, match="keeps no spec of"):
        await planned(shop, "swarm.rollback", f"swarm.service:shop/{web}")
    with pytest.raises(Refused, match="is not replicated"):
        await planned(shop, "swarm.scale", f"swarm.service:shop/{each}", replicas="2")


def row(level: Level = "ok", word: str = "", **facts: Value) -> Row:
    return Row(
        id="swarm.service:shop/web", kind="swarm.service", name="web", key="k1", target="swarm:shop", level=level,
        word=word, reason="" if level == "ok" else "why", since=0, at=0, facts=facts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "names"),
    [
        pytest.param(
            row(mode="replicated", wanted=2, running=2),
            ["one more of web (3)", "scale web from 2", "replace all tasks of web", "one fewer of web (1)"],
            id="a service that is well",
        ),
        pytest.param(
            row(mode="replicated", wanted=1, running=1),
            ["one more of web (2)", "scale web from 1", "replace all tasks of web"],
            id="the last one is not offered to go",
        ),
        pytest.param(
            row("critical", "paused", mode="global", wanted=2, running=1, update_state="paused"),
            ["roll web back", "replace all tasks of web"],
            id="a global one that is paused",
        ),
        pytest.param(row(mode="replicated-job", wanted=None), [], id="a job"),
        pytest.param(row("critical", "gone", mode="replicated", wanted=2, running=2), [], id="one that is gone"),
    ],
)
def test_what_is_offered_by_state(one: Row, names: list[str]) -> None:
    assert [title for _, title in offered(one)] == names


def service(state: str, replicas: int = 2) -> Service:
    told = {
        "ID": "s", "Spec": {"Name": "web", "Mode": {"Replicated": {"Replicas": replicas}}},
        "UpdateStatus": {"State": state, "Message": "since it failed"} if state else None,
    }  # fmt: skip
    return msgspec.convert(told, Service)


def task(number: int, state: str = "running", desired: str = "running", error: str = "") -> Task:
    status = {"State": state, "Err": error, "Timestamp": f"2026-01-01T00:00:0{number}Z"}
    return msgspec.convert({"ID": f"t{number}", "DesiredState": desired, "Status": status}, Task)


TWO = [task(1), task(2)]
OLD = task(3, "failed", "shutdown", "old")
NEW = task(4, "failed", "shutdown", "boom")
SCALED, UPDATED, BACK = Goal("scaled", ""), Goal("updated", ""), Goal("rolled back", "")


@pytest.mark.parametrize(
    ("state", "tasks", "goal", "why"),
    [
        pytest.param("", TWO, SCALED, "", id="as many as are wanted"),
        pytest.param("", TWO[:1], SCALED, "1 of 2 run", id="one is missing"),
        pytest.param("", [*TWO, task(5)], SCALED, "3 of 2 run", id="one is too many still"),
        pytest.param("", [*TWO, task(5, desired="shutdown")], SCALED, "", id="one that is about to end counts no more"),
        pytest.param("", [task(1), NEW, OLD], SCALED, "1 of 2 run: boom", id="what died of it is told"),
        pytest.param("", [task(1), OLD], SCALED, "1 of 2 run", id="what had died before is not"),
        pytest.param("", TWO, UPDATED, "it has not begun", id="the tasks of before are not the update"),
        pytest.param("updating", TWO, UPDATED, "it is being updated", id="under way"),
        pytest.param("updating", TWO, SCALED, "it is being updated", id="scaled in the middle of an update"),
        pytest.param("completed", TWO, UPDATED, "", id="through"),
        pytest.param("rollback_started", TWO, BACK, "it is being rolled back", id="on the way back"),
        pytest.param("rollback_completed", TWO, BACK, "", id="back"),
    ],
)
def test_when_it_is_there(state: str, tasks: list[Task], goal: Goal, why: str) -> None:
    assert not_yet(service(state), tasks, failed_ids([OLD]), goal) == why


@pytest.mark.parametrize(
    ("state", "goal", "why"),
    [
        pytest.param("paused", UPDATED, "the update of web was paused: boom", id="paused"),
        pytest.param("rollback_paused", BACK, "the rollback of web was paused: boom", id="its rollback too"),
        pytest.param(
            "rollback_completed", UPDATED, "the update of web failed and the swarm took it back: boom", id="taken back"
        ),
    ],
)
def test_what_the_swarm_gave_up_is_an_error_at_once(state: str, goal: Goal, why: str) -> None:
    with pytest.raises(ActionError) as caught:
        not_yet(service(state), [task(1), NEW], (), goal)
    assert caught.value.message == why


def test_differences_tell_values_of_images_alone() -> None:
    now = {"TaskTemplate": {"ContainerSpec": {"Image": "a:2", "Env": ["K=secret"]}, "ForceUpdate": 2}, "Labels": {}}
    then = {"TaskTemplate": {"ContainerSpec": {"Image": "a:1"}, "ForceUpdate": 1}, "Mode": {"Replicated": {}}}
    assert differences(now, then) == [
        "TaskTemplate.ContainerSpec.Env: goes",
        "TaskTemplate.ContainerSpec.Image: a:2 → a:1",
    ]
    assert differences(now, now) == ["nothing differs but that its tasks are made anew"]
    many = {f"Label{number}": "x" for number in range(20)}
    assert differences(many, {})[-1] == "… 8 more differences"
