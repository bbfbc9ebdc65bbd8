"""A database from the first backup to the restore in anger: taken, verified, drilled, lost, and there again."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.backup.base import Wish
from ops.backup.doing.drill import drill
from ops.backup.doing.restore import restore
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.doing.work import Work
from ops.backup.errors import BackupError
from ops.backup.names import stored
from ops.backup.structs import Manifest
from ops.demo.servers import PostgresServer
from tests.parts.backup_sets import KEY
from tests.parts.postgres_backups import ROWS, filled, set_of
from tests.parts.postgres_backups import run as sql


class Shop:
    """A set of one database, in a folder."""

    def __init__(self, postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        target = folder / "target"
        target.mkdir(mode=0o700)
        place = set_of(postgres, folder / "unused", monkeypatch, databases=("wf_whole",))
        config = replace(place.backup, target=f"file://{target}")
        spec = replace(place.spec, config=config, secrets={"key": KEY})
        self.target, self.server, self.said = target / "shop", postgres, list[str]()
        self.work = Work(config=place.config, spec=spec, folder=folder / "backups", by="ann", say=self.said.append)

    def count(self, table: str = "public.orders") -> int:
        """Rows that are there now."""
        return int(sql(self.server, f"SELECT count(*) FROM {table}", "wf_whole")[0][0])

    def databases(self) -> set[str]:
        """Of the server, without those that were put aside."""
        found = {str(row[0]) for row in sql(self.server, "SELECT datname FROM pg_database", "postgres")}
        return {name for name in found if "_before_" not in name}


@pytest.fixture
def shop(postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    filled(postgres, "wf_whole")
    return Shop(postgres, folder, monkeypatch)


async def test_a_table_that_was_dropped_is_there_again_and_what_was_there_is_kept(shop: Shop) -> None:
    before = shop.databases()
    made = await run(shop.work)
    assert sum(made.counts.values()) == sum(ROWS.values())
    assert made.sealing is not None
    assert (await verify(shop.work, made.id)).ok
    drilled = await drill(shop.work, made.id)
    assert (drilled.ok, drilled.rows) == (True, sum(ROWS.values()))
    assert shop.databases() == before
    sql(shop.server, "DROP TABLE public.orders CASCADE; DELETE FROM public.visits", "wf_whole")
    done = await restore(shop.work, "verified", Wish())
    assert done.compared.differences == ()
    assert shop.count() == ROWS["public.orders"]
    assert done.aside
    assert any("safety backup" in line for line in shop.said)
    assert len(list(shop.target.iterdir())) == 2
    assert shop.databases() == before


async def test_one_table_alone_leaves_the_others_as_they_are(shop: Shop) -> None:
    made = await run(shop.work)
    sql(shop.server, "DELETE FROM public.parent; DELETE FROM public.visits", "wf_whole")
    await restore(shop.work, made.id, Wish(only=("public.visits_2026",)))
    assert shop.count("public.visits") == ROWS["public.visits_2026"]
    assert shop.count("ONLY public.parent") == 0


@pytest.mark.parametrize("cut", [True, False], ids=["cut", "flipped"])
async def test_a_dump_that_is_damaged_is_found_and_changes_nothing(shop: Shop, cut: bool) -> None:
    made = await run(shop.work)
    damaged(shop, made, cut=cut)
    event = await verify(shop.work, made.id)
    assert (event.ok, event.reason) == (False, "damaged")
    assert not (await drill(shop.work, made.id)).ok
    sql(shop.server, "DELETE FROM public.visits", "wf_whole")
    before = shop.databases()
    with pytest.raises(BackupError) as caught:
        await restore(shop.work, made.id, Wish())
    assert caught.value.reason == "damaged"
    assert shop.count("public.visits") == 0
    assert shop.databases() == before


def damaged(shop: Shop, made: Manifest, *, cut: bool) -> None:
    """The dump of the database loses its second half, or one bit."""
    part = max(made.parts, key=lambda one: one.stored_bytes)
    file = shop.target / made.id / stored(part)
    content = bytearray(file.read_bytes())
    if cut:
        content = content[: len(content) // 2]
    else:
        content[len(content) // 2] ^= 4
    file.write_bytes(content)


async def test_of_two_databases_the_lost_one_is_there_again_and_the_other_is_kept_safe_first(
    postgres: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("wf_whole", "wf_second"):
        filled(postgres, name)
    shop = Shop(postgres, folder, monkeypatch)
    config = replace(shop.work.backup, databases=("wf_whole", "wf_second"))
    work = replace(shop.work, spec=replace(shop.work.spec, config=config))
    made = await run(work)
    sql(postgres, "DROP DATABASE wf_second WITH (FORCE)", "postgres")
    sql(postgres, "DELETE FROM public.visits", "wf_whole")
    done = await restore(work, made.id, Wish())
    assert done.compared.equal == 2 * sum(ROWS.values())
    assert {"wf_whole", "wf_second"} <= shop.databases()
    assert len(list(shop.target.iterdir())) == 2, "the safety backup has what there was"
    sql(postgres, "DROP DATABASE wf_second", "postgres")
