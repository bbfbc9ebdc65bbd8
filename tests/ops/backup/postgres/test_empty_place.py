"""A database in which nothing was ever made is no loss: no safety backup is asked for before it is put aside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.backup.base import Wish
from ops.backup.doing.restore import needs_safety
from ops.backup.kinds.postgres import PostgresKind
from ops.demo.servers import PostgresServer
from tests.parts.postgres_backups import cleared, filled, run, set_of, taken

KIND = PostgresKind()


@pytest.fixture
def postgres(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """Each PostgreSQL in turn, left as it was."""
    yield postgres
    cleared(postgres)


async def test_of_a_database_in_which_nothing_was_ever_made_there_is_nothing_to_keep(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_empty")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_empty",))
    backup = await taken(place)
    for statement in ("DROP DATABASE wf_empty", "CREATE DATABASE wf_empty"):
        run(postgres, statement, "postgres")
    changes = await KIND.overwrites(place, backup.manifest, Wish())
    assert [one.now for one in changes] == ["empty"]
    assert not needs_safety(changes, Wish())
    run(postgres, "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'", "wf_empty")
    changes = await KIND.overwrites(place, backup.manifest, Wish())
    (told,) = changes
    assert told.now.startswith("0 tables, 0 rows")
    assert needs_safety(changes, Wish())
    run(postgres, "DROP DATABASE wf_empty", "postgres")
