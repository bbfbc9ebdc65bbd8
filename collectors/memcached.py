"""Reads a memcached: hits and misses, memory, connections and evictions, as its `stats` tell them."""

from collections.abc import Mapping
from time import perf_counter

from collectors.base import CollectError, Collector, Entity, Reading, Secret, TargetConfig
from collectors.deltas import Sample
from collectors.kept import read_kept
from collectors.memcached_api.link import MemcachedLink
from collectors.memcached_api.parse import counters, life, parse_stats, server_facts


class MemcachedConfig(TargetConfig, frozen=True, kw_only=True):
    """`[[memcached]]`: host and port, or the path of a Unix socket."""

    host: str = "127.0.0.1"
    port: int = 11211
    socket: str = ""
    """The path of a Unix socket, in place of host and port."""

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is empty")
        if not 1 <= self.port <= 65535:
            raise ValueError("port must be 1 to 65535")
        if self.socket and not self.socket.startswith("/"):
            raise ValueError("socket is the whole path of a Unix socket, beginning with /")


class Memcached(Collector[MemcachedConfig]):
    """A memcached over one connection.

    The hit ratio is that of the gets since the poll before, and so are rates. A restart begins anew. Its own count of
    connections has this one in it.
    """

    name = "memcached"
    section = "memcached"
    title = "Memcached"
    Config = MemcachedConfig

    def __init__(self, config: MemcachedConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._link = MemcachedLink(config.host, config.port, config.socket, self.set_phase)
        self._before: Sample | None = None
        self._life: tuple[int | None, int | None] = (None, None)

    async def collect(self) -> Reading:
        """Read once; a connection that was kept from an earlier poll and broke since is renewed in the same poll."""
        return await read_kept(self._link, self._read)

    async def close(self) -> None:
        """Drop the connection."""
        self._link.drop()

    async def _read(self) -> Reading:
        await self._link.open()
        self.set_phase("waiting for the answer to version")
        version, latency_s = await self._link.version()
        self.set_phase("asking for its figures")
        stats = parse_stats(await self._link.stats())
        if "get_hits" not in stats:
            raise CollectError(
                f"{self._link.named} does not tell the figures of a memcached",
                reason="protocol",
                remedy="behind a proxy, ask the memcached itself",
            )
        now = Sample(perf_counter(), counters(stats))
        if life(stats) != self._life:
            self._life, self._before = life(stats), None
        facts = server_facts(stats, version, latency_s, self._before, now)
        self._before = now
        return Reading((Entity(kind=self.section, name=self.config.name, facts=facts),))
