"""A server that takes every connection and never says a word, in a thread of its own; it counts who is connected."""

import selectors
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class Hung:
    """What is known of it: its port (0 on a Unix socket), how many are connected, and were at once at most."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._stop, self._stopped = socket.socketpair()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port: int = listening.getsockname()[1] if listening.family == socket.AF_INET else 0
        self.connections = 0
        self.most_at_once = 0

    @property
    def connected(self) -> int:
        """Connections that are open now."""
        return len(self._open)

    def start(self) -> None:
        """Begin to take connections."""
        self._thread.start()

    def close(self) -> None:
        """Hang up, and end."""
        self._stop.close()
        self._thread.join()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._stopped in ready:
                    break
                self._read_all(selector, ready)
                if self._listening in ready:
                    # Who has hung up before the new one came is not there at once with it.
                    self._read_all(selector, [key.fileobj for key, _ in selector.select(0)])
                    self._take(selector)
        for sock in (*self._open, self._listening, self._stopped):
            sock.close()

    def _take(self, selector: selectors.BaseSelector) -> None:
        sock, _ = self._listening.accept()
        selector.register(sock, selectors.EVENT_READ)
        self._open.add(sock)
        self.connections += 1
        self.most_at_once = max(self.most_at_once, len(self._open))

    def _read_all(self, selector: selectors.BaseSelector, ready: Sequence[object]) -> None:
        for sock in ready:
            if isinstance(sock, socket.socket) and sock in self._open:
                self._read(selector, sock)

    def _read(self, selector: selectors.BaseSelector, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            selector.unregister(sock)
            self._open.discard(sock)
            sock.close()


@contextmanager
def hung(path: Path | None = None) -> Iterator[Hung]:
    """Serve on a free port of loopback, or at a Unix socket."""
    if path is None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=500)
    else:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
        listening.listen(50)
    server = Hung(listening)
    server.start()
    try:
        yield server
    finally:
        server.close()
