"""Moves messages from queue to queue: each is acknowledged only after the broker has confirmed its copy."""

import asyncio
from functools import cache, partial
from urllib.parse import urlsplit

import msgspec

from collectors.base import CollectError, Secret
from collectors.celery_api.amqp_session import REMEDY
from collectors.celery_api.place import AmqpPlace
from collectors.rabbitmq import RabbitConfig, password_of
from collectors.rabbitmq_api.api import ManagementApi
from collectors.threads import DaemonPool
from ops.actions.errors import ActionError, Refused
from ops.actions.targets import settings_of
from ops.runner.base import Answer
from ops.runner.calls import Amqp
from ops.runner.reach import Reach

_STEP_S = 10.0
"""How long the broker may be silent in the middle."""


class _Listener(msgspec.Struct, frozen=True):
    protocol: str
    port: int


class _Listening(msgspec.Struct, frozen=True):
    listeners: list[_Listener] = []


class _Api(ManagementApi):
    """Asked for where AMQP listens, too."""

    async def listeners(self) -> list[_Listener]:
        """Protocols and ports. Raises CollectError."""
        answer = await self._get("overview?columns=listeners.protocol,listeners.port")
        try:
            return msgspec.json.decode(answer.body, type=_Listening).listeners
        except msgspec.DecodeError as error:
            raise CollectError(f"{self.named} does not say where AMQP listens", reason="protocol") from error


@cache
def _threads() -> DaemonPool:
    return DaemonPool(2, name="watchfloor-amqp")


async def make(call: Amqp, reach: Reach) -> Answer:
    """Move them. `status` is how many were moved, `value` how many were left where they are.

    Raises ActionError, Refused where nothing was done, and CollectError.
    """
    spec = reach.spec(call.target)
    config = settings_of(spec, RabbitConfig, "RabbitMQ")
    _need_library()
    from ops.runner.effects.amqp_moving import MovingSession

    place = await _place(config, password_of(config, spec.secrets), call.vhost)
    session = MovingSession(place, min(_STEP_S, call.timeout_s), config.ca_file, config.verify_tls)
    loop = asyncio.get_running_loop()
    try:
        progress = partial(_told, loop, reach)
        moved = await _threads().run(session.move, call, progress)
    finally:
        session.end()
    for why, count in moved.left.items():
        reach.sink.line("err", f"{count} left in the queue: {why}")
    if moved.left and not moved.count:
        raise ActionError(
            f"none of {sum(moved.left.values())} messages could be moved: {next(iter(moved.left))}",
            "choose a queue to move them to",
            reason="missing",
        )
    reach.sink.line("out", f"{moved.count} moved")
    return Answer(status=moved.count, value=sum(moved.left.values()))


def _told(loop: asyncio.AbstractEventLoop, reach: Reach, ratio: float, words: str) -> None:
    """Hand progress from the thread to the loop."""
    loop.call_soon_threadsafe(lambda: reach.sink.progress(ratio, words))


def _need_library() -> None:
    try:
        import amqp  # noqa: F401 - only whether it is there
    except ImportError as error:
        message = "messages can't be moved without the client library of AMQP"
        raise Refused(message, REMEDY, reason="missing") from error


async def _place(config: RabbitConfig, password: Secret | None, vhost: str) -> AmqpPlace:
    """Where AMQP listens on the host of the management API; encrypted where that is. Raises CollectError, Refused."""
    api = _Api(config.url, config.user, password, config.ca_file, config.verify_tls, lambda _: None)
    try:
        listeners = await api.listeners()
    finally:
        await api.close()
    parts = urlsplit(config.url)
    tls = parts.scheme == "https"
    wanted = "amqp/ssl" if tls else "amqp"
    port = next((listener.port for listener in listeners if listener.protocol == wanted), 0)
    if not port:
        way = "AMQP over TLS, as the management API is" if tls else "AMQP without TLS"
        raise Refused(f"{api.named} does not listen for {way}", "let it listen so, or do it by hand", reason="missing")
    return AmqpPlace(
        host=parts.hostname or "", port=port, tls=tls, user=config.user, password=password or Secret(""), vhost=vhost
    )
