"""Tables and slots of a PostgreSQL are put right for real, whatever they are called."""

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.demo.servers import PostgresServer
from tests.parts.acting import act, fresh_case, planned, read, row_of
from tests.parts.databases import PASSWORD
from tests.parts.postgres_shop import LONG, ROW, clients, facts_of, offers_of, shop_config, until_facts

HOSTILE = ('or"ders; DROP TABLE x', "percent %s 100%", "line\nbreak", "--dashes", "slash/../\\", "emoji 🐘.dot", "it's")


@pytest.fixture
def config(postgres_of_wheel: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The server from the package, judged strictly."""
    return shop_config(postgres_of_wheel, monkeypatch)


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
            assert (await facts_of(config))["dead_rows"] == 20_000
            acted = await act(config, "postgres.vacuum", ROW, plan.seen, **offer.params)
            assert any("public.dying" in line for line in acted.sink.of("out"))
            await until_facts(config, lambda facts: facts["dead_table"] != '"public"."dying"')
        finally:
            await (await shop.connect()).execute("DROP TABLE dying")


async def _told(config: Config, table: str) -> Any:
    async with asyncio.timeout(30):
        while True:
            row = row_of(await read(config), ROW)
            for offer in offers_of(discover()["postgres.vacuum"], row, [row]):
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
            await planned(config, action.name, ROW, table=pick.value)
            assert await _rows_known(client, name) == 0
            await act(config, action.name, ROW, table=pick.value)
            assert await _rows_known(client, name) == 1
        finally:
            await client.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


async def _rows_known(client: "psycopg.AsyncConnection[Any]", table: str) -> float:
    cursor = await client.execute("SELECT reltuples FROM pg_class WHERE relname = %s", (table,))
    found = await cursor.fetchone()
    assert found is not None
    return float(found[0])


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
        await admin.execute("CREATE TABLE precious (n int)")
        try:
            humble = shop_config(postgres_of_wheel, monkeypatch, "humble")
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
            await admin.execute("DROP ROLE humble")


async def test_a_stuck_slot_is_dropped_and_one_in_use_is_not(
    folder: Any, monkeypatch: pytest.MonkeyPatch, postgres_of_wheel: PostgresServer
) -> None:
    del postgres_of_wheel  # it skips where there is none
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop")
    try:
        config = shop_config(server, monkeypatch)
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
            assert (await facts_of(config))["slots_unused"] == 2
            await client.execute("SELECT pg_replication_slot_advance('moves', pg_current_wal_lsn())")
            with pytest.raises(Refused, match="has changed"):
                await act(config, action.name, ROW, {"slot moves": "physical at 0/0"}, slot="moves")
            await act(config, action.name, ROW, plan.seen, slot="stuck")
            assert (await facts_of(config))["slots_unused"] == 1
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
        await until_facts(config, lambda facts: not facts["slots_unused"])
        with pytest.raises(Refused, match="in use by pid"):
            await planned(config, "postgres.drop-slot", ROW, slot="moves")
    finally:
        reader.kill()
        await reader.wait()
