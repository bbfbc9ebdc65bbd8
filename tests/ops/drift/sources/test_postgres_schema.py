"""A real PostgreSQL as drift sees it: each change is named exactly, and nothing else is."""

from typing import Any

import psycopg
import pytest

from tests.parts.drift_postgres import SCHEMA
from tests.parts.drift_stage import Stage


async def test_without_a_change_nothing_differs(
    postgres_stage: Stage, postgres_admin: "psycopg.Connection[Any]"
) -> None:
    postgres_admin.execute(SCHEMA.encode())
    baseline = await postgres_stage.agree()
    (captured,) = baseline.captured
    assert not captured.unreadable
    assert [item.name for item in captured.items if item.unreadable] == []
    assert "wf-canary" not in str(baseline)
    assert "SCRAM" not in str(baseline)
    for _ in range(10):
        assert await postgres_stage.changes() == {}


@pytest.mark.parametrize(
    ("statement", "paths"),
    [
        pytest.param("ALTER TABLE drift.orders ADD note text", {"table/drift.orders#column.note"}, id="a new column"),
        pytest.param(
            "ALTER TABLE drift.orders ALTER name SET DEFAULT 'some'",
            {"table/drift.orders#column.name"},
            id="another default",
        ),
        pytest.param("DROP INDEX drift.by_name", {"table/drift.orders#index.by_name"}, id="an index that is gone"),
        pytest.param(
            "ALTER TABLE drift.orders ADD CHECK (name <> '')",
            {"table/drift.orders#constraint.orders_name_check"},
            id="a new constraint",
        ),
        pytest.param("CREATE TABLE drift.extra ()", {"table/drift.extra"}, id="a new table"),
        pytest.param("DROP VIEW drift.names", {"view/drift.names"}, id="a view that is gone"),
        pytest.param(
            "CREATE OR REPLACE VIEW drift.names AS SELECT upper(name) AS name FROM drift.orders",
            {"view/drift.names#text"},
            id="another definition of a view",
        ),
        pytest.param(
            "CREATE OR REPLACE FUNCTION drift.double(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a * 3'",
            {"function/drift.double(a integer)#text"},
            id="another function",
        ),
        pytest.param("ALTER TYPE drift.mood ADD VALUE 'so so'", {"type/drift.mood#labels"}, id="a new label"),
        pytest.param("ALTER ROLE drift_ada PASSWORD 'another'", {"role/drift_ada#password"}, id="another password"),
        pytest.param("ALTER ROLE drift_ada CREATEDB", {"role/drift_ada#creates_databases"}, id="a right of a role"),
        pytest.param(
            "REVOKE drift_readers FROM drift_ada", {"role/drift_ada#member_of"}, id="a role that it is no more in"
        ),
        pytest.param(
            "ALTER ROLE drift_ada SET work_mem TO '9MB'", {"role/drift_ada#settings.work_mem"}, id="a setting of it"
        ),
        pytest.param(
            "GRANT INSERT ON drift.orders TO drift_ada", {"table/drift.orders#grants.drift_ada"}, id="a new grant"
        ),
        pytest.param(
            "GRANT USAGE ON SCHEMA drift TO PUBLIC", {"schema/drift#grants.PUBLIC"}, id="a schema for everybody"
        ),
        pytest.param(
            "ALTER TABLE drift.orders OWNER TO drift_ada",
            {
                "table/drift.orders#owner",
                "table/drift.orders#grants.drift_ada",
                "table/drift.orders#grants.watchfloor",
                "sequence/drift.orders_id_seq#owner",
                "sequence/drift.orders_id_seq#grants.drift_ada",
                "sequence/drift.orders_id_seq#grants.watchfloor",
            },
            id="another owner, who has its rights and those of its sequence",
        ),
    ],
)
async def test_a_change_is_named_exactly(
    postgres_stage: Stage, postgres_admin: "psycopg.Connection[Any]", statement: str, paths: set[str]
) -> None:
    postgres_admin.execute(SCHEMA.encode())
    await postgres_stage.agree()
    postgres_admin.execute(statement.encode())
    assert set(await postgres_stage.changes()) == {f"shop/{path}" for path in paths}
