"""Addresses of Celery's brokers: redis://, rediss://, unix:// and amqp://, amqps://; none of them with a password."""

from urllib.parse import unquote, urlsplit

import msgspec

from collectors.base import Secret
from collectors.net.links import where
from collectors.redis_api.url import RedisPlace, read_redis_url

_FORM = "write it as redis://host:6379/0 or amqp://user@host:5672/vhost"
_NOT_HERE = (
    "a password does not belong into the broker's url: name it by password_env, password_file or password_command"
)
_GUEST = "guest"
"""RabbitMQ's own first user and its password, which work from its own host alone."""


class AmqpPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where an AMQP broker is, and who we are there."""

    host: str
    port: int
    tls: bool
    user: str
    password: Secret
    vhost: str

    @property
    def named(self) -> str:
        """The place as people write it, without who we are."""
        return where(self.host, self.port)


def read_broker(url: str, password: Secret | None) -> RedisPlace | AmqpPlace:
    """Take the address of a broker apart. Raises ValueError; its sentence quotes nothing."""
    scheme = url.partition("://")[0]
    if scheme in ("amqp", "amqps"):
        return _read_amqp(url, password)
    if scheme not in ("redis", "rediss", "unix"):
        raise ValueError(f"this is no address of a broker that can be read: {_FORM}")
    if read_redis_url(url, None).password is not None:
        raise ValueError(_NOT_HERE)
    return read_redis_url(url, password)


def _read_amqp(url: str, password: Secret | None) -> AmqpPlace:
    """The virtual host is "/" where the path says none (`amqp://host` and `amqp://host/`); "%2F" says it, too."""
    parts = urlsplit(url)
    if parts.password is not None or "@" in parts.path:
        raise ValueError(_NOT_HERE)
    try:
        port = parts.port or (5671 if parts.scheme == "amqps" else 5672)
    except ValueError as error:
        raise ValueError("a port is from 1 to 65535") from error
    if parts.query or parts.fragment:
        raise ValueError(f"this is no address of a broker that can be read: {_FORM}")
    user = unquote(parts.username or _GUEST)
    return AmqpPlace(
        host=parts.hostname or "127.0.0.1",
        port=port,
        tls=parts.scheme == "amqps",
        user=user,
        password=password or Secret(_GUEST if user == _GUEST else ""),
        vhost=unquote(parts.path[1:]) or "/",
    )
