"""A real Docker engine for tests, an image made here, and containers that are always removed again."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import pytest

from tests.parts.dockerd import engine_here
from tests.parts.need import need

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

BUSYBOX = Path("/bin/busybox")
LABEL = {"watchfloor.test": "1"}


def image_tar(busybox: Path = BUSYBOX) -> bytes:
    """A root file system: a static busybox and a link for each of its commands."""
    listed = subprocess.run([str(busybox), "--list"], check=True, capture_output=True, text=True).stdout.split()
    content = busybox.read_bytes()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        program = tarfile.TarInfo("bin/busybox")
        program.size, program.mode = len(content), 0o755
        archive.addfile(program, io.BytesIO(content))
        for command in set(listed) - {"busybox"}:
            link = tarfile.TarInfo(f"bin/{command}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return buffer.getvalue()


class Engine:
    """A running engine: its socket, an SDK client as second opinion, and the name of a busybox image in it."""

    def __init__(self, socket: Path, client: "DockerClient", image: str) -> None:
        self.socket, self.client, self.image = socket, client, image

    @property
    def url(self) -> str:
        """The socket as a config names it."""
        return f"unix://{self.socket}"

    def said(self, command: str, **options: Any) -> str:
        """What a shell command prints in a container of its own, which is gone then; `options` are the SDK's.

        The SDK's own `run` reads the log after it removed the container, and so loses it now and then.
        """
        made = self.client.containers.create(
            self.image, ["/bin/sh", "-c", command], network_mode="none", labels=LABEL, **options
        )
        try:
            made.start()
            status = made.wait()["StatusCode"]
            text = str(made.logs().decode())
            assert status == 0, f"{command!r} ended with status {status}: {text}"
            return text
        finally:
            made.remove(force=True)


class Made(NamedTuple):
    """A container that was made, with the SDK's handle to do things to it."""

    name: str
    id: str
    sdk: "Container"


class Box:
    """Makes containers for one test: labelled, with names of their own, without network unless asked for."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.prefix = f"wf-{uuid4().hex[:8]}"
        self._made: list[Made] = []

    @property
    def glob(self) -> str:
        """A glob over the names of this test's containers."""
        return f"{self.prefix}-*"

    def create(self, command: str, name: str = "a", **options: Any) -> Made:
        """Create a container that runs a shell command; `options` are the SDK's."""
        defaults: dict[str, Any] = {"network_mode": "none", "init": False}
        labels = LABEL | options.pop("labels", {})
        container = self.engine.client.containers.create(
            self.engine.image, ["/bin/sh", "-c", command], name=f"{self.prefix}-{name}", labels=labels,
            **(defaults | options),
        )  # fmt: skip
        made = Made(f"{self.prefix}-{name}", str(container.id), container)
        self._made.append(made)
        return made

    def run(self, command: str = "sleep 86400", name: str = "a", **options: Any) -> Made:
        """Create and start one."""
        made = self.create(command, name, **options)
        made.sdk.start()
        return made

    def remove_all(self) -> None:
        """Remove what was made, whatever its state, and what was made anew in its place; gone already is no error."""
        from docker.errors import NotFound

        anew = self.engine.client.containers.list(all=True, filters={"name": f"^/{self.prefix}-"}, ignore_removed=True)
        for container in [made.sdk for made in self._made] + anew:
            try:
                container.remove(force=True, v=True)
            except NotFound:
                continue


def make_image(client: "DockerClient") -> str:
    """Import a busybox image under a tag of its own; gives the tag."""
    need(BUSYBOX.exists(), f"no {BUSYBOX} to make an image of (Debian package busybox-static)")
    tag = uuid4().hex[:8]
    client.api.import_image_from_data(image_tar(), repository="watchfloor-test", tag=tag)
    return f"watchfloor-test:{tag}"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A real engine for the whole session; started here when none runs, and then ended."""
    from docker import DockerClient

    socket, started = engine_here()
    client = DockerClient(base_url=f"unix://{socket}", timeout=60)
    try:
        image = make_image(client)
        yield Engine(socket, client, image)
        client.images.remove(image, force=True)
    finally:
        client.close()
        if started:
            started.remove()


@pytest.fixture
def box(engine: Engine) -> Iterator[Box]:
    """Containers of one test."""
    made = Box(engine)
    yield made
    made.remove_all()
