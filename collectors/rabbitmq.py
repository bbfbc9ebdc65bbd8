"""Reads a RabbitMQ through its management API: queues, alarms that block publishers, nodes, partitions."""

from collections.abc import Mapping
from time import perf_counter

from collectors.base import Collector, Entity, Reading, Secret, TargetConfig
from collectors.deltas import Sample
from collectors.globs import is_wanted
from collectors.net.wire import split_url
from collectors.rabbitmq_api.answers import Node, Overview, number
from collectors.rabbitmq_api.api import Denied, Listing, ManagementApi, name_pattern
from collectors.rabbitmq_api.parse import broker_facts, hints_of, node_facts, queue_entity, queue_key, sample
from collectors.text import clean

_MOST_PATTERNS = 1000
"""Characters of all patterns together: they go into the address of a request."""
_DEFAULT = "guest"
"""RabbitMQ's own first user and its password, which work from its own host alone."""


class RabbitConfig(TargetConfig, frozen=True, kw_only=True):
    """`[[rabbitmq]]`. The user needs the tag "monitoring", and some permission in each virtual host to be seen."""

    url: str = "http://127.0.0.1:15672"
    """Of the management plugin, not of AMQP."""
    user: str = _DEFAULT
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    vhosts: tuple[str, ...] = ()
    """Globs over virtual hosts, such as "shop-*"; without any, all that the user may see."""
    only: tuple[str, ...] = ()
    """Globs over queue names; without any, all queues."""
    exclude: tuple[str, ...] = ()
    ca_file: str = ""
    verify_tls: bool = True

    def __post_init__(self) -> None:
        split_url(self.url)
        if ":" in self.user:
            raise ValueError('a user has no ":" in its name')
        if sum(len(glob) for glob in (*self.vhosts, *self.only, *self.exclude)) > _MOST_PATTERNS:
            raise ValueError(f"all patterns together have at most {_MOST_PATTERNS} characters")


def password_of(config: RabbitConfig, secrets: Mapping[str, Secret]) -> Secret | None:
    """The one that the config names; RabbitMQ's own first user has a known one."""
    return secrets.get("password") or (Secret(_DEFAULT) if config.user == _DEFAULT else None)


class RabbitMq(Collector[RabbitConfig]):
    """A RabbitMQ and its queues, at most the 500 with the most messages.

    Rates are those that RabbitMQ gives. Memory is told against the watermark at which publishers are blocked, disk
    space against the limit under which they are. A queue is ready to be taken where no consumer has it yet.
    """

    name = "rabbitmq"
    section = "rabbitmq"
    title = "RabbitMQ"
    Config = RabbitConfig

    def __init__(self, config: RabbitConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        password = password_of(config, secrets)
        self._api = ManagementApi(config.url, config.user, password, config.ca_file, config.verify_tls, self.set_phase)
        self._names = name_pattern(config.only, config.exclude)
        self._before: Sample | None = None
        self._queues_before: dict[str, Sample] = {}

    async def collect(self) -> Reading:
        """Ask for the overview, the nodes and the queues. Raises CollectError."""
        overview, latency_s = await self._api.overview()
        now = sample(overview.message_stats, None, perf_counter())
        nodes, hints = await self._nodes()
        listing = await self._api.queues(self.config.vhosts, self._names)
        queues, more = self._queues(listing, overview)
        facts = broker_facts(overview, latency_s, self._before, now) | node_facts(nodes)
        self._before = now
        broker = Entity(kind=self.section, name=self.config.name, facts=facts, hints=(*hints, *more))
        return Reading((broker, *queues))

    async def close(self) -> None:
        """Close the kept connection."""
        await self._api.close()

    async def _nodes(self) -> tuple[list[Node] | None, tuple[str, ...]]:
        try:
            return await self._api.nodes(), ()
        except Denied:
            user = clean(self.config.user)
            return None, (f"{user} may not see nodes and alarms: rabbitmqctl set_user_tags {user} monitoring",)

    def _queues(self, listing: Listing, overview: Overview) -> tuple[list[Entity], tuple[str, ...]]:
        lasting = [queue for queue in listing.queues if not queue.exclusive]
        taken = [queue for queue in lasting if is_wanted(queue.name, self.config.only, self.config.exclude)]
        at, before = perf_counter(), self._queues_before
        # Of a list that is cut, a queue may be missing next time only because others are deeper.
        cut = listing.wanted > len(listing.queues)
        self._queues_before = {
            queue_key(queue): sample(queue.message_stats, queue.messages_ready, at) for queue in taken
        }
        found = [
            queue_entity(
                queue,
                self.config.name,
                before.get(queue_key(queue)),
                self._queues_before[queue_key(queue)],
                counts=overview.counts,
                may_go=cut,
            )
            for queue in taken
        ]
        hints = hints_of(
            user=self.config.user,
            wanted=listing.wanted,
            listed=len(listing.queues),
            seen=listing.seen,
            told=number(overview.object_totals.get("queues")),
            private=len(listing.queues) - len(lasting),
            filtered=bool(self.config.vhosts),
        )
        if listing.vhosts_left_out:
            hints += (f"{listing.vhosts_left_out} more virtual hosts match and are not read: name fewer in vhosts",)
        return found, hints
