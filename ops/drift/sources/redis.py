"""Redis: its settings, its users without their passwords, and its version."""

import asyncio
from collections.abc import Sequence

from collectors.base import CollectError
from collectors.redis_api.faults import refusal
from collectors.redis_api.link import RedisLink
from collectors.redis_api.parse import parse_info
from collectors.redis_api.resp import ErrorReply, Reply
from collectors.redis_api.url import read_redis_url
from collectors.redis_server import RedisConfig
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.data.redis_answers import server, settings, users
from ops.drift.data.servers import asked, prefix_of
from ops.drift.structs import Difference, Item

_ABSENT = "unknown command"
"""How a Redis before 6 answers a question for its users, and one whose command was renamed."""


class RedisSource(Source):
    """Each `[[redis]]`. Passwords (requirepass, masterauth, those of users) are kept as digests."""

    name = "redis"
    title = "Redis' settings and users"
    group = "data"

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for each setting and user. Raises NoData without a Redis.

        One that can't be read is told as an item of its name.
        """
        return await asked(place, RedisConfig, self.name, "Redis", _server)

    def by_hand(self, difference: Difference) -> str:
        """By what differs."""
        if "/user/" in difference.place.item:
            return "set the user's rights with ACL SETUSER, or drop it with ACL DELUSER, then: ACL SAVE"
        if difference.place.item.endswith("/server"):
            return "install the version that was agreed, or capture a new baseline after the upgrade"
        return "set it with CONFIG SET, and in redis.conf, where what can't be set while it runs is set"


async def _server(spec: TargetSpec, place: Place) -> list[Item]:
    config, prefix = spec.config, prefix_of(spec)
    if not isinstance(config, RedisConfig):
        return []
    where = read_redis_url(config.url, spec.secrets.get("password"))
    link = RedisLink(where, config.ca_file, config.verify_tls, lambda _: None)
    try:
        async with asyncio.timeout(float(config.timeout)):
            await link.open()
            info, config_reply, acl = await link.run(("INFO", "server"), ("CONFIG", "GET", "*"), ("ACL", "LIST"))
    except TimeoutError:
        return [Item(name=prefix[:-1], unreadable={"": f"{where.named} did not answer in time"})]
    except CollectError as error:
        return [Item(name=prefix[:-1], unreadable={"": error.message})]
    finally:
        link.drop()
    if isinstance(config_reply, ErrorReply) or isinstance(info, ErrorReply):
        said = config_reply if isinstance(config_reply, ErrorReply) else info
        return [Item(name=prefix[:-1], unreadable={"": _why(said, where.named)})]
    found = server(prefix, parse_info(info if isinstance(info, bytes) else b""))
    found += settings(prefix, config_reply, place.digest)
    return found + _users(prefix, acl, where.named, place)


def _users(prefix: str, reply: Reply, named: str, place: Place) -> list[Item]:
    if not isinstance(reply, ErrorReply):
        return users(prefix, reply, place.digest)
    if _ABSENT in reply.text:
        return []
    return [Item(name=f"{prefix}user", unreadable={"": _why(reply, named)})]


def _why(reply: Reply, named: str) -> str:
    return refusal(reply.text, named).message if isinstance(reply, ErrorReply) else ""
