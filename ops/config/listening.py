"""Sees which of the usual ports take connections on loopback, and which of those answer HTTP."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

TIMEOUT_S = 0.1
"""For each single step: connecting, and the first bytes of an answer."""
LOOPBACK = ("127.0.0.1", "::1")


class Port(NamedTuple):
    """A port with a usual meaning; `path` is where such a thing answers HTTP, or ""."""

    number: int
    title: str
    path: str = ""
    section: str = ""
    """Which section of a config reads it without being told more; "" where it takes a user, or nothing knows it."""


USUAL = (
    Port(5432, "PostgreSQL"),
    Port(6379, "Redis"),
    Port(11211, "memcached", section="memcached"),
    Port(5672, "RabbitMQ"),
    Port(15672, "RabbitMQ management", "/", "rabbitmq"),
    Port(9090, "Prometheus", "/-/healthy", "prometheus"),
    Port(9093, "Alertmanager", "/-/healthy", "alertmanager"),
    Port(80, "HTTP", "/"),
    Port(443, "HTTPS"),
    Port(8080, "HTTP 8080", "/"),
)


class Answer(NamedTuple):
    """A port that takes connections."""

    title: str
    host: str
    port: int
    url: str = ""
    """Where it answers HTTP with status 200; "" when it does not."""
    section: str = ""
    """Of its port; "" also where that should have answered HTTP and did not."""

    @property
    def netloc(self) -> str:
        """Host and port as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def look(ports: tuple[Port, ...] = USUAL) -> Iterator[Answer]:
    """Try all at once; gives those that take connections, in order."""
    with ThreadPoolExecutor(max_workers=len(ports)) as pool:
        yield from (answer for answer in pool.map(_try, ports) if answer)


def _try(port: Port) -> Answer | None:
    for host in LOOPBACK:
        try:
            with socket.create_connection((host, port.number), TIMEOUT_S) as connection:
                answer = Answer(port.title, host, port.number, section="" if port.path else port.section)
                good = bool(port.path) and says_ok(connection, answer.netloc, port.path)
        except OSError:
            continue
        return answer._replace(url=f"http://{answer.netloc}{port.path}", section=port.section) if good else answer
    return None


def says_ok(connection: socket.socket, netloc: str, path: str) -> bool:
    """Tell whether a path is answered with status 200: by its first bytes, so that a slow answer costs little."""
    request = f"GET {path} HTTP/1.1\r\nHost: {netloc}\r\nConnection: close\r\n\r\n"
    try:
        connection.sendall(request.encode())
        words = connection.recv(64).split(maxsplit=2)
    except OSError:
        return False
    return len(words) > 1 and words[0].startswith(b"HTTP/1") and words[1] == b"200"
