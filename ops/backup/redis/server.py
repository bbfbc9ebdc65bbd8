"""Which Redis a set is of, and what it says of itself."""

from collections.abc import Mapping

import msgspec

from collectors.redis_api.url import RedisPlace, read_redis_url
from collectors.redis_server import RedisConfig
from collectors.text import clean
from ops.backup.base import Place
from ops.backup.meant import meant
from ops.backup.redis.wire import Wire

DATABASES = 16
"""As many as a Redis has by default."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """One configured Redis."""

    target: str
    """Its id: "redis:cache"."""
    place: RedisPlace
    ca_file: str = ""
    verify_tls: bool = True

    @property
    def subject(self) -> str:
        """Without secrets: "redis:cache at 127.0.0.1:6379"."""
        return f"{self.target} at {clean(self.place.named)}"


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """What it says of itself."""

    version: str
    role: str
    cluster: bool
    memory_bytes: int
    memory_limit_bytes: int
    """0 for none."""
    keys: Mapping[int, int]
    """By number of database; only of those that have some."""
    databases: int

    @property
    def is_primary(self) -> bool:
        """Whether it takes writes."""
        return self.role == "master"


def address_of(place: Place, name: str = "") -> Address:
    """The set's Redis, or the one of that name. Raises BackupError "missing"."""
    spec, config = meant(place, RedisConfig, "redis", name or place.backup.source)
    where = read_redis_url(config.url, spec.secrets.get("password"))
    # Every database is taken, whichever the url names.
    return Address(
        target=spec.id,
        place=msgspec.structs.replace(where, db=0),
        ca_file=config.ca_file,
        verify_tls=config.verify_tls,
    )


async def read_server(wire: Wire) -> Server:
    """Raises BackupError."""
    info: dict[str, str] = {}
    for section in ("server", "replication", "memory", "keyspace", "cluster"):
        info |= await wire.info(section)
    (reply,) = await wire.run(("CONFIG", "GET", "databases"))
    told = reply[1] if isinstance(reply, list) and len(reply) == 2 else None
    return Server(
        version=info.get("redis_version", ""),
        role=info.get("role", ""),
        cluster=info.get("cluster_enabled") == "1",
        memory_bytes=_number(info.get("used_memory")),
        memory_limit_bytes=_number(info.get("maxmemory")),
        keys=keys_of(info),
        databases=_number(told.decode()) if isinstance(told, bytes) else DATABASES,
    )


def keys_of(info: Mapping[str, str]) -> dict[int, int]:
    """Keys by database, from lines such as "db0:keys=3,expires=0"."""
    return _keyspace(info, "keys")


def ends_of(info: Mapping[str, str]) -> dict[int, int]:
    """How many of them have a time at which they end."""
    return _keyspace(info, "expires")


def _keyspace(info: Mapping[str, str], what: str) -> dict[int, int]:
    found = {}
    for name, value in info.items():
        if name.startswith("db") and name[2:].isdecimal():
            parts = dict(part.partition("=")[::2] for part in value.split(","))
            found[int(name[2:])] = _number(parts.get(what))
    return found


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() else 0


def release(version: str) -> tuple[int, ...]:
    """ "7.0.15" as (7, 0), to compare; () where it is none."""
    parts = version.split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
