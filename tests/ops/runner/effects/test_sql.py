"""Statements are made as they are: notices told, values beside, time bounded, ended where the caller ends."""

import asyncio

import psycopg
import pytest

from collectors.base import CollectError
from ops.actions.errors import ActionError
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.demo.servers import PostgresServer
from ops.runner.calls import Sql
from ops.runner.dry import DryRunner
from tests.parts.acting import MemorySink, fresh_case
from tests.parts.postgres_shop import ROW, do, shop_config
from tests.parts.wait import until_async


@pytest.fixture
def config(postgres_of_wheel: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The server from the package, judged strictly."""
    return shop_config(postgres_of_wheel, monkeypatch)


async def test_a_server_that_is_gone_by_then_is_told(
    own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = shop_config(own_postgres, monkeypatch)
    case = await fresh_case(config, "postgres.terminate", ROW, longer_than="0s")
    own_postgres.stop()
    with pytest.raises(CollectError, match="refuses connections"):
        await discover()["postgres.terminate"].run(case, DryRunner())
    with pytest.raises(ActionError, match="refuses connections"):
        await do(config, Sql(target=ROW, statement="SELECT 1"))


async def test_notices_are_lines_values_stay_beside_and_the_time_is_bounded(config: Config) -> None:
    sink = MemorySink()
    notice = "DO $$ BEGIN RAISE NOTICE E'one\\ntwo \\u001b[2J'; RAISE WARNING 'beware'; END $$"
    await do(config, Sql(target=ROW, statement=notice), sink)
    assert sink.of("out") == ["one", "two ␛[2J"]
    assert sink.of("err") == ["beware"]
    nasty = "'; DROP TABLE x; -- %s"
    answer = await do(config, Sql(target=ROW, statement="SELECT %s AS it, %s AS n", parameters=(nasty, 7)))
    assert answer.value == [{"it": nasty, "n": 7}]
    with pytest.raises(ActionError) as late:
        await do(config, Sql(target=ROW, statement="SELECT pg_sleep(30)", timeout_s=0.2))
    assert late.value.reason == "timeout"


async def test_a_cancelled_statement_ends_on_the_server_too(postgres_of_wheel: PostgresServer, config: Config) -> None:
    slow = asyncio.create_task(do(config, Sql(target=ROW, statement="SELECT pg_sleep(61)")))
    with psycopg.connect(postgres_of_wheel.dsn(), autocommit=True) as looking:

        def running() -> int:
            found = looking.execute(_COUNT).fetchone()
            return found[0] if found else 0

        await until_async(running, "the statement to run")
        slow.cancel()
        await until_async(slow.done, "the call to end")
        await until_async(lambda: not running(), "the server to end it")


_COUNT = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(61)' AND state = 'active'"
