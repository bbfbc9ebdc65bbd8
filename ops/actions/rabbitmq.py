"""What the actions on RabbitMQ share: the exact queue behind a row, what dies into it, and who is connected."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Generic, TypeVar
from urllib.parse import quote

import msgspec

from collectors.base import CollectError
from collectors.net.links import where
from collectors.rabbitmq import RabbitConfig, password_of
from collectors.rabbitmq_api.api import ManagementApi
from collectors.text import LINE_LIMIT, clean
from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.actions.targets import settings_of
from ops.board import Row

T = TypeVar("T")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")
_PAGES = 20
MOST = 500
"""What one page of the API gives."""
_QUEUE = "name,vhost,type,messages_ready,messages_unacknowledged,consumers,arguments,effective_policy_definition"
_CONNECTION = (
    "name,user,vhost,state,connected_at,channels,client_properties.connection_name,client_properties.product,"
    "protocol,recv_oct_details.rate,send_oct_details.rate"
)


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One queue, as the API lists it."""

    name: str
    vhost: str
    type: str = "classic"
    messages_ready: int = 0
    messages_unacknowledged: int = 0
    arguments: dict[str, object] = {}
    effective_policy_definition: dict[str, object] | list[object] | None = None

    @property
    def path(self) -> str:
        """Of the API, quoted."""
        return f"/queues/{quote(self.vhost, safe='')}/{quote(self.name, safe='')}"

    @property
    def told(self) -> str:
        """For a person."""
        return clean(self.name if self.vhost == "/" else f"{self.vhost}/{self.name}")

    def given(self, setting: str) -> str:
        """An argument of the queue ("x-dead-letter-exchange"), or what a policy sets in its place; "" without."""
        policy = self.effective_policy_definition
        found = self.arguments.get(f"x-{setting}")
        if found is None and isinstance(policy, dict):
            found = policy.get(setting)
        return found if isinstance(found, str) else ""

    @property
    def dies_somewhere(self) -> bool:
        """Whether what it does not want goes to a dead letter exchange, which may be the default one ("")."""
        policy = self.effective_policy_definition
        named = "x-dead-letter-exchange" in self.arguments
        return named or (isinstance(policy, dict) and "dead-letter-exchange" in policy)


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """Where an exchange delivers to."""

    source: str
    destination: str
    destination_type: str
    vhost: str


class _Details(msgspec.Struct, frozen=True):
    rate: float = 0.0


class _Client(msgspec.Struct, frozen=True):
    connection_name: str = ""
    product: str = ""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One connection, as the API lists it."""

    name: str
    user: str = ""
    vhost: str = ""
    state: str = ""
    protocol: object = None
    """"AMQP 0-9-1"; other protocols have no channels to see by whether they are idle."""
    connected_at: int = 0
    """Milliseconds since 1970."""
    channels: int = 0
    client_properties: _Client = _Client()
    recv_oct_details: _Details = _Details()
    send_oct_details: _Details = _Details()


class _Page(msgspec.Struct, Generic[T], frozen=True):
    items: list[T]
    page_count: int = 1


class _Named(msgspec.Struct, frozen=True):
    name: str = ""


class _Channel(msgspec.Struct, frozen=True, kw_only=True):
    connection_details: _Named = _Named()
    consumer_count: int = 0
    messages_unacknowledged: int = 0
    messages_unconfirmed: int = 0

    @property
    def busy(self) -> bool:
        return bool(self.consumer_count or self.messages_unacknowledged or self.messages_unconfirmed)


class Reader(ManagementApi):
    """Asks what actions need to know."""

    async def listed(self, vhost: str = "", pattern: str = "") -> list[Queue]:
        """Queues whose name matches, the deepest first. Raises Refused for too many, and CollectError."""
        place = f"queues/{quote(vhost, safe='')}" if vhost else "queues"
        named = f"&use_regex=true&name={quote(pattern, safe='')}" if pattern else ""
        found = await self._pages(f"{place}?sort=name&columns={_QUEUE}{named}", _Page[Queue], "queues")
        return sorted(found, key=lambda queue: -queue.messages_ready)

    async def bindings(self, vhost: str) -> list[Binding]:
        """All bindings of a virtual host. Raises CollectError."""
        columns = "source,destination,destination_type,vhost"
        return await self._read(f"bindings/{quote(vhost, safe='')}?columns={columns}", list[Binding])

    async def connected(self) -> list[Connection]:
        """Connections, the oldest first. Raises Refused for too many, and CollectError."""
        path = f"connections?sort=connected_at&columns={_CONNECTION}"
        return await self._pages(path, _Page[Connection], "connections")

    async def channels_busy(self) -> set[str]:
        """Names of connections with a channel that consumes, or has something unacknowledged or unconfirmed.

        Raises Refused where there are too many channels to look at all of them, and CollectError.
        """
        columns = "connection_details.name,consumer_count,messages_unacknowledged,messages_unconfirmed"
        channels = await self._pages(f"channels?sort=name&columns={columns}", _Page[_Channel], "channels")
        return {channel.connection_details.name for channel in channels if channel.busy}

    async def _pages(self, path: str, kind: type[_Page[T]], what: str) -> list[T]:
        """All of a list, in an order that stays while it is read."""
        found: list[T] = []
        for number in range(1, _PAGES + 1):
            page = await self._read(f"{path}&page={number}&page_size={MOST}", kind)
            found += page.items
            if number >= page.page_count:
                return found
        message = f"there are more than {_PAGES * MOST:,} {what}: not all of them can be looked at"
        raise Refused(message, "do it by hand with rabbitmqctl", reason="limit")

    async def _read(self, path: str, kind: type[T]) -> T:
        answer = await self._get(path)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.DecodeError as error:
            raise CollectError("the answer is not that of RabbitMQ's management API", reason="protocol") from error


@asynccontextmanager
async def reading(case: Case) -> AsyncIterator[Reader]:
    """The management API of the case's broker. Raises Refused."""
    config = settings_of(case.spec, RabbitConfig, "RabbitMQ")
    password = password_of(config, case.spec.secrets)
    reader = Reader(config.url, config.user, password, config.ca_file, config.verify_tls, lambda _: None)
    try:
        yield reader
    finally:
        await reader.close()


async def the_queue(case: Case, reader: Reader) -> Queue:
    """The one queue that the row is of, as it is now. Raises Refused where it is gone or not clear; CollectError."""
    key = case.row.key
    alike = await reader.listed(pattern=_pattern(key))
    found = [queue for queue in alike if key == clean(f"{queue.vhost}/{queue.name}", LINE_LIMIT)]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{len(found)} queues look like {clean(key)}"
        raise Refused(message, "do it by hand with rabbitmqctl", reason="missing")
    raise Refused(f"there is no queue {case.row.name} any more", "look at the queues again", reason="changed")


def _pattern(key: str) -> str:
    """A regular expression (PCRE over bytes) for the end of a queue's name, of which the key shows what prints."""
    tail = key.rpartition("/")[2]
    return "(?s)" + _NOT_ASCII.sub(".*", re.escape(tail)) + "$"


def dying_into(queue: Queue, queues: Sequence[Queue], bindings: Sequence[Binding]) -> list[str]:
    """Names of the queues whose dead letters come to this one: by its exchange, or straight by its name."""
    sources = {
        binding.source
        for binding in bindings
        if binding.destination == queue.name and binding.destination_type == "queue" and binding.source
    }
    return [
        other.name
        for other in queues
        if other.vhost == queue.vhost
        and other.dies_somewhere
        and (
            other.given("dead-letter-exchange") in sources
            or (not other.given("dead-letter-exchange") and other.given("dead-letter-routing-key") == queue.name)
        )
    ]


def is_rabbit(row: Row) -> bool:
    """Whether it is a queue of a RabbitMQ that something can be done about; a stream keeps what was read."""
    return row.target.startswith("rabbitmq:") and row.word != "gone" and row.facts.get("type") != "stream"


def broker_of(case: Case) -> str:
    """The broker as everybody names it who means the same, for locks."""
    from urllib.parse import urlsplit

    config = case.spec.config
    if not isinstance(config, RabbitConfig):
        return case.spec.id
    parts = urlsplit(config.url)
    return f"rabbitmq {where(parts.hostname or '', parts.port or 0)}"
