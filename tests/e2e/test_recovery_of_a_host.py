"""The pages of recovery are run as they stand: a deployment and a whole host are lost and had back."""

import asyncio
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ops.demo.plan import BACKUP_KEY
from ops.demo.shop import Demo, RemoteDemo
from tests.parts import recovery_app
from tests.parts.command import ROOT, clean_environment, watchfloor
from tests.parts.recovery import (
    Tables,
    broken,
    lose_redis,
    monitored,
    page,
    safety,
    shop_config,
    taken,
    well,
    write,
)
from tests.parts.servers import free_port
from tests.parts.shop import a_shop, cache

GOOD, BAD = '{"status": "healthy"}', '{"status": "broken"}'


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    with a_shop() as demo:
        yield demo


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No floor of this machine is spoken of."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


class App:
    """An application in a folder, with a config that watches it and backs it up."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder / "srv" / "app", free_port()
        self.setting, self.site = folder / "srv" / "app.env", folder / "srv" / "site.conf"
        self.folder.mkdir(parents=True)
        self.setting.touch(mode=0o600)
        self.setting.write_text("TOKEN=of-before\n")
        self.site.write_text("proxy_read_timeout 5s;\n")
        (self.folder / "settings.json").write_text(GOOD)
        (self.folder / "code.bin").write_bytes(b"old" * 100_000)
        self.restarts = [
            sys.executable, "-m", "tests.parts.recovery_app", "restart", str(self.folder), str(self.port)
        ]  # fmt: skip
        self.restart()
        key = folder / "backup.key"
        key.touch(mode=0o600)
        key.write_text("5e" * 32)
        self.config = write(folder / "watchfloor.toml", self.tables(folder, key))

    def tables(self, folder: Path, key: Path) -> Tables:
        """Service, drift, backups, and the fix that restarts it."""
        kept: Tables = {"target": f"file://{folder / 'backups'}", "key_file": str(key)}
        return {
            "watchfloor": {"name": "api", "refresh": "1s"},
            "service": [
                {"name": "api", "url": f"http://127.0.0.1:{self.port}/health", "interval": "1s", "failures": 1,
                 "successes": 1}
            ],
            "drift": [
                {"name": "web-1", "only": ["files", "env"], "files": [f"{self.folder}/*", str(self.site)],
                 "env_files": [str(self.setting)]}
            ],
            "backup": [
                {"name": "app", "kind": "files", "paths": [str(self.folder)], **kept},
                {"name": "config", "kind": "configuration", "env_files": [str(self.setting)], **kept},
            ],
            "fix": [
                {"name": "restart api", "about": "it is restarted", "when": {"service": "api"},
                 "run": {"kind": "command", "row": "service:api", "argv": self.restarts, "folder": str(ROOT)},
                 "verify": {"row": "service:api", "within": "30s"}}
            ],
            "store": {"path": str(folder / "history")},
        }  # fmt: skip

    def release(self) -> None:
        """A bad one: other code, other settings, another token."""
        (self.folder / "settings.json").write_text(BAD)
        (self.folder / "code.bin").write_bytes(b"new" * 100_000)
        (self.folder / "extra.txt").write_text("of the release")
        self.setting.write_text("TOKEN=of-the-release\n")
        self.site.write_text("proxy_read_timeout 500s;\n")
        self.restart()

    def restart(self) -> None:
        """As whoever deploys would."""
        subprocess.run(self.restarts, cwd=ROOT, env=clean_environment(), check=True)

    def close(self) -> None:
        """End it."""
        recovery_app.stop(self.folder.parent / "app.pid")


def test_a_deployment(tmp_path: Path) -> None:
    (host := tmp_path / "host").mkdir(mode=0o700)
    app = App(host)
    about = {"SERVICE": "service:api", "FILES": "app", "SETTINGS": "config", "SETTING": str(app.setting)}
    typed = {"TYPED_FILES": "app", "TYPED_SETTINGS": "config", "RESTART": "restart api"}
    run = page("deployment", tmp_path, WATCHFLOOR_CONFIG=str(app.config), **about, **typed)
    try:
        agreed = watchfloor("--config", str(app.config), "drift", "capture", cwd=host)
        assert agreed.returncode == 0, agreed.stdout + agreed.stderr
        run.environment["GOOD"] = taken(app.config, "app", "config")
        with monitored(app.config) as opened:
            app.release()
            run.environment["INCIDENT"] = str(opened())
            run.run("Before anything else", "The files of the application", "The settings that were agreed")
            run.run("The service", "Verify")
            assert httpx.get(f"http://127.0.0.1:{app.port}/health", trust_env=False).json() == {"status": "healthy"}
            assert (app.folder / "code.bin").read_bytes() == b"old" * 100_000
            assert app.setting.read_text() == "TOKEN=of-before\n"
            assert app.site.read_text() == "proxy_read_timeout 5s;\n"
            assert not (app.folder / "extra.txt").exists()
            run.run("Go back", SAFETY=safety(app.config, "app"))
            assert (app.folder / "code.bin").read_bytes() == b"new" * 100_000
            assert (app.folder / "extra.txt").exists()
            run.run("The files of the application", "Write up")
            assert (app.folder / "code.bin").read_bytes() == b"old" * 100_000
    finally:
        app.close()
    run.was_run_whole()


def host_of(shop: Demo, host: Path, backups: Path) -> Path:
    """A host's files, in a folder: its config with every set, and media."""
    for number in range(20):
        file = host / "srv" / "media" / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"picture {number}")
    tables = tomllib.loads(shop_config(shop, "lost-host").read_text())
    kept = {"target": f"file://{backups}", "key_file": str(shop.plan.password_file(BACKUP_KEY))}
    tables["backup"] = [{**one, **kept} for one in tables["backup"]]
    tables["backup"] += rescue_sets(host, kept)
    tables["store"] = {"path": str(host / "var" / "state")}
    return write(host / "etc" / "watchfloor.toml", tables)


def rescue_sets(host: Path, kept: dict[str, str]) -> list[Tables]:
    """What a new host begins with."""
    return [
        {"name": "config", "kind": "configuration", **kept},
        {"name": "state", "kind": "system", **kept},
        {"name": "media", "kind": "files", "paths": [str(host / "srv" / "media")], **kept},
    ]


def test_a_whole_host(shop: Demo, tmp_path: Path) -> None:
    well(shop)
    host, backups, key = tmp_path / "host", tmp_path / "backups", tmp_path / "backup.key"
    old = host_of(shop, host, backups)
    taken(old, "--all")
    key.touch(mode=0o600)
    key.write_text(shop.plan.password_file(BACKUP_KEY).read_text())
    rescue = write(
        tmp_path / "rescue.toml",
        {"backup": rescue_sets(host, {"target": f"file://{backups}", "key_file": str(key)})},
    )
    sets = {"CONFIG": "config", "STATE": "state", "FILES": "media", "DATABASE": "shop", "CACHE": "cache"}
    start = {"START_DATABASE": "start postgres", "START_CACHE": "start redis", "ROOT": "/", "OLD": str(old)}
    run = page("host", tmp_path, WATCHFLOOR_CONFIG=str(rescue), RESCUED=str(tmp_path / "rescued"), **sets, **start)
    with cache(shop.plan) as keys:
        before = keys.dbsize()
    shutil.rmtree(host)
    lose_redis(shop.plan)
    asyncio.run(RemoteDemo(shop.directory).inject("lose-database"))
    broken(shop)
    run.run("Before anything else", "What there was", "The configuration", "The files", "The databases")
    well(shop)
    run.run("Verify")
    assert (host / "srv" / "media" / "7.txt").read_text() == "picture 7"
    assert len(list((host / "srv" / "media").iterdir())) == 20
    with cache(shop.plan) as keys:
        assert keys.dbsize() > 0 or before == 0
    run.run("Write up", "Go back")
    run.was_run_whole()
