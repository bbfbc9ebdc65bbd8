"""A small exporter for tests: requests by status and a histogram of how long they took, as Prometheus scrapes them."""

import math
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Exporter:
    """Counts what it is told of, from zero after each `restart`. `port` stays the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._port = 0
        self.restart()
        self.launch()

    @property
    def port(self) -> int:
        """Where it is scraped."""
        return self._port

    def launch(self) -> None:
        """Listen, again on the same port."""
        exporter = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = exporter.text().encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Answers)
        self._port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse to be scraped."""
        self._server.shutdown()
        self._server.server_close()

    def restart(self) -> None:
        """Begin anew, as a process does."""
        with self._lock:
            self._statuses: Counter[int] = Counter({200: 0})
            self._took: list[float] = []

    def serve(self, *took: float, status: int = 200) -> None:
        """Have answered one request for each of these, in seconds."""
        with self._lock:
            self._statuses[status] += len(took)
            self._took += took

    def text(self) -> str:
        """What a scrape gets."""
        with self._lock:
            lines = [f'shop_requests_total{{code="{code}"}} {count}' for code, count in self._statuses.items()]
            for bound in (*BOUNDS, math.inf):
                name = "+Inf" if bound == math.inf else f"{bound:g}"
                count = sum(took <= bound for took in self._took)
                lines.append(f'shop_request_seconds_bucket{{le="{name}"}} {count}')
            return "# TYPE shop_requests_total counter\n" + "\n".join(lines) + "\n"
