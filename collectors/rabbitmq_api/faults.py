"""Says in one sentence why RabbitMQ's management API is not to be read, and looks whether AMQP is there instead."""

import asyncio
from urllib.parse import urlsplit

from collectors.base import CollectError
from collectors.net.links import open_link, where
from collectors.rabbitmq_api.answers import read_reason
from collectors.refusals import Known

NO_PLUGIN = "missing"
"""The reason where AMQP answers and only the management API is not to be had."""
_LOOK_S = 0.5
_PORTS_APART = 10_000
"""The management API listens by default this far above AMQP: 15672 and 5672, 15671 and 5671."""
_AMQP_PORT = 5672
_GREETING = b"AMQP\x00\x00\x09\x01"
_START = b"\x01\x00\x00"
"""How the answer to the greeting begins: a method frame on channel 0 (AMQP 0-9-1, section 2.3.5)."""
_ENABLE = "rabbitmq-plugins enable rabbitmq_management"

_LOGIN = Known(
    "{where} does not accept the user and password",
    reason="auth",
    remedy="correct user and password in the config",
    retry=False,
)
_NO_TAG = Known(
    "{where} does not let {said} read the management API",
    reason="permission",
    remedy="rabbitmqctl set_user_tags {said} monitoring",
    retry=False,
)
_LOOPBACK = Known(
    "{where} lets {said} log in from its own host alone",
    reason="auth",
    remedy="make a user of its own for this, with the tag monitoring",
    retry=False,
)


def refusal(body: bytes, named: str, user: str) -> CollectError:
    """Name why the API answered 401 or 403."""
    reason = read_reason(body)
    if "management user" in reason.lower():
        known = _NO_TAG.about(named, user)
        known.remedy = known.remedy.format(said=user)
        return known
    if "localhost" in reason.lower():
        return _LOOPBACK.about(named, user)
    return _LOGIN.about(named)


def no_api(named: str, status: int) -> CollectError:
    """Name an answer of that status where the API should be."""
    if status >= 500:
        return CollectError(f"the management API of {named} answered with status {status}", reason="protocol")
    return CollectError(
        f"{named} is not RabbitMQ's management API (status {status})", reason="protocol", remedy="check the url"
    )


async def explain(error: CollectError, url: str) -> CollectError:
    """Give a better error where AMQP answers: on the port that was asked, or beside one that refuses."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if error.reason in ("protocol", "reset") and await _speaks_amqp(host, port):
        return CollectError(
            f"{where(host, port)} speaks AMQP, not the management API",
            reason=NO_PLUGIN,
            remedy=f"name the management port (15672) in url; is it closed: {_ENABLE}",
        )
    if error.reason == "refused":
        for beside in dict.fromkeys((port - _PORTS_APART, _AMQP_PORT)):
            if beside > 0 and await _speaks_amqp(host, beside):
                return CollectError(
                    f"{where(host, port)} refused the connection, while AMQP answers on port {beside}:"
                    " the management plugin is off",
                    reason=NO_PLUGIN,
                    remedy=_ENABLE,
                )
    return error


async def _speaks_amqp(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_LOOK_S):
            link = await open_link(host, port, lambda _: None)
            try:
                link.writer.write(_GREETING)
                begin = await link.reader.readexactly(len(_START))
            finally:
                link.abort()
    except (CollectError, OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    return begin == _START or _GREETING.startswith(begin)
