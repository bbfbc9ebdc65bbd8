"""Gives one line of the text protocol to a memcached, over a connection of its own."""

from collectors.memcached import MemcachedConfig
from collectors.memcached_api.link import MemcachedLink
from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.actions.targets import settings_of
from ops.runner.base import Answer
from ops.runner.calls import Memcached
from ops.runner.reach import Reach

_DONE = (b"OK", b"DELETED", b"TOUCHED", b"RESET")


async def make(call: Memcached, reach: Reach) -> Answer:
    """Connect, give the line, hang up. Raises ActionError, Refused where nothing was done, and CollectError."""
    config = settings_of(reach.spec(call.target), MemcachedConfig, "memcached")
    if not call.line.isprintable():
        raise Refused("a command is one line of printable signs", "correct it", reason="protocol")
    link = MemcachedLink(config.host, config.port, config.socket, lambda _: None)
    try:
        await link.open()
        answer = await link.exchange(call.line)
    finally:
        link.drop()
    if answer not in _DONE:
        raise fault(answer, link.named)
    return Answer(text=answer.decode())


def fault(answer: bytes, where: str) -> ActionError:
    """Name why it was not done; `answer` is the line that came."""
    said = clean(answer)
    if answer.startswith(b"CLIENT_ERROR flush_all not allowed"):
        return Refused(f"{where} allows no flush_all", "start it without -F, or start it anew", reason="permission")
    if answer == b"ERROR":
        return Refused(f"{where} has no such command", "ask the memcached itself, not a proxy", reason="missing")
    return ActionError(f"{where} said no: {said}", "read its log for more")
