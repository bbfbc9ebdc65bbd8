"""Every fault is real, as seen from outside by the parts' own clients, and healing ends it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from ops.demo.faults import FAULTS
from ops.demo.plan import Plan
from ops.demo.shop import Demo, DemoError
from tests.parts.shop import a_shop, all_healthy, cache, database, health, until


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    with a_shop() as demo:
        yield demo


def _refused(plan: Plan) -> bool:
    try:
        health(plan, "catalog")
    except httpx.ConnectError:
        return bool(health(plan, "web")[1]["checkout"] == "answers 503")
    return False


def _slow(plan: Plan) -> bool:
    begun = time.monotonic()
    status, _ = health(plan, "web")
    return status == 200 and time.monotonic() - begun > 1.0


def _erring(plan: Plan) -> bool:
    return health(plan, "payments")[0] == 500 and health(plan, "checkout")[1]["payments"] == "answers 500"


def _hanging(plan: Plan) -> bool:
    try:
        health(plan, "catalog", 1.0)
    except httpx.ReadTimeout:
        return bool(health(plan, "checkout")[1]["catalog"] == "timeout")
    return False


def _database_down(plan: Plan) -> bool:
    body = health(plan, "checkout")[1]
    return body["database"] in ("connection refused", "connection lost") and health(plan, "web")[0] == 503


def _blocked(plan: Plan) -> bool:
    with database(plan) as connection:
        rows = connection.execute(
            "SELECT application_name, cardinality(pg_blocking_pids(pid)), state FROM pg_stat_activity"
            " WHERE application_name IN ('nightly-report', 'billing', 'dunning') ORDER BY 1"
        ).fetchall()
    return rows == [("billing", 1, "active"), ("dunning", 1, "active"), ("nightly-report", 0, "idle in transaction")]


def _piling_up(plan: Plan) -> bool:
    return int(cache(plan).llen("emails")) > 50


def _full(plan: Plan) -> bool:
    return "OOM" in health(plan, "payments")[1]["cache"] and health(plan, "web")[0] == 503


def _busy(plan: Plan) -> bool:
    return psutil.cpu_percent(0.5) > 90


def _without_products(plan: Plan) -> bool:
    return "does not exist" in health(plan, "catalog")[1].get("database", "")


def _lost(plan: Plan) -> bool:
    return _database_down(plan) and not Path(plan.directory, "postgres").exists()


_SEEN: dict[str, Callable[[Plan], bool]] = {
    "kill-service": _refused,
    "slow-service": _slow,
    "error-service": _erring,
    "hang-service": _hanging,
    "stop-postgres": _database_down,
    "lock-chain": _blocked,
    "stop-worker": _piling_up,
    "fill-redis": _full,
    "drop-table": _without_products,
    "lose-database": _lost,
    "burn-cpu": _busy,
}


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_a_fault_is_seen_from_outside_and_gone_after_healing(shop: Demo, name: str) -> None:
    seen = _SEEN[name]
    asyncio.run(shop.inject(name))
    until(lambda: seen(shop.plan), 12, f"{name} is seen")
    assert asyncio.run(shop.status())["active"] == [name]
    asyncio.run(shop.heal(name))
    until(lambda: all_healthy(shop.plan), 10, "all is healthy again")
    assert asyncio.run(shop.status()) == {"ok": True, "active": [], "dead": []}
    if name != "burn-cpu":
        until(lambda: not seen(shop.plan), 10, f"{name} is gone")


def test_healing_everything_ends_all_faults_and_starts_what_somebody_killed(shop: Demo) -> None:
    for name in ("hang-service", "stop-worker", "stop-postgres"):
        asyncio.run(shop.inject(name))
    psutil.Process(int(shop.plan.pid_file("web").read_text())).kill()
    until(lambda: "web" in str(asyncio.run(shop.status())["dead"]), 5, "web is known to be dead")
    asyncio.run(shop.heal())
    until(lambda: all_healthy(shop.plan), 10, "all is healthy again")
    assert asyncio.run(shop.status()) == {"ok": True, "active": [], "dead": []}


def test_a_fault_can_be_injected_and_healed_twice(shop: Demo) -> None:
    for _ in range(2):
        asyncio.run(shop.inject("lock-chain"))
    for _ in range(2):
        asyncio.run(shop.heal("lock-chain"))
    assert asyncio.run(shop.status())["active"] == []


def test_an_unknown_fault_is_refused_with_the_names_that_there_are(shop: Demo) -> None:
    with pytest.raises(DemoError, match="no fault is called 'kil-service'; there are kill-service, slow-service"):
        asyncio.run(shop.inject("kil-service"))


def test_the_idle_shop_is_light(shop: Demo) -> None:
    family = [psutil.Process(shop.guard_pid), *psutil.Process(shop.guard_pid).children(recursive=True)]

    def spent() -> float:
        return sum(process.cpu_times().user + process.cpu_times().system for process in family)

    before = spent()
    time.sleep(5)
    assert (spent() - before) / 5 < 0.10
