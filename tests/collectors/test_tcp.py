"""TCP checks on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from collectors.tcp import Tcp, TcpConfig
from collectors.units import Duration
from tests.parts import servers
from tests.parts.polled import facts, poll
from tests.parts.servers import running
from tests.parts.wait import until_async


async def test_an_open_port_gives_its_connect_time_and_is_left_at_once() -> None:
    async with running(servers.hang) as server:
        found = facts(await poll(Tcp(TcpConfig(name="test", host="localhost", port=server.port), {})))
        assert server.connections == 1
        await until_async(lambda: server.open == 0, "the connection to be closed")
    assert found["host"] == "localhost"
    assert found["port"] == server.port
    assert found["address"] == "127.0.0.1"
    assert isinstance(found["connect_s"], float)
    assert 0 < found["connect_s"] < 1


async def test_a_closed_port_refuses() -> None:
    told = await poll(Tcp(TcpConfig(name="test", host="127.0.0.1", port=servers.free_port()), {}))
    assert (told.outcome, told.reason) == ("failed", "refused")


@pytest.mark.parametrize(("host", "port"), [("", 80), ("shop.example", 0), ("shop.example", 65536)])
def test_what_is_no_port_is_refused(host: str, port: int) -> None:
    with pytest.raises(ValueError, match=r"host is empty|1 to 65535"):
        TcpConfig(name="test", host=host, port=port)


@asynccontextmanager
async def memcached(answer: bytes | None) -> AsyncIterator[int]:
    """The port of a server that answers one line; None: never, though the connection stands."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            if await reader.readline() == b"version\r\n" and answer is not None:
                writer.write(answer)
                await writer.drain()
            else:
                await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def asking(port: int) -> Tcp:
    config = TcpConfig(
        name="test", host="127.0.0.1", port=port, send="version\r\n", expect="VERSION ", timeout=Duration(0.5)
    )
    return Tcp(config, {})


async def test_a_port_that_must_answer_is_timed() -> None:
    async with memcached(b"VERSION 1.6.18\r\n") as port:
        found = facts(await poll(asking(port)))
    assert isinstance(found["answer_s"], float)
    assert 0 < found["answer_s"] < 0.5


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        pytest.param(None, "timeout", "no answer within 0.5 s while waiting for the answer", id="a program that hangs"),
        pytest.param(b"ERROR\r\n", "reset", "closed the connection without the expected answer", id="another answer"),
        pytest.param(b"x" * 9000, "protocol", "does not answer with 'VERSION '", id="an endless answer"),
    ],
)
async def test_a_port_that_does_not_answer_as_expected_fails(answer: bytes | None, reason: str, words: str) -> None:
    async with memcached(answer) as port:
        told = await poll(asking(port))
    assert (told.outcome, told.reason) == ("failed", reason)
    assert words in told.error


def test_what_is_sent_needs_an_expected_answer() -> None:
    with pytest.raises(ValueError, match='"send" needs "expect"'):
        TcpConfig(name="test", host="shop.example", port=80, send="hello")
