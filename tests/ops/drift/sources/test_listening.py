"""Ports that are listened on: the kernel's tables, and real sockets of this process."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.drift import DriftConfig
from collectors.linux.procfs import read_stat
from ops.drift.base import Place
from ops.drift.sources.listening import ListeningSource
from ops.drift.structs import Item
from ops.drift.system.sockets import Socket, parse, passing_ports
from tests.parts.acting import config_of
from tests.parts.drift_engine import digest
from tests.parts.drift_system import free_port

_HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
_LINE = "   0: {} 00000000:0000 {} 00000000:00000000 00:00000000 00000000   {}        0 {} 1 00000000 100 0 0 10 0\n"


def place(only: str = "") -> Place:
    return Place(config=config_of(""), drift=DriftConfig(name="here"), digest=digest, only=only)


@pytest.fixture
def listen() -> Iterator[ExitStack]:
    """Closes what a test opened."""
    with ExitStack() as stack:
        yield stack


def opened(stack: ExitStack, family: int, kind: int, host: str, port: int = 0) -> int:
    """A socket that waits there; gives its port."""
    made = stack.enter_context(socket.socket(family, kind))
    made.bind((host, port))
    if kind == socket.SOCK_STREAM:
        made.listen()
    return int(made.getsockname()[1])


@pytest.mark.parametrize(
    ("protocol", "local", "state", "names"),
    [
        pytest.param("tcp", "0100007F:1F90", "0A", ["tcp/127.0.0.1:8080"], id="one that waits"),
        pytest.param("tcp", "0100007F:1F90", "01", [], id="one that talks does not wait"),
        pytest.param("udp", "00000000:0035", "07", ["udp/0.0.0.0:53"], id="of UDP one that is bound"),
        pytest.param(
            "tcp", "00000000000000000000000001000000:0016", "0A", ["tcp/[::1]:22"], id="an address of version 6"
        ),
        pytest.param("tcp", "XYZ:1F90", "0A", [], id="what is no address is left out"),
    ],
)
def test_a_line_of_the_table(protocol: str, local: str, state: str, names: list[str]) -> None:
    text = _HEAD + _LINE.format(local, state, 1000, 4711)
    assert [one.name for one in parse(text, protocol)] == names


def test_a_line_tells_whose_it_is() -> None:
    assert list(parse(_HEAD + _LINE.format("0100007F:1F90", "0A", 1000, 4711), "tcp")) == [
        Socket("tcp", "127.0.0.1", 8080, 1000, "4711")
    ]


async def test_a_socket_of_this_process_by_its_program_and_user(listen: ExitStack) -> None:
    port = opened(listen, socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", free_port())
    (item,) = await ListeningSource().capture(place(f"tcp/127.0.0.1:{port}"))
    stat = read_stat("/proc", "self")
    assert stat is not None
    assert stat.name in str(item.facts["programs"])
    assert item.facts["users"]


async def test_udp_ports_that_clients_are_given_come_and_go(listen: ExitStack) -> None:
    first, last = passing_ports("/proc")
    port = opened(listen, socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1")
    assert first <= port <= last
    assert await ListeningSource().capture(place(f"udp/127.0.0.1:{port}")) == []


async def test_tcp_ports_of_that_range_count_where_others_can_reach_them(listen: ExitStack) -> None:
    local = opened(listen, socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1")
    outside = opened(listen, socket.AF_INET, socket.SOCK_STREAM, "0.0.0.0")
    names = {item.name for item in await ListeningSource().capture(place())}
    assert f"tcp/127.0.0.1:{local}" not in names
    assert f"tcp/0.0.0.0:{outside}" in names


async def test_what_systemd_listens_for_is_the_same_before_and_after_it_starts_the_program(
    monkeypatch: pytest.MonkeyPatch, listen: ExitStack
) -> None:
    port, told = opened(listen, socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", free_port()), []
    for programs in ({"systemd"}, {"sshd", "systemd"}):
        monkeypatch.setattr(
            "ops.drift.sources.listening.holders", lambda _, held, names=programs: dict.fromkeys(held, names)
        )
        (item,) = await ListeningSource().capture(place(f"tcp/127.0.0.1:{port}"))
        told.append(item.facts["programs"])
    assert told == [("systemd",), ("systemd",)]


async def test_a_new_port_is_one_new_item(listen: ExitStack) -> None:
    port = opened(listen, socket.AF_INET6, socket.SOCK_STREAM, "::1", free_port())
    names = {item.name for item in await ListeningSource().capture(place())}
    assert f"tcp/[::1]:{port}" in names


async def test_whom_we_may_not_see_is_told_as_unreadable(monkeypatch: pytest.MonkeyPatch, listen: ExitStack) -> None:
    port = opened(listen, socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", free_port())
    monkeypatch.setattr("ops.drift.sources.listening.holders", lambda root, inodes: {})
    (item,) = await ListeningSource().capture(place(f"tcp/127.0.0.1:{port}"))
    assert isinstance(item, Item)
    assert "root" in item.unreadable["programs"]


@given(st.text())
def test_whatever_the_table_says_is_read(text: str) -> None:
    for protocol in ("tcp", "udp"):
        for one in parse(f"head\n{text}", protocol):
            assert one.name.isprintable()
