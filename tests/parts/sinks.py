"""Receivers on loopback that take what they are sent, check it as the real ones do, and fail as they are told to."""

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

from tests.parts.payloads import EVENT_BYTES, PAGERDUTY_CHANGE, PAGERDUTY_EVENT, SLACK, Schema
from tests.parts.servers import Exchange, Server, hang, running, vanish

Fault = Callable[[Exchange], Awaitable[None]]
"""What happens in place of taking a message."""
Answer = tuple[int, bytes, dict[str, str]]


class Got(NamedTuple):
    """One message that was taken."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def key(self) -> str:
        """What makes a repetition known as one."""
        return self.headers.get("idempotency-key", "")


class HttpSink:
    """A receiver over HTTP. Each fault in `faults` befalls one request, the oldest first; then all are taken."""

    def __init__(self, answer: Callable[[Got], Answer]) -> None:
        self._answer = answer
        self.server: Server | None = None
        self.taken: list[Got] = []
        """All that was taken, repetitions too."""
        self.asked = 0
        """Requests, whatever became of them."""
        self.refused: list[str] = []
        """Why something was answered with 400."""
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None
        """A fault that befalls every request while it is set."""

    @property
    def url(self) -> str:
        """Its address, without a path."""
        assert self.server is not None
        return self.server.url

    @property
    def port(self) -> int:
        """Its port."""
        assert self.server is not None
        return self.server.port

    @property
    def once(self) -> list[Got]:
        """What was taken, each message once however often it came."""
        return list({got.key or str(index): got for index, got in enumerate(self.taken)}.values())

    async def talk(self, exchange: Exchange) -> None:
        """Take one request, or do what the next fault says."""
        body = await exchange.reader.readexactly(int(exchange.headers.get("content-length", "0")))
        self.asked += 1
        fault = self.faults.popleft() if self.faults else self.always
        got = Got(exchange.target, exchange.headers, body)
        if fault is not None:
            if fault is silent:
                self.taken.append(got)
            await fault(exchange)
            return
        status, said, headers = self._answer(got)
        if status < 300:
            self.taken.append(got)
        else:
            self.refused.append(said.decode())
        await exchange.answer(status, said, **headers)


def answering(status: int, said: bytes = b"", **headers: str) -> Fault:
    """A fault: the request is answered so, and not taken."""

    async def fault(exchange: Exchange) -> None:
        await exchange.answer(status, said, **headers)

    return fault


def busy(seconds: int) -> Fault:
    """A fault: 429 with Retry-After."""
    return answering(429, b"rate_limited", Retry_After=str(seconds))


def elsewhere(url: str) -> Fault:
    """A fault: a redirect."""
    return answering(307, b"", Location=url)


async def silent(exchange: Exchange) -> None:
    """A fault: the message is taken, and the connection ends before that is said."""
    await vanish(exchange)


hanging: Fault = hang
"""A fault: no answer, ever."""


def _violations(schema: Schema, document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


def _any(_: Got) -> Answer:
    return 200, b"taken", {}


def _slack(got: Got) -> Answer:
    wrong = _violations(SLACK, got.json)
    return (400, b"invalid_blocks: " + wrong[0].encode(), {}) if wrong else (200, b"ok", {})


def _pagerduty(got: Got) -> Answer:
    schema = PAGERDUTY_CHANGE if got.path == "/v2/change/enqueue" else PAGERDUTY_EVENT
    wrong = _violations(schema, got.json)
    if len(got.body) > EVENT_BYTES:
        return 413, b"too large", {}
    if wrong or got.path not in ("/v2/enqueue", "/v2/change/enqueue"):
        said = {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}
        return 400, json.dumps(said).encode(), {"Content_Type": "application/json"}
    said = {"status": "success", "message": "Event processed", "dedup_key": got.json.get("dedup_key", "")}
    return 202, json.dumps(said).encode(), {"Content_Type": "application/json"}


@asynccontextmanager
async def _sink(answer: Callable[[Got], Answer]) -> AsyncIterator[HttpSink]:
    sink = HttpSink(answer)
    async with running(sink.talk) as server:
        sink.server = server
        yield sink


def webhook_sink() -> AbstractAsyncContextManager[HttpSink]:
    """A receiver that takes anything."""
    return _sink(_any)


def slack_sink() -> AbstractAsyncContextManager[HttpSink]:
    """An incoming webhook of Slack's: takes only what keeps to its schema and limits."""
    return _sink(_slack)


def pagerduty_sink() -> AbstractAsyncContextManager[HttpSink]:
    """PagerDuty's Events API v2: takes only what keeps to its schema and limits."""
    return _sink(_pagerduty)
