"""A real PostgreSQL is put right: "drift.postgres-setting" and "drift.postgres-rights"."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops.actions.errors import ActionError, Refused
from ops.demo.servers import PostgresServer
from tests.parts.databases import PASSWORD
from tests.parts.drift_postgres import SCHEMA, postgres_toml
from tests.parts.drift_stage import Stage


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("ALTER ROLE drift_ada SUPERUSER", id="a new superuser"),
        pytest.param("ALTER ROLE drift_ada CONNECTION LIMIT 50", id="more connections"),
        pytest.param("REVOKE drift_readers FROM drift_ada", id="a membership"),
        pytest.param("ALTER ROLE drift_ada SET work_mem TO '9MB'", id="a setting of a role"),
        pytest.param("GRANT ALL ON drift.orders TO drift_ada WITH GRANT OPTION", id="rights on a table"),
        pytest.param("GRANT CREATE ON SCHEMA drift TO PUBLIC", id="rights on a schema"),
        pytest.param("REVOKE CONNECT ON DATABASE shop FROM PUBLIC", id="rights on a database"),
        pytest.param("GRANT USAGE ON drift.orders_id_seq TO drift_ada", id="rights on a sequence"),
        pytest.param("ALTER VIEW drift.names OWNER TO drift_ada", id="the owner of a view"),
        pytest.param("DROP EXTENSION plpgsql", id="an extension that is gone"),
    ],
)
async def test_what_differs_of_rights_is_put_right(
    postgres_stage: Stage, postgres_admin: "psycopg.Connection[Any]", statement: str
) -> None:
    postgres_admin.execute(SCHEMA.encode())
    await postgres_stage.agree()
    postgres_admin.execute(statement.encode())
    for _ in range(8):
        found = {
            name: one for name, one in (await postgres_stage.differences()).items() if not name.endswith("#password")
        }
        if not found:
            break
        difference = next((one for one in found.values() if one.place.fact == "owner"), next(iter(found.values())))
        assert postgres_stage.offered(difference)[0] == "drift.postgres-rights"
        plan = await postgres_stage.planned("drift.postgres-rights", difference)
        await postgres_stage.fix("drift.postgres-rights", difference, plan.seen)
    assert not [name for name in await postgres_stage.changes() if not name.endswith("#password")]


async def test_a_setting_is_set_back_at_once(postgres_stage: Stage, postgres_admin: "psycopg.Connection[Any]") -> None:
    await postgres_stage.agree()
    postgres_admin.execute("ALTER SYSTEM SET log_line_prefix TO 'it''s \\ %m '")
    postgres_admin.execute("SELECT pg_reload_conf()")
    found = await _until_found(postgres_stage, "shop/log_line_prefix#value")
    assert found.keys() == {"shop/log_line_prefix#value"}
    (difference,) = found.values()
    assert postgres_stage.offered(difference)[0] == "drift.postgres-setting"
    plan = await postgres_stage.planned("drift.postgres-setting", difference)
    assert await postgres_stage.changes() != {}
    await postgres_stage.fix("drift.postgres-setting", difference, plan.seen)
    assert await postgres_stage.changes() == {}


async def test_a_hostile_value_comes_back_as_it_was(
    postgres_stage: Stage, postgres_admin: "psycopg.Connection[Any]"
) -> None:
    postgres_admin.execute("ALTER SYSTEM SET log_line_prefix TO 'it''s \\ \"%m\" '")
    postgres_admin.execute("SELECT pg_reload_conf()")
    await _until_value(postgres_stage, "log_line_prefix", 'it\'s \\ "%m" ')
    await postgres_stage.agree()
    postgres_admin.execute("ALTER SYSTEM SET log_line_prefix TO 'plain '")
    postgres_admin.execute("SELECT pg_reload_conf()")
    (difference,) = (await _until_found(postgres_stage, "shop/log_line_prefix#value")).values()
    await postgres_stage.fix("drift.postgres-setting", difference)
    assert await postgres_stage.changes() == {}


async def test_what_needs_a_restart_is_written_and_said(
    postgres_stage: Stage, postgres_admin: "psycopg.Connection[Any]"
) -> None:
    await postgres_stage.agree()
    before = postgres_admin.execute("SHOW max_connections").fetchone()
    postgres_admin.execute("ALTER SYSTEM SET max_connections TO 77")
    postgres_admin.execute("SELECT pg_reload_conf()")
    found = await _until_found(postgres_stage, "shop/max_connections#pending_restart")
    assert found.keys() == {"shop/max_connections#pending_restart"}
    assert "restart the server" in postgres_stage.desk.by_hand(*found.values())
    assert postgres_admin.execute("SHOW max_connections").fetchone() == before


async def test_one_that_was_set_by_a_restart_is_written_and_holds_after_the_next(
    tmp_path: Path, own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WF_TEST_PASSWORD", PASSWORD)
    postgres_stage = Stage(tmp_path, postgres_toml(own_postgres), "postgres")
    await postgres_stage.agree()
    with psycopg.connect(own_postgres.dsn(), autocommit=True) as postgres_admin:
        postgres_admin.execute("ALTER SYSTEM SET max_locks_per_transaction TO 77")
    own_postgres.stop()
    own_postgres.launch()
    (difference,) = (await postgres_stage.differences()).values()
    assert (difference.before, difference.after) == ("64", "77")
    with pytest.raises(ActionError, match="holds only after a restart"):
        await postgres_stage.fix("drift.postgres-setting", difference)
    own_postgres.stop()
    own_postgres.launch()
    assert await postgres_stage.changes() == {}


async def test_a_setting_that_stands_above_the_servers_is_refused(
    postgres_stage: Stage, postgres_admin: "psycopg.Connection[Any]"
) -> None:
    await postgres_stage.agree()
    postgres_admin.execute("ALTER ROLE watchfloor SET work_mem TO '9MB'")
    try:
        found = await postgres_stage.differences()
        assert found.keys() == {"shop/work_mem#value", "shop/role/watchfloor#settings.work_mem"}
        with pytest.raises(Refused, match="work_mem is set by the user") as refused:
            await postgres_stage.planned("drift.postgres-setting", found["shop/work_mem#value"])
        assert "ALTER ROLE" in refused.value.remedy
        await postgres_stage.fix("drift.postgres-rights", found["shop/role/watchfloor#settings.work_mem"])
        assert await postgres_stage.changes() == {}
    finally:
        postgres_admin.execute("ALTER ROLE watchfloor RESET ALL")


async def _until_found(postgres_stage: Stage, path: str) -> dict[str, Any]:
    """A reload is done soon after it is asked for."""
    for _ in range(100):
        found = await postgres_stage.differences()
        if path in found:
            return found
    raise AssertionError(f"{path} never differed")


async def _until_value(postgres_stage: Stage, name: str, value: str) -> None:
    for _ in range(100):
        baseline = await postgres_stage.agree()
        if any((one.name, one.facts.get("value")) == (f"shop/{name}", value) for one in baseline.captured[0].items):
            return
    raise AssertionError(f"{name} never was {value}")


async def test_a_user_who_may_see_little_says_what_is_hidden(
    tmp_path: Path, postgres: PostgresServer, postgres_admin: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_admin.execute("CREATE ROLE drift_ada LOGIN PASSWORD 'small'")
    monkeypatch.setenv("WF_TEST_PASSWORD", "small")
    toml = postgres_toml(postgres).replace("watchfloor@", "drift_ada@")
    baseline = await Stage(tmp_path, toml, "postgres").agree()
    hidden = {item.name: item.unreadable for item in baseline.captured[0].items if item.unreadable}
    assert "password" in hidden["shop/role/drift_ada"]
    assert "value" in hidden["shop/statement_timeout"]
    assert "value" in hidden["shop/shared_preload_libraries"]
    assert "" in hidden["shop/access_rules"]


async def test_a_server_that_is_gone_hides_what_it_has(
    tmp_path: Path, own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WF_TEST_PASSWORD", PASSWORD)
    postgres_stage = Stage(tmp_path, postgres_toml(own_postgres), "postgres")
    await postgres_stage.agree()
    own_postgres.stop()
    found = await postgres_stage.differences()
    assert {name: one.kind for name, one in found.items()} == {"shop": "unreadable"}
