"""Makes one request to a Docker engine that changes something: sent once, and what the engine says is a sentence."""

import re
from contextlib import aclosing
from urllib.parse import urlencode

import msgspec

from collectors.base import CollectError
from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.runner.base import Answer
from ops.runner.calls import Docker
from ops.runner.effects.docker_pull import Pull, refused_pull
from ops.runner.engines import client_of
from ops.runner.reach import Reach
from ops.runner.wire import WritingWire

PULL = "/images/create"
_TEXT_LIMIT = 64 * 1024
_JSON = {"Content-Type": "application/json"}
_LONG_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
_GONE = re.compile("no such (container|service|network|image)", re.IGNORECASE)
_NOT_SO = re.compile(r"is (not|already) (paused|running|restarting)")
_AGAIN = "look at the rows again: somebody was faster"
_ALLOW = "allow it in the proxy or authorization plugin before the engine"
_NOTHING_DONE = {
    400: ("the engine does not take that: {}", "change what was asked for", "protocol"),
    401: ("the engine forbids it: {}", _ALLOW, "permission"),
    403: ("the engine forbids it: {}", _ALLOW, "permission"),
    404: ("the engine knows no such thing: {}", _AGAIN, "missing"),
    409: ("its state does not allow it: {}", _AGAIN, "conflict"),
}
"""What refuses a request before anything was done: sentence, remedy, reason."""


async def make(call: Docker, reach: Reach) -> Answer:
    """Send it. Raises Refused where the engine did nothing (404, 409, 403), ActionError, and CollectError."""
    client = client_of(reach.spec(call.target))
    try:
        way = await client.way()
        wire = WritingWire(way.origin, uds=way.socket)
        path = f"{way.prefix}{call.path}{'?' + urlencode(call.query) if call.query else ''}"
        try:
            return await (_pull(wire, path, reach) if call.path == PULL else _send(wire, path, call, reach))
        except CollectError as error:
            raise await client.explain(error) from error
        finally:
            await wire.close()
    finally:
        await client.close()


async def _send(wire: WritingWire, path: str, call: Docker, reach: Reach) -> Answer:
    body = bytes(call.body) if call.body is not None else b""
    answer = await wire.send(call.method, path, _JSON if body else {}, body=body)
    if answer.status == 304:
        reach.sink.line("say", "the engine: it was so already")
    elif not 200 <= answer.status < 300:
        reach.sink.call_ended(answer.status)
        raise fault(answer.status, answer.body)
    return Answer(
        status=answer.status,
        text=answer.body[:_TEXT_LIMIT].decode("utf-8", "replace"),
        value=None if answer.cut else _decoded(answer.body),
    )


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body) if body.strip() else None
    except msgspec.DecodeError:
        return None


async def _pull(wire: WritingWire, path: str, reach: Reach) -> Answer:
    pull, status, refusal = Pull(reach.sink), 0, b""
    async with aclosing(wire.follow("POST", path)) as pieces:
        async for code, piece in pieces:
            status = code
            if 200 <= code < 300:
                pull.feed(piece)
            elif len(refusal) < _TEXT_LIMIT:
                refusal += piece
    if not 200 <= status < 300:
        reach.sink.call_ended(status)
        raise refused_pull(said(refusal))
    pull.end()
    return Answer(status=status, text=pull.last)


def said(body: bytes) -> str:
    """What the engine says in an error answer ({"message": "…"}), or a proxy before it; long ids are cut."""
    try:
        message = msgspec.json.decode(body, type=dict[str, object])["message"]
    except (msgspec.DecodeError, KeyError):
        message = body.strip()
    return _LONG_ID.sub(r"\1", clean(message, 500))


def fault(status: int, body: bytes) -> ActionError:
    """An error answer of the engine as a sentence about the thing that was to be changed."""
    message = said(body)
    if status == 500 and _NOT_SO.search(message):
        status = 409  # Engines before 23 say it this way.
    if status in _NOTHING_DONE:
        sentence, remedy, reason = _NOTHING_DONE[status]
        if status == 404 and _GONE.match(message):
            sentence = "it is not there any more: {}"
        if status == 409 and "already in progress" in message:
            sentence = "it is being removed already: {}"
        return Refused(sentence.format(message), remedy, reason=reason)
    return ActionError(f"the engine could not do it ({status}): {message}", "see the engine's log", reason="error")
