"""`watchfloor monitor` as a process of its own, over a service that refuses, and what it says."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.parts.command import ROOT, clean_environment
from tests.parts.servers import free_port

CONFIG = """
[watchfloor]
name = "shop"
refresh = "200ms"
[store]
path = "history"
{more}
[[service]]
name = "api"
url = "http://127.0.0.1:{port}/"
interval = "300ms"
timeout = "1s"
failures = 1
"""


def refusing(folder: Path, more: str = "") -> Path:
    """A config of a floor with one service, which refuses."""
    file = folder / "watchfloor.toml"
    file.write_text(CONFIG.format(port=free_port(), more=more))
    file.chmod(0o600)
    return file


class Running:
    """A monitor that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: Path) -> None:
        self.process, self._output = process, output

    @property
    def lines(self) -> list[dict[str, Any]]:
        """All that it has said so far."""
        return [json.loads(line) for line in self._output.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def said(self, kind: str, words: str = "") -> Callable[[], bool]:
        """Whether it has said such a thing."""
        return lambda: any(line["kind"] == kind and words in line["text"] for line in self.lines)


@contextmanager
def monitor(config: Path, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """One that says its lines as JSON; it is killed at the end where it still runs."""
    command = [sys.executable, "-m", "tui", "monitor", "--config", str(config), "--json", *options]
    output = config.parent / "said"
    given = clean_environment(PYTHONUNBUFFERED="1", **(environment or {}))
    with output.open("wb") as out, subprocess.Popen(command, stdout=out, cwd=ROOT, env=given) as process:
        try:
            yield Running(process, output)
        finally:
            process.kill()
