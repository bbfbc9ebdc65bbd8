"""Real images, networks and volumes that are not as agreed any more, put right."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ops.actions.errors import Refused
from ops.remediations.drift_network import creation
from tests.parts.containers import remove_left
from tests.parts.docker import LABEL, Box, image_tar
from tests.parts.drift_shop import STAYS, Shop
from tests.parts.image_registry import image_registry


@pytest.fixture
def tidy(box: Box) -> Iterator[None]:
    """Whatever a test leaves of its own is removed."""
    yield
    from docker.errors import NotFound

    client = box.engine.client
    remove_left(box)
    for network in client.networks.list(names=[box.prefix]):
        network.remove()
    for name in ("data", "new"):
        with suppress(NotFound):
            client.volumes.get(f"{box.prefix}-{name}").remove(force=True)
    for image in client.api.images():
        for tag in image["RepoTags"] or ():
            if box.prefix in tag:
                client.images.remove(tag, force=True)


def image(box: Box, release: str, tag: str = "1") -> str:
    """An image with a name of this test's own."""
    box.engine.client.api.import_image_from_data(
        image_tar(), repository=f"wf-test/{box.prefix}-web", tag=tag, changes=[f"ENV RELEASE={release}"]
    )
    return str(box.engine.client.images.get(f"wf-test/{box.prefix}-web:{tag}").id)


@pytest.mark.usefixtures("tidy")
async def test_a_name_that_stands_for_another_image_stands_for_the_agreed_one_again(box: Box, tmp_path: Path) -> None:
    first, shop = image(box, "1"), Shop(box, tmp_path, "images")
    box.engine.client.images.get(first).tag(f"wf-test/{box.prefix}-web", "kept")
    await shop.agree()
    image(box, "2")
    assert sorted(await shop.differences()) == ["web:1#digest"]
    second = str(box.engine.client.images.get(f"wf-test/{box.prefix}-web:1").id)
    sink = await shop.fix("drift.retag", "web:1#digest")
    assert f"keeps no other name; by its id it is {second}" in sink.text
    assert box.engine.client.images.get(f"wf-test/{box.prefix}-web:1").id == first


@pytest.mark.usefixtures("tidy")
async def test_a_container_of_another_image_of_the_same_name_gets_the_agreed_one(box: Box, tmp_path: Path) -> None:
    first, client = image(box, "1"), box.engine.client
    client.images.get(first).tag(f"wf-test/{box.prefix}-web", "kept")
    name = f"wf-test/{box.prefix}-web:1"

    def start() -> None:
        client.containers.run(
            name, ["/bin/sh", "-c", STAYS], name=f"{box.prefix}-a", detach=True, network_mode="none", labels=LABEL
        )

    start()
    shop = Shop(box, tmp_path)
    await shop.agree()
    image(box, "2")
    client.containers.get(f"{box.prefix}-a").remove(force=True)
    start()
    assert sorted(await shop.differences()) == ["a#env.RELEASE", "a#image_digest"]
    await shop.fix("drift.recreate", "a#image_digest")
    assert shop.inspect("a")["Image"] == first
    assert shop.env("a") == ["RELEASE=1"]


@pytest.mark.usefixtures("tidy")
async def test_an_image_that_is_gone_is_pulled_by_its_digest(box: Box, tmp_path: Path) -> None:
    client = box.engine.client
    with image_registry() as registry:
        name = registry.put("1", config={}, mark=box.prefix.encode())
        client.images.pull(registry.name, tag="1")
        shop = Shop(box, tmp_path, "images")
        await shop.agree()
        found = await shop.stage.desk.detect(only=["images"])
        assert not [one for one in found.differences if registry.name in one.path]
        client.images.remove(name, force=True)
        found = await shop.stage.desk.detect(only=["images"])
        (gone,) = (one for one in found.differences if name in one.path)
        assert gone.kind == "removed"
        await shop.stage.fix("drift.retag", gone)
        found = await shop.stage.desk.detect(only=["images"])
        assert not [one for one in found.differences if registry.name in one.path]
        client.images.remove(name, force=True)


@pytest.mark.usefixtures("tidy")
async def test_an_image_that_neither_the_engine_nor_a_registry_has_is_told(box: Box, tmp_path: Path) -> None:
    image(box, "1")
    shop = Shop(box, tmp_path, "images")
    await shop.agree()
    box.engine.client.images.remove(f"wf-test/{box.prefix}-web:1", force=True)
    with pytest.raises(Refused, match="is not on the engine any more"):
        await shop.stage.planned("drift.retag", await shop.one("web:1"))


@pytest.mark.usefixtures("tidy")
async def test_networks_are_made_again_as_they_were(box: Box, tmp_path: Path) -> None:
    client, name = box.engine.client, f"{box.prefix}-net"
    network = client.networks.create(name, labels=LABEL | {"a": "1"}, options={"com.docker.network.driver.mtu": "1400"})
    shop = Shop(box, tmp_path, "networks")
    await shop.agree()
    network.remove()
    assert (await shop.one("net")).kind == "removed"
    await shop.fix("drift.network", "net")
    client.networks.get(name).remove()
    client.networks.create(name, labels=LABEL | {"a": "2"}, internal=True)
    assert sorted(await shop.differences()) == [
        "net#internal", "net#labels.a", "net#options.com.docker.network.driver.mtu"
    ]  # fmt: skip
    await shop.fix("drift.network", "net#internal")


@pytest.mark.usefixtures("tidy")
async def test_a_network_that_something_is_in_is_not_made_anew(box: Box, tmp_path: Path) -> None:
    client, name = box.engine.client, f"{box.prefix}-net"
    client.networks.create(name, labels=LABEL)
    shop = Shop(box, tmp_path, "networks")
    await shop.agree()
    client.networks.get(name).remove()
    client.networks.create(name, labels=LABEL, internal=True)
    box.run(STAYS, network_mode=name)
    container: Any = client.containers.get(f"{box.prefix}-a")
    for stop in (lambda: None, container.kill):
        stop()
        with pytest.raises(Refused, match=f"{box.prefix}-a is in {name}"):
            await shop.stage.planned("drift.network", await shop.one("net#internal"))


@pytest.mark.usefixtures("tidy")
async def test_a_volume_is_made_again_empty_and_one_that_came_since_goes(box: Box, tmp_path: Path) -> None:
    client, name = box.engine.client, f"{box.prefix}-data"
    client.volumes.create(name, labels=LABEL)
    shop = Shop(box, tmp_path, "volumes")
    await shop.agree()
    client.volumes.get(name).remove()
    sink = await shop.fix("drift.volume", "data")
    assert "it begins empty" in sink.text
    client.volumes.create(f"{box.prefix}-new", labels=LABEL)
    await shop.fix("drift.remove", "new")


@pytest.mark.usefixtures("tidy")
@pytest.mark.parametrize("source", ["images", "networks"])
async def test_an_image_or_network_that_came_since_is_removed(box: Box, tmp_path: Path, source: str) -> None:
    shop = Shop(box, tmp_path, source)
    await shop.agree()
    if source == "images":
        image(box, "1")
    else:
        box.engine.client.networks.create(f"{box.prefix}-net", labels=LABEL)
    (name,) = await shop.differences()
    await shop.fix("drift.remove", name)


@pytest.mark.parametrize(
    ("facts", "ipam"),
    [
        pytest.param({}, [], id="the engine chooses"),
        pytest.param({"ipam.subnets": ("10.7.0.0/24", "10.8.0.0/24"), "ipam.gateways": ("10.7.0.9", "")},
                     [{"Subnet": "10.7.0.0/24", "Gateway": "10.7.0.9"}, {"Subnet": "10.8.0.0/24"}],
                     id="two subnets, one with a gateway"),
    ],
)  # fmt: skip
def test_subnets_are_asked_for_as_they_were_given(facts: dict[str, Any], ipam: list[dict[str, str]]) -> None:
    assert creation("net", facts)["IPAM"]["Config"] == ipam
