"""Stages on what differs of an engine: containers, an image's name, networks, a volume, services of both kinds."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.parts.compose import Project
from tests.parts.containers import lasting, remove_left
from tests.parts.docker import LABEL, Box, image_tar
from tests.parts.drift_shop import STAYS, Shop
from tests.parts.drift_stage import Stage as Drifting
from tests.parts.dry_case import Stage, Staged, Staging
from tests.parts.scripted_programs import program
from tests.parts.swarm import Stack
from tests.parts.wait import until

if TYPE_CHECKING:
    from docker import DockerClient

Change = Callable[[Box], object]


def _all_of(box: Box) -> object:
    """All that the engine has of this test's own."""
    client: DockerClient = box.engine.client
    ids = sorted(str(one.id) for one in client.containers.list(all=True, filters={"name": box.prefix}))
    networks = sorted((str(one.id), str(one.name)) for one in client.networks.list(names=[box.prefix]))
    volumes = sorted(str(one.name) for one in client.volumes.list() if box.prefix in str(one.name))
    images = sorted((tag, str(one.id)) for one in client.images.list() for tag in one.tags if box.prefix in tag)
    return [lasting(box, one) for one in ids], networks, volumes, images


def _clean_up(box: Box) -> None:
    from docker.errors import NotFound

    client = box.engine.client
    remove_left(box)
    for network in client.networks.list(names=[box.prefix]):
        network.remove()
    with suppress(NotFound):
        client.volumes.get(f"{box.prefix}-data").remove(force=True)
    for image in client.images.list():
        for tag in image.tags:
            if box.prefix in tag:
                client.images.remove(tag, force=True)


@asynccontextmanager
async def _engine(request: pytest.FixtureRequest, source: str, before: Change, after: Change, name: str) -> Staging:
    box: Box = request.getfixturevalue("box")
    try:
        before(box)
        shop = Shop(box, request.getfixturevalue("tmp_path"), source)
        await shop.agree()
        after(box)
        row = shop.stage.desk.row(await shop.one(name), 1.0).id
        yield Staged(shop.stage.config, row, partial(_all_of, box))
    finally:
        _clean_up(box)


def _run(box: Box, **options: Any) -> object:
    return box.run(STAYS, **options)


def _anew(box: Box) -> None:
    box.engine.client.containers.get(f"{box.prefix}-a").remove(force=True)
    _run(box, labels={"release": "2"})


def _get(box: Box) -> Any:
    return box.engine.client.containers.get(f"{box.prefix}-a")


def _network(box: Box) -> Any:
    return box.engine.client.networks.create(f"{box.prefix}-net", labels=LABEL)


def _joined(box: Box) -> None:
    _network(box)
    _run(box, network_mode=f"{box.prefix}-net")


def _apart(box: Box) -> None:
    box.engine.client.networks.get(f"{box.prefix}-net").disconnect(f"{box.prefix}-a")


def _named(box: Box, release: str) -> None:
    api, changes = box.engine.client.api, [f"ENV RELEASE={release}"]
    api.import_image_from_data(image_tar(), repository=f"wf-test/{box.prefix}-web", tag=release, changes=changes)
    api.tag(f"wf-test/{box.prefix}-web:{release}", f"wf-test/{box.prefix}-web", "1")


@asynccontextmanager
async def _service(request: pytest.FixtureRequest) -> Staging:
    stack: Stack = request.getfixturevalue("stack")
    name = stack.run("web", "--update-monitor", "100ms")
    docker = stack.engine.docker
    until(lambda: stack.listed(name) == "1/1", "its task to run", 30)
    toml = f'[[swarm]]\nname = "shop"\nurl = "{stack.engine.url}"\nonly = ["{stack.glob}"]\n'
    stage = Drifting(request.getfixturevalue("tmp_path"), toml, "swarm")
    await stage.agree()
    docker("service", "scale", "--detach", f"{name}=2")
    until(lambda: stack.listed(name) == "2/2", "both tasks to run", 30)
    (found,) = (await stage.differences()).values()
    look = partial(docker, "service", "inspect", name)
    yield Staged(stage.config, stage.desk.row(found, 1.0).id, look)


def compose_of(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Drifting:
    """A compose file of one service that runs, and a `docker` whose `compose up` starts what is stopped of it."""
    container = project.make(1)
    file = f"name: {project.name}\nservices: {{web: {{image: '{project.engine.image}'}}}}\n"
    (folder / "compose.yaml").write_text(file)
    (folder / "bin").mkdir()
    real = shutil.which("docker")
    up = f'"{real}" --host={project.engine.url} start {container.id}'
    program(folder / "bin", "docker", f'case "$*" in *version*) echo 2.0;; *up*) echo "$@"; {up};; *) exit 9;; esac')
    monkeypatch.setenv("PATH", f"{folder}/bin:/usr/bin:/bin")
    toml = f'[[docker]]\nname = "local"\nurl = "{project.engine.url}"\nonly = ["{project.name}*"]\n'
    return Drifting(folder, f'{toml}[[drift]]\nname = "here"\ncompose = ["compose.yaml"]\n', "compose")


@asynccontextmanager
async def _compose(request: pytest.FixtureRequest) -> Staging:
    project: Project = request.getfixturevalue("project")
    stage = compose_of(project, request.getfixturevalue("tmp_path"), request.getfixturevalue("monkeypatch"))
    await stage.agree()
    project.containers[0].kill()
    (found,) = (await stage.differences()).values()
    yield Staged(stage.config, stage.desk.row(found, 1.0).id, lambda: project.states)


STAGES: Mapping[str, Stage] = {
    "drift.compose-up": _compose,
    "drift.connect": partial(_engine, source="containers", before=_joined, after=_apart, name="a#networks"),
    "drift.network": partial(
        _engine, source="networks", before=_network, name="net",
        after=lambda box: box.engine.client.networks.get(f"{box.prefix}-net").remove(),
    ),
    "drift.recreate": partial(
        _engine, source="containers", before=partial(_run, labels={"release": "1"}), after=_anew,
        name="a#labels.release",
    ),
    "drift.remove": partial(_engine, source="containers", before=lambda box: None, after=_run, name="a"),
    "drift.retag": partial(
        _engine, source="images", before=partial(_named, release="old"), after=partial(_named, release="new"),
        name="web:1#digest",
    ),
    "drift.service": _service,
    "drift.state": partial(
        _engine, source="containers", before=_run, after=lambda box: _get(box).kill(), name="a#state"
    ),
    "drift.update": partial(
        _engine, source="containers", before=partial(_run, cpu_shares=256), name="a#limits.cpu_shares",
        after=lambda box: _get(box).update(cpu_shares=512),
    ),
    "drift.volume": partial(
        _engine, source="volumes", name="data",
        before=lambda box: box.engine.client.volumes.create(f"{box.prefix}-data", labels=LABEL),
        after=lambda box: box.engine.client.volumes.get(f"{box.prefix}-data").remove(),
    ),
}  # fmt: skip
