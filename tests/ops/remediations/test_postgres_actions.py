"""PostgreSQL is put right for real: long queries, open transactions, chains of locks, dead rows, stuck slots."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import psycopg
import pytest
from psycopg import sql

from collectors.base import CollectError
from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.demo.servers import PostgresServer
from ops.runner.base import Answer
from ops.runner.calls import Sql
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, config_of, fresh_case, planned, read, row_of
from tests.parts.databases import PASSWORD
from tests.parts.wait import until_async

ROW = "postgres:shop"
LONG = "SELECT pg_sleep(60)"
HOSTILE = ('or"ders; DROP TABLE x', "percent %s 100%", "line\nbreak", "--dashes", "slash/../\\", "emoji 🐘.dot", "it's")


def _config(server: PostgresServer, monkeypatch: pytest.MonkeyPatch, user: str = "watchfloor") -> Config:
    monkeypatch.setenv("WF_TEST_PASSWORD", PASSWORD if user == "watchfloor" else "small")
    return config_of(f"""
[[postgres]]
name = "shop"
dsn = "postgresql://{user}@{server.host}:{server.port}/shop"
password_env = "WF_TEST_PASSWORD"
sessions = 100

[[threshold]]
metric = "postgres.longest_query_s"
critical = "100ms"

[[threshold]]
metric = "postgres.longest_idle_in_transaction_s"
critical = "100ms"
""")


@pytest.fixture
def config(postgres_of_wheel: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The server from the package, judged strictly."""
    return _config(postgres_of_wheel, monkeypatch)


class Client:
    """Connections that end with the test."""

    def __init__(self, server: PostgresServer, stack: AsyncExitStack) -> None:
        self._server, self._stack = server, stack

    async def connect(self, name: str = "shop") -> "psycopg.AsyncConnection[Any]":
        """One connection, named."""
        opened = await psycopg.AsyncConnection.connect(
            self._server.dsn(), autocommit=True, application_name=name, options="-c lock_timeout=20s"
        )
        self._stack.push_async_callback(_close, opened)
        return opened

    async def begin(self, statement: str, name: str = "slow") -> tuple[int, "asyncio.Task[Any]"]:
        """Start a statement on a connection of its own and wait until the server runs it; its pid and its end."""
        connection = await self.connect(name)
        task = asyncio.create_task(connection.execute(statement.encode()))
        self._stack.push_async_callback(_end, task)
        pid = connection.info.backend_pid
        asking = await self.connect("asking")
        async with asyncio.timeout(10):
            while True:
                cursor = await asking.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,))
                if (await cursor.fetchone()) == ("active",):
                    return pid, task
                await asyncio.sleep(0.01)


async def _close(connection: "psycopg.AsyncConnection[Any]") -> None:
    with suppress(psycopg.Error):
        await connection.close()


async def _end(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with suppress(psycopg.Error, asyncio.CancelledError):
        await task


@asynccontextmanager
async def clients(server: PostgresServer) -> AsyncIterator[Client]:
    """A shop full of clients."""
    async with AsyncExitStack() as stack:
        yield Client(server, stack)


async def _facts(config: Config) -> Mapping[str, object]:
    return row_of(await read(config), ROW).facts


async def _until(config: Config, holds: Callable[[Mapping[str, object]], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if holds(await _facts(config)):
                return
            await asyncio.sleep(0.05)


async def _ended(task: "asyncio.Task[Any]", how: type[Exception]) -> None:
    with pytest.raises(how):
        await asyncio.wait_for(task, 10)


async def test_a_long_query_is_cancelled_and_its_session_stays(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    async with clients(postgres_of_wheel) as shop:
        pid, task = await shop.begin(LONG)
        await asyncio.sleep(0.15)
        board = await read(config)
        assert row_of(board, ROW).level == "critical"
        session = row_of(board, f"postgres.session:shop/{pid}")
        offers = [offer for action in discover().values() for offer in _offers(action, session, board.rows)]
        assert [offer.action for offer in sorted(offers, key=lambda offer: -offer.score)][:2] == [
            "postgres.cancel",
            "postgres.terminate",
        ]
        plan = await planned(config, "postgres.cancel", session.id)
        assert not task.done()
        (call,) = plan.calls
        assert isinstance(call, Sql)
        assert call.parameters[0] == pid
        await act(config, "postgres.cancel", session.id, plan.seen)
        await _ended(task, psycopg.errors.QueryCanceled)
        assert row_of(await read(config), f"postgres.session:shop/{pid}").facts["state"] == "idle"
        assert row_of(await read(config), ROW).level == "ok"


def _offers(action: Any, row: Any, rows: Any) -> list[Any]:
    return list(action.offers(row, rows)) if row.kind in action.kinds else []


async def test_all_queries_over_a_limit_are_cancelled_and_no_other(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    async with clients(postgres_of_wheel) as shop:
        old = [await shop.begin(LONG) for _ in range(2)]
        await asyncio.sleep(0.6)
        _, young = await shop.begin(LONG)
        plan = await planned(config, "postgres.cancel", ROW, longer_than="500ms")
        assert {call.parameters[0] for call in plan.calls if isinstance(call, Sql)} == {pid for pid, _ in old}
        await act(config, "postgres.cancel", ROW, plan.seen, longer_than="500ms")
        for _, task in old:
            await _ended(task, psycopg.errors.QueryCanceled)
        assert not young.done()
        with pytest.raises(Refused, match="no query runs longer than 10m"):
            await planned(config, "postgres.cancel", ROW, longer_than="10m")


async def test_one_that_has_grown_too_old_since_the_plan_is_not_ended_with_the_others(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    async with clients(postgres_of_wheel) as shop:
        _, first = await shop.begin(LONG)
        plan = await planned(config, "postgres.terminate", ROW, longer_than="0s")
        _, second = await shop.begin(LONG)
        with pytest.raises(Refused, match="not part of the plan") as refused:
            await act(config, "postgres.terminate", ROW, plan.seen, longer_than="0s")
        assert refused.value.reason == "changed"
        assert not first.done()
        assert not second.done()


async def test_idle_in_transaction_is_ended(postgres_of_wheel: PostgresServer, config: Config) -> None:
    async with clients(postgres_of_wheel) as shop:
        idle, other = await shop.connect("forgetful"), await shop.connect("patient")
        await idle.execute("BEGIN")
        await idle.execute("SELECT 1")
        await asyncio.sleep(0.15)
        assert row_of(await read(config), ROW).level == "critical"
        given: dict[str, Any] = {"what": "idle in transaction", "longer_than": "100ms"}
        plan = await planned(config, "postgres.terminate", ROW, **given)
        assert (await _facts(config))["idle_in_transaction"] == 1
        acted = await act(config, "postgres.terminate", ROW, plan.seen, **given)
        assert any("forgetful" in line for line in acted.sink.of("say"))
        with pytest.raises(psycopg.OperationalError):
            await idle.execute("SELECT 1")
        await other.execute("SELECT 1")
        assert (await _facts(config))["idle_in_transaction"] == 0
        assert row_of(await read(config), ROW).level == "ok"


async def test_the_head_of_a_chain_of_locks_frees_all(postgres_of_wheel: PostgresServer, config: Config) -> None:
    async with clients(postgres_of_wheel) as shop:
        head = await shop.connect("holder")
        await head.execute("CREATE TABLE IF NOT EXISTS chained AS SELECT 1 AS n")
        await head.execute("BEGIN")
        await head.execute("UPDATE chained SET n = 2")
        waiting = [await shop.begin(f"UPDATE chained SET n = {number}", "waits") for number in (3, 4)]
        await asyncio.sleep(0.1)
        row = row_of(await read(config), ROW)
        assert row.facts["blocked"] == 2
        (offer,) = _offers(discover()["postgres.unblock"], row, [row])
        assert offer.score >= 85
        plan = await planned(config, "postgres.unblock", ROW)
        assert [call.parameters[0] for call in plan.calls if isinstance(call, Sql)] == [head.info.backend_pid]
        assert plan.steps[-1] == "wait up to 30 s until nobody waits for them"
        assert (await _facts(config))["blocked"] == 2
        await act(config, "postgres.unblock", ROW, plan.seen)
        for _, task in waiting:
            await asyncio.wait_for(task, 10)
        assert (await _facts(config))["blocked"] == 0
        with pytest.raises(Refused, match="nobody waits"):
            await planned(config, "postgres.unblock", ROW)


async def test_a_pid_that_another_session_has_by_now_is_left_alone(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    async with clients(postgres_of_wheel) as shop:
        pid, task = await shop.begin(LONG)
        row = f"postgres.session:shop/{pid}"
        case = await fresh_case(config, "postgres.terminate", row)
        key = case.row.key
        other = f"{pid}@{float(key.partition('@')[2]) - 1!r}"
        with pytest.raises(Refused, match="another one has its pid"):
            await planned(config, "postgres.terminate", ROW, session=other)
        plan = await planned(config, "postgres.terminate", ROW, session=key)
        with pytest.raises(Refused, match="has changed"):
            await act(config, "postgres.terminate", ROW, {f"session {pid}": other}, session=key)
        (call,) = plan.calls
        assert isinstance(call, Sql)
        stale = Sql(target=call.target, statement=call.statement, parameters=(pid, float(other.partition("@")[2])))
        assert (await _do(config, stale)).value == []
        assert not task.done()


async def _do(config: Config, call: Sql, sink: MemorySink | None = None) -> Answer:
    return await RealRunner(config, sink or MemorySink(), {}).do(call)


async def test_our_own_sessions_are_never_among_them(postgres_of_wheel: PostgresServer, config: Config) -> None:
    async with clients(postgres_of_wheel) as shop:
        ours, task = await shop.begin(LONG, "watchfloor")
        case = await fresh_case(config, "postgres.terminate", ROW)
        action = discover()["postgres.terminate"]
        picks = await action.picks(case, action.params[0])
        assert str(ours) not in {pick.value.partition("@")[0] for pick in picks}
        with pytest.raises(Refused, match="one of ours"):
            await planned(config, "postgres.terminate", f"postgres.session:shop/{ours}")
        assert not task.done()


async def test_what_runs_a_statement_now_is_found(
    postgres_of_system: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(postgres_of_system, monkeypatch)
    async with clients(postgres_of_system) as shop:
        await (await shop.connect()).execute("SELECT pg_sleep(1)")
        pid, task = await shop.begin(LONG)
        board = await read(config)
        action = discover()["postgres.cancel"]
        rows = [row for row in board.of("postgres.query") if "pg_sleep" in str(row.facts["query"])]
        found = {row.id: await _picked(config, action, row.id) for row in rows}
        (statement,) = [row for row, picks in found.items() if picks]
        (value,) = found[statement]
        assert value.startswith(f"{pid}@")
        await act(config, action.name, statement, session=value)
        await _ended(task, psycopg.errors.QueryCanceled)


async def _picked(config: Config, action: Any, row: str) -> list[str]:
    return [pick.value for pick in await action.picks(await fresh_case(config, action.name, row), action.params[0])]


async def test_dead_rows_are_vacuumed_and_the_server_tells_how(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    async with clients(postgres_of_wheel) as shop:
        client = await shop.connect()
        await client.execute(
            "CREATE TABLE dying WITH (autovacuum_enabled = off) AS SELECT generate_series(1, 20000) AS n"
        )
        try:
            await client.execute("DELETE FROM dying")
            await client.close()
            offer = await _told(config, "dying")
            assert offer.why == "it has 20,000 dead rows"
            plan = await planned(config, "postgres.vacuum", ROW, **offer.params)
            assert [call.told for call in plan.calls] == [
                'VACUUM (VERBOSE, ANALYZE) "public"."dying"   (postgres:shop)'
            ]
            assert (await _facts(config))["dead_rows"] == 20_000
            acted = await act(config, "postgres.vacuum", ROW, plan.seen, **offer.params)
            assert any("public.dying" in line for line in acted.sink.of("out"))
            await _until(config, lambda facts: facts["dead_table"] != '"public"."dying"')
        finally:
            await (await shop.connect()).execute("DROP TABLE dying")


async def _told(config: Config, table: str) -> Any:
    async with asyncio.timeout(10):
        while True:
            row = row_of(await read(config), ROW)
            for offer in _offers(discover()["postgres.vacuum"], row, [row]):
                if table in offer.params.get("table", ""):
                    return offer
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_of_tables_are_names(postgres_of_wheel: PostgresServer, config: Config, name: str) -> None:
    async with clients(postgres_of_wheel) as shop:
        client = await shop.connect()
        table = sql.Identifier(name, name)
        await client.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        try:
            await client.execute(sql.SQL("CREATE TABLE {} (n int)").format(table))
            action = discover()["postgres.analyze"]
            picks = await action.picks(await fresh_case(config, action.name, ROW), action.params[0])
            (pick,) = [pick for pick in picks if pick.value == table.as_string(None)]
            assert pick.text.isprintable()
            for given in (pick.value, name, f"{name}.{name}"):
                plan = await planned(config, action.name, ROW, table=given)
                await act(config, action.name, ROW, plan.seen, table=given)
            await client.execute(sql.SQL("INSERT INTO {} VALUES (1)").format(table))
            await act(config, action.name, ROW, table=pick.value)
            cursor = await client.execute("SELECT reltuples FROM pg_class WHERE relname = %s", (name,))
            assert await cursor.fetchone() == (1.0,)
        finally:
            await client.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


async def test_a_table_that_is_made_anew_meanwhile_is_another(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    async with clients(postgres_of_wheel) as shop:
        client = await shop.connect()
        await client.execute("CREATE TABLE twice (n int)")
        plan = await planned(config, "postgres.vacuum", ROW, table="twice")
        await client.execute("DROP TABLE twice")
        with pytest.raises(Refused, match="there is no table twice"):
            await act(config, "postgres.vacuum", ROW, plan.seen, table="twice")
        await client.execute("CREATE TABLE twice (n int)")
        try:
            with pytest.raises(Refused, match="has changed"):
                await act(config, "postgres.vacuum", ROW, plan.seen, table="twice")
        finally:
            await client.execute("DROP TABLE twice")


async def test_who_may_not_is_told_what_to_grant(
    postgres_of_wheel: PostgresServer, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with clients(postgres_of_wheel) as shop:
        admin = await shop.connect()
        await admin.execute("CREATE ROLE humble LOGIN PASSWORD 'small' IN ROLE pg_monitor")
        await admin.execute("CREATE ROLE owner LOGIN PASSWORD 'small'")
        await admin.execute("CREATE TABLE precious (n int)")
        try:
            await admin.execute("SET ROLE owner")
            await admin.execute("RESET ROLE")
            humble = _config(postgres_of_wheel, monkeypatch, "humble")
            pid, task = await shop.begin(LONG)
            with pytest.raises(Refused) as refused:
                await act(humble, "postgres.terminate", f"postgres.session:shop/{pid}")
            assert refused.value.reason == "permission"
            assert "GRANT pg_signal_backend" in refused.value.remedy
            assert not task.done()
            with pytest.raises(ActionError, match="skipped it"):
                await act(humble, "postgres.vacuum", ROW, table="precious")
        finally:
            await admin.execute("DROP TABLE precious")
            await admin.execute("DROP ROLE humble, owner")


async def test_a_stuck_slot_is_dropped_and_one_in_use_is_not(
    folder: Any, monkeypatch: pytest.MonkeyPatch, postgres_of_wheel: PostgresServer
) -> None:
    del postgres_of_wheel  # it skips where there is none
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop")
    try:
        config = _config(server, monkeypatch)
        async with clients(server) as shop:
            client = await shop.connect()
            for name in ("stuck", "moves"):
                await client.execute("SELECT pg_create_physical_replication_slot(%s, true)", (name,))
            await client.execute("CREATE TABLE log AS SELECT generate_series(1, 20000) AS n")
            row = row_of(await read(config), ROW)
            assert row.facts["slots_unused"] == 2
            assert isinstance(kept := row.facts["slots_kept_bytes"], float)
            assert kept > 100_000
            action = discover()["postgres.drop-slot"]
            picks = await action.picks(await fresh_case(config, action.name, ROW), action.params[0])
            assert [pick.value for pick in picks] == ["moves", "stuck"]
            plan = await planned(config, action.name, ROW, slot="stuck")
            assert (await _facts(config))["slots_unused"] == 2
            await client.execute("SELECT pg_replication_slot_advance('moves', pg_current_wal_lsn())")
            with pytest.raises(Refused, match="has changed"):
                await act(config, action.name, ROW, {"slot moves": "physical at 0/0"}, slot="moves")
            await act(config, action.name, ROW, plan.seen, slot="stuck")
            assert (await _facts(config))["slots_unused"] == 1
            with pytest.raises(Refused, match="there is no slot"):
                await act(config, action.name, ROW, plan.seen, slot="stuck")
            await _refuses_a_slot_in_use(config, server)
    finally:
        server.stop()


async def _refuses_a_slot_in_use(config: Config, server: PostgresServer) -> None:
    reader = await asyncio.create_subprocess_exec(
        str(server.binaries / "pg_receivewal"), "-S", "moves", "-D", str(server.directory), "-d", server.dsn(),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _until(config, lambda facts: not facts["slots_unused"])
        with pytest.raises(Refused, match="in use by pid"):
            await planned(config, "postgres.drop-slot", ROW, slot="moves")
    finally:
        reader.kill()
        await reader.wait()


async def test_a_server_that_is_gone_by_then_is_told(
    own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(own_postgres, monkeypatch)
    case = await fresh_case(config, "postgres.terminate", ROW, longer_than="0s")
    own_postgres.stop()
    with pytest.raises(CollectError, match="refuses connections"):
        await discover()["postgres.terminate"].run(case, DryRunner())
    with pytest.raises(ActionError, match="refuses connections"):
        await _do(config, Sql(target=ROW, statement="SELECT 1"))


async def test_notices_are_lines_values_stay_beside_and_the_time_is_bounded(config: Config) -> None:
    sink = MemorySink()
    notice = "DO $$ BEGIN RAISE NOTICE E'one\\ntwo \\u001b[2J'; RAISE WARNING 'beware'; END $$"
    await _do(config, Sql(target=ROW, statement=notice), sink)
    assert sink.of("out") == ["one", "two ␛[2J"]
    assert sink.of("err") == ["beware"]
    nasty = "'; DROP TABLE x; -- %s"
    answer = await _do(config, Sql(target=ROW, statement="SELECT %s AS it, %s AS n", parameters=(nasty, 7)))
    assert answer.value == [{"it": nasty, "n": 7}]
    with pytest.raises(ActionError) as late:
        await _do(config, Sql(target=ROW, statement="SELECT pg_sleep(30)", timeout_s=0.2))
    assert late.value.reason == "timeout"


async def test_a_cancelled_statement_ends_on_the_server_too(postgres_of_wheel: PostgresServer, config: Config) -> None:
    slow = asyncio.create_task(_do(config, Sql(target=ROW, statement="SELECT pg_sleep(61)")))
    with psycopg.connect(postgres_of_wheel.dsn(), autocommit=True) as looking:

        def running() -> int:
            found = looking.execute(_COUNT).fetchone()
            return found[0] if found else 0

        await until_async(running, "the statement to run")
        slow.cancel()
        await until_async(slow.done, "the call to end")
        await until_async(lambda: not running(), "the server to end it")


_COUNT = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(61)' AND state = 'active'"
