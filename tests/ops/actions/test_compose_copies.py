"""Copies of a Compose service's container, and what is offered for a service: pure."""

from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.base import Value
from ops.actions.compose import Group, Replica, of_compose, siblings
from ops.actions.compose_copies import copy, next_names, refuse_unique
from ops.actions.compose_program import ComposeWay
from ops.actions.docker import MountPoint, Networks, Whole
from ops.actions.errors import Refused
from ops.actions.registry import discover
from ops.board import Check, Level, Row

ID, NAMELESS = "3f" * 32, "ab" * 32


def group(*numbers: int, sign: str = "-") -> Group:
    replicas = (Replica(number, f"shop{sign}web{sign}{number}", ID, "running") for number in numbers)
    return Group("shop", "web", tuple(replicas))


@pytest.mark.parametrize(
    ("found", "taken", "names"),
    [
        pytest.param(group(1), (), ["shop-web-2", "shop-web-3"], id="the next numbers"),
        pytest.param(group(1, 4), (), ["shop-web-5", "shop-web-6"], id="after the highest, as Compose counts"),
        pytest.param(group(2, sign="_"), (), ["shop_web_3", "shop_web_4"], id="underscores where the others have them"),
        pytest.param(group(1), ("shop-web-2",), ["shop-web-3", "shop-web-4"], id="a name that is taken is left out"),
    ],
)
def test_names_of_copies(found: Group, taken: tuple[str, ...], names: list[str]) -> None:
    assert [name for _, name in islice(next_names(found, taken), 2)] == names


@given(st.lists(st.integers(0, 50), max_size=8), st.frozensets(st.integers(0, 60).map("shop-web-{}".format)))
def test_copies_never_have_a_number_or_a_name_of_another(numbers: list[int], taken: frozenset[str]) -> None:
    found = list(islice(next_names(group(*numbers), taken), 5))
    assert not {number for number, _ in found} & set(numbers)
    assert not {name for _, name in found} & taken
    assert len(set(found)) == 5


def whole(**changes: Any) -> Whole:
    mounts = [
        MountPoint(type="volume", name=NAMELESS, destination="/data"),
        MountPoint(type="volume", name="shop_files", destination="/files"),
    ]
    known: dict[str, Any] = {
        "config": {
            "Hostname": ID[:12], "Image": "shop:1", "MacAddress": "02:42:ac:11:00:02", "Env": ["A=b"],
            "Labels": {"com.docker.compose.container-number": "1", "com.docker.compose.replace": "x", "own": "y"},
            "Volumes": {"/data": {}},
        },
        "host_config": {"NetworkMode": "shop_net", "Binds": [f"{NAMELESS}:/data", "shop_files:/files:ro"]},
        "network_settings": Networks(
            networks={
                "shop_net": {"NetworkID": "n1", "Aliases": ["web", "shop-web-1", ID[:12]], "IPAddress": "10.0.0.2"},
                "other": {"NetworkID": "n2", "Aliases": ["shop-web-1"]},
            }
        ),
        "mounts": mounts,
    }  # fmt: skip
    return Whole(id=ID, name="/shop-web-1", image="sha256:1", **(known | changes))


def test_a_copy_has_a_number_a_name_and_nameless_volumes_of_its_own() -> None:
    made = copy(whole(), "shop:1", 2, "shop-web-2")
    body = made.body
    assert "Hostname" not in body
    assert "MacAddress" not in body
    assert (body["Image"], body["Env"]) == ("shop:1", ["A=b"])
    assert body["Labels"] == {"com.docker.compose.container-number": "2", "own": "y"}
    assert body["Volumes"] == {"/data": {}}
    assert body["HostConfig"]["Binds"] == ["shop_files:/files:ro"]
    assert body["NetworkingConfig"]["EndpointsConfig"] == {"shop_net": {"Aliases": ["web", "shop-web-2"]}}
    assert [(one.network, one.config) for one in made.others] == [("n2", {"Aliases": ["shop-web-2"]})]


def test_a_nameless_volume_that_was_asked_for_as_a_mount_is_asked_for_again() -> None:
    asked = [{"Type": "volume", "Source": NAMELESS, "Target": "/data"}]
    made = copy(whole(config={"Labels": {}}, host_config={"Mounts": asked}), "shop:1", 2, "shop-web-2")
    assert made.body["HostConfig"]["Mounts"] == [{"Type": "volume", "Source": "", "Target": "/data"}]
    assert made.body["Volumes"] is None


@pytest.mark.parametrize(
    ("ports", "clashes"),
    [
        pytest.param({"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}, True, id="one port"),
        pytest.param({"80/tcp": [{"HostPort": "8080-8090"}]}, False, id="a range has room"),
        pytest.param({"80/tcp": [{"HostPort": ""}], "81/tcp": None}, False, id="any port"),
        pytest.param({"80/tcp": [{"HostPort": "0"}]}, False, id="port 0 is any"),
        pytest.param(None, False, id="none"),
    ],
)
def test_a_port_of_the_host_is_for_one_alone(ports: Any, clashes: bool) -> None:
    seen = whole(host_config={"PortBindings": ports})
    if not clashes:
        refuse_unique(seen, "web-1")
        return
    with pytest.raises(Refused, match="has the port 8080 of its host to itself"):
        refuse_unique(seen, "web-1")


def test_an_address_that_was_given_is_for_one_alone() -> None:
    networks = Networks(networks={"shop_net": {"IPAMConfig": {"IPv4Address": "10.0.0.9"}}})
    with pytest.raises(Refused, match="has an address of its own in shop_net"):
        refuse_unique(whole(network_settings=networks), "web-1")


def test_composes_arguments_are_never_options_by_chance() -> None:
    way = ComposeWay(("docker", "--host=unix:///run/d.sock", "compose", "--project-name=shop"))
    assert way.scale("web", 3)[-7:] == ("up", "--detach", "--no-deps", "--no-recreate", "--scale=web=3", "--", "web")


def row(number: int, level: Level = "ok", word: str = "", checks: tuple[Check, ...] = (), **facts: Value) -> Row:
    known: dict[str, Value] = {"project": "shop", "service": "web", "state": "running"}
    name = f"shop-web-{number}"
    return Row(
        id=f"container:local/{name}", kind="container", name=name, key=f"{number}", target="docker:local", level=level,
        word=word, reason="" if level == "ok" else "why", since=0, at=0, checks=checks, facts=known | facts,
    )  # fmt: skip


def offered(one: Row, rows: list[Row]) -> list[tuple[int, str]]:
    """Scores and titles of what is offered, best first."""
    offers = [
        offer for name in ("compose.restart", "compose.scale") for offer in discover()[name].offers(one, [one, *rows])
    ]
    return sorted(((offer.score, offer.title) for offer in offers), reverse=True)


def test_a_service_that_is_well_is_offered_little() -> None:
    assert offered(row(1), [row(2)]) == [
        (20, "one more of web (3)"),
        (15, "scale web from 2"),
        (15, "restart web of shop, its 2 containers in turn"),
        (10, "one fewer of web (1)"),
    ]


@pytest.mark.parametrize("metric", ["container.cpu_percent", "container.memory_percent"])
def test_one_more_is_best_where_its_containers_are_short_of_cpu_or_memory(metric: str) -> None:
    check = Check(id=metric, level="warning", word="full", text="memory 93 %, over 85 %", since=0)
    strained = row(10, "warning", "full", (check,))
    action = discover()["compose.scale"]
    best = max(action.offers(row(2), [row(2), strained]), key=lambda offer: offer.score)
    assert (best.title, best.why, best.params) == ("one more of web (3)", "memory 93 %, over 85 %", {"count": "3"})
    assert (best.score, best.risk, best.verify_row) == (85, "safe", "")


def test_the_last_one_is_not_offered_to_go_and_what_proves_is_one_that_stays() -> None:
    action = discover()["compose.scale"]
    assert [offer.params.get("count") for offer in action.offers(row(1), [row(1)])] == ["2", None]
    down = next(o for o in action.offers(row(10), [row(10), row(2)]) if o.params.get("count") == "1")
    assert (down.row, down.verify_row) == ("container:local/shop-web-10", "container:local/shop-web-2")


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param({"service": None}, id="of no service"),
        pytest.param({"swarm_service": "web"}, id="of a swarm"),
        pytest.param({"one_off": True}, id="that docker compose run made"),
    ],
)
def test_nothing_is_offered_for_a_container(foreign: dict[str, Value]) -> None:
    one = replace(row(1), facts=dict(row(1).facts) | foreign)
    assert not of_compose(one)
    assert not offered(one, [row(2)])


def test_rows_that_are_gone_or_of_others_do_not_count() -> None:
    others = [row(2, "critical", "gone"), row(3, project="else"), row(4, service="db"), row(10), row(9)]
    assert [one.name for one in siblings(row(1), [row(1), *others])] == ["shop-web-1", "shop-web-9", "shop-web-10"]
