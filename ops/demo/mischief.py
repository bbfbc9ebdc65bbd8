"""How each fault is injected and healed: every one is done to the real parts."""

import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from ops.demo.fill import FILLER
from ops.demo.parts import Parts, python
from ops.demo.plan import SERVICES, write_closed
from ops.demo.resp import Redis

SLOW_S = 1.2
_BURN_S = 120


class Mischief(NamedTuple):
    """Two ways: into a fault and out of it. Both can be gone twice."""

    inject: Callable[[Parts], Awaitable[None]]
    heal: Callable[[Parts], Awaitable[None]]


def _misbehave(service: str, mode: str) -> Mischief:
    async def inject(parts: Parts) -> None:
        write_closed(parts.plan.mode_file(service), mode)

    async def heal(parts: Parts) -> None:
        parts.plan.mode_file(service).unlink(missing_ok=True)

    return Mischief(inject, heal)


async def _kill_catalog(parts: Parts) -> None:
    parts.stop("catalog", signal.SIGKILL)


async def _start_catalog(parts: Parts) -> None:
    parts.start_service("catalog")


async def _stop_postgres(parts: Parts) -> None:
    if parts.postgres is not None:
        parts.postgres.stop()


async def _start_postgres(parts: Parts) -> None:
    if parts.postgres is not None and not parts.postgres.running:
        parts.postgres.launch()
        parts.note_servers()


async def _drop_table(parts: Parts) -> None:
    parts.prepare("--drop")


async def _make_tables(parts: Parts) -> None:
    """What a restore brought back already stays as it is."""
    if parts.postgres is not None and not parts.postgres.running:
        parts.restart("postgres")
    parts.prepare()


async def _lose_database(parts: Parts) -> None:
    await _stop_postgres(parts)
    if parts.postgres is not None:
        shutil.rmtree(parts.postgres.directory)


async def _hold_locks(parts: Parts) -> None:
    parts.start("locks", python("ops.demo.locks", parts.plan.directory))


async def _free_locks(parts: Parts) -> None:
    parts.stop("locks")


async def _stop_worker(parts: Parts) -> None:
    parts.stop("worker")


async def _start_worker(parts: Parts) -> None:
    parts.start_worker("worker")


async def _fill_redis(parts: Parts) -> None:
    parts.start("fill", python("ops.demo.fill", parts.plan.directory))


async def _empty_redis(parts: Parts) -> None:
    parts.stop("fill")
    redis = Redis(parts.plan.ports["redis"], parts.plan.passwords["redis"])
    try:
        await redis.run("DEL", FILLER, timeout_s=5.0)
    finally:
        redis.drop()


def _burners() -> list[str]:
    return [f"burn-{core}" for core in range(os.cpu_count() or 1)]


async def _burn(parts: Parts) -> None:
    for name in _burners():
        parts.start(name, python("ops.demo.burn", str(_BURN_S)))


async def _cool(parts: Parts) -> None:
    for name in _burners():
        parts.stop(name)


MISCHIEF: Mapping[str, Mischief] = {
    "kill-service": Mischief(_kill_catalog, _start_catalog),
    "slow-service": _misbehave("payments", f"slow {SLOW_S}"),
    "error-service": _misbehave("payments", "errors"),
    "hang-service": _misbehave("catalog", "hang"),
    "stop-postgres": Mischief(_stop_postgres, _start_postgres),
    "lock-chain": Mischief(_hold_locks, _free_locks),
    "stop-worker": Mischief(_stop_worker, _start_worker),
    "fill-redis": Mischief(_fill_redis, _empty_redis),
    "drop-table": Mischief(_drop_table, _make_tables),
    "lose-database": Mischief(_lose_database, _make_tables),
    "burn-cpu": Mischief(_burn, _cool),
}


async def behave(parts: Parts) -> None:
    """Let every service behave well."""
    for name in SERVICES:
        parts.plan.mode_file(name).unlink(missing_ok=True)
