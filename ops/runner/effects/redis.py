"""Gives commands to a Redis, all in one go, over a connection of their own."""

from collectors.redis_api.link import RedisLink
from collectors.redis_api.resp import Command, ErrorReply, Reply
from collectors.redis_api.url import read_redis_url
from collectors.redis_server import RedisConfig
from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.actions.targets import settings_of
from ops.runner.base import Answer
from ops.runner.calls import Redis
from ops.runner.reach import Reach

_TEXT_LIMIT = 300
_MOST_SHOWN = 64 * 1024
_KNOWN = {
    "NOPERM": ("{where} does not let this user do that: {said}", "allow it with ACL SETUSER", "permission"),
    "NOAUTH": ("{where} wants a password", "correct the user and password in the config", "auth"),
    "READONLY": ("{where} is a replica and takes no writes", "act on its primary", "readonly"),
    "OOM": ("{where} is full and refuses even this: {said}", "raise maxmemory, or evict by policy", "full"),
    "MISCONF": ("{where} can't save to its disk and takes no writes", "look at its disk and its log", "full"),
    "LOADING": ("{where} loads its data and takes no commands yet", "try again when it has loaded them", "held"),
    "BUSY": ("{where} is busy with a script and answers nothing else", "wait, or SCRIPT KILL", "held"),
    "MASTERDOWN": ("{where} has lost its primary and answers nothing", "look at the replication", "readonly"),
    "MOVED": ("{where} is one of a cluster and does not hold this key", "name the node that holds it", "missing"),
}
"""Sentence, remedy and reason by the code of an error; "{said}" is where the server's words go."""


def fault(reply: ErrorReply, where: str, *, first: bool) -> ActionError:
    """Name why a command was not done; `first` says that none before it was."""
    said = clean(reply.text, _TEXT_LIMIT)
    kind = Refused if first else ActionError
    if "unknown command" in reply.text:
        message = f"{where} has no such command, or it was renamed: {said}"
        return kind(message, "do it by hand with redis-cli", reason="missing")
    message, remedy, reason = _KNOWN.get(reply.code, ("{where} said no: {said}", "read its log for more", "error"))
    return kind(message.format(where=where, said=said), remedy, reason=reason)


async def make(call: Redis, reach: Reach) -> Answer:
    """Connect, give the commands, hang up. `value` has the replies, `status` the sum of those that are numbers.

    Raises ActionError, Refused where nothing was done, and CollectError.
    """
    spec = reach.spec(call.target)
    config = settings_of(spec, RedisConfig, "Redis")
    place = read_redis_url(config.url, spec.secrets.get("password"))
    link = RedisLink(place, config.ca_file, config.verify_tls, lambda _: None)
    try:
        await link.open()
        replies = await link.run(*(_command(command) for command in call.commands))
    finally:
        link.drop()
    for number, reply in enumerate(replies):
        if isinstance(reply, ErrorReply):
            raise fault(reply, place.named, first=number == 0)
    counted = sum(reply for reply in replies if isinstance(reply, int))
    text = "\n".join(_shown(reply) for reply in replies)[:_MOST_SHOWN]
    return Answer(status=counted, text=text, value=replies)


def _command(words: tuple[str | bytes, ...]) -> Command:
    """Names that are no UTF-8 keep their bytes: the link writes surrogates as what they stand for."""
    return tuple(word.decode("utf-8", "surrogateescape") if isinstance(word, bytes) else word for word in words)


def _shown(reply: Reply) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
