"""A real memcached for tests, and the plain words that its own figures are asked with."""

import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.demo.account import Account, give, unprivileged
from ops.demo.child import Child, free_port
from tests.parts.databases import open_folder
from tests.parts.need import need


class MemcachedServer(Child):
    """A memcached of a few MiB on loopback; `options` are more arguments of its command line."""

    fast_stop_signal = signal.SIGKILL  # told otherwise it takes a second

    def __init__(self, directory: Path, *options: str, before: tuple[str, ...] = ()) -> None:
        super().__init__(directory, free_port())
        self.options = options
        self._before = before
        self._account = unprivileged()
        give(directory, self._account)

    def account(self) -> Account | None:
        """Memcached refuses root: an unprivileged account takes its place."""
        return self._account

    def arguments(self) -> list[str]:
        """Everything that it is told; `before` is what it is started through."""
        return [*self._before, "memcached", "-l", self.host, "-p", str(self.port), "-m", "8", *self.options]

    def is_ready(self) -> bool:
        """It takes a connection."""
        try:
            with socket.create_connection((self.host, self.port), timeout=1):
                return True
        except OSError:
            return False


class Asking:
    """A client that says what it is told to say."""

    def __init__(self, server: MemcachedServer) -> None:
        self._socket = socket.create_connection((server.host, server.port), timeout=5)
        self._answers = self._socket.makefile("rb")

    def ask(self, command: bytes, lines: int = 1) -> list[bytes]:
        """Send a command and read so many lines of the answer."""
        self._socket.sendall(command)
        return [self._answers.readline() for _ in range(lines)]

    def stats(self) -> dict[str, str]:
        """Its figures, as they are."""
        self._socket.sendall(b"stats\r\n")
        lines = iter(self._answers.readline, b"END\r\n")
        return dict(line.decode().strip().split(None, 2)[1:] for line in lines)

    def put(self, key: str, value: bytes) -> None:
        """Store one value."""
        assert self.ask(b"set %s 0 0 %d\r\n%s\r\n" % (key.encode(), len(value), value)) == [b"STORED\r\n"]

    def get(self, key: str) -> None:
        """Fetch one value, there or not."""
        self._socket.sendall(b"get %s\r\n" % key.encode())
        for _ in iter(self._answers.readline, b"END\r\n"):
            pass

    def close(self) -> None:
        """Hang up."""
        self._answers.close()
        self._socket.close()


@pytest.fixture
def memcached() -> Iterator[MemcachedServer]:
    """A memcached that a test may fill, stop or hang."""
    need(shutil.which("memcached"), "a memcached on PATH")
    with open_folder() as folder:
        server = MemcachedServer(folder)
        server.launch()
        yield server
        server.stop()


@pytest.fixture
def asking(memcached: MemcachedServer) -> Iterator[Asking]:
    """A client of it, connected until the test ends."""
    client = Asking(memcached)
    yield client
    client.close()
