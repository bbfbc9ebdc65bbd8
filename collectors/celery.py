"""Reads Celery through its broker: how deep its queues are, which workers answer, and what these consume."""

from collections.abc import Mapping
from time import perf_counter

from collectors.base import Collector, Entity, Reading, Secret, TargetConfig
from collectors.celery_api.amqp_broker import AmqpBroker
from collectors.celery_api.found import Found, app_entity, queue_entity, sample
from collectors.celery_api.place import AmqpPlace, read_broker
from collectors.celery_api.redis_broker import RedisBroker
from collectors.deltas import Sample
from collectors.kept import read_kept
from collectors.redis_api.link import RedisLink

_MOST_QUEUES = 50
_MOST_STEPS = 10


class CeleryConfig(TargetConfig, frozen=True, kw_only=True):
    """`[[celery]]`. An AMQP broker needs the extra `watchfloor[celery]`."""

    broker: str
    """redis://host:6379/0, rediss://, unix:///path?db=0, amqp://user@host:5672/vhost, amqps://; without a password."""
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    queues: tuple[str, ...] = ("celery",)
    control_exchange: str = "celery"
    """Celery's setting of that name."""
    key_prefix: str = ""
    """`global_keyprefix` of its `broker_transport_options` (Redis)."""
    fanout_prefix: str = "/{db}."
    """`fanout_prefix` of the same; "" where that is false."""
    priority_steps: tuple[int, ...] = (0, 3, 6, 9)
    """`priority_steps` of the same: each has a list of its own."""
    ca_file: str = ""
    verify_tls: bool = True

    def __post_init__(self) -> None:
        read_broker(self.broker, None)
        if not 0 < len(self.queues) <= _MOST_QUEUES:
            raise ValueError(f"1 to {_MOST_QUEUES} queues can be read of one broker")
        if not 0 < len(self.priority_steps) <= _MOST_STEPS:
            raise ValueError(f"there are 1 to {_MOST_STEPS} priority_steps")
        if not self.control_exchange:
            raise ValueError("control_exchange is empty")


class Celery(Collector[CeleryConfig]):
    """A Celery app: tasks that wait in its queues, and workers that answer a question within a second.

    Nothing is left on the broker: queues are looked at and never made, and the place for the workers' replies goes
    away by itself. Workers without an answer are told apart from workers that are not there.
    """

    name = "celery"
    section = "celery"
    title = "Celery"
    Config = CeleryConfig

    def __init__(self, config: CeleryConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        place = read_broker(config.broker, secrets.get("password"))
        self._reader: RedisBroker | AmqpBroker
        self._kept: RedisLink | AmqpBroker
        if isinstance(place, AmqpPlace):
            self._kind = "amqp"
            self._kept = self._reader = AmqpBroker(
                place,
                namespace=config.control_exchange,
                timeout_s=config.timeout,
                ca_file=config.ca_file,
                verify_tls=config.verify_tls,
                phase=self.set_phase,
            )
        else:
            self._kind = "redis"
            self._kept = RedisLink(place, config.ca_file, config.verify_tls, self.set_phase)
            self._reader = RedisBroker(
                self._kept,
                place,
                prefix=config.key_prefix,
                fanout_prefix=config.fanout_prefix,
                steps=config.priority_steps,
                namespace=config.control_exchange,
                phase=self.set_phase,
            )
        self._before: dict[str, Sample] = {}

    async def collect(self) -> Reading:
        """Read once; a connection that was kept from an earlier poll and broke since is renewed in the same poll."""
        return await read_kept(self._kept, self._read)

    async def close(self) -> None:
        """Drop the connections."""
        self._kept.drop()

    async def _read(self) -> Reading:
        found = await self._reader.read(self.config.queues)
        app = app_entity(self.section, self.config.name, self._kind, found)
        return Reading((app, *self._queues(found)))

    def _queues(self, found: Found) -> list[Entity]:
        at, before = perf_counter(), self._before
        self._before = {depth.name: sample(depth, at) for depth in found.depths}
        return [
            queue_entity(depth, found, self.config.name, before.get(depth.name), self._before[depth.name])
            for depth in found.depths
        ]
