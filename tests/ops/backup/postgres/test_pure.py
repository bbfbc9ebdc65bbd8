"""What is decided without a server: which programs fit, which tables are meant, which roles are made, what differs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.base import About
from ops.backup.errors import BackupError
from ops.backup.postgres import roles, swapping
from ops.backup.postgres.aiming import tables_named
from ops.backup.postgres.dumps import Entry, differences, dumps_of, entry_of, found_in, objects_taken, rows_taken
from ops.backup.postgres.restored import lacking
from ops.backup.postgres.session import Address, text
from ops.backup.postgres.swapping import Swap, aside_of
from ops.backup.postgres.tools import Here, fitting
from ops.backup.postgres.tools import here as found_here
from ops.backup.postgres.versions import version_of
from ops.backup.structs import Part
from tests.parts.postgres_backups import manifest_of

PART = Part(
    name="db.shop.dump", what="database shop", format="pg_custom", plain_bytes=1, stored_bytes=1, digest="",
    plain_digest="",
)  # fmt: skip


def here(version: int, folder: str = "") -> Here:
    return Here(folder=folder or str(version), version=version, words=str(version))


@pytest.mark.parametrize(
    ("versions", "major", "chosen"),
    [
        pytest.param((150014, 160014, 170002), 16, 160014, id="the server's own version"),
        pytest.param((150014, 170002, 180000), 16, 170002, id="else the next later one"),
        pytest.param((160001, 160014), 16, 160014, id="the newest of several"),
        pytest.param((150014,), 16, None, id="never an older one"),
        pytest.param((), 16, None, id="none where there is none"),
    ],
)
def test_programs_fit_a_server(versions: tuple[int, ...], major: int, chosen: int | None) -> None:
    found = fitting([here(version) for version in versions], major)
    assert (found.version if found else None) == chosen


async def test_a_program_is_asked_for_its_version_once_while_its_file_is_the_same(tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"

    def becomes(version: str) -> None:
        program.unlink(missing_ok=True)
        program.write_text(f'#!/bin/sh\necho asked >> "{tmp_path}/asked"\necho "pg_dump (PostgreSQL) {version}"\n')
        program.chmod(0o755)

    becomes("16.14")
    for _ in range(3):
        assert [one.version for one in await found_here("pg_dump", str(tmp_path))] == [160014]
    becomes("17.2 ")
    assert [one.version for one in await found_here("pg_dump", str(tmp_path))] == [170002]
    assert (tmp_path / "asked").read_text() == "asked\n" * 2


@pytest.mark.parametrize(
    ("said", "version"),
    [
        pytest.param("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", (150014, "15.14"), id="Debian's"),
        pytest.param("pg_restore (PostgreSQL) 16.14\n", (160014, "16.14"), id="the project's own"),
        pytest.param("pg_dump (PostgreSQL) 19devel\n", (190000, "19"), id="one that is not out yet"),
        pytest.param("something else", None, id="no PostgreSQL at all"),
    ],
)
def test_a_version_is_read(said: str, version: tuple[int, str] | None) -> None:
    assert version_of(said) == version


SQL = """--
-- PostgreSQL database cluster dump
--
CREATE ROLE ann;
ALTER ROLE ann WITH SUPERUSER INHERIT LOGIN PASSWORD 'SCRAM-SHA-256$4096:abc$d:e' VALID UNTIL '2027-01-01';
CREATE ROLE "Odd ""Role";
ALTER ROLE "Odd ""Role" WITH NOSUPERUSER;
ALTER ROLE ann SET work_mem TO '5MB';
ALTER ROLE "Odd ""Role" IN DATABASE shop SET work_mem TO '5MB';
COMMENT ON ROLE ann IS 'first line
second line';
GRANT "Odd ""Role" TO ann WITH INHERIT TRUE GRANTED BY postgres;
CREATE TABLESPACE fast OWNER ann LOCATION '/srv/fast';
--
-- PostgreSQL database cluster dump complete
--
"""


def test_only_roles_that_are_not_there_are_made() -> None:
    found = roles.missing(SQL, {"ann"})
    assert found.names == ('Odd "Role',)
    assert found.statements == (
        'CREATE ROLE "Odd ""Role";',
        'ALTER ROLE "Odd ""Role" WITH NOSUPERUSER;',
        'ALTER ROLE "Odd ""Role" IN DATABASE shop SET work_mem TO \'5MB\';',
        'GRANT "Odd ""Role" TO ann WITH INHERIT TRUE;',
    )


def test_for_a_proof_no_password_no_setting_and_never_a_tablespace_is_made() -> None:
    found = roles.missing(SQL, (), bare=True)
    assert found.statements == (
        "CREATE ROLE ann;",
        "ALTER ROLE ann WITH SUPERUSER INHERIT LOGIN;",
        'CREATE ROLE "Odd ""Role";',
        'ALTER ROLE "Odd ""Role" WITH NOSUPERUSER;',
        'GRANT "Odd ""Role" TO ann WITH INHERIT TRUE;',
    )
    assert len(roles.missing(SQL, ()).statements) == 8
    assert roles.tablespaces(SQL) == ("fast",)


@pytest.mark.parametrize(
    ("line", "kind", "schema", "name"),
    [
        pytest.param("3370; 1259 16385 TABLE public orders ann", "TABLE", "public", "orders", id="a table"),
        pytest.param("3370; 0 16385 TABLE DATA public orders ann", "TABLE DATA", "public", "orders", id="its rows"),
        pytest.param("9; 2606 1 FK CONSTRAINT public orders o_fkey ann", "FK CONSTRAINT", "public", "orders",
                     id="a foreign key, by its table"),
        pytest.param("9; 1259 1 TABLE public two words ann", "TABLE", "public", "two words", id="a name of two words"),
    ],
)  # fmt: skip
def test_a_line_of_a_list_is_read(line: str, kind: str, schema: str, name: str) -> None:
    entry = entry_of(line)
    assert entry is not None
    assert entry.kind == kind
    assert entry.rest.startswith(f"{schema} {name} ")


def test_comments_of_a_list_are_none_of_its_lines() -> None:
    assert entry_of("; Archive created at 2026-11-21") is None
    assert entry_of(";") is None


def test_tables_come_first_with_their_rows() -> None:
    lines = (
        "1; 2615 1 SCHEMA - sales ann", "2; 1259 1 TABLE public orders ann", "3; 0 1 TABLE DATA public orders ann",
        "4; 1259 1 INDEX public by_name ann", "5; 0 0 ENCODING - ENCODING ",
    )  # fmt: skip
    entries = [entry for line in lines if (entry := entry_of(line))]
    found = found_in(entries, PART, {"public.orders": 3})
    assert [(one.kind, one.name, one.rows) for one in found] == [
        ("table", "public.orders", 3), ("schema", "sales", None), ("object", "index public.by_name", None),
    ]  # fmt: skip
    assert isinstance(entries[0], Entry)


def about() -> About:
    other = msgspec.structs.replace(PART, name="db.shop_x.dump", what="database shop.x")
    made = About(counts={"shop.public.orders": 3, "shop.a.orders": 1, "shop.public.one": 2, "shop.x.public.t": 9})
    made.facts = {"database db.shop.dump": "shop", "database db.shop_x.dump": "shop.x", "shop: indexes": 2}
    assert other.name
    return made


def test_rows_belong_to_the_database_that_they_were_counted_in() -> None:
    parts = (PART, msgspec.structs.replace(PART, name="db.shop_x.dump"))
    manifest = manifest_of(about(), parts)
    assert list(dumps_of(manifest)) == ["shop", "shop.x"]
    assert rows_taken(manifest, "shop") == {"public.orders": 3, "a.orders": 1, "public.one": 2}
    assert rows_taken(manifest, "shop.x") == {"public.t": 9}
    assert objects_taken(manifest, "shop") == {"indexes": 2}


@pytest.mark.parametrize(
    ("only", "meant"),
    [
        pytest.param("public.orders", ("public.orders",), id="schema and table"),
        pytest.param("shop.public.orders", ("public.orders",), id="with the database"),
        pytest.param("one", ("public.one",), id="a table that only one schema has"),
    ],
)
def test_a_table_is_named(only: str, meant: tuple[str, ...]) -> None:
    assert tables_named(manifest_of(about(), (PART,)), "shop", (only, only)) == meant


@pytest.mark.parametrize(
    ("only", "why"),
    [
        pytest.param("orders", "several tables are called orders", id="one that two schemas have"),
        pytest.param("public.order", "there is no table public.order in this backup", id="one that is not there"),
    ],
)
def test_a_table_that_is_not_clear_is_refused_with_what_there_is(only: str, why: str) -> None:
    with pytest.raises(BackupError, match=why) as refusal:
        tables_named(manifest_of(about(), (PART,)), "shop", (only,))
    assert "public.orders" in refusal.value.remedy


def test_what_differs_is_said_in_numbers() -> None:
    assert differences({"a": 11998, "b": 1, "c": 5}, {"a": 11997, "c": 5, "d": 1}, "rows") == [
        "a has 11,997 rows, 11,998 were taken",
        "b is not there, 1 rows were taken",
    ]
    assert lacking({"indexes": 3, "views": 1}, {"indexes": 2, "views": 2}, "shop") == [
        "shop has 2 indexes, 3 were taken"
    ]


@given(st.text(min_size=1, max_size=80).filter(lambda name: "\0" not in name and len(name.encode("utf-8", "ignore"))))
def test_a_name_put_aside_always_fits(name: str) -> None:
    if not name.isprintable():
        return
    aside = aside_of(name, 1795230900.0)
    assert aside.endswith("_before_20261121t031500")
    assert len(aside.encode()) <= 63


@given(st.text())
def test_a_text_in_sql_ends_where_it_should(value: str) -> None:
    written = text(value)
    inside = written[2:-1].replace("\\\\", "").replace("''", "")
    assert written.startswith("E'")
    assert "'" not in inside
    assert "\\" not in inside


def test_without_an_old_one_there_is_no_way_back() -> None:
    assert Swap(new="a", to="b").back == ()
    assert Swap(new="a", to="b", aside=aside_of("b", 1795230900.0)).back == (
        'ALTER DATABASE "b" ALLOW_CONNECTIONS false',
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (E'b', E'b_before_20261121t031500')",
        'ALTER DATABASE "b" RENAME TO "b_restored_20261121t031500"; '
        'ALTER DATABASE "b_before_20261121t031500" RENAME TO "b"',
        'ALTER DATABASE "b" ALLOW_CONNECTIONS true',
        'ALTER DATABASE "b_restored_20261121t031500" ALLOW_CONNECTIONS true',
    )


def test_long_names_that_begin_alike_are_put_aside_apart() -> None:
    first, second = (aside_of("a" * 50 + end, 1795230900.0) for end in ("1", "2"))
    assert first != second
    back = Swap(new="x", to="ü" * 31, aside=aside_of("ü" * 31, 1795230900.0)).back
    assert all(len(name.encode()) <= 63 for name in " ".join(back).split('"')[1::2])


class _Lost:
    """A session that is lost in the last moment."""

    async def run(self, statement: str, *_: object) -> list[object]:
        if statement == "COMMIT":
            raise BackupError("the connection to PostgreSQL broke", "see its log", reason="lost")
        return []


async def test_a_swap_whose_answer_is_lost_is_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def beside(*_: object) -> AsyncIterator[_Lost]:
        yield _Lost()

    monkeypatch.setattr(swapping, "beside", beside)
    with pytest.raises(BackupError, match="it is not known whether that was done") as refusal:
        await swapping.swap(Address(target="", dsn=""), [Swap(new="wf_verify_1", to="shop", aside="shop_before_1")])
    assert "shop_before_1" in refusal.value.remedy
