"""A PostgreSQL in a container is taken, read and restored by the programs in there, by the server's own socket."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from ops.backup.base import Place, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.postgres import PostgresKind
from ops.backup.postgres.container import inside
from ops.backup.structs import Part
from ops.demo.servers import PostgresServer, system_postgres
from tests.parts.acting import config_of
from tests.parts.databases import PASSWORD
from tests.parts.docker import Box, Made
from tests.parts.need import need
from tests.parts.postgres_backups import ROWS, InMemory, cleared, filled, place_in, run, taken

KIND = PostgresKind()
DATABASE = "wf_contained"
SOCKET = "/var/run/postgresql/.s.PGSQL.5432"
SHARED = ("/usr", "/lib", "/lib64", "/etc/passwd")


@pytest.fixture
def server(postgres_of_system: PostgresServer) -> Iterator[PostgresServer]:
    """Debian's, with a filled database."""
    filled(postgres_of_system, DATABASE)
    yield postgres_of_system
    cleared(postgres_of_system)


@pytest.fixture
def container(box: Box, server: PostgresServer) -> Made:
    """A container that has this host's programs and the server's socket, as a server's own container has."""
    programs, folder = system_postgres(), server.socket_directory
    need(programs and folder, "a PostgreSQL under /usr/lib/postgresql with a socket")
    volumes = {path: {"bind": path, "mode": "ro"} for path in SHARED if Path(path).exists()}
    volumes[f"{folder}/.s.PGSQL.{server.port}"] = {"bind": SOCKET, "mode": "rw"}
    return box.run(name="pg", volumes=volumes, environment={"PATH": f"{programs}:/usr/bin:/bin"})


@pytest.fixture
def place(box: Box, container: Made, server: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A set that is taken in there; no program of this host is used."""
    monkeypatch.setenv("WF_TEST_PASSWORD", PASSWORD)
    config = config_of(f"""
[[postgres]]
name = "shop"
dsn = "postgresql://watchfloor@{server.host}:{server.port}/shop"
password_env = "WF_TEST_PASSWORD"
[[docker]]
name = "local"
url = "{box.engine.url}"
""")
    return place_in(
        config, folder / "scratch", databases=(DATABASE,), container=container.name, programs=str(folder / "none")
    )


async def test_it_is_taken_read_through_drilled_and_restored_in_there(place: Place, server: PostgresServer) -> None:
    backup = await taken(place)
    assert sum(backup.manifest.counts.values()) == sum(ROWS.values())
    part = backup.dump()
    assert await KIND.check(place, backup.source, part) == ""
    half = backup.parts[part.name][: part.plain_bytes // 2]
    bad = InMemory(backup.manifest, backup.parts | {part.name: half})
    assert "can't read it through" in await KIND.check(place, bad.source, part)
    assert (await KIND.drill(place, backup.source)).differences == ()
    tables = {one.name: one.rows async for one in KIND.contents(place, backup.source, part) if one.kind == "table"}
    assert tables["public.orders"] == 1000
    run(server, "DROP TABLE orders CASCADE", DATABASE)
    assert (await KIND.restore(place, backup.source, Wish())).compared.equal == sum(ROWS.values())
    assert run(server, "SELECT count(*) FROM orders", DATABASE) == [(1000,)]


async def test_what_fails_in_there_is_said_with_its_own_words(place: Place, server: PostgresServer) -> None:
    tools = await inside(place, 15)
    stream = tools.stream(["pg_dump", "--format=custom"], {"PGDATABASE": "nothing", "PGUSER": "nobody_there"})
    with pytest.raises(BackupError, match=r"pg_dump ended with status 1: .*authentication failed|no password"):
        [piece async for piece in stream]
    with pytest.raises(BackupError, match="too old for PostgreSQL 99") as refusal:
        await inside(place, 99)
    assert refusal.value.reason == "version"


async def test_damage_that_is_found_while_it_is_fed_ends_it(place: Place, server: PostgresServer) -> None:
    backup = await taken(place)

    async def breaking(part: Part) -> AsyncGenerator[bytes, None]:
        yield backup.parts[part.name][:5000]
        raise BackupError("its bytes are not those that were written", "choose another", reason="damaged")

    source = Source(manifest=backup.manifest, open=breaking)
    async with asyncio.timeout(20):
        with pytest.raises(BackupError, match="not those that were written"):
            await KIND.check(place, source, backup.dump())


async def test_the_password_is_never_among_the_arguments_of_a_program_in_there(
    place: Place, container: Made, box: Box
) -> None:
    await taken(place)
    assert PASSWORD not in str(box.engine.client.api.inspect_container(container.id))


async def test_a_container_that_is_not_there_is_said(place: Place, container: Made) -> None:
    container.sdk.stop(timeout=1)
    with pytest.raises(BackupError, match="starts nothing in the container") as refusal:
        await inside(place, 15)
    assert "see whether it runs" in refusal.value.remedy
    container.sdk.remove(force=True)
    with pytest.raises(BackupError, match="No such container") as refusal:
        await inside(place, 15)
    assert refusal.value.reason == "missing"
