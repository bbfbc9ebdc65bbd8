"""Sessions of a PostgreSQL are ended for real: long queries, open transactions, chains of locks; and no others."""

import asyncio
from typing import Any

import psycopg
import pytest

from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.demo.servers import PostgresServer
from ops.runner.calls import Sql
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, fresh_case, planned, read, row_of
from tests.parts.postgres_shop import LONG, ROW, clients, do, facts_of, offers_of, shop_config


@pytest.fixture
def config(postgres_of_wheel: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The server from the package, judged strictly."""
    return shop_config(postgres_of_wheel, monkeypatch)


async def test_a_long_query_is_cancelled_and_its_session_stays(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    async with clients(postgres_of_wheel) as shop:
        pid, task = await shop.begin(LONG)
        await asyncio.sleep(0.15)
        board = await read(config)
        assert row_of(board, ROW).level == "critical"
        session = row_of(board, f"postgres.session:shop/{pid}")
        offers = [offer for action in discover().values() for offer in offers_of(action, session, board.rows)]
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


async def _ended(task: "asyncio.Task[Any]", how: type[Exception]) -> None:
    with pytest.raises(how):
        await asyncio.wait_for(task, 10)


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
        assert (await facts_of(config))["idle_in_transaction"] == 1
        acted = await act(config, "postgres.terminate", ROW, plan.seen, **given)
        assert any("forgetful" in line for line in acted.sink.of("say"))
        with pytest.raises(psycopg.OperationalError):
            await idle.execute("SELECT 1")
        await other.execute("SELECT 1")
        assert (await facts_of(config))["idle_in_transaction"] == 0
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
        (offer,) = offers_of(discover()["postgres.unblock"], row, [row])
        assert offer.score >= 85
        plan = await planned(config, "postgres.unblock", ROW)
        assert [call.parameters[0] for call in plan.calls if isinstance(call, Sql)] == [head.info.backend_pid]
        assert plan.steps[-1] == "wait up to 30 s until nobody waits for them"
        assert (await facts_of(config))["blocked"] == 2
        await act(config, "postgres.unblock", ROW, plan.seen)
        for _, task in waiting:
            await asyncio.wait_for(task, 10)
        assert (await facts_of(config))["blocked"] == 0
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
        assert (await do(config, stale)).value == []
        assert not task.done()


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
    config = shop_config(postgres_of_system, monkeypatch)
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


async def test_what_breaks_off_in_the_middle_says_how_many_were_ended(
    postgres_of_wheel: PostgresServer, config: Config
) -> None:
    class Failing(RealRunner):
        """The second one may not be ended."""

        made = 0

        async def do(self, call: Any) -> Any:
            self.made += 1
            if self.made == 2:
                raise Refused("the user of the config may not do that", "grant it", reason="permission")
            return await super().do(call)

    async with clients(postgres_of_wheel) as shop:
        tasks = [(await shop.begin(LONG))[1] for _ in range(2)]
        case = await fresh_case(config, "postgres.cancel", ROW, longer_than="0s")
        with pytest.raises(ActionError, match=r"1 of 2 cancelled, then it broke off at pid \d+: ") as caught:
            await discover()["postgres.cancel"].run(case, Failing(config, MemorySink()))
        assert not isinstance(caught.value, Refused)
        await asyncio.wait(tasks, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert sorted(task.done() for task in tasks) == [False, True]
