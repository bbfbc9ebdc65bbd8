"""Addresses of Redis servers: redis://, rediss:// and unix:// with passwords of any signs."""

import re
from urllib.parse import parse_qs, unquote

import msgspec

from collectors.base import Secret
from collectors.net.links import where

_URL = re.compile(
    r"(?P<scheme>rediss?|unix)://(?:(?P<user>[^:@/?#\[\]]*)(?::(?P<password>.*?))?@)?"
    r"(?P<tail>[^@?]*)(?:\?(?P<query>(?:\w+=.*)?))?",
    re.DOTALL,
)
"""A password ends at the first "@" after which no other stands: it may hold "@", "/", ":" and "#"."""
_HOST_AND_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:/\[\]]*))(?::(?P<port>\d{1,5}))?(?:/(?P<db>\d*))?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PORT = 6379
_FORM = "write it as redis://host:6379/0, rediss://user@host:6379/0 or unix:///path/to/redis.sock?db=0"


class RedisPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a Redis is, and who we are there."""

    host: str = ""
    port: int = _PORT
    path: str = ""
    """A Unix socket, in place of host and port."""
    tls: bool = False
    db: int = 0
    user: str = ""
    password: Secret | None = None

    @property
    def named(self) -> str:
        """The place as people write it, without who we are."""
        return self.path or where(self.host, self.port)


def read_redis_url(url: str, password: Secret | None) -> RedisPlace:
    """Take an address apart. `password` stands above one inside it. Raises ValueError; its sentence quotes nothing."""
    match = _URL.fullmatch(f"unix://{url}" if url.startswith("/") else url)
    if match is None:
        raise ValueError(f"this is no address of a Redis: {_FORM}")
    inside = match["password"]
    if inside is not None and not _BAD_ESCAPE.search(inside):
        inside = unquote(inside)
    who = {"user": unquote(match["user"] or ""), "password": password or (Secret(inside) if inside else None)}
    query = parse_qs(match["query"] or "")
    if match["scheme"] == "unix":
        db = _number(query.get("db", ["0"])[0])
        return RedisPlace(path=unquote(match["tail"]), db=db, **who)  # type: ignore[arg-type]
    found = _HOST_AND_PORT.fullmatch(match["tail"])
    if found is None:
        raise ValueError(f"this is no address of a Redis: {_FORM}")
    db = _number(found["db"] or query.get("db", ["0"])[0])
    port = _number(found["port"] or str(_PORT))
    if not 0 < port < 65536:
        raise ValueError("a port is from 1 to 65535")
    host = found["six"] or unquote(found["host"]) or "127.0.0.1"
    return RedisPlace(host=host, port=port, tls=match["scheme"] == "rediss", db=db, **who)  # type: ignore[arg-type]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"the number of a Redis database is a whole number: {_FORM}")
    return int(text)
