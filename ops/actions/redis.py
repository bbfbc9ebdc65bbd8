"""What the actions on Redis share: reading it, finding keys in bounded steps, unlinking them by the batch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from collectors.redis_api.faults import refusal
from collectors.redis_api.link import RedisLink
from collectors.redis_api.queues import Queue
from collectors.redis_api.resp import KEPT, ErrorReply, Reply
from collectors.redis_api.url import RedisPlace, read_redis_url
from collectors.redis_server import RedisConfig
from collectors.text import LINE_LIMIT, clean
from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.actions.targets import settings_of
from ops.runner.calls import Redis

BATCH = 500
_SCAN = 1000
"""Keys that the server looks at in one step: well under a millisecond of its time."""
_NAMES = 3

Key = str | bytes
"""Text where it is UTF-8; the bytes themselves where it is not."""


def place_of(case: Case) -> RedisPlace:
    """Where it is. Raises Refused for what is no Redis."""
    config = settings_of(case.spec, RedisConfig, "Redis")
    return read_redis_url(config.url, case.spec.secrets.get("password"))


def database_lock(case: Case) -> str:
    """The database as everybody names it who means the same."""
    config = case.spec.config
    if not isinstance(config, RedisConfig):
        return case.spec.id
    place = read_redis_url(config.url, None)
    return f"redis {place.named}/{place.db}"


class Reader:
    """Asks over one connection; an error in place of an answer is raised."""

    def __init__(self, link: RedisLink, named: str) -> None:
        self._link, self._named = link, named
        self.too_long = 0
        """Keys whose names are too long to be read whole, and are therefore never touched."""

    async def ask(self, *command: str | int) -> Reply:
        """One reply. Raises CollectError."""
        (reply,) = await self._link.run(command)
        if isinstance(reply, ErrorReply):
            raise refusal(reply.text, self._named)
        return reply

    async def size(self) -> int:
        """Keys of the database."""
        reply = await self.ask("DBSIZE")
        return reply if isinstance(reply, int) else 0

    async def keys(self, pattern: str) -> AsyncIterator[list[Key]]:
        """Names that match, at most BATCH at once: by SCAN, so nobody waits for it. One may come twice."""
        cursor, found = "0", list[Key]()
        while True:
            reply = await self.ask("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN)
            cursor, names = _scanned(reply)
            for name in names:
                if len(name) >= KEPT:
                    self.too_long += 1
                else:
                    found.append(_key(name))
            while len(found) >= BATCH or (found and cursor == "0"):
                yield found[:BATCH]
                found = found[BATCH:]
            if cursor == "0":
                return


def _scanned(reply: Reply) -> tuple[str, list[bytes]]:
    if isinstance(reply, list) and len(reply) == 2 and isinstance(reply[0], bytes) and isinstance(reply[1], list):
        return reply[0].decode(), [name for name in reply[1] if isinstance(name, bytes)]
    raise Refused("SCAN gave an answer that makes no sense", "ask the Redis itself, not a proxy", reason="protocol")


def _key(name: bytes) -> Key:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name


@asynccontextmanager
async def reading(case: Case) -> AsyncIterator[Reader]:
    """A connection to the case's Redis. Raises CollectError, Refused."""
    place, config = place_of(case), settings_of(case.spec, RedisConfig, "Redis")
    link = RedisLink(place, config.ca_file, config.verify_tls, lambda _: None)
    try:
        await link.open()
        yield Reader(link, place.named)
    finally:
        link.drop()


def is_flush(pattern: str) -> bool:
    """Whether a pattern takes every key there is."""
    return not pattern.strip("*?")


def roughly(count: int) -> str:
    """A bound that a count stays under while little changes, for what a plan relies on."""
    return f"fewer than {10 ** len(str(count)):,}"


def unlink(case: Case, keys: list[Key], *, more: int) -> Redis:
    """The call for one batch; the plan of it says how many come after."""
    then = f", and so on until {more:,} more are gone" if more > 0 else ""
    shown = f"UNLINK of {len(keys)} key{'' if len(keys) == 1 else 's'} such as {named(keys)}{then}"
    return Redis(target=case.spec.id, commands=(("UNLINK", *keys),), shown=shown)


def named(keys: list[Key]) -> str:
    """A few of them for a person."""
    few = ", ".join(clean(key, 60) for key in keys[:_NAMES])
    return f"{few} …" if len(keys) > _NAMES else few


def the_queue(case: Case) -> str:
    """The exact name of the key behind a queue's row, from the config. Raises Refused where it is not clear."""
    config = case.spec.config
    listed = config.queues if isinstance(config, RedisConfig) else ()
    names = [queue.name if isinstance(queue, Queue) else queue for queue in listed]
    meant = [name for name in names if case.row.key in (name, clean(name, LINE_LIMIT))]
    if len(meant) != 1:
        message = f"which key {clean(case.row.key)} is can't be told from the config"
        raise Refused(message, "name the keys of queues so that they differ in what is printable", reason="missing")
    return meant[0]
