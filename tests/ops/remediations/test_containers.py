"""Starting, stopping, restarting, unpausing, killing and limiting real containers, seen by the Docker collector."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.board import Row
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import Line, MemorySink, act, fresh_case, planned
from tests.parts.containers import SECOND, act_with, floor_of, inspected, lasting, row_id, row_where, row_with
from tests.parts.docker import Box, Made
from tests.parts.dockerd import wait_until

STAYS = "trap exit TERM; while :; do sleep 0.1; done"
EVIL = "\x1b]52;c;aGk=\x07[bold red]\x9b31m\u202e[/]; $(reboot) --privileged"


def healthy_while(test: str) -> dict[str, Any]:
    """A probe that asks twice a second."""
    return {"test": ["CMD-SHELL", test], "interval": SECOND // 2, "timeout": SECOND, "retries": 1}


def exited(box: Box) -> Made:
    """It crashed."""
    made = box.run("test -e /once || { touch /once; exit 3; }; " + STAYS)
    made.sdk.wait(timeout=20)
    return made


def killed(box: Box) -> Made:
    """Somebody killed it."""
    made = box.run(STAYS)
    made.sdk.kill()
    made.sdk.wait(timeout=20)
    return made


def paused(box: Box) -> Made:
    """It is frozen."""
    made = box.run(STAYS)
    made.sdk.pause()
    return made


def unhealthy(box: Box) -> Made:
    """Its probe fails until it was restarted."""
    command = f"test -e /once && touch /fine; touch /once; {STAYS}"
    return box.run(command, healthcheck=healthy_while("test -e /fine"))


FAULTS = [
    pytest.param(exited, "exited", "container.start", 95, id="a crashed one is started"),
    pytest.param(killed, "exited", "container.start", 60, id="one that may have been stopped by hand has a doubt"),
    pytest.param(paused, "paused", "container.unpause", 95, id="a paused one goes on"),
    pytest.param(unhealthy, "unhealthy", "container.restart", 95, id="an unhealthy one is restarted"),
]  # fmt: skip


def best(row: Row) -> tuple[str, int]:
    """The action that fits it best, and how well."""
    actions = [action for action in discover().values() if "container" in action.kinds]
    offers = [offer for action in actions for offer in action.offers(row, ())]
    top = max(offers, key=lambda offer: offer.score)
    return top.action, top.score


@pytest.mark.parametrize(("broken", "word", "action", "score"), FAULTS)
async def test_a_fault_is_seen_planned_mended_and_seen_to_be_mended(
    box: Box, broken: Callable[[Box], Made], word: str, action: str, score: int
) -> None:
    made, config = broken(box), floor_of(box)
    row = await row_with(config, made, word)
    assert row.level != "ok"
    assert best(row) == (action, score)
    before = lasting(box, made.id)
    plan = await planned(config, action, row_id(made))
    assert lasting(box, made.id) == before, "the dry run changed something"
    done = await act(config, action, row_id(made), plan.seen)
    assert [line.text for line in done.lines if line.kind == "call"] == [call.told for call in plan.calls]
    well = await row_where(config, made, lambda row: row.level == "ok", "it is well")
    assert well.facts["state"] == "running"


async def test_a_plan_shows_the_exact_call_and_the_name(box: Box) -> None:
    made, config = box.run(STAYS), floor_of(box)
    plan = await planned(config, "container.restart", row_id(made))
    assert [call.told for call in plan.calls] == [
        f"POST /containers/{made.id}/restart?t=10 {made.name}   (docker:local)"
    ]
    assert plan.seen == {"container": made.id}
    assert plan.steps[-1] == f"wait up to 30 s until {made.name} runs"


async def test_stop_and_start_undo_each_other(box: Box) -> None:
    made, config = box.run(STAYS), floor_of(box)
    for action, state, undo in (("stop", "exited", "container.start"), ("start", "running", "container.stop")):
        case = await fresh_case(config, f"container.{action}", row_id(made))
        await act(config, f"container.{action}", row_id(made))
        assert inspected(box, made.id)["State"]["Status"] == state
        offered = discover()[f"container.{action}"].undo(case)
        assert offered
        assert offered.action == undo


async def test_killing_ends_it_at_once_and_a_signal_only_tells_it(box: Box) -> None:
    made, config = box.run("trap 'echo told' HUP; trap '' TERM; while :; do sleep 0.1; done"), floor_of(box)
    told = await act(config, "container.kill", row_id(made), signal="HUP")
    assert discover()["container.kill"].undo(told.case) is None
    wait_until(lambda: b"told" in made.sdk.logs(), "it was told")
    assert inspected(box, made.id)["State"]["Running"]
    await act(config, "container.kill", row_id(made))
    row = await row_with(config, made, "exited")
    assert row.facts["exit_code"] == 137


async def test_a_restart_loop_is_stopped(box: Box) -> None:
    made, config = box.run("exit 3", restart_policy={"Name": "always"}), floor_of(box)
    row = await row_with(config, made, "restarting")
    assert best(row) == ("container.stop", 90)
    await act(config, "container.stop", row_id(made))
    assert (await row_with(config, made, "exited")).facts["state"] == "exited"


async def test_a_container_without_enough_memory_gets_twice_as_much_and_runs(box: Box) -> None:
    # The engine hears of what the kernel killed a little later: both must not end at once.
    begin = "sleep 0.3; dd if=/dev/zero of=/dev/null bs=12M count=1 || { sleep 0.3; exit 137; }"
    made = box.run(f"{begin}; {STAYS}", mem_limit="8m", memswap_limit="8m")
    config = floor_of(box)
    row = await row_with(config, made, "out of memory")
    offer = max(discover()["container.limits"].offers(row, ()), key=lambda one: one.score)
    assert best(row) == ("container.limits", 95)
    assert offer.params["memory"] == f"{16 * 2**20}B"
    done = await act_with(config, "container.limits", row_id(made), offer.params)
    assert "it has memory 8 MiB, no CPU limit" in done.sink.of("say")
    well = await row_where(config, made, lambda row: row.facts["state"] == "running", "it runs")
    assert well.facts["memory_limit_bytes"] == 16 * 2**20
    undo = discover()["container.limits"].undo(done.case)
    assert undo
    await act_with(config, "container.limits", row_id(made), undo.params)
    assert inspected(box, made.id)["HostConfig"]["Memory"] == 8 * 2**20


@pytest.mark.parametrize(
    ("created", "given", "expected"),
    [
        pytest.param({}, {"cpus": "0.5"}, {"NanoCpus": 500_000_000}, id="CPUs where there was no limit"),
        pytest.param({"cpu_quota": 20_000}, {"cpus": "0.5"}, {"CpuQuota": 50_000}, id="CPUs given as a quota"),
        pytest.param({}, {"memory": "64MiB"}, {"Memory": 64 * 2**20, "MemorySwap": 128 * 2**20},
                     id="memory, as docker run would"),
        pytest.param({"mem_limit": "32m", "memswap_limit": "40m"}, {"memory": "64mb"},
                     {"Memory": 64_000_000, "MemorySwap": 64_000_000 + 8 * 2**20}, id="what may be swapped stays"),
        pytest.param({"mem_limit": "32m", "memswap_limit": -1}, {"memory": "64MiB"},
                     {"Memory": 64 * 2**20, "MemorySwap": -1}, id="swap without end stays so"),
    ],
)  # fmt: skip
async def test_limits(box: Box, created: dict[str, Any], given: dict[str, str], expected: dict[str, int]) -> None:
    made, config = box.run(STAYS, **created), floor_of(box)
    before = lasting(box, made.id)
    plan = await planned(config, "container.limits", row_id(made), fix="", **given)
    assert lasting(box, made.id) == before
    await act_with(config, "container.limits", row_id(made), given, plan.seen)
    host = inspected(box, made.id)["HostConfig"]
    assert {name: host[name] for name in expected} == expected
    assert inspected(box, made.id)["State"]["StartedAt"] == before["State"]["StartedAt"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param({}, "no limit was given", id="nothing"),
        pytest.param({"memory": "1MiB"}, "1 MiB is too little", id="less than the engine takes"),
        pytest.param({"memory": "999TiB"}, "the engine's host has", id="more memory than there is"),
        pytest.param({"cpus": "4096"}, "the engine's host has", id="more CPUs than there are"),
        pytest.param({"memory": "64MiB; reboot"}, "is not a size", id="no size"),
    ],
)
async def test_limits_that_are_refused(box: Box, given: dict[str, str], sentence: str) -> None:
    made, config = box.run(STAYS), floor_of(box)
    with pytest.raises(Refused, match=sentence):
        await act_with(config, "container.limits", row_id(made), given)


async def test_one_that_may_take_long_to_end_is_given_that_time(box: Box) -> None:
    made, config = box.create(STAYS), floor_of(box)
    api = box.engine.client.api
    slow = api.create_container(box.engine.image, ["sleep", "1000"], name=f"{box.prefix}-slow", stop_timeout=400)
    try:
        for action in ("container.stop", "container.restart"):
            plan = await planned(config, action, row_id(made._replace(name=f"{box.prefix}-slow")))
            assert 400 < plan.calls[0].timeout_s < discover()[action].timeout_s
    finally:
        api.remove_container(slow["Id"])


async def test_less_memory_than_it_uses_is_refused(box: Box) -> None:
    made, config = box.run(STAYS), floor_of(box)
    case = await fresh_case(config, "container.limits", row_id(made), memory="64MiB")
    used = replace(case.row, facts={**case.row.facts, "memory_bytes": 300 * 2**20})
    runner = DryRunner()
    with pytest.raises(Refused, match="it uses 300 MiB now"):
        await discover()["container.limits"].run(replace(case, row=used), runner)
    assert runner.calls == ()


async def test_one_that_ends_at_once_is_a_failure_with_its_exit_code(box: Box) -> None:
    made, config = box.create("exit 7"), floor_of(box)
    with pytest.raises(ActionError, match="exit code 7") as caught:
        await act(config, "container.start", row_id(made))
    assert not isinstance(caught.value, Refused)


@pytest.mark.parametrize("action", ["restart", "start", "stop", "unpause", "kill", "recreate", "limits", "rollback"])
async def test_one_that_went_away_since_it_was_read_is_refused(box: Box, action: str) -> None:
    made, config = box.run(STAYS), floor_of(box)
    case = await fresh_case(config, f"container.{action}", row_id(made), memory="64MiB")
    made.sdk.remove(force=True)
    another = box.run(STAYS)
    sink = MemorySink()
    with pytest.raises(Refused, match="is not there any more") as caught:
        await discover()[f"container.{action}"].run(case, RealRunner(config, sink))
    assert caught.value.reason == "missing"
    assert sink.of("call") == []
    assert inspected(box, another.id)["State"]["Running"]


@pytest.mark.parametrize(
    ("action", "start", "sentence"),
    [
        pytest.param("unpause", True, "its state does not allow it", id="unpause one that runs"),
        pytest.param("kill", False, "its state does not allow it", id="kill one that never ran"),
    ],
)
async def test_what_the_engine_refuses_is_a_sentence(box: Box, action: str, start: bool, sentence: str) -> None:
    made, config = (box.run if start else box.create)(STAYS), floor_of(box)
    with pytest.raises(Refused, match=sentence) as caught:
        await act(config, f"container.{action}", row_id(made))
    assert caught.value.message.startswith(f"{made.name}: ")
    assert caught.value.remedy


async def test_starting_one_that_runs_changes_nothing_and_says_so(box: Box) -> None:
    made, config = box.run(STAYS), floor_of(box)
    before = inspected(box, made.id)["State"]["StartedAt"]
    done = await act(config, "container.start", row_id(made))
    assert Line("say", "the engine: it was so already") in done.lines
    assert inspected(box, made.id)["State"]["StartedAt"] == before


async def test_a_plan_for_one_that_was_started_anew_meanwhile_is_refused(box: Box) -> None:
    made, config = box.run(STAYS), floor_of(box)
    plan = await planned(config, "container.kill", row_id(made))
    made.sdk.restart(timeout=5)
    with pytest.raises(Refused, match="started at has changed") as caught:
        await act(config, "container.kill", row_id(made), plan.seen)
    assert caught.value.reason == "changed"
    assert inspected(box, made.id)["State"]["Running"]


async def test_a_hostile_container_is_acted_on_by_its_id_alone_and_shown_inert(box: Box) -> None:
    made = box.run(STAYS, labels={"com.docker.compose.project": EVIL, "x": EVIL}, environment={"EVIL": EVIL},
                   healthcheck=healthy_while(f"printf '{EVIL}'; exit 1"))  # fmt: skip
    config = floor_of(box)
    await row_with(config, made, "unhealthy")
    done = await act(config, "container.restart", row_id(made))
    assert all(line.text.isprintable() for line in done.lines)
    assert made.id in done.sink.of("call")[0]
