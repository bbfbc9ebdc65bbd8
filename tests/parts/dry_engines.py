"""Stages on Docker engines: containers, images, a Compose service, a swarm's service."""

import io
import tarfile
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.parts.acting import config_of
from tests.parts.compose import Project
from tests.parts.containers import floor_of, lasting, remove_left, row_id
from tests.parts.docker import LABEL, Box, Made, image_tar
from tests.parts.dry_case import Stage, Staged, Staging
from tests.parts.swarm import Stack, SwarmEngine
from tests.parts.wait import until

if TYPE_CHECKING:
    from docker import DockerClient

_STAYS = "trap exit TERM; while :; do sleep 0.1; done"


def _containers(box: Box, repo: str = "") -> object:
    """All that the engine says of this test's containers, whoever made them, and of the images of a repository."""
    client = box.engine.client
    ids = sorted(str(one.id) for one in client.containers.list(all=True, filters={"name": box.prefix}))
    images = [(str(one.id), one.tags) for one in client.images.list(name=repo)] if repo else []
    return [lasting(box, one) for one in ids], images


def _runs(box: Box) -> Made:
    return box.run(_STAYS)


def _created(box: Box) -> Made:
    return box.create(_STAYS)


def _paused(box: Box) -> Made:
    made = box.run(_STAYS)
    made.sdk.pause()
    return made


@asynccontextmanager
async def _container(request: pytest.FixtureRequest, how: Callable[[Box], Made] = _runs, **params: str) -> Staging:
    box: Box = request.getfixturevalue("box")
    try:
        yield Staged(floor_of(box), row_id(how(box)), partial(_containers, box), params)
    finally:
        remove_left(box)


@asynccontextmanager
async def _with_older_image(request: pytest.FixtureRequest) -> Staging:
    box: Box = request.getfixturevalue("box")
    client, repo = box.engine.client, f"watchfloor-test-{box.prefix}"
    try:
        for release in ("old", "new"):
            client.api.import_image_from_data(image_tar(), repository=repo, tag="1", changes=[f"ENV RELEASE={release}"])
        container = client.containers.create(
            f"{repo}:1", ["/bin/sh", "-c", _STAYS], name=f"{box.prefix}-a", labels=LABEL, network_mode="none"
        )
        container.start()
        made = Made(f"{box.prefix}-a", str(container.id), container)
        yield Staged(floor_of(box), row_id(made), partial(_containers, box, repo))
    finally:
        remove_left(box)
        for image in client.images.list(name=repo):
            client.images.remove(str(image.id), force=True)


@asynccontextmanager
async def _service(request: pytest.FixtureRequest, **params: str) -> Staging:
    project: Project = request.getfixturevalue("project")
    project.make(1)
    until(lambda: project.containers[0].attrs["State"]["Health"]["Status"] == "healthy", "it to be healthy", 20)
    yield Staged(project.config, project.row(1), lambda: project.states, params)


def _tasks_and_specs(stack: Stack, name: str) -> tuple[str, str]:
    tasks = stack.engine.docker("service", "ps", "--quiet", "--no-trunc", name)
    return stack.engine.docker("service", "inspect", name), tasks


@asynccontextmanager
async def _swarm(request: pytest.FixtureRequest, *, updated: bool = False, **params: str) -> Staging:
    stack: Stack = request.getfixturevalue("stack")
    name = stack.run("web", "--update-monitor", "100ms", "--rollback-monitor", "100ms")
    docker = stack.engine.docker
    until(lambda: stack.listed(name) == "1/1", "its task to run", 30)
    if updated:
        docker("service", "update", "--detach", "--container-label-add", "release=2", name)
        until(lambda: "completed" in docker("service", "inspect", "--format={{.UpdateStatus}}", name), "it", 30)
    config = config_of(f'[[swarm]]\nname = "shop"\nurl = "{stack.engine.url}"\nonly = ["{stack.glob}"]\n')
    yield Staged(config, f"swarm.service:shop/{name}", partial(_tasks_and_specs, stack, name), params)


def _all_of(client: "DockerClient") -> object:
    """All containers and images of an engine that only tests use."""
    images = sorted((str(one.id), sorted(one.tags)) for one in client.images.list(all=True))
    return images, sorted((str(one.id), one.status) for one in client.containers.list(all=True))


def _blob(content: bytes) -> bytes:
    """A root file system with one small file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("file")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@asynccontextmanager
async def _garbage(request: pytest.FixtureRequest) -> Staging:
    from docker import DockerClient

    # Not the engine of this machine: what is cleaned away there may be somebody's.
    own: SwarmEngine = request.getfixturevalue("swarm_engine")
    config = config_of(f'[[docker]]\nname = "own"\nurl = "{own.url}"\n')
    with closing(DockerClient(base_url=own.url, timeout=60)) as client:
        for content in (b"first", b"second"):
            client.api.import_image_from_data(_blob(content), repository="watchfloor-dry", tag="1")
        try:
            yield Staged(config, "docker:own", partial(_all_of, client), {"what": "dangling images"})
        finally:
            client.images.remove("watchfloor-dry:1", force=True)


STAGES: Mapping[str, Stage] = {
    "compose.restart": _service,
    "compose.scale": partial(_service, count="2"),
    "container.kill": _container,
    "container.limits": partial(_container, memory="64MiB"),
    "container.recreate": _container,
    "container.restart": _container,
    "container.rollback": _with_older_image,
    "container.start": partial(_container, how=_created),
    "container.stop": _container,
    "container.unpause": partial(_container, how=_paused),
    "docker.prune": _garbage,
    "swarm.rollback": partial(_swarm, updated=True),
    "swarm.scale": partial(_swarm, replicas="2"),
    "swarm.update": _swarm,
}
