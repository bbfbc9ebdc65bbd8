"""A Redis with keys of every kind, a set of it, and two ways to look at what it has."""

from pathlib import Path

import redis

from collectors.backup import BackupConfig
from collectors.redis_server import RedisConfig, RedisServer
from ops.backup.base import Place
from ops.config.structs import TargetSpec
from ops.demo.servers import RedisServer as Server
from tests.parts.tree_backups import place

ODD = b"no-utf8-\xff\r\n\x00"
COUNTS = {"db0": 14, "db3": 2}


def client(server: Server, db: int = 0) -> redis.Redis:
    """One for a database."""
    password = server.password.reveal() if server.password else None
    return redis.Redis(host=server.host, port=server.port, password=password, db=db)


def fill(server: Server) -> None:
    """Empty it, then put in what COUNTS says: all kinds, both ways in which each is kept, some that end."""
    zero, three = client(server), client(server, 3)
    zero.flushall()
    zero.set("text", "value")
    zero.set("number", 12345)
    zero.set("long", b"abc" * 500_000)
    zero.set("k" * 300, "a name that is packed")
    zero.set(ODD, b"\x00\xff" * 10)
    zero.set("ends", "in an hour", ex=3600)
    zero.rpush("list", *(f"{n:040}" for n in range(2000)))
    zero.sadd("numbers", *range(100))
    zero.sadd("set", *(f"member {n}" for n in range(1000)))
    zero.hset("hash", mapping={"a": "b"})
    zero.hset("large hash", mapping={f"field {n}": n for n in range(1000)})
    zero.zadd("scores", {"a": 1.5, "b": float("inf")})
    zero.zadd("many scores", {f"member {n}": n / 3 for n in range(1000)})
    zero.xadd("stream", {"a": "1"})
    zero.xadd("stream", {"a": "2"})
    zero.xgroup_create("stream", "readers", "0")
    zero.xreadgroup("readers", "one", {"stream": ">"}, count=1)
    three.set("other", "database")
    three.set("ends too", "x", ex=7200)


def everything(server: Server, db: int = 0) -> dict[bytes, tuple[object, int]]:
    """What each key of a database has, and in how many minutes it ends."""
    one = client(server, db)
    return {key: (_value(one, key), round(one.ttl(key) / 60)) for key in one.keys("*") if isinstance(key, bytes)}


def _value(one: redis.Redis, key: bytes) -> object:
    match one.type(key):
        case b"list":
            return one.lrange(key, 0, -1)
        case b"set":
            return one.smembers(key)
        case b"hash":
            return one.hgetall(key)
        case b"zset":
            return one.zrange(key, 0, -1, withscores=True)
    return one.dump(key)


def set_of(server: Server, scratch: Path, *, name: str = "cache", source: str = "", programs: str = "") -> Place:
    """A set of that server, which the config calls `name`."""
    config = RedisConfig(name=name, url=server.url())
    spec = TargetSpec(id=f"redis:{name}", collector=RedisServer, config=config)  # type: ignore[arg-type]
    backup = BackupConfig(name="cache", kind="redis", target="file:///nowhere", source=source, programs=programs)
    return place(scratch, backup, spec)
