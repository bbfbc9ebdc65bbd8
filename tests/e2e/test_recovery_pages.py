"""The pages of recovery are run as they stand: a database and a Redis are lost and had back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.demo.shop import Demo, RemoteDemo
from tests.parts.recovery import broken, lose_redis, monitored, page, page_of, safety, shop_config, taken, well
from tests.parts.runbook import sections
from tests.parts.shop import a_shop, cache


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    with a_shop() as demo:
        yield demo


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No floor of this machine is spoken of."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.mark.parametrize("name", ["database", "deployment", "redis", "host"])
def test_each_page_says_when_how_fast_how_to_verify_to_go_back_and_what_to_write_up(name: str) -> None:
    text = page_of(name).read_text()
    assert "| RTO |" in text
    assert "| RPO |" in text
    assert "**Use it when**" in text
    titles = [one.title for one in sections(text)]
    assert titles[0] == "Before anything else"
    assert titles[-3:] == ["Verify", "Go back", "Write up"]


def test_the_database(shop: Demo, tmp_path: Path) -> None:
    well(shop)
    config = shop_config(shop, "lost-database")
    about = {"SET": "shop", "ROW": "postgres:shop", "SERVICE": "service:catalog", "TYPED": "shop"}
    run = page("database", tmp_path, WATCHFLOOR_CONFIG=str(config), START="start postgres", **about)
    with monitored(config) as opened:
        run.environment["GOOD"] = taken(config, "shop")
        asyncio.run(RemoteDemo(shop.directory).inject("drop-table"))
        run.environment["INCIDENT"] = str(opened())
        run.run("Before anything else", "One table", TABLE="public.products")
        well(shop)
        asyncio.run(RemoteDemo(shop.directory).heal())
        asyncio.run(RemoteDemo(shop.directory).inject("lose-database"))
        broken(shop)
        run.run("The server", "All of it")
        well(shop)
        run.run("Verify")
        # An empty server leaves nothing to go back to: what is restored over now is kept first.
        asyncio.run(RemoteDemo(shop.directory).heal())
        asyncio.run(RemoteDemo(shop.directory).inject("drop-table"))
        broken(shop)
        run.run("All of it")
        well(shop)
        run.run("Go back", SAFETY=safety(config, "shop"))
        broken(shop)
        run.run("All of it", "Write up")
        well(shop)
    run.was_run_whole()


def test_redis(shop: Demo, tmp_path: Path) -> None:
    well(shop)
    config = shop_config(shop, "lost-redis")
    about = {"SET": "cache", "ROW": "redis:cache", "SERVICE": "service:payments", "TYPED": "cache"}
    run = page("redis", tmp_path, WATCHFLOOR_CONFIG=str(config), START="start redis", **about)
    with monitored(config) as opened, cache(shop.plan) as keys:
        keys.set("kept", "worth having", ex=3600)
        run.environment["GOOD"] = taken(config, "cache")
        lose_redis(shop.plan)
        run.environment["INCIDENT"] = str(opened())
        run.run("Before anything else", "The server")
        assert keys.get("kept") is None
        run.run("The keys", "Verify")
        assert keys.get("kept") == b"worth having"
        assert 0 < keys.ttl("kept") <= 3600
        run.run("Go back", SAFETY=safety(config, "cache"))
        assert keys.get("kept") is None
        run.run("The keys", "Write up")
        assert keys.get("kept") == b"worth having"
        well(shop)
    run.was_run_whole()
