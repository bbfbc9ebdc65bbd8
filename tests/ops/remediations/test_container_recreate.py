"""Making real containers anew: nothing of them is lost, and the old one comes back when the new one fails."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, fresh_case, planned
from tests.parts.containers import (
    SECOND,
    act_with,
    floor_of,
    inspected,
    lasting,
    remove_left,
    row_id,
    row_where,
)
from tests.parts.docker import LABEL, Box, Made
from tests.parts.dockerd import wait_until
from tests.parts.image_registry import image_registry
from tests.parts.wait import until_async

STAYS = "trap exit TERM; while :; do sleep 0.1; done"
SECRET = "hunter2-is-the-password"  # pragma: allowlist secret
CHANGES_BY_ITSELF = {
    "Id", "Created", "State", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "GraphDriver", "RestartCount",
    "NetworkSettings", "Mounts", "ExecIDs",
}  # fmt: skip


@pytest.fixture
def networks(box: Box) -> Iterator[tuple[str, str]]:
    """Two networks of somebody's own, and what a test's recreated containers leave behind is removed."""
    made = [box.engine.client.networks.create(f"{box.prefix}-net{n}", labels=LABEL) for n in (1, 2)]
    yield f"{box.prefix}-net1", f"{box.prefix}-net2"
    remove_left(box)
    for network in made:
        network.remove()


@pytest.fixture
def tidy(box: Box) -> Iterator[None]:
    """The same without networks."""
    yield
    remove_left(box)


def names(box: Box) -> list[str]:
    """Names of this test's containers."""
    return sorted(str(one.name) for one in box.engine.client.containers.list(all=True, filters={"name": box.prefix}))


def configured(box: Box, key: str) -> dict[str, Any]:
    """All that was asked for of a container, in an order of its own."""
    whole = inspected(box, key)
    kept: dict[str, Any] = {name: value for name, value in whole.items() if name not in CHANGES_BY_ITSELF}
    kept["Config"] = whole["Config"] | {"Env": sorted(whole["Config"]["Env"] or ())}
    if kept["Config"]["Hostname"] == whole["Id"][:12]:
        kept["Config"]["Hostname"] = "its id"
    kept["Binds"] = sorted(
        (mount["Type"], mount.get("Name", mount["Source"]), mount["Destination"], mount["RW"])
        for mount in whole["Mounts"]
    )
    kept["HostConfig"].pop("Binds")
    kept["HostConfig"]["Mounts"] = len(kept["HostConfig"].get("Mounts") or ())
    kept["Networks"] = {
        name: (sorted(set(one["Aliases"] or ()) - {whole["Id"][:12]}), one["IPAMConfig"])
        for name, one in whole["NetworkSettings"]["Networks"].items()
    }
    return kept


def furnished(box: Box, networks: tuple[str, str], folder: str) -> Made:
    """A container with one of everything."""
    from docker.types import Mount

    made = box.create(
        STAYS,
        network_mode=networks[0],
        hostname="shop",
        environment={"PASSWORD": SECRET, "MODE": "a=b c"},
        labels={"com.docker.compose.project": "shop", "com.docker.compose.config-hash": "abc"},
        volumes=["/anonymous", f"{folder}:/given:ro"],
        mounts=[Mount("/nameless", None, type="volume"), Mount("/fast", None, type="tmpfs", tmpfs_size=65536)],
        ports={"80/tcp": ("127.0.0.1", None)},
        mem_limit="64m",
        nano_cpus=500_000_000,
        user="1000:1000",
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 4},
        cap_drop=["ALL"],
        extra_hosts={"db": "127.0.0.1"},
        healthcheck={"test": ["CMD-SHELL", "true"], "interval": SECOND // 2, "timeout": SECOND, "retries": 2},
        stop_signal="SIGINT",
        working_dir="/tmp",
        log_config={"Type": "json-file", "Config": {"max-size": "1m"}},
        ulimits=[{"Name": "nofile", "Soft": 512, "Hard": 512}],
        tmpfs={"/scratch": "size=64k"},
        sysctls={"net.ipv4.ip_unprivileged_port_start": "0"},
    )
    box.engine.client.networks.get(networks[1]).connect(made.id, aliases=["web", "api"])
    made.sdk.start()
    return made


async def test_a_recreated_container_has_all_that_the_old_one_had(
    box: Box, networks: tuple[str, str], tmp_path: Any
) -> None:
    made, config = furnished(box, networks, str(tmp_path)), floor_of(box)
    await row_where(config, made, lambda row: row.facts["health"] == "healthy", "it is healthy")
    before, state = configured(box, made.id), lasting(box, made.id)
    plan = await planned(config, "container.recreate", row_id(made))
    assert lasting(box, made.id) == state, "the dry run changed something"
    assert names(box) == [made.name]
    done = await act(config, "container.recreate", row_id(made), plan.seen)
    row = await row_where(config, made, lambda row: row.key != made.id, "another has its name")
    assert row.facts["health"] == "healthy"
    assert row.level == "ok"
    assert configured(box, row.key) == before
    assert names(box) == [made.name], "the old one is gone"
    assert done.sink.of("call")[0] == plan.calls[0].told
    assert len(done.sink.of("call")) == len(plan.calls)
    told = done.sink.text + "".join(step if isinstance(step, str) else step.told for step in plan.steps)
    assert SECRET not in told
    assert "environment values (not shown)" in told


async def test_what_a_container_keeps_in_volumes_without_a_name_stays(box: Box, tidy: None) -> None:
    made = box.run(
        f"test -e /data/file && touch /data/again; touch /data/file; echo lost > /outside; {STAYS}", volumes=["/data"]
    )
    config = floor_of(box)
    wait_until(lambda: made.sdk.exec_run("test -e /outside").exit_code == 0, "it has written")
    done = await act(config, "container.recreate", row_id(made))
    row = await row_where(config, made, lambda row: row.key != made.id, "another has its name")
    new = box.engine.client.containers.get(row.key)
    assert new.exec_run("test -e /data/again").exit_code == 0
    assert any("outside its volumes, which goes with the old one" in line for line in done.sink.of("say"))


def crashes_next_time(box: Box, folder: str) -> Made:
    """Its successor ends at once."""
    return box.run(f"test -e /shared/once && exit 9; touch /shared/once; {STAYS}", volumes=[f"{folder}:/shared"])


def ill_next_time(box: Box, folder: str) -> Made:
    """Its successor is unhealthy."""
    test = "test $(cat /shared/count) = 1"
    probe = {"test": ["CMD-SHELL", test], "interval": SECOND // 2, "timeout": SECOND, "retries": 1}
    command = f"echo 1 >> /tmp/none; n=$(cat /shared/count 2>/dev/null); echo $((n+1)) > /shared/count; {STAYS}"
    return box.run(command, volumes=[f"{folder}:/shared"], healthcheck=probe)


@pytest.mark.parametrize(
    ("made_by", "sentence"),
    [
        pytest.param(crashes_next_time, "exit code 9", id="the new one ends at once"),
        pytest.param(ill_next_time, "is unhealthy", id="the new one is unhealthy"),
    ],
)
async def test_when_the_new_one_does_not_come_up_the_old_one_is_back(
    box: Box, tidy: None, tmp_path: Any, made_by: Callable[[Box, str], Made], sentence: str
) -> None:
    made, config = made_by(box, str(tmp_path)), floor_of(box)
    wait_until(lambda: any(tmp_path.iterdir()), "it has begun")
    before, sink = configured(box, made.id), MemorySink()
    with pytest.raises(ActionError, match=sentence) as caught:
        await act(config, "container.recreate", row_id(made), sink=sink)
    assert not isinstance(caught.value, Refused)
    assert names(box) == [made.name]
    assert configured(box, made.id) == before
    made.sdk.start()
    assert f"the old {made.name} is in its place again, nothing is lost" in sink.of("say")


async def test_the_old_one_runs_again_after_its_successor_could_not_even_start(box: Box, tidy: None) -> None:
    port = 20_000 + uuid4().int % 10_000
    made = box.run(STAYS, network_mode="bridge", ports={"80/tcp": ("127.0.0.1", port)})
    config, sink = floor_of(box), MemorySink()
    case = await fresh_case(config, "container.recreate", row_id(made))
    box.engine.client.api.update_container(made.id, mem_limit="64m", memswap_limit="64m")

    class Thief(RealRunner):
        """Takes the port while the old one is stopped."""

        async def do(self, call: Any) -> Any:
            answer = await super().do(call)
            if call.path.endswith("/stop"):
                box.run(STAYS, "thief", network_mode="bridge", ports={"80/tcp": ("127.0.0.1", port)})
            if call.path.endswith("/rename") and call.query["name"] == made.name and made.id in call.path:
                box.engine.client.containers.get(f"{box.prefix}-thief").remove(force=True)
            return answer

    with pytest.raises(ActionError, match="port is already allocated"):
        await discover()["container.recreate"].run(case, Thief(config, sink))
    assert names(box) == [made.name]
    assert inspected(box, made.id)["State"]["Running"]


async def test_a_cancelled_recreation_puts_the_old_one_back(box: Box, tidy: None) -> None:
    probe = {"test": ["CMD-SHELL", "false"], "interval": 100 * SECOND, "retries": 9}
    made, sink = box.run(STAYS, healthcheck=probe), MemorySink()
    running = asyncio.create_task(act(floor_of(box), "container.recreate", row_id(made), sink=sink))
    await until_async(lambda: any("until the new" in line for line in sink.of("say")), "the new one is waited for")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()
    assert names(box) == [made.name]
    assert inspected(box, made.id)["State"]["Running"]


async def test_cancelled_while_the_old_one_is_told_to_end_it_runs_again(box: Box, tidy: None) -> None:
    made, sink = box.run("trap '' TERM; while :; do sleep 0.1; done"), MemorySink()
    before = inspected(box, made.id)["State"]["StartedAt"]
    running = asyncio.create_task(act(floor_of(box), "container.recreate", row_id(made), sink=sink))
    await until_async(lambda: any("/stop?" in line for line in sink.of("call")), "it is told to end")
    await asyncio.sleep(0.3)  # the engine has begun: it ends it, whoever has hung up meanwhile
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    after = inspected(box, made.id)["State"]
    assert (names(box), after["Running"], after["StartedAt"] != before) == ([made.name], True, True)


async def test_one_that_was_made_anew_since_the_plan_is_refused(box: Box, tidy: None) -> None:
    made, config = box.run(STAYS), floor_of(box)
    plan = await planned(config, "container.recreate", row_id(made))
    await act(config, "container.recreate", row_id(made))
    with pytest.raises(Refused, match="container has changed") as caught:
        await act(config, "container.recreate", row_id(made), plan.seen)
    assert caught.value.reason == "changed"
    assert names(box) == [made.name]


async def test_what_cannot_be_replaced_safely_is_refused(box: Box, tidy: None) -> None:
    config = floor_of(box)
    fleeting = box.run(STAYS, "fleeting", auto_remove=True)
    with pytest.raises(Refused, match="started with --rm"):
        await act(config, "container.recreate", row_id(fleeting))
    host = box.run(STAYS, "host", network_mode="bridge")
    guest = box.run(STAYS, "guest", network_mode=f"container:{host.id}")
    with pytest.raises(Refused, match=f"{guest.name} uses the network of {host.name}"):
        await act(config, "container.recreate", row_id(host))
    assert sorted(names(box)) == sorted([fleeting.name, host.name, guest.name])
    await act(config, "container.recreate", row_id(guest))
    assert inspected(box, guest.name)["HostConfig"]["NetworkMode"] == f"container:{host.id}"


async def test_a_pulled_image_brings_its_own_defaults_and_keeps_what_was_given(box: Box, tidy: None) -> None:
    client = box.engine.client
    with image_registry() as registry:
        command = ["/bin/sh", "-c", STAYS]
        name = registry.put("1", config={"Cmd": command, "Env": ["PATH=/bin", "RELEASE=old"]}, mark=b"old")
        client.images.pull(name)
        container = client.containers.create(
            name, name=f"{box.prefix}-pulled", environment={"MINE": "1"}, labels=LABEL, network_mode="none"
        )
        container.start()
        made, config = Made(f"{box.prefix}-pulled", str(container.id), container), floor_of(box)
        registry.put("1", config={"Cmd": command, "Env": ["PATH=/bin", "RELEASE=new"]}, mark=b"new")
        done = await act(config, "container.recreate", row_id(made), image="pulled")
        now = inspected(box, made.name)
        assert sorted(now["Config"]["Env"]) == ["MINE=1", "PATH=/bin", "RELEASE=new"]
        assert now["Config"]["Cmd"] == command
        assert client.containers.get(made.name).exec_run("cat /mark").output == b"new"
        assert any("Pull complete" in line for line in done.sink.of("out"))
        assert any(words.startswith("pulling: ") for _, words in done.sink.moves)
        undo = discover()["container.recreate"].undo(done.case)
        assert undo
        await act_with(config, undo.action, row_id(made), undo.params)
        assert client.containers.get(made.name).exec_run("cat /mark").output == b"old"
        assert sorted(inspected(box, made.name)["Config"]["Env"]) == ["MINE=1", "PATH=/bin", "RELEASE=old"]
        remove_left(box)
        for image in client.images.list(registry.name):
            client.images.remove(str(image.id), force=True)


async def test_an_image_that_can_not_be_pulled_leaves_all_as_it_is(box: Box) -> None:
    made, config = box.run(STAYS), floor_of(box)
    before = lasting(box, made.id)
    with image_registry() as registry:
        name = f"{registry.name}:absent"
        box.engine.client.images.get(box.engine.image).tag(registry.name, "absent")
        other = box.engine.client.containers.create(
            name, ["/bin/sh", "-c", STAYS], name=f"{box.prefix}-b", labels=LABEL
        )
        other.start()
        with pytest.raises(Refused, match="could not be pulled"):
            await act(config, "container.recreate", f"container:local/{box.prefix}-b", image="pulled")
        other.reload()
        assert other.status == "running"
        other.remove(force=True)
        box.engine.client.images.remove(name)
    assert lasting(box, made.id) == before
