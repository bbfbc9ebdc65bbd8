"""Which Docker engine a configured target means, for what reads it for an action and for what changes it."""

from typing import TYPE_CHECKING

from collectors.docker_api.client import EngineClient, engine_client
from collectors.docker_api.url import DEFAULT_SOCKET
from collectors.docker_engine import DockerConfig
from collectors.host import HostConfig
from collectors.swarm import SwarmConfig
from ops.actions.errors import Refused

if TYPE_CHECKING:
    from ops.config.structs import TargetSpec


def client_of(spec: "TargetSpec") -> EngineClient:
    """A client of the target's engine; of a host that is the one at the usual socket there.

    Raises Refused for a target without one, CollectError for an address that can't be used.
    """
    config = spec.config
    if isinstance(config, DockerConfig | SwarmConfig):
        url = config.url
    elif isinstance(config, HostConfig):
        url = config.url or f"unix://{DEFAULT_SOCKET}"
    else:
        raise Refused(f"{spec.id} has no Docker engine", "act on a row of [[docker]] or [[swarm]]", reason="missing")
    return engine_client(url, config.ssh_config, config.timeout, lambda _: None)
