"""A real swarm of one node, on an engine of its own that no other test sees, and services for one test."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest

from tests.parts.docker import BUSYBOX, image_tar
from tests.parts.dockerd import Dockerd, may_start
from tests.parts.need import need

IMAGE = "localhost/watchfloor-test:swarm"
"""Of a registry that is not there, so that every engine takes its own."""


class SwarmEngine:
    """The engine: what `docker` says of it is the second opinion."""

    def __init__(self, server: Dockerd) -> None:
        self.server = server

    @property
    def url(self) -> str:
        """The socket as a config names it."""
        return f"unix://{self.server.socket}"

    def docker(self, *arguments: str) -> str:
        """Run the engine's own client; gives what it prints."""
        command = ["docker", "--host", self.url, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


class Stack:
    """Makes services for one test, which are removed after it."""

    def __init__(self, engine: SwarmEngine) -> None:
        self.engine = engine
        self.prefix = f"wf-{uuid4().hex[:8]}"
        self._made: list[str] = []

    @property
    def glob(self) -> str:
        """A glob over the names of this test's services."""
        return f"{self.prefix}-*"

    def run(self, name: str, *options: str, command: str = "sleep 1000") -> str:
        """Create a service; gives its name."""
        named = f"{self.prefix}-{name}"
        fixed = ("--detach", "--stop-grace-period", "0s", "--name", named)
        self.engine.docker("service", "create", *fixed, *options, IMAGE, "sh", "-c", command)
        self._made.append(named)
        return named

    def listed(self, name: str) -> str:
        """What `docker service ls` counts: "2/2", "0/1 (1/1 completed)"."""
        return self.engine.docker("service", "ls", "--filter", f"name={name}", "--format", "{{.Replicas}}")

    def remove_all(self) -> None:
        """Remove what was made."""
        if self._made:
            self.engine.docker("service", "rm", *self._made)
            self._made.clear()


def _tools() -> str:
    reason = may_start()
    return reason or ("" if BUSYBOX.exists() else f"no {BUSYBOX} to make an image of (Debian package busybox-static)")


def _loopback(server: Dockerd) -> None:
    """Let the manager reach itself in its network namespace."""
    subprocess.run(["nsenter", "--target", str(server.pid), "--net", "ip", "link", "set", "lo", "up"], check=True)


@pytest.fixture(scope="session")
def swarm_engine() -> Iterator[SwarmEngine]:
    """An engine that manages a swarm of its own."""
    from docker import DockerClient

    reason = _tools()
    need(not reason, reason)
    server = Dockerd(isolated=True)
    try:
        server.start()
        _loopback(server)
        with closing(DockerClient(base_url=f"unix://{server.socket}", timeout=60)) as client:
            client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
            repository, _, tag = IMAGE.rpartition(":")
            client.api.import_image_from_data(image_tar(), repository=repository, tag=tag)
        yield SwarmEngine(server)
    finally:
        server.remove()


@pytest.fixture
def stack(swarm_engine: SwarmEngine) -> Iterator[Stack]:
    """Services of one test."""
    made = Stack(swarm_engine)
    yield made
    made.remove_all()
