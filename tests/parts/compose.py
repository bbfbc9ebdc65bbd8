"""Services of a Compose project for one test, made on a real engine with Compose's labels, names and networks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ops.config.structs import Config
from tests.parts.acting import config_of
from tests.parts.docker import LABEL, Box, Engine

if TYPE_CHECKING:
    from docker.models.containers import Container

WELL = "touch /ok; sleep 1000"
PROBE = {"test": ["CMD-SHELL", "test -e /ok || { echo no shop; false; }"], "interval": 100_000_000, "retries": 1}
"""Healthy while there is a file /ok, within a tenth of a second; the engine's own figures are nanoseconds."""


class Project:
    """A project whose name is this test's own; all its containers are removed afterwards."""

    def __init__(self, engine: Engine, box: Box) -> None:
        self.engine, self.name = engine, box.prefix
        self._networks: list[Any] = []

    @property
    def config(self) -> Config:
        """A config that reads this project's containers."""
        return config_of(
            f'[[docker]]\nname = "local"\nurl = "{self.engine.url}"\nonly = ["{self.name}*"]\ntimeout = "30s"\n'
        )

    def row(self, number: int, service: str = "web") -> str:
        """The id of a container's row."""
        return f"container:local/{self.name}-{service}-{number}"

    def make(
        self, number: int, command: str = WELL, *, service: str = "web", project: str = "", sign: str = "-",
        labels: dict[str, str] | None = None, start: bool = True, **options: Any,
    ) -> "Container":  # fmt: skip
        """One container of a service; `options` are the SDK's."""
        own = {
            "com.docker.compose.project": project or self.name,
            "com.docker.compose.service": service,
            "com.docker.compose.container-number": str(number),
            "com.docker.compose.oneoff": "False",
        }
        usual: dict[str, Any] = {"healthcheck": PROBE, "stop_signal": "SIGKILL", "network_mode": "none"}
        if "network" in options:
            del usual["network_mode"]
        made = self.engine.client.containers.create(
            self.engine.image, ["/bin/sh", "-c", command], name=sign.join((project or self.name, service, str(number))),
            labels=LABEL | own | (labels or {}) | {"watchfloor.project": self.name}, **(usual | options),
        )  # fmt: skip
        if start:
            made.start()
        return made

    def network(self, name: str) -> Any:
        """A network of its own."""
        made = self.engine.client.networks.create(f"{self.name}_{name}", labels=LABEL)
        self._networks.append(made)
        return made

    @property
    def containers(self) -> "list[Container]":
        """All containers of this test, by name."""
        mine: dict[str, str | list[str] | bool] = {"label": f"watchfloor.project={self.name}"}
        found = self.engine.client.containers.list(all=True, filters=mine)
        return sorted(found, key=lambda one: str(one.name))

    @property
    def names(self) -> list[str]:
        """Their names without the project's."""
        return [str(one.name).removeprefix(self.name)[1:] for one in self.containers]

    @property
    def states(self) -> list[tuple[str, str, str]]:
        """What a change would change of each: id, state, and when it was started."""
        return [(str(one.id), one.status, one.attrs["State"]["StartedAt"]) for one in self.containers]

    def remove_all(self) -> None:
        """Remove its containers, their volumes without a name, and its networks."""
        for one in self.containers:
            one.remove(force=True, v=True)
        for network in self._networks:
            network.remove()


@pytest.fixture
def project(engine: Engine, box: Box) -> Iterator[Project]:
    """A project of one test."""
    made = Project(engine, box)
    yield made
    made.remove_all()
