"""Celery over AMQP: queues are looked at without being made, and workers are asked through their own exchange.

Two connections: a broker under an alarm stops reading from one that has published, so that one never looks at queues.
"""

from collections.abc import Sequence
from functools import cache
from time import perf_counter
from uuid import uuid4

from collectors.celery_api.amqp_faults import Absent
from collectors.celery_api.amqp_session import AmqpSession, Blocked
from collectors.celery_api.found import Depth, Found
from collectors.celery_api.mailbox import MOST_WORKERS, QUESTIONS, Workers, exchange_name, question, read_replies
from collectors.celery_api.place import AmqpPlace
from collectors.net.links import Phase
from collectors.net.resolver import resolve
from collectors.threads import DaemonPool

_THREADS = 4
_WAIT_S = 1.0
_LONGEST_S = 3.0
_MOST_BYTES = 2**20
"""Of one reply; a longer one is not read."""
_BLOCKED = "workers can't be asked: the broker blocks publishers (memory or disk alarm)"


@cache
def _threads() -> DaemonPool:
    return DaemonPool(_THREADS, name="watchfloor-celery")


class AmqpBroker:
    """Reads one broker."""

    def __init__(
        self, place: AmqpPlace, *, namespace: str, timeout_s: float, ca_file: str, verify_tls: bool, phase: Phase
    ) -> None:
        self._place = place
        self._exchange = exchange_name(namespace)
        self._limit_s = min(_LONGEST_S, timeout_s * 0.6)
        self._tls = ca_file, verify_tls
        self._phase = phase
        self._looking: AmqpSession | None = None
        self._asking: AmqpSession | None = None

    @property
    def is_open(self) -> bool:
        """Whether a connection is kept."""
        return any(session is not None and session.is_open for session in (self._looking, self._asking))

    def drop(self) -> None:
        """Let the connections go without waiting."""
        for session in (self._looking, self._asking):
            if session is not None:
                session.end()
        self._looking = self._asking = None

    async def read(self, queues: Sequence[str]) -> Found:
        """Look at the queues and ask the workers, beside each other. Raises CollectError."""
        self._phase(f"resolving {self._place.host}")
        await resolve(self._place.host, self._place.port)
        self._phase("asking for the queues")
        self._looking = self._usable(self._looking)
        latency_s, depths, has_workers = await _threads().run(self._look, self._looking, queues)
        self._phase("waiting for workers")
        workers, hints = await self._ask() if has_workers else (Workers(), ())
        return Found(latency_s=latency_s, depths=depths, workers=workers, mute=_mute(depths, workers), hints=hints)

    def _usable(self, session: AmqpSession | None) -> AmqpSession:
        if session is not None and session.is_open:
            return session
        return AmqpSession(self._place, self._limit_s, *self._tls)

    def _look(self, session: AmqpSession, queues: Sequence[str]) -> tuple[float, list[Depth], bool]:
        """Seconds for the first answer, the depths, and whether a worker was ever there since the broker's start."""
        session.connect()
        began = perf_counter()
        has_workers = session.has_exchange(self._exchange)
        latency_s = perf_counter() - began
        return latency_s, [_depth(session, name) for name in queues], has_workers

    async def _ask(self) -> tuple[Workers | None, tuple[str, ...]]:
        self._asking = self._usable(self._asking)
        try:
            return await _threads().run(self._hear, self._asking), ()
        except Blocked:
            self._asking.end()
            return None, (_BLOCKED,)
        except Absent:
            return None, ("workers can't be asked: this user may not make a queue for their replies, or publish",)

    def _hear(self, session: AmqpSession) -> Workers:
        session.connect()
        name = f"watchfloor.{uuid4().hex}.reply"
        tickets = {uuid4().hex: method for method in QUESTIONS}
        bodies = [question(method, ticket, name) for ticket, method in tickets.items()]
        replies = session.ask(self._exchange, bodies, name, _WAIT_S, len(QUESTIONS) * MOST_WORKERS)
        return read_replies(
            (
                (str((message.headers or {}).get("ticket")), _bytes(message.body))
                for message in replies
                if len(message.body) <= _MOST_BYTES
            ),
            tickets,
        )


def _depth(session: AmqpSession, name: str) -> Depth:
    try:
        looked = session.look(name)
    except Absent as absent:
        words = "there is no such queue: it is made when a worker or a sender of the app first uses it"
        hint = words if absent.reason == "missing" else f"its depth cannot be read: {absent.message}"
        return Depth(name=name, ready=None, hint=hint)
    return Depth(name=name, ready=looked.ready, consumers=looked.consumers)


def _mute(depths: Sequence[Depth], workers: Workers | None) -> int | None:
    """Consumers of a queue beyond the workers that said they consume it: at least so many did not answer."""
    if workers is None:
        return None
    known = [(depth.consumers or 0) - workers.consumers.get(depth.name, 0) for depth in depths]
    return max(0, *known) if known else 0


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()
