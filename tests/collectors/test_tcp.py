"""TCP checks on loopback."""

import pytest

from collectors.tcp import Tcp, TcpConfig
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
