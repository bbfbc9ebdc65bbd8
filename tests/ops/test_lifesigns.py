"""Signs of life: a file that is touched, a URL that is asked, and what is told when either can't be."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.base import Secret
from collectors.units import Duration
from ops.config.alerting import Alerting, MonitorSettings
from ops.config.structs import Config
from ops.lifesigns import LifeSigns
from ops.systemd import Manager
from tests.parts.down import down
from tests.parts.servers import Exchange, free_port, running
from tests.parts.wait import until_async


@asynccontextmanager
async def living(config: Config, fault: Callable[[], str] = str, **monitor: object) -> AsyncIterator[list[str]]:
    """Signs of life are given with these settings; what is told."""
    told: list[str] = []
    settings = replace(MonitorSettings(every=Duration(0.02)), **monitor)
    given = replace(config, alerting=replace(config.alerting, monitor=settings))
    signs = asyncio.create_task(LifeSigns(given, Manager({}), told.append, lambda: "now", fault).run())
    try:
        yield told
    finally:
        signs.cancel()
        await asyncio.wait((signs,))


async def test_the_file_is_written_again_and_again_and_trouble_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    async with living(down(tmp_path), heartbeat="run/alive") as told:
        await until_async(lambda: told, "trouble")
        folder.mkdir()
        await until_async((folder / "alive").exists, "a sign")
        await until_async(lambda: len(told) == 2, "that it is well again")
        os.utime(folder / "alive", (1, 1))
        await until_async(lambda: (folder / "alive").stat().st_mtime > 1, "another sign")
    assert told == [
        f"heartbeat: {folder / 'alive'} can't be written: No such file or directory", "heartbeat: it is given again"
    ]  # fmt: skip
    assert (folder / "alive").read_text() == "now\n"


async def test_whoever_could_tell_nobody_of_anything_gives_no_sign_of_life(tmp_path: Path) -> None:
    faults = ["alerts and incidents were not looked at: KeyError"]
    async with living(down(tmp_path), lambda: "".join(faults), heartbeat="alive") as told:
        await until_async(lambda: told, "trouble")
        assert not (tmp_path / "alive").exists()
        said = faults.pop()
        await until_async((tmp_path / "alive").exists, "a sign")
        await until_async(lambda: len(told) == 2, "that it is well again")
    assert told == [f"heartbeat: {said}", "heartbeat: it is given again"]


async def test_no_link_leads_the_heartbeat_into_another_file(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "alive").symlink_to(precious)
    async with living(down(tmp_path), heartbeat="alive") as told:
        await until_async(lambda: told, "trouble")
    assert precious.read_text() == "kept"


async def test_the_address_is_asked_and_a_secret_in_it_is_never_told(tmp_path: Path) -> None:
    status = 200

    async def talk(exchange: Exchange) -> None:
        await exchange.answer(status, b"")

    async with running(talk) as server:
        secret = Secret(f"{server.url}/ping/s3cret?from=shop")
        config = replace(down(tmp_path), alerting=Alerting(ping=secret))
        async with living(config) as told:
            await until_async(lambda: len(server.exchanges) > 1, "two pings")
            assert server.exchanges[0].target == "/ping/s3cret?from=shop"
            assert not told
            status = 503
            await until_async(lambda: told, "trouble")
            status = 200
            await until_async(lambda: len(told) == 2, "that it is well again")
    assert told == ["ping: 127.0.0.1 answered with status 503", "ping: it is given again"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        pytest.param(lambda: f"http://127.0.0.1:{free_port()}/s3cret", "refused the connection", id="nobody there"),
        pytest.param(lambda: "s3cret", "the address can't be asked: a URL begins with http", id="no address"),
    ],
)
async def test_an_address_that_can_not_be_asked_is_told_without_its_secret(
    tmp_path: Path, address: Callable[[], str], words: str
) -> None:
    config = replace(down(tmp_path), alerting=Alerting(ping=Secret(address())))
    async with living(config) as told:
        await until_async(lambda: told, "trouble")
    assert words in told[0]
    assert "s3cret" not in "".join(told)


def test_systemd_is_told_once_for_all_that_we_start_and_only_where_it_runs_us(tmp_path: Path) -> None:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(environ["NOTIFY_SOCKET"])
        manager = Manager(environ)
        assert (environ, manager.every_s) == ({}, 15.0)
        manager.tell("READY=1", "STATUS=well")
        assert listening.recv(100) == b"READY=1\nSTATUS=well"
    manager.tell("STOPPING=1")
    assert Manager({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}).every_s == 0.0
    Manager({}).tell("READY=1")
