"""The shop's parts can be restarted one by one, as by any supervisor, and a restart ends what was wrong with them."""

import asyncio
import subprocess
import sys
import tomllib
from collections.abc import Iterator

import pytest

from ops.demo.shop import Demo
from tests.parts.shop import a_shop, all_healthy, cache, database, until


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    with a_shop() as demo:
        yield demo


def mend(demo: Demo, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run it as the fixes of the config do."""
    command = [sys.executable, "-m", "ops.demo.mend", str(demo.directory), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param("kill-service", ("restart", "catalog"), id="a killed service is started"),
        pytest.param("error-service", ("restart", "payments"), id="an erring one begins well"),
        pytest.param("hang-service", ("restart", "catalog"), id="a hanging one is ended and started"),
        pytest.param("stop-postgres", ("restart", "postgres"), id="the database is started"),
        pytest.param("burn-cpu", ("end", "burn-cpu"), id="the batch job is ended"),
    ],
)
async def test_it_mends(shop: Demo, fault: str, words: tuple[str, ...]) -> None:
    await shop.inject(fault)
    done = mend(shop, *words)
    assert (done.returncode, done.stderr) == (0, "")
    until(lambda: all_healthy(shop.plan), 15, "the shop to be well")


async def test_without_what_fills_it_redis_stays_empty(shop: Demo) -> None:
    await shop.inject("fill-redis")
    server = cache(shop.plan)
    until(lambda: server.llen("filler") > 50, 10, "redis to fill")
    server.unlink("filler")
    until(lambda: all_healthy(shop.plan), 10, "the shop to be well")
    assert not server.exists("filler")


def test_what_the_queue_offers_starts_its_worker_which_drains_it(shop: Demo) -> None:
    asyncio.run(shop.inject("stop-worker"))
    server = cache(shop.plan)
    until(lambda: int(server.llen("emails")) > 50, 15, "the queue to grow")
    fixes = tomllib.loads(shop.config_path.read_text())["fix"]
    (run,) = [fix["run"] for fix in fixes if fix["when"].get("row") == "queue:cache/emails"]
    subprocess.run(run["argv"], cwd=run["folder"], capture_output=True, timeout=30, check=True)
    until(lambda: int(server.llen("emails")) == 0, 15, "the worker to drain it")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(("restart", "nobody"), 1, id="a part that there is not"),
        pytest.param(("explode", "web"), 64, id="a word that is none"),
    ],
)
def test_what_can_not_be_done_is_said(shop: Demo, words: tuple[str, ...], status: int) -> None:
    done = mend(shop, *words)
    assert done.returncode == status
    assert done.stderr


def test_who_watches_may_end_sessions_and_nothing_more(shop: Demo) -> None:
    with database(shop.plan) as connection:
        asked = (
            "SELECT pg_has_role('watch', 'pg_signal_backend', 'member'), rolsuper FROM pg_roles WHERE rolname='watch'"
        )
        assert connection.execute(asked).fetchall() == [(True, False)]
