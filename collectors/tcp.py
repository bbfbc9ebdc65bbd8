"""Connects to a TCP port and measures how long that takes; nothing is sent."""

from typing import ClassVar

from collectors.base import Collector, Entity, Reading, TargetConfig, Value
from collectors.links import open_link


class TcpConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[tcp]]`: a port that should take connections."""

    host: str
    port: int

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is empty")
        if not 1 <= self.port <= 65535:
            raise ValueError("port must be 1 to 65535")


class Tcp(Collector[TcpConfig]):
    """Ports that should take connections. The time is that of connecting alone, without resolving the name."""

    name: ClassVar[str] = "tcp"
    section: ClassVar[str] = "tcp"
    title: ClassVar[str] = "TCP ports"
    Config = TcpConfig

    async def collect(self) -> Reading:
        """Connect once and hang up. Raises CollectError."""
        link = await open_link(self.config.host, self.config.port, self._set_phase)
        link.abort()
        facts: dict[str, Value] = {
            "host": self.config.host,
            "port": self.config.port,
            "address": link.address,
            "connect_s": link.connect_s,
        }
        return Reading((Entity(kind=self.section, name=self.config.name, facts=facts),))

    def _set_phase(self, phase: str) -> None:
        self.phase = phase
