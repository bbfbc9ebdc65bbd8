"""What keeps, sends and shows incidents in one process, where the file fails or is begun anew."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from collectors.clock import SystemClock
from collectors.threads import DaemonPool
from ops.config.alerting import Alerting
from ops.incidents.watch import Watch
from tests.parts.kept import Kept, shop


@asynccontextmanager
async def watching(kept: Kept) -> AsyncIterator[Watch]:
    watch = Watch(kept.config, SystemClock(), lambda: None, DaemonPool(1, name="test-incidents"))
    try:
        yield watch
    finally:
        await watch.close()


async def test_what_goes_on_is_shown_also_while_nothing_can_be_written(tmp_path: Path) -> None:
    async with watching(Kept(tmp_path, Alerting())) as watch:
        before = await watch.turn(shop("service:api"), leads=True)
        assert [one.number for one in before.incidents] == [1]
        with watch._book.reading() as connection:
            connection.execute("PRAGMA query_only = 1")
        seen = await watch.turn(shop("service:api", "postgres:shop"), leads=True)
        assert "readonly" in watch.trouble[0]
        assert [one.number for one in seen.incidents] == [1]


async def test_what_is_sent_comes_from_the_file_that_was_begun_anew(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Alerting())
    async with watching(kept) as watch:
        await watch.turn(shop("service:api"), leads=True)
        first = watch._sender
        await watch.turn(shop("service:api"), leads=True)
        assert watch._sender is first
        for part in kept.folder.glob("incidents.sqlite*"):
            part.rename(kept.folder / f"aside-{part.name}")
        for _ in range(2):
            seen = await watch.turn(shop("service:api"), leads=True)
        assert watch._sender not in (None, first)
        assert [one.number for one in seen.incidents] == [1]
