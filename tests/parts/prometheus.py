"""A real Prometheus for tests: it watches itself twice a second, and a target that is not there."""

import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from ops.demo.child import Child, free_port
from tests.parts.databases import open_folder
from tests.parts.need import need
from tests.parts.wait import until

_EXPORTER = """\
global: {{ scrape_interval: 300ms, scrape_timeout: 300ms }}
scrape_configs:
  - {{ job_name: shop, static_configs: [{{ targets: ["127.0.0.1:{exporter}"] }}] }}
"""
_CONFIG = """\
global: {{ scrape_interval: 500ms, scrape_timeout: 400ms }}
scrape_configs:
  - {{ job_name: prometheus, static_configs: [{{ targets: ["127.0.0.1:{port}"] }}] }}
  - {{ job_name: gone, static_configs: [{{ targets: ["127.0.0.1:{nobody}"] }}] }}
"""


class PrometheusServer(Child):
    """A Prometheus on loopback; `guard` is the text of its web configuration: passwords and certificates.

    With the port of an `exporter` it scrapes that one alone, three times a second.
    """

    def __init__(
        self, directory: Path, *, guard: str = "", scheme: str = "http", scrapes: bool = True, exporter: int = 0
    ) -> None:
        super().__init__(directory, free_port())
        self._guarded = bool(guard)
        self.scheme = scheme
        self.nobody = free_port()
        text = _CONFIG.format(port=self.port, nobody=self.nobody) if scrapes else "scrape_configs: []\n"
        if exporter:
            text = _EXPORTER.format(exporter=exporter)
        (directory / "prometheus.yml").write_text(text)
        if guard:
            (directory / "web.yml").write_text(guard)

    @property
    def url(self) -> str:
        """Where its own pages are."""
        return f"{self.scheme}://localhost:{self.port}"

    def arguments(self) -> list[str]:
        """Everything that it is told."""
        where = [f"--web.listen-address={self.host}:{self.port}", f"--storage.tsdb.path={self.directory / 'data'}"]
        guard = [f"--web.config.file={self.directory / 'web.yml'}"] if self._guarded else []
        config = f"--config.file={self.directory / 'prometheus.yml'}"
        return ["prometheus", config, *where, *guard, "--log.level=warn"]

    def is_ready(self) -> bool:
        """It says so; a guarded one has to be asked otherwise, so that its port is enough."""
        if self._guarded:
            with socket.socket() as probe:
                return probe.connect_ex((self.host, self.port)) == 0
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its own API."""
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urlencode(parameters)}", timeout=5) as answer:
            return json.load(answer)["data"]

    def ask(self, query: str) -> list[dict[str, Any]]:
        """What its own API gives for a query now."""
        result: list[dict[str, Any]] = self.get("query", query=query)["result"]
        return result

    def tool(self, *arguments: str) -> Any:
        """What its own client gives for a query."""
        command = ["promtool", "query", "-o", "json", *arguments[:-1], self.url, arguments[-1]]
        return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=10).stdout)


@pytest.fixture(scope="session")
def prometheus() -> Iterator[PrometheusServer]:
    """A Prometheus that has scraped itself a few times; nobody breaks it."""
    need(shutil.which("prometheus"), "a prometheus on PATH")
    with open_folder() as folder:
        server = PrometheusServer(folder)
        server.launch()
        until(lambda: server.ask("count_over_time(up[30s]) > 3"), "four scrapes")
        yield server
        server.stop()


@pytest.fixture
def own_prometheus() -> Iterator[PrometheusServer]:
    """A Prometheus that watches nothing and that a test may stop or hang."""
    need(shutil.which("prometheus"), "a prometheus on PATH")
    with open_folder() as folder:
        server = PrometheusServer(folder, scrapes=False)
        server.launch()
        yield server
        server.stop()
