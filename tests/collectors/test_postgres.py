"""PostgreSQL is read as its own client reads it: figures, sessions, locks, slow statements, on each server there is."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from collectors.base import Secret
from collectors.postgres import Postgres, PostgresConfig
from ops.demo.servers import PostgresServer
from tests.parts.collecting import first, of_kind, parts
from tests.parts.wait import until

Watch = Callable[..., Postgres]


@pytest.fixture
async def watch(postgres: PostgresServer) -> AsyncIterator[Watch]:
    """Make collectors of the server, which are closed after the test."""
    made: list[Postgres] = []

    def make(user: str = postgres.user, password: Secret = postgres.password, **settings: Any) -> Postgres:
        dsn = f"postgresql://{user}@{postgres.host}:{postgres.port}/{postgres.database}"
        made.append(Postgres(PostgresConfig(name="shop", dsn=dsn, **settings), {"password": password}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


@contextmanager
def client(server: PostgresServer, application: str = "app") -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.dsn(), autocommit=True, application_name=application) as connection:
        yield connection


@contextmanager
def running(server: PostgresServer, statement: str, application: str) -> Iterator[int]:
    """Run a statement in a thread until the block ends; gives the pid of its session."""
    with client(server, application) as connection, client(server) as other:
        pid = connection.info.backend_pid
        thread = threading.Thread(target=_swallow, args=(connection, statement))
        thread.start()
        try:
            query = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
            until(lambda: other.execute(query, (pid,)).fetchone() == (1,), f"{statement} to run")
            yield pid
        finally:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            thread.join()


def _swallow(connection: psycopg.Connection[Any], statement: str) -> None:
    try:
        connection.execute(statement.encode())
    except psycopg.OperationalError:
        return


async def test_the_figures_are_those_of_the_servers_own_client(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch()
    with client(postgres) as other:
        database = await first(shop)
        seen = other.execute(
            "SELECT split_part(current_setting('server_version'), ' ', 1), current_setting('max_connections')::int,"
            " count(*) FILTER (WHERE backend_type = 'client backend'), pg_database_size(current_database())"
            " FROM pg_stat_activity"
        ).fetchone()
    facts = database.facts
    assert (facts["version"], facts["connections_max"], facts["connections"], facts["size_bytes"]) == seen
    assert facts["connections_reserved"] == 3
    assert facts["connections_percent"] == pytest.approx(100 * 2 / 27)
    assert facts["idle"] == 1
    assert facts["in_recovery"] is False
    assert facts["replication_lag_s"] is None
    assert facts["blocking_root"] is None


async def test_one_connection_is_kept_and_read_only(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch()
    ours = "SELECT pid FROM pg_stat_activity WHERE application_name = 'watchfloor'"
    with client(postgres) as other:
        await first(shop)
        before = other.execute(ours).fetchall()
        await first(shop)
        assert other.execute(ours).fetchall() == before
        assert len(before) == 1
        link = shop._link
        assert link._connection is not None
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await link._connection.execute("CREATE TABLE nothing ()")
        assert await (await link._connection.execute("SHOW statement_timeout")).fetchone() == {
            "statement_timeout": "5s"
        }
        await shop.close()
        until(lambda: other.execute(ours).fetchall() == [], "the connection to be gone")


async def test_hits_commits_and_deadlocks_are_of_the_interval(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch()
    with client(postgres) as other:
        assert (await first(shop)).facts["cache_hit_ratio"] is None
        other.execute("CREATE TABLE IF NOT EXISTS hits AS SELECT generate_series(1, 1000) AS n")
        for _ in range(50):
            other.execute("SELECT count(*) FROM hits")
        other.execute("DROP TABLE hits")
    facts = (await first(shop)).facts
    seconds = 0.0
    while facts["cache_hit_ratio"] is None and seconds < 5:  # the server writes its statistics down once a second
        await asyncio.sleep(0.1)
        seconds += 0.1
        facts = (await first(shop)).facts
    assert isinstance(facts["cache_hit_ratio"], float)
    assert 0.5 < facts["cache_hit_ratio"] <= 1.0
    assert facts["deadlocks"] == 0


async def test_a_deadlock_is_counted(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch()
    before = (await first(shop)).facts["deadlocks_total"]
    with client(postgres) as one, client(postgres) as two, client(postgres) as setter:
        setter.execute("CREATE TABLE pair AS SELECT 1 AS n UNION SELECT 2")
        for connection, n in ((one, 1), (two, 2)):
            connection.execute("SET deadlock_timeout = '10ms'")
            connection.execute("BEGIN")
            connection.execute("SELECT FROM pair WHERE n = %s FOR UPDATE", (n,))
        thread = threading.Thread(target=_swallow, args=(one, "SELECT FROM pair WHERE n = 2 FOR UPDATE"))
        thread.start()
        _swallow(two, "SELECT FROM pair WHERE n = 1 FOR UPDATE")
        thread.join()
        for connection in (one, two):
            connection.execute("ROLLBACK")
        setter.execute("DROP TABLE pair")
    assert isinstance(before, int)
    found: list[Any] = []
    for _ in range(50):
        found.append((await first(shop)).facts["deadlocks_total"])
        if found[-1] == before + 1:
            break
        await asyncio.sleep(0.1)
    assert found[-1] == before + 1


async def test_a_lock_chain_is_a_tree_with_its_root_first(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch()
    with client(postgres, "holder") as holder:
        holder.execute("CREATE TABLE chain AS SELECT 1 AS n")
        holder.execute("BEGIN")
        holder.execute("UPDATE chain SET n = 2")
        with (
            running(postgres, "UPDATE chain SET n = 3", "second") as second,
            running(postgres, "UPDATE chain SET n = 4", "third") as third,
        ):
            reading = await shop.collect()
            database = reading.entities[0]
            sessions = of_kind(reading, "postgres.session")
            lines = database.texts["blocking tree"].splitlines()
            root = holder.info.backend_pid
            assert [int(line.split()[1]) for line in lines] == [root, second, third]
            assert [line.index("pid") for line in lines] == [0, 3, 6]
            assert database.facts["blocked"] == 2
            assert database.facts["waiting"] == 2
            assert database.facts["blocking_root"] == f"pid {root} holder: UPDATE chain SET n = 2"
            assert sessions[str(third)].facts["blocked_by"] == str(second)
            assert str(sessions[str(second)].facts["wait"]).startswith("Lock")
            assert reading.entities[1].name == str(root)
        holder.execute("ROLLBACK")
        holder.execute("DROP TABLE chain")
    assert (await first(shop)).facts["blocked"] == 0


async def test_idle_in_transaction_and_long_queries_grow_old(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch()
    with client(postgres, "sleeper") as sleeper, running(postgres, "SELECT pg_sleep(30)", "slow") as slow:
        sleeper.execute("BEGIN")
        sleeper.execute("SELECT 1")
        early = await shop.collect()
        await asyncio.sleep(0.3)
        late = await shop.collect()
        facts = late.entities[0].facts
        assert facts["active"] == 1
        assert facts["idle_in_transaction"] == 1
        for name in ("longest_query_s", "longest_transaction_s", "longest_idle_in_transaction_s"):
            before, after = early.entities[0].facts[name], facts[name]
            assert isinstance(before, float)
            assert isinstance(after, float)
            assert after - before == pytest.approx(0.3, abs=0.25)
        session = of_kind(late, "postgres.session")[str(slow)].facts
        assert session["query"] == "SELECT pg_sleep(30)"
        assert session["application"] == "slow"
        assert session["query_age_s"] == pytest.approx(facts["longest_query_s"], abs=0.1)
        sleeper.execute("ROLLBACK")


async def test_sessions_are_bounded_and_hostile_texts_are_inert(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch(sessions=1)
    with client(postgres) as one, client(postgres) as _:
        one.execute("SELECT '\x1b]52;c;eA==\x07\u202e'".encode())
        found = await parts(shop, "postgres.session")
        assert len(found) == 1
        everyone = await parts(watch(), "postgres.session")
        query = str(everyone[str(one.info.backend_pid)].facts["query"])
    assert query.isprintable()


async def test_slow_statements_are_told_or_how_to_make_them_known(postgres: PostgresServer, watch: Watch) -> None:
    shop = watch()
    with client(postgres) as other:
        other.execute("SELECT pg_sleep(0.2)")
        reading = await shop.collect()
    found = of_kind(reading, "postgres.query")
    if postgres.has_statements:
        slow = [entity.facts for entity in found.values() if "pg_sleep" in str(entity.facts["query"])]
        assert slow[0]["calls"] == 1 or slow[0]["calls"]
        assert isinstance(slow[0]["mean_s"], float)
        assert not [entity for entity in found.values() if "pg_stat_activity AS" in str(entity.facts["query"])]
    else:
        assert not found
        assert any("CREATE EXTENSION pg_stat_statements in shop" in hint for hint in reading.entities[0].hints)
    assert not await parts(watch(slow_queries=False), "postgres.query")


async def test_a_role_without_pg_monitor_is_told_what_to_grant(postgres: PostgresServer, watch: Watch) -> None:
    with client(postgres) as admin:
        admin.execute("CREATE ROLE humble LOGIN PASSWORD 'small'")
        shop = watch("humble", Secret("small"))
        database = await first(shop)
        await first(shop)
        assert any("GRANT pg_monitor" in hint for hint in database.hints)
        assert database.facts["connections"] == 2
        assert database.facts["longest_query_s"] is None
        assert database.facts["active"] is None
        await shop.close()
        shop = watch("humble", Secret("small"))
        admin.execute("GRANT pg_monitor TO humble")
        database = await first(shop)
        assert database.facts["idle"] == 1
        await shop.close()
        admin.execute("DROP ROLE humble")


async def test_sessions_of_a_database_in_another_encoding_are_read(postgres: PostgresServer, watch: Watch) -> None:
    with client(postgres) as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        dsn = postgres.dsn().replace("/shop", "/latin")
        with psycopg.connect(dsn, autocommit=True, client_encoding="UTF8") as latin:
            latin.execute("SELECT 'é'")
            shop = watch()
            found = await parts(shop, "postgres.session")
            assert "SELECT" in str(found[str(latin.info.backend_pid)].facts["query"])
        admin.execute("DROP DATABASE latin")
