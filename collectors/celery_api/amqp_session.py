"""One AMQP connection for blocking calls in a thread, which another thread may end at any time.

The client library is `amqp`; its own deadlines lie under the poll's, and a call that hangs all the same ends when its
socket is shut down.
"""

import socket
import ssl
import struct
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter
from types import ModuleType
from typing import Any, NamedTuple

from collectors.base import CollectError
from collectors.celery_api.amqp_faults import Absent, absent, refused
from collectors.celery_api.place import AmqpPlace
from collectors.refusals import Lost

_NONSENSE = (struct.error, ValueError, LookupError, TypeError, AttributeError)
"""What the client library raises over bytes that make no sense, and when its parts were taken away meanwhile."""
REMEDY = "pip install 'watchfloor[celery]'"


class Blocked(CollectError):
    """The broker takes no messages from anybody now."""


class Looked(NamedTuple):
    """What a passive look at a queue tells."""

    ready: int
    consumers: int


class AmqpSession:
    """A connection to `place`; each step takes at most `limit_s` seconds where the broker is silent."""

    def __init__(self, place: AmqpPlace, limit_s: float, ca_file: str, verify_tls: bool) -> None:
        self._place = place
        self._limit_s = limit_s
        self._tls = _tls_options(place, ca_file, verify_tls) if place.tls else False
        self._connection: Any = None
        self._channel: Any = None
        self._ended = False
        self._blocked = False

    @property
    def is_open(self) -> bool:
        """Whether the connection stands, as far as is known."""
        return self._connection is not None and not self._ended

    def end(self) -> None:
        """Let it go without waiting; may be called from any thread, and wakes a call that hangs."""
        self._ended = True
        transport = getattr(self._connection, "_transport", None)
        sock = getattr(transport, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            # A thread that still reads it finds it closed; nothing is left open where none does.
            with suppress(OSError):
                sock.close()

    def connect(self) -> None:
        """Connect and log in, unless that is done. Raises CollectError."""
        if self._connection is not None:
            return
        amqp, place = _library(), self._place
        self._connection = amqp.Connection(
            host=f"{place.host}:{place.port}",
            userid=place.user,
            password=place.password.reveal(),
            virtual_host=place.vhost,
            ssl=self._tls,
            connect_timeout=self._limit_s,
            read_timeout=self._limit_s,
            write_timeout=self._limit_s,
            client_properties={"connection_name": "watchfloor"},
            on_blocked=self._on_blocked,
        )
        try:
            self._connection.connect()
        except (OSError, amqp.AMQPError, *_NONSENSE) as error:
            self.end()
            raise refused(error, amqp, place) from error
        if self._ended:
            self.end()
            raise Lost(f"the connection to {place.named} was let go", reason="reset")

    def look(self, queue: str) -> Looked:
        """How deep a queue is, without making it. Raises Absent, or another CollectError."""
        told = self._call(lambda channel: channel.queue_declare(queue, passive=True))
        return Looked(int(told.message_count), int(told.consumer_count))

    def has_exchange(self, name: str) -> bool:
        """Whether there is such an exchange, without making it. Raises CollectError."""
        try:
            self._call(lambda channel: channel.exchange_declare(name, "fanout", passive=True))
        except Absent as absent:
            if absent.reason == "missing":
                return False
            raise
        return True

    def ask(self, exchange: str, bodies: Sequence[bytes], reply_queue: str, wait_s: float, most: int) -> list[Any]:
        """Send bodies of JSON to an exchange; give the messages that come to the reply queue within `wait_s` seconds.

        The queue is of this connection alone and ends with it, and at once when the time is over. Raises CollectError.
        """
        replies: list[Any] = []
        library = _library()

        def prepare(channel: Any) -> None:
            channel.queue_declare(reply_queue, exclusive=True, auto_delete=True)
            channel.basic_consume(reply_queue, no_ack=True, callback=replies.append)
            for body in bodies:
                json = {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 1}
                channel.basic_publish(library.Message(body, application_headers={"clock": 0}, **json), exchange)

        self._call(prepare)
        self._drain(replies, wait_s, most)
        if self._blocked:
            raise Blocked("the broker takes no messages now", reason="limit")
        self._call(lambda channel: channel.queue_delete(reply_queue))
        return replies[:most]

    def _drain(self, replies: list[Any], wait_s: float, most: int) -> None:
        end = perf_counter() + wait_s
        while len(replies) < most and not self._blocked and (left := end - perf_counter()) > 0:
            try:
                self._connection.drain_events(timeout=left)
            except TimeoutError:
                return
            except (OSError, _library().AMQPError, *_NONSENSE) as error:
                raise self._broken(error) from error

    def _call(self, action: Any) -> Any:
        """Do one thing on the channel; a channel that the broker closed is replaced for the next."""
        amqp = _library()
        try:
            if self._channel is None:
                self._channel = self._connection.channel()
            return action(self._channel)
        except (amqp.NotFound, amqp.AccessRefused, amqp.ResourceLocked) as error:
            self._channel = None
            raise absent(error, amqp) from error
        except (OSError, amqp.AMQPError, *_NONSENSE) as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> CollectError:
        self.end()
        named = self._place.named
        if isinstance(error, TimeoutError):
            return CollectError(f"{named} does not answer any more", reason="timeout")
        return Lost(f"{named} closed the connection", reason="reset")

    def _on_blocked(self, *_: object) -> None:
        self._blocked = True


def _library() -> ModuleType:
    try:
        import amqp
    except ImportError as error:
        message = "an AMQP broker can't be read without the client library"
        raise CollectError(message, reason="missing", remedy=REMEDY, retry=False) from error
    return amqp  # type: ignore[no-any-return]


def _tls_options(place: AmqpPlace, ca_file: str, verify_tls: bool) -> dict[str, object]:
    if not verify_tls:
        return {"cert_reqs": ssl.CERT_NONE}
    return {"server_hostname": place.host, "cert_reqs": ssl.CERT_REQUIRED, "ca_certs": ca_file or None}
