"""A real RabbitMQ with its management plugin on loopback, which shares nothing with another on the same machine."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from collectors.base import Secret
from ops.demo.account import Account
from ops.demo.child import HOST, Child, ServerError, free_port
from tests.parts.databases import PASSWORD, open_folder
from tests.parts.need import need

_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_FIRST = "first"
USER = "watch"
_ON_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
_CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
default_user = {first}
default_pass = {first}
default_user_tags.administrator = true
disk_free_limit.absolute = 1MB
vm_memory_high_watermark.absolute = 1GB
collect_statistics_interval = 500
management.sample_retention_policies.global.minute = 1
management.sample_retention_policies.basic.minute = 1
management.sample_retention_policies.detailed.minute = 1
log.file.level = error
"""


class RabbitServer(Child):
    """A RabbitMQ over `directory`: a node of its own name, port mapper and ports. `port` is that of AMQP."""

    def __init__(self, directory: Path, plugins: str) -> None:
        self.management_port, amqp = _usual_distance()
        super().__init__(directory, amqp)
        self.password = Secret(PASSWORD)
        self._ports = {"mapper": free_port(), "distribution": free_port()}
        self.plugins = plugins
        """As its next start finds them; "" for none."""
        self._mapper: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, directory: Path, plugins: str = "rabbitmq_management") -> Self:
        """Configure it in `directory`, which must be there, and start it: about five seconds."""
        server = cls(directory, plugins)
        config = _CONFIG.format(amqp=server.port, management=server.management_port, first=_FIRST)
        (directory / "rabbitmq.conf").write_text(config)
        mapper = ["epmd", "-port", str(server._ports["mapper"]), "-address", HOST]
        server._mapper = subprocess.Popen(mapper, stdin=subprocess.DEVNULL, process_group=0)
        try:
            server.launch()
        except ServerError:
            server.end()
            raise
        if plugins:
            # Its config file takes no "#" in a password.
            server.add_user(USER, PASSWORD, "administrator")
            server.api("PUT", f"permissions/%2F/{USER}", {"configure": ".*", "write": ".*", "read": ".*"})
        return server

    @property
    def url(self) -> str:
        """Where its management API is."""
        return f"http://{self.host}:{self.management_port}"

    def account(self) -> Account | None:
        """Erlang runs as anybody."""
        return None

    def arguments(self) -> list[str]:
        """The server with the node's own environment."""
        return self._program("rabbitmq-server")

    def is_ready(self) -> bool:
        """Look whether it takes connections on its ports."""
        return all(_listens(port) for port in (self.port, *([self.management_port] if self.plugins else [])))

    def launch(self, deadline_s: float = 60.0) -> None:
        """Start it with the plugins that it should have."""
        (self.directory / "plugins").write_text(f"[{self.plugins}].")
        super().launch(deadline_s)

    def stop(self, *, fast: bool = True, deadline_s: float = 5.0) -> None:
        """Kill its whole group at once: asked politely it takes five seconds, and what is durable is on disk."""
        if self.process is not None and self.running:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(deadline_s)

    def control(self, *words: str) -> str:
        """Run rabbitmqctl and give what it says."""
        command = [*self._program("rabbitmqctl"), "-q", *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Ask the management API, or have it change something; gives what its JSON says."""
        answer = httpx.request(method, f"{self.url}/api/{path}", json=body, auth=(_FIRST, _FIRST), timeout=30)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def add_user(self, name: str, password: str, tags: str) -> None:
        """Make a user, who may use no virtual host yet."""
        self.api("PUT", f"users/{name}", {"password": password, "tags": tags})

    def end(self) -> None:
        """Stop it and its port mapper; what it holds goes with its folder, so nothing is waited for."""
        self.stop()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()

    def _program(self, name: str) -> list[str]:
        settings = {
            "PATH": os.defpath,
            "HOME": str(self.directory),
            "RABBITMQ_NODENAME": f"wf{self.port}@localhost",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_PID_FILE": str(self.directory / "pid"),
            "RABBITMQ_DIST_PORT": str(self._ports["distribution"]),
            "ERL_EPMD_PORT": str(self._ports["mapper"]),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ON_LOOPBACK,
            "RABBITMQ_CTL_ERL_ARGS": _ON_LOOPBACK,
            "LC_ALL": "C.UTF-8",
        }
        return ["env", "-i", *(f"{key}={value}" for key, value in settings.items()), str(_PROGRAMS / name)]


def _usual_distance() -> tuple[int, int]:
    """Free ports for the management API and for AMQP, as far from each other as 15672 and 5672."""
    while True:
        amqp = free_port()
        if amqp < 50_000 and not _listens(amqp + 10_000):
            return amqp + 10_000, amqp


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def need_rabbitmq() -> None:
    """Skip where Debian's package is not there."""
    need((_PROGRAMS / "rabbitmq-server").exists() and shutil.which("epmd"), "Debian's rabbitmq-server")


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """A RabbitMQ for the whole run; a test uses queues of its own and leaves it running."""
    need_rabbitmq()
    with open_folder() as folder:
        server = RabbitServer.start(folder)
        try:
            yield server
        finally:
            server.end()
