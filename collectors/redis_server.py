"""Reads a Redis server: memory, evictions, hits, clients, persistence, and keys that are used as queues."""

from collections.abc import Mapping
from time import perf_counter

import msgspec

from collectors.base import CollectError, Collector, Entity, PartNeeds, Reading, Secret, TargetConfig
from collectors.deltas import Sample
from collectors.kept import read_kept
from collectors.postgres_api.dsn import mask_dsn
from collectors.redis_api.faults import refusal
from collectors.redis_api.link import RedisLink
from collectors.redis_api.parse import Info, counters, parse_info, server_facts
from collectors.redis_api.queues import Queue, counting_command, depth_commands, queue_entity, read_depth, sample
from collectors.redis_api.resp import Command, ErrorReply, Reply
from collectors.redis_api.url import read_redis_url
from collectors.text import clean

_MOST_QUEUES = 200


class RedisConfig(TargetConfig, frozen=True, kw_only=True):
    """`[[redis]]`. A password inside the url is masked wherever the config is shown."""

    url: str = "redis://127.0.0.1:6379/0"
    """redis://user@host:port/db, rediss:// for TLS, or unix:///path?db=0."""
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    ca_file: str = ""
    verify_tls: bool = True
    queues: tuple[str | Queue, ...] = ()
    """Keys that are queues: `"emails"`, or with what it must be and what takes from it: see `Queue`."""

    def __post_init__(self) -> None:
        read_redis_url(self.url, None)
        if len(self.queues) > _MOST_QUEUES:
            raise ValueError(f"at most {_MOST_QUEUES} queues can be read of one Redis")

    def parts_depend_on(self) -> Mapping[str, PartNeeds]:
        """What takes from each queue."""
        return {
            f"queue:{self.name}/{clean(queue.name)}": PartNeeds(("queues", index), queue.depends_on)
            for index, queue in enumerate(self.queues)
            if isinstance(queue, Queue) and queue.depends_on
        }

    def __repr__(self) -> str:
        return msgspec.Struct.__repr__(msgspec.structs.replace(self, url=mask_dsn(self.url)))


class RedisServer(Collector[RedisConfig]):
    """A Redis over one connection.

    Hits, evictions and rates are those since the poll before, our own reads left out. A stream is as deep as the lag
    of the group that is furthest behind.
    """

    name = "redis_server"
    section = "redis"
    title = "Redis"
    Config = RedisConfig

    def __init__(self, config: RedisConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._place = read_redis_url(config.url, secrets.get("password"))
        self._link = RedisLink(self._place, config.ca_file, config.verify_tls, self.set_phase)
        self._queues = [queue if isinstance(queue, Queue) else Queue(name=queue) for queue in config.queues]
        self._before: Sample | None = None
        self._depths_before: dict[str, Sample] = {}
        self._run_id = ""

    async def collect(self) -> Reading:
        """Read once; a connection that was kept from an earlier poll and broke since is renewed in the same poll."""
        return await read_kept(self._link, self._read)

    async def close(self) -> None:
        """Drop the connection."""
        self._link.drop()

    async def _read(self) -> Reading:
        await self._link.open()
        latency_s = await self._ping()
        self.set_phase("asking for its figures")
        info = await self._info()
        now = Sample(perf_counter(), counters(info))
        if info.get("run_id") != self._run_id:
            self._run_id = info.get("run_id", "")
            self._before = None
        facts = server_facts(info, latency_s, self._link.saves, self._before, now)
        server = Entity(kind="redis", name=self.config.name, facts=facts)
        self._before = now
        queues: list[Entity] = []
        if latency_s is None:
            self._link.drop()
        elif self._queues:
            self.set_phase("asking for its queues")
            queues = await self._read_queues()
            after = parse_info(_bytes((await self._link.run(("INFO", "stats")))[0]))
            self._before = Sample(perf_counter(), {**now.counters, **_known(counters(after))})
        return Reading((server, *queues))

    async def _ping(self) -> float | None:
        """Measure one PING; None while it loads its data."""
        self.set_phase("waiting for the answer to PING")
        began = perf_counter()
        (reply,) = await self._link.run(("PING",))
        if isinstance(reply, ErrorReply):
            if reply.code == "LOADING":
                return None
            raise refusal(reply.text, self._place.named)
        return perf_counter() - began

    async def _info(self) -> Info:
        (reply,) = await self._link.run(("INFO",))
        if isinstance(reply, ErrorReply):
            raise refusal(reply.text, self._place.named)
        info = parse_info(_bytes(reply))
        if "redis_version" not in info:
            raise CollectError(f"{self._place.named} does not say which Redis it is", reason="protocol")
        return info

    async def _read_queues(self) -> list[Entity]:
        kinds = [_kind(reply) for reply in await self._link.run(*(("TYPE", queue.name) for queue in self._queues))]
        asked = [depth_commands(queue, kind) for queue, kind in zip(self._queues, kinds, strict=True)]
        told = await self._run_groups(asked)
        counting = [
            counting_command(queue, kind, replies)
            for queue, kind, replies in zip(self._queues, kinds, told, strict=True)
        ]
        counted = await self._run_groups([(command,) if command else () for command in counting])
        return [
            self._queue(queue, kind, replies, count)
            for queue, kind, replies, count in zip(self._queues, kinds, told, counted, strict=True)
        ]

    async def _run_groups(self, groups: list[tuple[Command, ...]]) -> list[list[Reply]]:
        """Run the commands of all groups at once, and give the replies of each group."""
        replies = iter(await self._link.run(*(command for group in groups for command in group)))
        return [[next(replies) for _ in group] for group in groups]

    def _queue(self, queue: Queue, kind: str, replies: list[Reply], counted: list[Reply]) -> Entity:
        depth = read_depth(queue, kind, replies, counted[0] if counted else None)
        now = sample(depth, perf_counter())
        before = self._depths_before.get(queue.name)
        self._depths_before[queue.name] = now
        return queue_entity(queue, depth, self.config.name, before, now)


def _kind(reply: Reply) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else "unreadable key"


def _bytes(reply: Reply) -> bytes:
    return reply if isinstance(reply, bytes) else b""


def _known(found: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: value for name, value in found.items() if value is not None}
