"""The processes of a shop: started, ended, killed and started again, each with a pid file and a log file."""

import os
import signal
import subprocess  # noqa: TID251 - the demo is one of the two places that may start processes
import sys
from collections.abc import Sequence
from pathlib import Path

import ops
from ops.demo.child import ServerError
from ops.demo.plan import SERVICES, WORKERS, Plan
from ops.demo.servers import PostgresServer, RedisServer

_ENDS_WITHIN_S = 2.0
_KEPT = ("PATH", "TMPDIR", "XDG_RUNTIME_DIR", "LD_LIBRARY_PATH")
REDIS_SETTINGS = {"maxmemory": "16mb", "maxmemory-policy": "noeviction", "maxclients": "200"}
POSTGRES_SETTINGS = {"max_worker_processes": "2", "autovacuum_naptime": "60", "log_min_messages": "fatal"}


def python(module: str, *arguments: str) -> list[str]:
    """The command line of one of our own modules."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """All that our processes get to see: how to find us, wherever we are installed, and where temporary things go."""
    house = str(Path(next(iter(ops.__path__))).parent)
    paths = [house, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {"PATH": os.defpath, **kept, "PYTHONPATH": os.pathsep.join(paths), "LC_ALL": "C.UTF-8"}


class Parts:
    """Everything of a shop that runs. All starting is done here, in the one thread of the supervisor."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.postgres: PostgresServer | None = None
        self.redis: RedisServer | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start a process, unless that name runs already."""
        if self.runs(name):
            return
        with self.plan.log_file(name).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                arguments,
                cwd=self.plan.directory,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes[name] = process
        self._note(name, process.pid)

    def _note(self, name: str, process_id: int) -> None:
        self.plan.pid_file(name).write_text(f"{process_id}\n")

    def start_service(self, name: str) -> None:
        """Start one of the HTTP services."""
        self.start(name, python("ops.demo.service", name, self.plan.directory))

    def start_worker(self, name: str) -> None:
        """Start the worker or the load."""
        self.start(name, python(f"ops.demo.{name}", self.plan.directory))

    def start_redis(self) -> None:
        """Make a Redis in the directory and start it. Raises ServerError."""
        self.redis = RedisServer.start(
            Path(self.plan.directory, "redis"),
            port=self.plan.ports["redis"],
            password=self.plan.passwords["redis"],
            settings=REDIS_SETTINGS,
        )
        self.note_servers()

    def start_postgres(self) -> None:
        """Make a PostgreSQL cluster in the directory and start it. Raises ServerError."""
        self.postgres = PostgresServer.start(
            Path(self.plan.directory, "postgres"),
            port=self.plan.ports["postgres"],
            password=self.plan.passwords["admin"],
            settings=POSTGRES_SETTINGS,
        )
        self.note_servers()

    def prepare(self, how: str = "") -> None:
        """Make the database as it should be, as far as it is not: see `ops.demo.schema`. Raises ServerError."""
        self.begin_preparing(how)
        self.finish_preparing()

    def begin_preparing(self, how: str = "") -> None:
        """The same, beside everything else …"""
        self.start("schema", python("ops.demo.schema", self.plan.directory, *([how] if how else [])))

    def finish_preparing(self) -> None:
        """… until it is done. Raises ServerError."""
        if self.wait("schema", 30.0) != 0:
            raise ServerError(f"the database was not set up: {self.plan.log_file('schema').read_text()[-500:]}")

    def take_backups(self) -> None:
        """Begin the first backups, beside everything else."""
        self.start("first-backups", python("ops.demo.first_backups", self.plan.directory))

    def note_servers(self) -> None:
        """Write the pid files of the two servers."""
        for name, server in (("postgres", self.postgres), ("redis", self.redis)):
            if server is not None and server.process is not None:
                self._note(name, server.process.pid)

    def revive(self) -> None:
        """Start again whatever is not there. Raises ServerError."""
        for name, server in (("postgres", self.postgres), ("redis", self.redis)):
            if server is not None and not server.running:
                self.restart(name)
        for name in SERVICES:
            self.start_service(name)
        for name in WORKERS:
            self.start_worker(name)

    def restart(self, name: str) -> None:
        """End a part if it is there, and start it; a service begins well behaved. Raises ServerError, KeyError."""
        servers = {"postgres": self.postgres, "redis": self.redis}
        if name in servers:
            server = servers[name]
            if server is None:
                raise ServerError(f"{name} was never started")
            server.stop()
            if name == "postgres" and not server.directory.exists():
                self.start_postgres()
                self.prepare("--empty")
            else:
                server.launch()
            self.note_servers()
            return
        if name not in (*SERVICES, *WORKERS):
            raise KeyError(name)
        self.stop(name)
        if name in SERVICES:
            self.plan.mode_file(name).unlink(missing_ok=True)
            self.start_service(name)
        else:
            self.start_worker(name)

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """End a process and wait for that; safe when it is not there."""
        process = self._processes.get(name)
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def runs(self, name: str) -> bool:
        """Whether that process is there."""
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def wait(self, name: str, patience_s: float) -> int:
        """Wait for the end of a process and give its exit code. Raises ServerError when it takes longer."""
        try:
            return self._processes[name].wait(patience_s)
        except subprocess.TimeoutExpired as error:
            raise ServerError(f"{name} was not done in {patience_s:.0f} s") from error

    def reap(self) -> None:
        """Collect what has ended, so that it is gone and not a zombie."""
        for process in self._processes.values():
            process.poll()
        for server in (self.postgres, self.redis):
            if server is not None and server.process is not None:
                server.process.poll()

    def dead(self) -> list[str]:
        """The names of the parts that should run and do not."""
        servers = (("postgres", self.postgres), ("redis", self.redis))
        gone = [name for name, server in servers if server is None or not server.running]
        return gone + [name for name in (*SERVICES, *WORKERS) if not self.runs(name)]
