"""Stages on what differs from a baseline: a repository, units, a setting of the kernel, databases."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
import redis

from ops.demo.servers import PostgresServer, RedisServer
from tests.parts.databases import PASSWORD
from tests.parts.drift_stage import Stage as Drifting
from tests.parts.dry_case import Stage, Staged, Staging
from tests.parts.git import repository
from tests.parts.own_apt import OwnApt
from tests.parts.rabbitmq import USER, RabbitServer
from tests.parts.systemd import Systemctl
from tests.parts.wait import until

_KERNEL = Path("/proc/sys/fs/dir-notify-enable")


async def drifted(
    folder: Path, toml: str, source: str, change: Callable[[], object], look: Callable[[], object]
) -> Staged:
    """A baseline, then a change, then the row of its first difference."""
    stage = Drifting(folder, toml, source)
    await stage.agree()
    change()
    found = (await stage.desk.detect()).differences
    return Staged(stage.config, stage.desk.row(found[0], 1.0).id, look)


@asynccontextmanager
async def _commit(request: pytest.FixtureRequest) -> Staging:
    folder: Path = request.getfixturevalue("tmp_path")
    shop = repository(folder / "shop")
    shop.commit("first", a="one\n")
    toml = f'[[git]]\nname = "shop"\npath = "{shop.path}"\n'

    def look() -> str:
        return shop("log", "--all", "--format=%H %D") + shop("status", "--porcelain") + shop("stash", "list")

    yield await drifted(folder, toml, "git", lambda: shop.commit("second", a="two\n"), look)


@asynccontextmanager
async def _remote(request: pytest.FixtureRequest) -> Staging:
    folder: Path = request.getfixturevalue("tmp_path")
    shop = repository(folder / "shop")
    shop.commit("first", a="one\n")
    toml = f'[[git]]\nname = "shop"\npath = "{shop.path}"\n'
    change = partial(shop, "remote", "add", "other", str(folder / "far"))
    yield await drifted(folder, toml, "git", change, partial(shop, "remote", "--verbose"))


@asynccontextmanager
async def _unit(request: pytest.FixtureRequest) -> Staging:
    real: Systemctl = request.getfixturevalue("systemctl")
    request.getfixturevalue("monkeypatch").setenv("HOME", real.environment["HOME"])
    toml = '[[systemd]]\nname = "own"\nuser = true\nunits = ["app-one.service"]\n'
    look = partial(real.show, "app-one", "ActiveState")
    yield await drifted(request.getfixturevalue("tmp_path"), toml, "units", partial(real, "start", "app-one"), look)


@contextmanager
def _kept() -> Iterator[str]:
    """The value that the setting does not have; it is put back."""
    before = _KERNEL.read_text()
    try:
        yield "0" if before.strip() == "1" else "1"
    finally:
        _KERNEL.write_text(before)


@asynccontextmanager
async def _kernel(request: pytest.FixtureRequest) -> Staging:
    toml = '[[drift]]\nname = "here"\nonly = ["kernel"]\nsysctl = ["fs.dir-notify-enable"]\n'
    folder: Path = request.getfixturevalue("tmp_path")
    with _kept() as other:
        yield await drifted(folder, toml, "kernel", partial(_KERNEL.write_text, other), _KERNEL.read_text)


@asynccontextmanager
async def _package(request: pytest.FixtureRequest) -> Staging:
    folder: Path = request.getfixturevalue("tmp_path")
    apt = OwnApt(folder / "apt")
    apt.publish("wf-tool", "1.0")
    path = f"{apt.programs}:{os.environ['PATH']}"
    request.getfixturevalue("monkeypatch").setenv("PATH", path)
    change = partial(apt.get, "install", "wf-tool")
    yield await drifted(folder, "", "packages", change, apt.installed)


def _postgres_toml(server: PostgresServer) -> str:
    return (
        f'[[postgres]]\nname = "shop"\ndsn = "postgresql://watchfloor@{server.host}:{server.port}/shop"\n'
        'password_env = "WF_TEST_PASSWORD"\n'
    )


@asynccontextmanager
async def _postgres(request: pytest.FixtureRequest) -> Staging:
    server: PostgresServer = request.getfixturevalue("postgres_of_wheel")
    request.getfixturevalue("monkeypatch").setenv("WF_TEST_PASSWORD", PASSWORD)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:

        def change() -> None:
            admin.execute("ALTER SYSTEM SET work_mem TO '7MB'")
            admin.execute("SELECT pg_reload_conf()")
            _until_set(server, "7MB")

        def look() -> object:
            return admin.execute("SELECT name, setting FROM pg_file_settings ORDER BY 1").fetchall()

        try:
            yield await drifted(request.getfixturevalue("tmp_path"), _postgres_toml(server), "postgres", change, look)
        finally:
            admin.execute("ALTER SYSTEM RESET ALL")
            admin.execute("SELECT pg_reload_conf()")


def _until_set(server: PostgresServer, value: str) -> None:
    """A reload is asked for, and done soon after."""

    def is_set() -> bool:
        with psycopg.connect(server.dsn(), autocommit=True) as fresh:
            return fresh.execute("SHOW work_mem").fetchone() == (value,)

    until(is_set, "the server to read its settings")


@asynccontextmanager
async def _rights(request: pytest.FixtureRequest) -> Staging:
    server: PostgresServer = request.getfixturevalue("postgres_of_wheel")
    request.getfixturevalue("monkeypatch").setenv("WF_TEST_PASSWORD", PASSWORD)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE ROLE drift_ada")

        def look() -> object:
            return admin.execute("SELECT * FROM pg_roles WHERE rolname = 'drift_ada'").fetchall()

        try:
            folder: Path = request.getfixturevalue("tmp_path")
            change = partial(admin.execute, "ALTER ROLE drift_ada CREATEDB")
            yield await drifted(folder, _postgres_toml(server), "postgres", change, look)
        finally:
            admin.execute("DROP ROLE drift_ada")


@asynccontextmanager
async def _redis(request: pytest.FixtureRequest) -> Staging:
    server: RedisServer = request.getfixturevalue("own_redis")
    toml = f'[[redis]]\nname = "cache"\nurl = "redis://{server.host}:{server.port}/0"\n'
    with redis.Redis(server.host, server.port) as client:
        change = partial(client.config_set, "maxmemory-samples", 9)
        folder: Path = request.getfixturevalue("tmp_path")
        yield await drifted(folder, toml, "redis", change, lambda: client.config_get("maxmemory-samples"))


@asynccontextmanager
async def _rabbitmq(request: pytest.FixtureRequest) -> Staging:
    rabbit: RabbitServer = request.getfixturevalue("rabbit")
    request.getfixturevalue("monkeypatch").setenv("WF_TEST_RABBIT", rabbit.password.reveal())
    toml = f'[[rabbitmq]]\nname = "main"\nurl = "{rabbit.url}"\nuser = "{USER}"\npassword_env = "WF_TEST_RABBIT"\n'
    limit = {"pattern": "^dry", "definition": {"max-length": 9}}
    change = partial(rabbit.api, "PUT", "policies/%2F/dry", limit)
    try:
        folder: Path = request.getfixturevalue("tmp_path")
        yield await drifted(folder, toml, "rabbitmq", change, partial(rabbit.api, "GET", "policies"))
    finally:
        if rabbit.api("GET", "policies"):
            rabbit.api("DELETE", "policies/%2F/dry")


@asynccontextmanager
async def _redis_user(request: pytest.FixtureRequest) -> Staging:
    server: RedisServer = request.getfixturevalue("own_redis")
    toml = f'[[redis]]\nname = "cache"\nurl = "redis://{server.host}:{server.port}/0"\n'
    with redis.Redis(server.host, server.port) as client:
        folder: Path = request.getfixturevalue("tmp_path")
        change = partial(client.acl_setuser, "ann", enabled=True)
        yield await drifted(folder, toml, "redis", change, client.acl_users)


STAGES: Mapping[str, Stage] = {
    "drift.checkout": _commit,
    "drift.package": _package,
    "drift.postgres-rights": _rights,
    "drift.postgres-setting": _postgres,
    "drift.rabbitmq": _rabbitmq,
    "drift.redis-setting": _redis,
    "drift.redis-user": _redis_user,
    "drift.remote": _remote,
    "drift.sysctl": _kernel,
    "drift.unit": _unit,
}
