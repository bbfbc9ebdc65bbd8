"""One thing of each kind that can be backed up, real and small: filled, looked at, lost for good, looked at again."""

import asyncio
import json
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from ops.backup.base import Wish
from ops.backup.doing.work import Work, backups_folder
from ops.config.structs import Config
from ops.demo.servers import PostgresServer, RedisServer
from ops.drift.desk import DriftDesk
from tests.parts import rabbit_backups, redis_backups
from tests.parts.acting import config_of
from tests.parts.backup_targets import Stage
from tests.parts.databases import PASSWORD
from tests.parts.docker import Engine
from tests.parts.postgres_backups import ROWS, cleared, filled, names, run
from tests.parts.rabbitmq import USER, RabbitServer

KEY = "5a" * 32


class Subject(ABC):
    """Something that is backed up, with the tables of a config that name it."""

    kind: str
    wish = Wish()
    """How it is put back."""
    all_counted = True
    """Whether a drill counts everything that was taken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.secret_file("key", KEY)

    def secret_file(self, name: str, text: str) -> str:
        """Path of a file that only we may read."""
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o600)
        return str(file)

    @property
    def tables(self) -> str:
        """TOML beside the set."""
        return ""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Of the set."""
        return {}

    @abstractmethod
    def fill(self) -> None:
        """Put something into it, whatever was there."""

    @abstractmethod
    def look(self) -> Any:
        """What is in it now, to be compared."""

    @abstractmethod
    def lose(self) -> None:
        """Lose it."""

    def clear(self) -> None:
        """Take away what restores put aside, and all else that others would stumble over."""
        return None

    def config(self, stage: Stage, *, sealed: bool) -> Config:
        """With one set of it, kept there."""
        name = f"{self.kind}-{'sealed' if sealed else 'plain'}"
        secrets = {f"{stem}_file": self.secret_file(stem, text) for stem, text in stage.secrets.items()}
        backup = {"name": name, "kind": self.kind, "target": stage.address, **stage.settings, **secrets}
        backup |= {"key_file": str(self.folder / "key")} if sealed and stage.schemes != "restic" else {}
        lines = (f"{name} = {json.dumps(value)}" for name, value in (backup | dict(self.settings)).items())
        store = f"[store]\npath = {json.dumps(str(self.folder / 'state'))}\n"
        text = "\n".join([store, self.tables, "[[backup]]", *lines])
        file = self.folder / "watchfloor.toml"
        file.write_text(text)
        return config_of(text, file=str(file))

    def work(self, config: Config) -> Work:
        """What everything that is done to the set is given."""
        (spec,) = (one for one in config.targets if one.id.startswith("backup:"))
        return Work(config=config, spec=spec, folder=backups_folder(config), by="ann (test)")


class Database(Subject):
    """A database of a PostgreSQL server."""

    kind = "postgres"
    _name = "wf_matrix"

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        super().__init__(folder)
        self._server = server
        self.secret_file("server-password", PASSWORD)

    @property
    def tables(self) -> str:
        server = self._server
        dsn = f"postgresql://watchfloor@{server.host}:{server.port}/{self._name}"
        return f'[[postgres]]\nname = "shop"\ndsn = "{dsn}"\npassword_file = "{self.folder}/server-password"\n'

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"databases": [self._name]}

    def fill(self) -> None:
        self.clear()
        filled(self._server, self._name)

    def look(self) -> Any:
        if self._name not in names(self._server):
            return "no database"
        tables = [f'public."{table.removeprefix("public.")}"' for table in ROWS if table.startswith("public.")]
        rows = {table: sorted(run(self._server, f"SELECT * FROM ONLY {table}", self._name)) for table in tables}
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'"
        return rows, run(self._server, owner, self._name), run(self._server, "SHOW work_mem", self._name)

    def lose(self) -> None:
        run(self._server, f"DROP DATABASE {self._name} WITH (FORCE)", "postgres")

    def clear(self) -> None:
        cleared(self._server)


class Cache(Subject):
    """A Redis."""

    kind = "redis"

    def __init__(self, folder: Path, server: RedisServer) -> None:
        super().__init__(folder)
        self._server = server

    @property
    def tables(self) -> str:
        password = self._server.password.reveal() if self._server.password else ""
        file = self.secret_file("server-password", password)
        url = f"redis://{self._server.host}:{self._server.port}"
        return f'[[redis]]\nname = "cache"\nurl = "{url}"\npassword_file = "{file}"\n'

    def fill(self) -> None:
        redis_backups.fill(self._server)
        # Newer ones wait five seconds for more replicas before they send a snapshot.
        redis_backups.client(self._server).config_set("repl-diskless-sync-delay", 0)

    def look(self) -> Any:
        return redis_backups.everything(self._server), redis_backups.everything(self._server, 3)

    def lose(self) -> None:
        redis_backups.client(self._server).flushall()

    def clear(self) -> None:
        redis_backups.client(self._server).flushall()


class Broker(Subject):
    """The definitions of a RabbitMQ, whose users have their passwords' hashes in it: it is always encrypted."""

    kind = "rabbitmq"
    all_counted = False

    def __init__(self, folder: Path, server: RabbitServer) -> None:
        super().__init__(folder)
        self._server = server

    @property
    def tables(self) -> str:
        file = self.secret_file("server-password", self._server.password.reveal())
        return f'[[rabbitmq]]\nname = "queue"\nurl = "{self._server.url}"\nuser = "{USER}"\npassword_file = "{file}"\n'

    def fill(self) -> None:
        self.clear()
        rabbit_backups.fill(self._server)

    def look(self) -> Any:
        if not self._here():
            return "no virtual host"
        asked = ("queues", "exchanges", "bindings", "policies")
        return {
            what: sorted(one.get("name", one.get("destination")) for one in self._of(what)) for what in asked
        } | {"lets in": self._server.control("authenticate_user", "wf-orders", "wf-canary-orders")}  # fmt: skip

    def _here(self) -> bool:
        return any(one["name"] == rabbit_backups.VHOST for one in self._server.api("GET", "vhosts"))

    def _of(self, what: str) -> Any:
        return self._server.api("GET", f"{what}/{rabbit_backups.QUOTED}")

    def lose(self) -> None:
        self.clear()

    def clear(self) -> None:
        if self._here():
            rabbit_backups.clear(self._server)


class DockerVolume(Subject):
    """A volume of a Docker engine."""

    kind = "volume"
    _FILL = "echo one > /v/a; mkdir -p /v/deep; echo two > /v/deep/b; ln -s a /v/link; chown 1234 /v/a"

    def __init__(self, folder: Path, engine: Engine) -> None:
        super().__init__(folder)
        self._engine, self._volume = engine, f"wf-matrix-{uuid4().hex[:8]}"
        self._volumes: Any = engine.client.volumes

    @property
    def tables(self) -> str:
        return f'[[docker]]\nname = "local"\nurl = "{self._engine.url}"\n'

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"volumes": [self._volume]}

    def fill(self) -> None:
        self.clear()
        self._volumes.create(self._volume)
        self._run(self._FILL)

    def look(self) -> Any:
        if not self._here():
            return "no volume"
        return self._run("cd /v; cat a deep/b link; stat -c '%u %a %n' a; find . | sort")

    def _here(self) -> list[Any]:
        return [one for one in self._volumes.list() if one.name.startswith(self._volume)]

    def _run(self, command: str) -> str:
        return self._engine.said(command, volumes={self._volume: {"bind": "/v"}})

    def lose(self) -> None:
        self.clear()

    def clear(self) -> None:
        from docker.errors import NotFound

        for one in self._here():
            with suppress(NotFound):
                one.remove(force=True)


class Tree(Subject):
    """A folder of files."""

    kind = "files"

    @property
    def tree(self) -> Path:
        """What is taken."""
        return self.folder / "tree"

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"paths": [str(self.tree)]}

    def fill(self) -> None:
        shutil.rmtree(self.tree, ignore_errors=True)
        (self.tree / "deep").mkdir(parents=True)
        (self.tree / "a").write_bytes(b"hello\n" * 5000)
        (self.tree / "deep" / "odd\nname").write_bytes(bytes(range(256)) * 100)
        (self.tree / "deep" / "link").symlink_to("../a")
        (self.tree / "a").chmod(0o640)

    def look(self) -> Any:
        return {
            str(path.relative_to(self.tree)): (
                path.lstat().st_mode, path.lstat().st_mtime_ns if path.is_file() else 0,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in sorted(self.tree.rglob("*"))
        }  # fmt: skip

    def lose(self) -> None:
        shutil.rmtree(self.tree)


class Configured(Tree):
    """This config and a folder of settings."""

    kind = "configuration"


class History(Subject):
    """watchfloor's own store."""

    kind = "store"

    @property
    def _file(self) -> Path:
        return self.folder / "state" / "history.sqlite"

    def fill(self) -> None:
        self._file.parent.mkdir(mode=0o700, exist_ok=True)
        self.lose()
        with closing(sqlite3.connect(self._file)) as database:
            database.execute("CREATE TABLE rows (n INTEGER)")
            database.executemany("INSERT INTO rows VALUES (?)", [(n,) for n in range(1000)])
            database.commit()

    def look(self) -> Any:
        if not self._file.exists():
            return "no history"
        with closing(sqlite3.connect(self._file)) as database:
            return database.execute("SELECT n FROM rows ORDER BY n").fetchall()

    def lose(self) -> None:
        self._file.unlink(missing_ok=True)


class Host(Subject):
    """The state of this host, put into a folder: a baseline that was agreed and is lost is there again."""

    kind = "system"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._out = folder / "out"
        self.wish = Wish(to=str(self._out))

    @property
    def tables(self) -> str:
        (self.folder / "motd").write_text("hello\n")
        return f'[[drift]]\nname = "main"\nonly = ["users", "files"]\nfiles = ["{self.folder}/motd"]\n'

    def fill(self) -> None:
        shutil.rmtree(self._out, ignore_errors=True)
        text = f"[store]\npath = {json.dumps(str(self.folder / 'state'))}\n{self.tables}"
        asyncio.run(DriftDesk(config_of(text)).capture(by="ann"))

    def look(self) -> Any:
        found = [*(self.folder / "state" / "drift" / "baselines").glob("*.toml"), *self._out.glob("agreed.toml")]
        return [file.read_bytes() for file in found]

    def lose(self) -> None:
        shutil.rmtree(self.folder / "state" / "drift")
