"""A PostgreSQL is taken whole, at one snapshot, and what was taken is proven by restoring it."""

from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import psycopg
import pytest

from ops.backup.base import About
from ops.backup.kinds.postgres import PostgresKind
from ops.demo.servers import PostgresServer
from tests.parts.postgres_backups import ROWS, cleared, filled, run, set_of, taken, whole
from tests.parts.wait import until_async

KIND = PostgresKind()


@pytest.fixture
def postgres(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """Each PostgreSQL in turn, left as it was."""
    yield postgres
    cleared(postgres)


async def test_all_rows_are_taken_counted_and_proven(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_taken")
    check = "SELECT count(*) = 1000 FROM orders"
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_taken",), checks=())
    backup = await taken(place)
    assert {key.removeprefix("wf_taken."): count for key, count in backup.manifest.counts.items()} == ROWS
    assert [part.name for part in backup.manifest.parts] == ["globals.sql", "db.wf_taken.dump", "settings.json"]
    for part in backup.manifest.parts:
        assert await KIND.check(place, backup.source, part) == ""
    place = set_of(
        postgres, folder / "drill", monkeypatch, databases=("wf_taken",), checks=(check, "SELECT false", "SELECT 1/0")
    )
    compared = await KIND.drill(place, backup.source)
    assert compared.equal == sum(ROWS.values())
    assert [words.partition(" in place")[0] for words in compared.differences] == [
        "the check SELECT false gave False",
        "the check SELECT 1/0 failed: PostgreSQL said: division by zero",
    ]
    assert list((folder / "drill").iterdir()) == []


async def test_rows_that_are_written_meanwhile_are_neither_in_the_dump_nor_counted(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_meanwhile")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_meanwhile",))
    about = About()
    async with aclosing(KIND.take(place, about)) as streams:
        async for stream in streams:
            if stream.format == "pg_custom":
                run(postgres, "INSERT INTO orders (customer) SELECT 1 FROM generate_series(1, 500)", "wf_meanwhile")
                run(postgres, "CREATE TABLE later AS SELECT 1", "wf_meanwhile")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    run(postgres, "SET lock_timeout = '50ms'; TRUNCATE orders", "wf_meanwhile")
            data = await whole(stream.pieces)
            assert (b"later" in data) is False
    assert about.counts["wf_meanwhile.public.orders"] == 1000
    assert about.at is not None
    assert about.subject.startswith("postgres:shop at 127.0.0.1:")
    assert about.versions["server"].partition(".")[0] == about.versions["pg_dump"].partition(".")[0]


async def test_a_taking_that_is_given_up_leaves_no_session(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_given_up")
    run(postgres, "CREATE TABLE big AS SELECT repeat('x', 500) FROM generate_series(1, 20000)", "wf_given_up")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_given_up",))
    async with aclosing(KIND.take(place, About())) as streams:
        async for stream in streams:
            if stream.format == "pg_custom":
                await anext(aiter(stream.pieces))
                break
            await whole(stream.pieces)
    busy = "SELECT 1 FROM pg_stat_activity WHERE datname = 'wf_given_up'"
    await until_async(lambda: not run(postgres, busy, "postgres"), "its sessions to end")


async def test_what_comes_from_an_extension_is_neither_counted_nor_missed(
    postgres_of_system: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(postgres_of_system, folder / "scratch", monkeypatch)
    run(postgres_of_system, "CREATE TABLE IF NOT EXISTS plain AS SELECT 1 AS x", "shop")
    backup = await taken(place)
    assert "shop.public.plain" in backup.manifest.counts
    assert not [name for name in backup.manifest.counts if "pg_stat_statements" in name]
    found = await KIND.drill(place, backup.source)
    assert found.differences == ()
    run(postgres_of_system, "DROP TABLE plain", "shop")
