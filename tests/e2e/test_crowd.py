"""A crowd at once: 500 containers, 200 checks and 100 that hang keep their intervals, in the memory that is allowed."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.terminal import Terminal
from tests.parts.command import clean_environment
from tests.parts.crowd import COUNTS
from tests.parts.databases import open_folder

WATCHFLOOR = str(Path(sys.executable).parent / "watchfloor")
CONTAINERS, WELL, HUNG = 500, 200, 100
INTERVAL_S = 5.0
SETTLE_S, WINDOW_S = 4.0, 10.0
RSS_BYTES = 150e6


class Crowd:
    """The crowd, and a config over it."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        self.well, self.hung = map(int, process.stdout.readline().split())
        self.config = folder / "watchfloor.toml"
        self.config.touch(mode=0o600)
        times = f'interval = "{INTERVAL_S}s"\ntimeout = "2s"\n'
        ports = [
            *[(f"well-{n:03}", self.well) for n in range(WELL)],
            *[(f"hung-{n:03}", self.hung) for n in range(HUNG)],
        ]
        targets = [
            f'[[service]]\nname = "{name}"\nurl = "http://127.0.0.1:{port}/health/{name}"\n' for name, port in ports
        ]
        targets.append(f'[[docker]]\nname = "engine"\nurl = "unix://{folder}/engine.sock"\n')
        self.config.write_text("".join(target + times for target in targets))

    def polls(self) -> dict[str, int]:
        """How often each path was asked until now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.well}{COUNTS}", timeout=10) as answer:
            counts: dict[str, int] = json.load(answer)
        return counts


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    """A running crowd."""
    with open_folder() as folder:
        argv = [sys.executable, "-m", "tests.parts.crowd", f"{folder}/engine.sock", str(CONTAINERS)]
        with subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment()
        ) as process:
            yield Crowd(folder, process)
            process.terminate()


def test_a_crowd_keeps_its_intervals_in_the_memory_that_is_allowed(crowd: Crowd) -> None:
    terminal = Terminal([WATCHFLOOR, "--config", str(crowd.config)])
    terminal.drain(SETTLE_S)
    before, begun = crowd.polls(), time.perf_counter()
    terminal.drain(WINDOW_S)
    after, spent_s = crowd.polls(), time.perf_counter() - begun
    wanted = int(spent_s / INTERVAL_S)
    polls = [after[path] - before.get(path, 0) for path in after if path.startswith("/health/well")]
    assert len(polls) == WELL
    assert wanted - 1 <= min(polls), "one was forgotten"
    assert max(polls) <= wanted + 1, "one was asked too often"
    assert sum(polls) >= 0.9 * WELL * wanted, "they were late"
    (listed,) = [after[path] - before[path] for path in after if path.endswith("/containers/json")]
    assert wanted - 1 <= listed <= wanted + 1
    assert sum(path.endswith("/stats") for path in after) > CONTAINERS // 4, "their figures are read by turns"
    assert terminal.rss_bytes() < RSS_BYTES
    assert terminal.quit(b"q") is not None
