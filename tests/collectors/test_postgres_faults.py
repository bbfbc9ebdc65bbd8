"""What keeps us from PostgreSQL has a reason and a remedy, ends at the deadline, and never shows the password."""

import asyncio
import logging
import pickle
import traceback
from contextlib import AsyncExitStack, ExitStack

import psycopg
import pytest

from collectors.base import CollectError, Secret
from collectors.postgres import Postgres, PostgresConfig
from collectors.postgres_api.faults import connect_refusal
from ops.demo.child import free_port
from ops.demo.servers import PostgresServer
from tests.parts.collecting import ended_after, fault, first

WRONG = "wr0ng@pass/w:ord"


def at(server: PostgresServer, *, user: str = "", database: str = "", password: Secret | None = None) -> Postgres:
    dsn = f"postgresql://{user or server.user}@{server.host}:{server.port}/{database or server.database}"
    return Postgres(PostgresConfig(name="shop", dsn=dsn), {"password": password or server.password})


async def test_nothing_listens() -> None:
    port = free_port()
    error = await fault(Postgres(PostgresConfig(name="shop", dsn=f"postgresql://w@127.0.0.1:{port}/shop"), {}))
    assert (error.message, error.reason) == (f"127.0.0.1:{port} refuses connections", "refused")
    assert error.remedy


async def test_no_socket_and_no_such_name() -> None:
    error = await fault(Postgres(PostgresConfig(name="shop", dsn="host=/nowhere user=w"), {}))
    assert (error.message, error.reason) == ("there is no socket at /nowhere", "missing")
    error = await fault(Postgres(PostgresConfig(name="shop", dsn="host=nowhere.invalid user=w"), {}))
    assert error.reason == "dns"


async def test_a_wrong_password_a_wrong_user_and_a_wrong_database(postgres: PostgresServer) -> None:
    wrong = at(postgres, password=Secret(WRONG))
    error = await fault(wrong)
    assert (error.reason, error.retry) == ("auth", False)
    assert 'password authentication failed for user "watchfloor"' in error.message
    assert (await fault(at(postgres, user="nobody"))).reason == "auth"
    error = await fault(at(postgres, database="nothing"))
    assert (error.reason, error.retry) == ("missing", False)
    assert 'database "nothing" does not exist' in error.message


async def test_something_else_listens() -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await fault(Postgres(PostgresConfig(name="shop", dsn=f"postgresql://w@127.0.0.1:{port}/shop"), {}))
    assert error.reason in ("protocol", "reset", "tls")


async def test_a_hang_ends_at_the_deadline_on_an_open_and_on_a_new_connection(own_postgres: PostgresServer) -> None:
    shop = at(own_postgres)
    await first(shop)
    own_postgres.hang()
    assert await ended_after(shop, 0.4) < 3
    assert shop.phase == "asking for ping"
    assert await ended_after(shop, 0.4) < 3
    assert shop.phase == f"connecting to 127.0.0.1:{own_postgres.port}"
    own_postgres.unhang()
    assert (await first(shop)).facts["connections"]
    await shop.close()


async def test_a_stop_is_told_and_a_restart_is_not(own_postgres: PostgresServer) -> None:
    shop = at(own_postgres)
    await first(shop)
    own_postgres.stop()
    own_postgres.launch()
    assert (await first(shop)).facts["connections"] == 1
    own_postgres.stop()
    assert (await fault(shop)).reason == "refused"
    assert (await fault(shop)).reason == "refused"
    own_postgres.launch()
    assert (await first(shop)).facts["connections"] == 1
    await shop.close()


async def test_no_free_slot_is_told_with_the_count_and_who_holds_them(own_postgres: PostgresServer) -> None:
    with psycopg.connect(own_postgres.dsn(), autocommit=True) as admin:
        admin.execute("CREATE ROLE clerk LOGIN PASSWORD 'clerk'")
        admin.execute("GRANT pg_monitor TO clerk")
    shop = at(own_postgres, user="clerk", password=Secret("clerk"))
    dsn = f"postgresql://clerk:clerk@{own_postgres.host}:{own_postgres.port}/shop"
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(psycopg.connect(dsn))
        facts = (await first(shop)).facts
        assert (facts["connections"], facts["connections_max"], facts["connections_reserved"]) == (3, 5, 2)
        assert facts["connections_percent"] == 100.0
        await shop.close()
        stack.enter_context(psycopg.connect(dsn))
        error = await fault(shop)
        assert error.reason == "limit"
        assert error.message.startswith("too many connections: remaining connection slots are reserved")
        assert error.message.endswith("3 of 3 were taken when last seen, most by clerk (3)")
    assert (await first(shop)).facts["connections"] == 1
    await shop.close()


async def test_a_crowd_is_listed_by_user(own_postgres: PostgresServer) -> None:
    shop = at(own_postgres)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(await psycopg.AsyncConnection.connect(own_postgres.dsn()))
        assert (await first(shop)).texts["connections by user"].splitlines() == [
            "2 watchfloor idle",
            "1 watchfloor watchfloor active",
        ]
    await shop.close()


@pytest.mark.parametrize(
    ("text", "reason", "retry"),
    [
        pytest.param("FATAL:  sorry, too many clients already", "limit", True, id="every slot is taken"),
        pytest.param('FATAL:  too many connections for role "w"', "limit", True, id="the role's own limit"),
        pytest.param("FATAL:  the database system is starting up", "refused", True, id="it starts up"),
        pytest.param('FATAL:  no pg_hba.conf entry for host "::1"', "auth", False, id="no rule lets us in"),
        pytest.param("fe_sendauth: no password supplied", "auth", False, id="no password is set"),
        pytest.param('FATAL:  role "w" does not exist', "auth", False, id="no such role"),
        pytest.param('FATAL:  database "w" does not exist', "missing", False, id="no such database"),
        pytest.param("server does not support SSL, but SSL was required", "tls", True, id="no TLS there"),
        pytest.param("ERROR:  unsupported startup parameter: options", "protocol", False, id="a pooler"),
        pytest.param("No route to host", "refused", True, id="no route"),
        pytest.param("FATAL:  Etwas ging schief", "error", True, id="words of another language"),
    ],
)
def test_what_the_server_says_gets_a_reason(text: str, reason: str, retry: bool) -> None:
    error = connect_refusal(f'connection failed: connection to server at "::1", port 1 failed: {text}', "db:1")
    assert (error.reason, error.retry) == (reason, retry)
    assert "connection to server at" not in error.message


async def test_the_password_is_shown_nowhere(own_postgres: PostgresServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    inside = f"postgresql://{own_postgres.user}:{WRONG}@{own_postgres.host}:{own_postgres.port}/shop"
    config = PostgresConfig(name="shop", dsn=inside)
    told = [repr(config), str(config), f"{config}"]
    for shop in (Postgres(config, {}), at(own_postgres, password=Secret(WRONG))):
        error: CollectError = await fault(shop)
        told += [repr(shop), repr(vars(shop)), repr(error), error.remedy, *traceback.format_exception(error)]
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        told += [repr(frame.f_locals) for frame in frames if "/collectors/" in frame.f_code.co_filename]
    told += [record.getMessage() for record in caplog.records]
    assert not [text for text in told if WRONG in text]
    with pytest.raises(TypeError, match="never serialized"):
        pickle.dumps(Secret(WRONG))
