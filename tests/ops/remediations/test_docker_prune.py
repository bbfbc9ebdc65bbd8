"""Cleaning a real engine up, one of this module's own: what goes is told first, and nothing in use ever goes."""

import io
import tarfile
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from collectors.docker_engine import DockerConfig, DockerEngine
from collectors.units import Duration
from ops.actions.errors import Refused
from ops.actions.registry import discover
from ops.board import Row
from ops.config.structs import Config
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, config_of, fresh_case, planned, read
from tests.parts.docker import image_tar
from tests.parts.dockerd import Dockerd, may_start
from tests.parts.need import need
from tests.parts.readings import figure, read_until

if TYPE_CHECKING:
    from docker import DockerClient

ROW = "docker:own"
STAYS = ["/bin/sh", "-c", "trap exit TERM; while :; do sleep 0.1; done"]


@pytest.fixture(scope="module")
def daemon() -> Iterator[Dockerd]:
    """An engine that nobody else uses."""
    reason = may_start()
    need(not reason, reason)
    own = Dockerd(isolated=True)
    own.start()
    yield own
    own.remove()


@pytest.fixture
def client(daemon: Dockerd) -> Iterator["DockerClient"]:
    """Its SDK client; the engine is empty before and after."""
    from docker import DockerClient

    client = DockerClient(base_url=f"unix://{daemon.socket}", timeout=60)
    yield client
    for container in client.containers.list(all=True):
        container.remove(force=True)
    for image in client.images.list(all=True):
        client.images.remove(str(image.id), force=True)
    client.close()


@pytest.fixture
def config(daemon: Dockerd) -> Config:
    """A floor with this engine."""
    return config_of(f"""
[watchfloor]
name = "test"
[[docker]]
name = "own"
url = "unix://{daemon.socket}"
disk_interval = "1s"
""")


def blob(kilobytes: int, seed: str) -> bytes:
    """A root file system with one file of that size."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("file")
        info.size = kilobytes * 1024
        archive.addfile(info, io.BytesIO(seed.encode() * (kilobytes * 1024)))
    return buffer.getvalue()


def image(client: "DockerClient", tag: str, content: bytes) -> str:
    """An image under that tag; one that had it before is without a name then."""
    client.api.import_image_from_data(content, repository="shop", tag=tag)
    return str(client.images.get(f"shop:{tag}").id)


def state(client: "DockerClient") -> Any:
    """All images with their names, and all containers."""
    images = sorted((str(one.id), sorted(one.tags)) for one in client.images.list(all=True))
    return images, sorted((str(one.id), one.status) for one in client.containers.list(all=True))


class Filled:
    """An engine with some of everything."""

    def __init__(self, client: "DockerClient") -> None:
        self.used = image(client, "used", image_tar())
        self.dangling = image(client, "1", blob(300, "a"))
        self.tagged = image(client, "1", blob(200, "b"))
        client.images.get(self.tagged).tag("shop-again", "1")
        make = partial(client.containers.create, self.used, network_mode="none")
        self.running = make(STAYS, name="runs")
        self.running.start()
        self.stopped = make(["/bin/sh", "-c", "echo 123456 > /f"], name="ended")
        self.stopped.start()
        self.stopped.wait()


@pytest.fixture
def filled(client: "DockerClient") -> Filled:
    """That."""
    return Filled(client)


async def test_dangling_images_go_and_nothing_else(client: "DockerClient", config: Config, filled: Filled) -> None:
    before = state(client)
    plan = await planned(config, "docker.prune", ROW, what="dangling images")
    assert state(client) == before, "the dry run changed something"
    steps = [step for step in plan.steps if isinstance(step, str)]
    assert "1 dangling images: 300 KiB" in steps
    assert "2 unused images: 500 KiB" in steps
    assert "1 stopped containers: 7 B" in steps
    assert [call.told for call in plan.calls] == [
        f"DELETE /images/{filled.dangling} {steps[-1]}   (docker:own)"
    ]  # fmt: skip
    await act(config, "docker.prune", ROW, plan.seen, what="dangling images")
    images, containers = state(client)
    assert [one for one, _ in images] == sorted([filled.used, filled.tagged])
    assert containers == before[1]


async def test_unused_images_go_with_all_their_names_and_used_ones_stay(
    client: "DockerClient", config: Config, filled: Filled
) -> None:
    done = await act(config, "docker.prune", ROW, what="unused images")
    assert [one for one, _ in state(client)[0]] == [filled.used]
    assert len(done.sink.of("call")) == 3
    assert done.sink.moves[0][1].startswith("removing image")


async def test_an_image_that_others_were_built_upon_goes_after_them(client: "DockerClient", config: Config) -> None:
    base = image(client, "base", image_tar())
    names = ["base", "first", "second", "third", "fourth", "fifth"]
    for below, name in pairwise(names):
        parent = client.containers.create(f"shop:{below}", STAYS, network_mode="none")
        parent.commit("shop", name)
        parent.remove()
    done = await act(config, "docker.prune", ROW, what="unused images")
    assert state(client) == ([], [])
    assert sum(base in line for line in done.sink.of("call")) >= 1


async def test_what_came_into_use_since_it_was_read_is_left_alone(
    client: "DockerClient", config: Config, filled: Filled
) -> None:
    class Late(RealRunner):
        """Somebody takes an image right before it would go."""

        def progress(self, done_ratio: float, words: str = "") -> None:
            if not client.containers.list(all=True, filters={"name": "late"}):
                client.containers.create(filled.dangling, ["/file"], name="late", network_mode="none")

    case, sink = await fresh_case(config, "docker.prune", ROW, what="unused images"), MemorySink()
    await discover()["docker.prune"].run(case, Late(config, sink))
    assert sorted(one for one, _ in state(client)[0]) == sorted([filled.used, filled.dangling])
    assert any(line.startswith("left alone: image ") for line in sink.of("say"))


async def test_stopped_containers_go_and_running_ones_stay(
    client: "DockerClient", config: Config, filled: Filled
) -> None:
    before = state(client)
    done = await act(config, "docker.prune", ROW, what="stopped containers")
    images, containers = state(client)
    assert images == before[0]
    assert containers == [(str(filled.running.id), "running")]
    assert any(line.startswith("ended (exited, from ") for line in done.sink.of("say"))


@pytest.mark.parametrize("limit", ['project = "shop"', 'only = ["shop-*"]', 'exclude = ["ended", "runs"]'])
async def test_stopped_containers_of_others_stay(
    daemon: Dockerd, client: "DockerClient", filled: Filled, limit: str
) -> None:
    labels = {"com.docker.compose.project": "shop"}
    mine = client.containers.create(filled.used, STAYS, name="shop-web-1", labels=labels, network_mode="none")
    config = config_of(f'[[docker]]\nname = "own"\nurl = "unix://{daemon.socket}"\n{limit}\n')
    done = await act(config, "docker.prune", ROW, what="stopped containers")
    assert [line for line in done.sink.of("call") if str(mine.id) not in line] == []
    assert {one.name for one in client.containers.list(all=True)} == {"runs", "ended"}


async def test_the_build_cache_goes(client: "DockerClient", config: Config, filled: Filled) -> None:
    before = state(client)
    done = await act(config, "docker.prune", ROW, what="build cache")
    assert done.sink.of("call")[0].startswith("POST /build/prune?all=1 build cache: ")
    assert done.sink.of("say")[-1].endswith(" freed")
    assert state(client) == before


async def test_what_changed_since_the_plan_is_refused(client: "DockerClient", config: Config, filled: Filled) -> None:
    plan = await planned(config, "docker.prune", ROW, what="dangling images")
    client.images.remove("shop-again:1")
    image(client, "1", blob(100, "c"))
    before = state(client)
    with pytest.raises(Refused, match="what goes has changed"):
        await act(config, "docker.prune", ROW, plan.seen, what="dangling images")
    assert state(client) == before


async def test_with_nothing_to_clean_away_it_is_refused(client: "DockerClient", config: Config) -> None:
    with pytest.raises(Refused, match="there are no stopped containers"):
        await act(config, "docker.prune", ROW, what="stopped containers")
    with pytest.raises(Refused, match="nothing that can be cleaned away"):
        await act(config, "docker.prune", ROW, what="volumes")


async def test_the_collector_sees_what_could_be_freed_and_that_it_was(
    daemon: Dockerd, client: "DockerClient", config: Config, filled: Filled
) -> None:
    settings = DockerConfig(name="own", url=f"unix://{daemon.socket}", disk_interval=Duration(0.05))
    collector = DockerEngine(settings, {})

    async def images_are(wanted: int) -> float:
        reading = await read_until(collector, lambda found: found.entities[0].facts["images"] == wanted, "its disk use")
        return figure(reading.entities[0], "reclaimable_bytes")

    before = await images_are(3)
    await act(config, "docker.prune", ROW, what="dangling images")
    assert before - await images_are(2) >= 300 * 1024
    await collector.close()


def disk(name: str, level: Any) -> Row:
    """A mount of a host."""
    facts = {"percent": 97.0}
    return Row(id=f"host.disk:h/{name}", kind="host.disk", name=name, target="host:h", level=level, word="full",
               reason="97 % full", since=0, at=0, facts=facts)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "best"),
    [
        pytest.param(disk("/", "critical"), 90, id="the full disk that the engine most often is on"),
        pytest.param(disk("/", "ok"), None, id="a disk with room"),
        pytest.param(disk("/home", "critical"), None, id="a disk where no engine keeps its data"),
    ],
)
def test_offers(row: Row, best: int | None) -> None:
    offers = list(discover()["docker.prune"].offers(row, ()))
    assert max((offer.score for offer in offers), default=None) == best
    risks = {offer.params["what"]: offer.risk for offer in sorted(offers, key=lambda offer: -offer.score)}
    assert not offers or next(iter(risks)) == "build cache", "what is missed least comes first"
    assert not offers or risks == {
        "build cache": "safe", "dangling images": "loses", "stopped containers": "loses", "unused images": "loses",
    }  # fmt: skip


async def test_a_full_disk_that_holds_nothing_of_the_engine_is_refused(daemon: Dockerd, tmp_path: Any) -> None:
    config = config_of('[watchfloor]\nname = "test"\n[[host]]\nname = "h"\ninclude_mounts = ["/", "/dev/shm"]\n')
    board = await read(config)
    mount = next(row for row in board.rows if row.name == "/dev/shm")
    with pytest.raises(Refused, match="keeps its data elsewhere"):
        await planned(config, "docker.prune", mount.id, what="dangling images")
