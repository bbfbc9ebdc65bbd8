"""Real containers that are not as agreed any more: each difference is named alone, and each is put right."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.actions.errors import Refused
from tests.parts.containers import SECOND, remove_left
from tests.parts.docker import LABEL, Box, Made
from tests.parts.drift_shop import STAYS, Shop

SECRET = "hunter2-is-the-password"  # pragma: allowlist secret


@pytest.fixture
def networks(box: Box) -> Iterator[tuple[str, str]]:
    """Two networks of somebody's own; whatever a test leaves is removed."""
    client = box.engine.client
    names = (f"{box.prefix}-net1", f"{box.prefix}-net2")
    made = [client.networks.create(name, labels=LABEL) for name in names]
    yield names
    remove_left(box)
    for network in made:
        network.remove()


def furnished(box: Box, networks: tuple[str, str], folder: Path, **other: Any) -> Made:
    """A running container with one of everything, otherwise in `other`."""
    options: dict[str, Any] = {
        "network_mode": networks[0], "hostname": "shop", "environment": {"PASSWORD": SECRET, "MODE": "fast"},
        "labels": {"release": "1"}, "volumes": ["/nameless", f"{folder}:/given:ro"],
        "ports": {"80/tcp": ("127.0.0.1", None)}, "mem_limit": "64m", "nano_cpus": 500_000_000, "user": "1000:1000",
        "restart_policy": {"Name": "on-failure", "MaximumRetryCount": 4}, "cap_drop": ["ALL"],
        "extra_hosts": {"db": "127.0.0.1"}, "working_dir": "/tmp",
        "healthcheck": {"test": ["CMD-SHELL", "true"], "interval": SECOND // 2, "timeout": SECOND, "retries": 2},
        "ulimits": [{"Name": "nofile", "Soft": 512, "Hard": 512}], "tmpfs": {"/scratch": "size=64k"},
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"}, "stop_signal": "SIGTERM",
        "log_config": {"Type": "json-file", "Config": {"max-size": "1m"}},
    }  # fmt: skip
    made = box.create(STAYS, **(options | other))
    box.engine.client.networks.get(networks[1]).connect(made.id, aliases=["web", "api"])
    made.sdk.start()
    return made


async def test_a_container_that_nobody_touched_is_the_same_however_often_it_is_read(
    box: Box, networks: tuple[str, str], tmp_path: Path
) -> None:
    made, shop = furnished(box, networks, tmp_path), Shop(box, tmp_path)
    await shop.agree()
    for touch in (made.sdk.restart, lambda: made.sdk.exec_run("true"), lambda: None):
        touch()
        assert await shop.differences() == {}
    text = (tmp_path / "state").rglob("*.toml")
    assert SECRET not in "".join(file.read_text() for file in text)


ANEW = [
    pytest.param({"environment": {"PASSWORD": SECRET, "MODE": "slow"}}, ["env.MODE"], id="another value"),
    pytest.param({"environment": {"PASSWORD": SECRET, "MODE": "fast", "NEW": "1"}}, ["env.NEW"], id="one more value"),
    pytest.param({"labels": {"release": "2"}}, ["labels.release"], id="a label"),
    pytest.param({"user": "1001"}, ["user"], id="its user"),
    pytest.param({"cap_drop": []}, ["cap_drop"], id="its capabilities"),
    pytest.param({"volumes": ["/nameless"]}, ["mounts./given"], id="a mount less"),
    pytest.param({"ports": {"81/tcp": ("127.0.0.1", None)}}, ["exposed", "ports"], id="another port"),
    pytest.param({"hostname": None}, ["hostname"], id="no host name of its own"),
    pytest.param({"mem_limit": None}, ["limits.memory_bytes"], id="no limit"),
    pytest.param({"healthcheck": None}, ["healthcheck.interval_s", "healthcheck.retries", "healthcheck.test",
                                         "healthcheck.timeout_s"], id="no health check"),
    pytest.param({"read_only": True}, ["read_only"], id="nothing may be written"),
    pytest.param({"sysctls": {}}, ["sysctls.net.ipv4.ip_unprivileged_port_start"], id="a setting of the kernel"),
]  # fmt: skip


@pytest.mark.parametrize(("other", "facts"), ANEW)
async def test_what_was_made_otherwise_is_named_and_made_anew_as_agreed(
    box: Box, networks: tuple[str, str], tmp_path: Path, other: dict[str, Any], facts: list[str]
) -> None:
    made, values = furnished(box, networks, tmp_path), tmp_path / "shop.env"
    values.write_text(f"PASSWORD={SECRET}\nMODE=fast\n")
    shop = Shop(box, tmp_path, more='[[drift]]\nname = "here"\nenv_files = ["shop.env"]\n')
    await shop.agree()
    env = shop.env("a")
    made.sdk.remove(force=True)
    furnished(box, networks, tmp_path, **other)
    assert sorted(await shop.differences()) == [f"a#{fact}" for fact in facts]
    nameless = [mount["Name"] for mount in shop.inspect("a")["Mounts"] if mount["Destination"] == "/nameless"]
    sink = await shop.fix("drift.recreate", f"a#{facts[0]}")
    assert SECRET not in sink.text
    assert shop.env("a") == env
    assert [one["Name"] for one in shop.inspect("a")["Mounts"] if one["Destination"] == "/nameless"] == nameless
    assert shop.inspect("a")["State"]["Running"]


async def test_a_value_that_is_kept_nowhere_is_named_and_the_container_stays(
    box: Box, networks: tuple[str, str], tmp_path: Path
) -> None:
    made, shop = furnished(box, networks, tmp_path), Shop(box, tmp_path)
    await shop.agree()
    made.sdk.remove(force=True)
    now = furnished(box, networks, tmp_path, environment={"PASSWORD": "another-secret", "MODE": "fast"})
    with pytest.raises(Refused, match="values of PASSWORD are kept nowhere that can be read") as refused:
        await shop.stage.planned("drift.recreate", await shop.one("a#env.PASSWORD"))
    assert "env_files" in refused.value.remedy
    assert shop.inspect("a")["Id"] == now.id


async def test_what_was_written_outside_the_volumes_makes_the_plan_one_that_loses_something(
    box: Box, tmp_path: Path
) -> None:
    made, shop = box.run(STAYS, labels={"mode": "fast"}), Shop(box, tmp_path)
    await shop.agree()
    made.sdk.remove(force=True)
    now = box.run(STAYS, labels={"mode": "slow"})
    before = await shop.stage.planned("drift.recreate", await shop.one("a#labels.mode"))
    assert (before.lost, before.seen["wrote outside its volumes"]) == ([], "no")
    assert now.sdk.exec_run(["sh", "-c", "echo precious > /precious.db"]).exit_code == 0
    with pytest.raises(Refused, match="wrote outside its volumes has changed: it was 'no'"):
        await shop.stage.fix("drift.recreate", await shop.one("a#labels.mode"), before.seen)
    assert shop.inspect("a")["Id"] == now.id
    after = await shop.stage.planned("drift.recreate", await shop.one("a#labels.mode"))
    assert [said.partition("written")[0] for said in after.lost] == ["it has "]
    await shop.stage.fix("drift.recreate", await shop.one("a#labels.mode"), after.seen)
    assert shop.inspect("a")["Config"]["Labels"]["mode"] == "fast"


async def test_one_that_is_gone_is_made_again_from_the_baseline_and_an_env_file(
    box: Box, networks: tuple[str, str], tmp_path: Path
) -> None:
    made, values = furnished(box, networks, tmp_path), tmp_path / "shop.env"
    values.write_text(f"PASSWORD={SECRET}\nMODE=fast\n")
    shop = Shop(box, tmp_path, more='[[drift]]\nname = "here"\nenv_files = ["shop.env"]\n')
    await shop.agree()
    env = shop.env("a")
    made.sdk.remove(force=True, v=True)
    assert (await shop.one("a")).kind == "removed"
    sink = await shop.fix("drift.recreate", "a")
    assert shop.env("a") == env
    assert SECRET not in sink.text
    assert sink.text.count("begins empty") == 1
    assert "its volume without a name at /nameless begins empty" in sink.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(lambda made: None, lambda made: made.sdk.kill(), id="it ran and was killed"),
        pytest.param(lambda made: made.sdk.kill(), lambda made: made.sdk.start(), id="it was stopped and runs"),
        pytest.param(lambda made: None, lambda made: made.sdk.pause(), id="it ran and was paused"),
        pytest.param(lambda made: made.sdk.pause(), lambda made: made.sdk.unpause(), id="it was paused and runs"),
        pytest.param(lambda made: made.sdk.kill(), lambda made: (made.sdk.start(), made.sdk.pause()),
                     id="it was stopped and is paused"),
    ],
)  # fmt: skip
async def test_a_state_is_brought_back(
    box: Box, tmp_path: Path, before: Callable[[Made], object], after: Callable[[Made], object]
) -> None:
    made, shop = box.run(STAYS), Shop(box, tmp_path)
    before(made)
    await shop.agree()
    after(made)
    assert sorted(await shop.differences()) == ["a#state"]
    await shop.fix("drift.state", "a#state")


@pytest.mark.parametrize(
    ("update", "facts"),
    [
        pytest.param({"mem_limit": "128m", "memswap_limit": "256m"}, ["limits.memory_bytes"], id="memory"),
        pytest.param({"restart_policy": {"Name": "always"}}, ["restart"], id="its restart policy"),
        pytest.param({"cpu_shares": 512}, ["limits.cpu_shares"], id="shares of the processor"),
    ],
)
async def test_a_limit_is_brought_back_while_it_runs(
    box: Box, tmp_path: Path, update: dict[str, Any], facts: list[str]
) -> None:
    made, shop = box.run(STAYS, mem_limit="64m", memswap_limit="128m", cpu_shares=256), Shop(box, tmp_path)
    await shop.agree()
    began = shop.inspect("a")["State"]["StartedAt"]
    made.sdk.update(**update)
    assert sorted(await shop.differences()) == [f"a#{fact}" for fact in facts]
    await shop.fix("drift.update", f"a#{facts[0]}")
    assert shop.inspect("a")["State"]["StartedAt"] == began
    assert made.id == shop.inspect("a")["Id"]


async def test_networks_are_joined_and_left_again(box: Box, networks: tuple[str, str], tmp_path: Path) -> None:
    made, shop = furnished(box, networks, tmp_path), Shop(box, tmp_path)
    await shop.agree()
    second = box.engine.client.networks.get(networks[1])
    second.disconnect(made.id)
    assert sorted(await shop.differences()) == ["a#networks", f"a#networks.{networks[1]}.aliases"]
    await shop.fix("drift.connect", "a#networks")
    second.disconnect(made.id)
    second.connect(made.id, aliases=["other"])
    await shop.fix("drift.connect", f"a#networks.{networks[1]}.aliases")
    third = box.engine.client.networks.create(f"{box.prefix}-net3", labels=LABEL)
    third.connect(made.id)
    await shop.fix("drift.connect", "a#networks")
    third.remove()


async def test_a_container_that_came_since_is_removed_and_only_it(box: Box, tmp_path: Path) -> None:
    kept, shop = box.run(STAYS), Shop(box, tmp_path)
    await shop.agree()
    box.run(STAYS, "orphan", stop_signal="SIGKILL")
    difference = await shop.one("orphan")
    assert difference.kind == "added"
    (offered,) = (one for one in shop.stage.desk.offers(difference) if one.offer.action == "drift.remove")
    assert offered.offer.risk == "loses"
    await shop.fix("drift.remove", "orphan")
    assert shop.inspect("a")["Id"] == kept.id


async def test_what_changed_again_since_it_was_shown_is_left_alone(box: Box, tmp_path: Path) -> None:
    made, shop = box.run(STAYS), Shop(box, tmp_path)
    await shop.agree()
    made.sdk.kill()
    difference = await shop.one("a#state")
    made.sdk.start()
    with pytest.raises(Refused, match="is as agreed by now"):
        await shop.stage.planned("drift.state", difference)
