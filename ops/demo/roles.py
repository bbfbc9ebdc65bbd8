"""What each service of the shop does, and what it asks to know whether it can."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from ops.demo.http import fetch
from ops.demo.plan import NEEDS, QUEUE, STREAM, Plan
from ops.demo.resp import Redis, RedisError
from ops.demo.trouble import DependencyError

PRODUCTS = 12
KEEP_ORDERS = 5000
_PATIENCE_S = {"web": 1.7, "checkout": 1.5}
"""How long a service waits for another: less than the floor waits for it, more than the slow fault takes."""
_MAILS = ("customer", "warehouse", "accounts")

Checks = Mapping[str, Callable[[], Awaitable[object]]]


class Role(NamedTuple):
    """One service's work and its dependencies."""

    work: Callable[[], Awaitable[Mapping[str, object]]]
    checks: Checks
    """One question to each dependency; it raises when the dependency does not do."""
    optional: frozenset[str] = frozenset()
    """Dependencies that it gets along without."""


def _redis(plan: Plan) -> Redis:
    return Redis(plan.ports["redis"], plan.passwords["redis"])


async def _ask(plan: Plan, asker: str, service: str, path: str) -> Mapping[str, object]:
    answer = await fetch(plan.ports[service], path, _PATIENCE_S[asker])
    if answer.status != 200:
        raise DependencyError(f"answers {answer.status}")
    return answer.body


def _service_checks(plan: Plan, name: str) -> dict[str, Callable[[], Awaitable[object]]]:
    def question(service: str) -> Callable[[], Awaitable[object]]:
        return lambda: _ask(plan, name, service, "/health")

    return {service: question(service) for service in NEEDS[name]}


def web(plan: Plan) -> Role:
    """The shop's face: it orders at the checkout."""

    async def work() -> Mapping[str, object]:
        return {"order": (await _ask(plan, "web", "checkout", "/order"))["order"]}

    return Role(work, _service_checks(plan, "web"))


def checkout(plan: Plan) -> Role:
    """Takes an order: asks the price, has it paid, writes it down, queues the mails about it."""
    from ops.demo.database import Database

    database, queue = Database(plan, "checkout"), _redis(plan)

    async def work() -> Mapping[str, object]:
        price = (await _ask(plan, "checkout", "catalog", "/price"))["price"]
        await _ask(plan, "checkout", "payments", "/pay")
        rows = await database.run("INSERT INTO orders (price) VALUES (%s) RETURNING id", [price])
        number = int(str(rows[0][0]))
        await queue.run("LPUSH", QUEUE, *(f"order {number} to {whom}" for whom in _MAILS))
        await queue.run("XADD", STREAM, "MAXLEN", "~", 200, "*", "order", number)
        if number % 500 == 0:
            await database.run("DELETE FROM orders WHERE id <= %s", [number - KEEP_ORDERS])
        return {"order": number}

    checks = {"database": lambda: database.run("SELECT 1"), "queue": lambda: queue.run("PING")}
    return Role(work, {**checks, **_service_checks(plan, "checkout")})


def catalog(plan: Plan) -> Role:
    """Knows the prices: from Redis when it has them, else from PostgreSQL."""
    from ops.demo.database import Database

    database, cache = Database(plan, "catalog"), _redis(plan)

    async def work() -> Mapping[str, object]:
        product = 1 + secrets.randbelow(PRODUCTS)
        try:
            price = await cache.run("GET", f"price:{product}")
        except (OSError, RedisError):
            price = None
        if isinstance(price, bytes):
            return {"price": int(price)}
        rows = await database.run("SELECT price FROM products WHERE id = %s", [product])
        fresh = int(str(rows[0][0]))
        try:
            await cache.run("SET", f"price:{product}", fresh, "EX", 15)
        except (OSError, RedisError):
            return {"price": fresh, "cache": "not kept"}
        return {"price": fresh}

    checks = {"database": lambda: database.run("SELECT 1 FROM products LIMIT 1"), "cache": lambda: cache.run("PING")}
    return Role(work, checks, optional=frozenset({"cache"}))


def payments(plan: Plan) -> Role:
    """Takes each payment once: it has to write to Redis."""
    cache = _redis(plan)

    async def work() -> Mapping[str, object]:
        await cache.run("SET", f"payment:{secrets.token_hex(8)}", "paid", "NX", "EX", 60)
        return {"paid": True}

    return Role(work, {"cache": lambda: cache.run("SET", "payments:alive", 1, "EX", 30)})


ROLES: Mapping[str, Callable[[Plan], Role]] = {
    "web": web,
    "checkout": checkout,
    "catalog": catalog,
    "payments": payments,
}
