"""Resolves a name with the system's resolver and measures how long that takes."""

import time
from typing import ClassVar

from collectors.base import Collector, Entity, Reading, TargetConfig, Value
from collectors.net.resolver import resolve


class DnsConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[dns]]`: a name that should resolve."""

    host: str

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is empty")


class Dns(Collector[DnsConfig]):
    """Names that should resolve, asked through the system's resolver (hosts file included), IPv4 and IPv6."""

    name: ClassVar[str] = "dns"
    section: ClassVar[str] = "dns"
    title: ClassVar[str] = "DNS names"
    Config = DnsConfig

    async def collect(self) -> Reading:
        """Resolve once. Raises CollectError (reason "dns")."""
        self.phase = f"resolving {self.config.host}"
        began = time.perf_counter()
        addresses = await resolve(self.config.host, 0)
        facts: dict[str, Value] = {
            "resolve_s": time.perf_counter() - began,
            "answers": len(addresses),
            "addresses": ", ".join(sorted(address.text for address in addresses)),
        }
        return Reading((Entity(kind=self.section, name=self.config.name, facts=facts),))
