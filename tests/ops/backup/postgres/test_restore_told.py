"""What a restore or a proof of a PostgreSQL says is so: of which database, by which program, what failed first."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.postgres import PostgresKind
from ops.backup.postgres import scratch
from ops.backup.postgres.server import address_of
from ops.demo.servers import PostgresServer
from tests.parts.postgres_backups import InMemory, cleared, filled, run, set_of, taken
from tests.parts.tree_backups import found

KIND = PostgresKind()
DATABASE = "wf_told"


@pytest.fixture
def shop(postgres_of_wheel: PostgresServer) -> Iterator[PostgresServer]:
    filled(postgres_of_wheel, DATABASE)
    yield postgres_of_wheel
    cleared(postgres_of_wheel)


async def test_a_dump_of_a_later_pg_dump_is_only_given_to_programs_that_can_read_it(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,))
    backup = await taken(place)
    later = msgspec.structs.replace(backup.manifest, versions={**backup.manifest.versions, "pg_dump": "99.1"})
    with pytest.raises(BackupError, match=r"is too old: it was written by pg_dump 99\.1") as told:
        await KIND.drill(place, InMemory(later, backup.parts).source)
    assert told.value.reason == "version"


async def test_what_went_wrong_first_is_told_though_nothing_can_be_dropped_any_more(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = address_of(set_of(shop, folder / "scratch", monkeypatch))

    def gone(*_: object) -> None:
        raise BackupError("the server does not answer", "see whether it runs", reason="unreachable")

    async def broken() -> None:
        async with scratch.scratch_database(address, None):
            monkeypatch.setattr(scratch, "beside", gone)
            raise BackupError("the connection broke: it is not known whether that was done", reason="lost")

    with pytest.raises(BackupError, match="it is not known whether that was done"):
        await broken()


async def test_a_table_that_is_chosen_in_one_of_several_databases_means_that_one(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(shop, "wf_told_too")
    place = set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE, "wf_told_too"))
    backup = await taken(place)
    names = [one.name for one in await found(KIND, place, backup.source) if one.kind == "table"]
    [chosen] = [name for name in names if name == f"{DATABASE}.public.orders"]
    [line] = await KIND.overwrites(place, backup.manifest, Wish(only=(chosen,)))
    assert line.what == f"table public.orders of {DATABASE}"


async def test_what_foreign_keys_keep_who_is_no_superuser_from_is_refused_in_the_plan_already(
    shop: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = await taken(set_of(shop, folder / "scratch", monkeypatch, databases=(DATABASE,)))
    run(shop, "DROP ROLE IF EXISTS wf_owner; CREATE ROLE wf_owner LOGIN CREATEDB PASSWORD 'small'", "postgres")
    run(shop, f"GRANT pg_read_all_data TO wf_owner; ALTER DATABASE {DATABASE} OWNER TO wf_owner", "postgres")
    run(shop, "ALTER TABLE public.orders OWNER TO wf_owner; ALTER TABLE public.parent OWNER TO wf_owner", DATABASE)
    place = set_of(shop, folder / "scratch", monkeypatch, user="wf_owner", databases=(DATABASE,))
    for name in ("public.orders", "public.customers"):
        with pytest.raises(BackupError, match=r"public\.orders has a foreign key .* only a superuser") as planned:
            await KIND.overwrites(place, backup.manifest, Wish(only=(name,)))
        assert planned.value.reason == "auth"
        assert "--to NAME" in planned.value.remedy
    [free] = await KIND.overwrites(place, backup.manifest, Wish(only=("public.parent",)))
    assert (free.now, free.then[:5]) == ("1 row", "1 row")
    [beside] = await KIND.overwrites(place, backup.manifest, Wish(to="wf_beside", only=("public.orders",)))
    assert beside.now == "not there"
    run(shop, "DROP TABLE public.orders CASCADE", DATABASE)
    [lost] = await KIND.overwrites(place, backup.manifest, Wish(only=("public.orders",)))
    assert lost.now == "not there"
    run(shop, f"DROP DATABASE {DATABASE}", "postgres")
    run(shop, "DROP ROLE wf_owner", "postgres")
