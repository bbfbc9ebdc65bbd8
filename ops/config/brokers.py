"""Finds out which target is the broker of a Celery: what is read through a broker fails with it."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from collectors.celery_api.place import AmqpPlace, read_broker
from collectors.redis_api.url import RedisPlace, read_redis_url
from ops.config.structs import TargetSpec

_Place = tuple[str, object]
"""What kind of broker it is ("redis", "rabbitmq"), and what two addresses of the same one have in common."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", ""})


def brokered(targets: Iterable[TargetSpec]) -> Iterator[TargetSpec]:
    """Let each celery depend on the redis or rabbitmq that is its broker, where exactly one target reads that."""
    every = tuple(targets)
    wanted = {spec.id: _place(spec) for spec in every if spec.id.startswith("celery:")}
    brokers = [(_place(spec), spec.id) for spec in every if wanted and spec.id.startswith(("redis:", "rabbitmq:"))]
    for spec in every:
        found = [broker for place, broker in brokers if spec.id in wanted and place == wanted[spec.id]]
        if len(found) == 1 and found[0] not in spec.config.depends_on:
            config = msgspec.structs.replace(spec.config, depends_on=(*spec.config.depends_on, found[0]))
            yield msgspec.structs.replace(spec, config=config)
        else:
            yield spec


def _place(spec: TargetSpec) -> _Place:
    """Where a broker is. Of a RabbitMQ only the host: AMQP has a port of its own."""
    section = spec.id.partition(":")[0]
    if section == "rabbitmq":
        return "rabbitmq", _host(urlsplit(getattr(spec.config, "url", "")).hostname or "")
    if section == "redis":
        place: RedisPlace | AmqpPlace = read_redis_url(getattr(spec.config, "url", ""), None)
    else:
        place = read_broker(getattr(spec.config, "broker", ""), None)
    if isinstance(place, AmqpPlace):
        return "rabbitmq", _host(place.host)
    return "redis", place.path or (_host(place.host), place.port)


def _host(name: str) -> str:
    return "localhost" if name.lower() in _LOOPBACK else name.lower()
