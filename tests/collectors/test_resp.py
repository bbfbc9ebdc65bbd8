"""Redis' protocol is read within bounds, whatever the other side sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.base import CollectError
from collectors.net.links import open_link
from collectors.redis_api.resp import KEPT, ErrorReply, Reply, RespLink, encode
from collectors.refusals import Lost


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[RespLink]:
    """A link to a server that sends `answer` to whatever comes, and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = RespLink(await open_link("127.0.0.1", port, lambda _: None), "cache")
        try:
            yield link
        finally:
            link.abort()


async def ask(answer: bytes) -> Reply:
    async with answering(answer) as link:
        return (await link.run([("PING",)]))[0]


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        pytest.param(b"+PONG\r\n", b"PONG", id="a status"),
        pytest.param(b":42\r\n", 42, id="a number"),
        pytest.param(b"$5\r\na\r\nbc\r\n", b"a\r\nbc", id="a text with a line break"),
        pytest.param(b"$-1\r\n", None, id="no text"),
        pytest.param(b"*-1\r\n", None, id="no list"),
        pytest.param(b"*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", [[1], b"x"], id="a list in a list"),
        pytest.param(b"$%d\r\n%s\r\n" % (KEPT + 9, b"x" * (KEPT + 9)), b"x" * KEPT, id="a long text is cut"),
    ],
)
async def test_replies_are_read(answer: bytes, reply: Reply) -> None:
    assert await ask(answer) == reply


async def test_an_error_is_a_reply_too() -> None:
    reply = await ask(b"-WRONGTYPE Operation against a key\r\n")
    assert isinstance(reply, ErrorReply)
    assert reply.code == "WRONGTYPE"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(b"", Lost, id="nothing"),
        pytest.param(b"$10\r\nhalf", Lost, id="half a text"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", CollectError, id="another protocol"),
        pytest.param(b"x" * 200_000, CollectError, id="a line without end"),
        pytest.param(b"$99999999999\r\n", CollectError, id="a text that is too long"),
        pytest.param(b"*99999999\r\n", CollectError, id="a list that is too long"),
        pytest.param(b"*1\r\n" * 50, CollectError, id="lists nested too deeply"),
        pytest.param(b":" + b"9" * 5000 + b"\r\n", CollectError, id="a number that is too long"),
        pytest.param(b"$3\r\nabcd\r\n", CollectError, id="a text longer than it says"),
    ],
)
async def test_what_is_no_reply_is_an_error(answer: bytes, kind: type[CollectError]) -> None:
    with pytest.raises(CollectError) as caught:
        await ask(answer)
    assert type(caught.value) is kind
    assert caught.value.reason == ("reset" if kind is Lost else "protocol")


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
async def test_any_bytes_end_in_a_reply_or_an_error(answer: bytes) -> None:
    with suppress(CollectError):
        await ask(answer)


def test_commands_are_written_with_lengths_in_bytes() -> None:
    assert encode(("LLEN", "é\r\n", 7)) == b"*3\r\n$4\r\nLLEN\r\n$4\r\n\xc3\xa9\r\n\r\n$1\r\n7\r\n"
