"""A real Alertmanager for tests, and its own client."""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.demo.child import Child, free_port
from tests.parts.databases import open_folder
from tests.parts.need import need

_CONFIG = """\
route:
  receiver: everybody
  routes: [{ receiver: pager, matchers: ["severity = critical"] }]
receivers: [{ name: everybody }, { name: pager }]
inhibit_rules:
  - { source_matchers: ["severity = critical"], target_matchers: ["severity = warning"], equal: [instance] }
"""


class AlertmanagerServer(Child):
    """An Alertmanager on loopback, alone in its cluster."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, free_port())
        (directory / "alertmanager.yml").write_text(_CONFIG)

    @property
    def url(self) -> str:
        """Where its own pages are."""
        return f"http://{self.host}:{self.port}"

    def arguments(self) -> list[str]:
        """Everything that it is told."""
        where = [f"--web.listen-address={self.host}:{self.port}", f"--storage.path={self.directory / 'data'}"]
        config = f"--config.file={self.directory / 'alertmanager.yml'}"
        return ["prometheus-alertmanager", config, *where, "--cluster.listen-address=", "--log.level=warn"]

    def is_ready(self) -> bool:
        """It says so."""
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def version(self) -> str:
        """What its program calls its version."""
        said = subprocess.run(["prometheus-alertmanager", "--version"], check=True, capture_output=True, text=True)
        return said.stdout.split("version ")[1].partition(" ")[0]

    def tool(self, *arguments: str) -> str:
        """Run its own client."""
        command = ["amtool", f"--alertmanager.url={self.url}", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout

    def fire(self, *alerts: dict[str, str], ends: str = "", **annotations: str) -> None:
        """Raise alerts by their labels; with `ends` (a time) they are over."""
        bodies = [
            {"labels": labels, "annotations": annotations, **({"endsAt": ends} if ends else {})} for labels in alerts
        ]
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts", json.dumps(bodies).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=5).close()

    def known(self) -> dict[str, dict[str, Any]]:
        """All alerts that its own client sees, by fingerprint."""
        found = json.loads(self.tool("alert", "query", "--active", "--silenced", "--inhibited", "-o", "json"))
        return {alert["fingerprint"]: alert for alert in found}


@pytest.fixture
def alertmanager() -> Iterator[AlertmanagerServer]:
    """An Alertmanager without alerts that a test may stop or hang."""
    need(shutil.which("prometheus-alertmanager") and shutil.which("amtool"), "prometheus-alertmanager and amtool")
    with open_folder() as folder:
        server = AlertmanagerServer(folder)
        server.launch()
        yield server
        server.stop()
