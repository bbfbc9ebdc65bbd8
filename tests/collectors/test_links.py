"""Opening connections: the order of addresses, silent ones, cancelling."""

import asyncio
import errno
import socket
import time
from collections.abc import Iterator

import pytest

from collectors.base import CollectError
from collectors.net.faults import connect_fault
from collectors.net.links import first_to_answer, open_link, ssl_context
from collectors.net.resolver import Address
from tests.parts import servers


def address(port: int) -> Address:
    """A port on loopback."""
    return Address(socket.AF_INET, ("127.0.0.1", port))


@pytest.fixture
def open_port() -> Iterator[int]:
    """A port that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that answers no connection request: its queue is full and nobody empties it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port
        for filler in fillers:
            filler.close()


async def test_the_first_address_is_used_when_it_answers(open_port: int) -> None:
    sock, used = await first_to_answer((address(open_port), address(servers.free_port())))
    assert used == address(open_port)
    sock.close()


async def test_an_address_that_refuses_gives_way_to_the_next_at_once(
    open_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.net.links.NEXT_ADDRESS_S", 60.0)
    began = time.monotonic()
    sock, used = await first_to_answer((address(servers.free_port()), address(open_port)))
    assert time.monotonic() - began < 10
    assert used == address(open_port)
    sock.close()


async def test_a_silent_address_gives_way_after_a_moment(silent_port: int, open_port: int) -> None:
    began = time.monotonic()
    sock, used = await first_to_answer((address(silent_port), address(open_port)))
    assert 0.2 < time.monotonic() - began < 10
    assert used == address(open_port)
    sock.close()


async def test_when_all_refuse_so_does_the_whole() -> None:
    with pytest.raises(ConnectionRefusedError):
        await first_to_answer((address(servers.free_port()), address(servers.free_port())))


async def test_cancelling_leaves_nothing_open(silent_port: int) -> None:
    phases: list[str] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await first_to_answer((address(silent_port), address(silent_port)))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await open_link("127.0.0.1", silent_port, phases.append)
    assert phases == ["resolving 127.0.0.1", f"connecting to 127.0.0.1:{silent_port}"]


async def test_a_refusal_names_the_name_and_its_address() -> None:
    port = servers.free_port()
    with pytest.raises(CollectError) as told:
        await open_link("localhost", port, lambda _: None)
    assert told.value.message.startswith(f"localhost:{port} (")
    assert told.value.message.endswith(") refused the connection")


@pytest.mark.parametrize(
    ("error", "reason", "sentence"),
    [
        pytest.param(OSError(errno.EHOSTUNREACH, "x"), "refused", "there is no route to", id="unreachable"),
        pytest.param(TimeoutError(errno.ETIMEDOUT, "x"), "timeout", "did not answer", id="the system gave up"),
        pytest.param(PermissionError(errno.EACCES, "x"), "permission", "no permission", id="not allowed"),
        pytest.param(OSError(errno.ENOBUFS, "No buffers"), "reset", "No buffers", id="anything else"),
    ],
)
def test_each_way_not_to_connect_has_its_sentence(error: OSError, reason: str, sentence: str) -> None:
    told = connect_fault(error, "192.0.2.1:80")
    assert told.reason == reason
    assert sentence in told.message


def test_one_tls_context_serves_all_with_equal_settings() -> None:
    assert ssl_context() is ssl_context()
    assert ssl_context(verify=False) is not ssl_context()
