"""Measures the floor with many things: 100 and 500 polled targets, and 500 containers in one list.

`python -m tests.bench.many`. The targets are served by a process of its own, so only the floor is counted.
"""

import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.http_checks import serve
from tests.bench.slow_line import Seen
from tests.bench.terminal import Terminal

COUNTS = (100, 500)
PORTS = 40
SETTLE_S = 12.0
WINDOW_S = 20.0
CONTAINERS = 500
PRESSES = 40


def polled(count: int, ports: list[int]) -> dict[str, Any]:
    """CPU, bytes, memory; and, in a run of its own, the longest piece of work on the event loop."""
    told = [str(port) for port in ports]
    terminal = Terminal([sys.executable, "-m", "tests.bench.polled", str(count), "-", *told])
    terminal.drain(SETTLE_S)
    cpu = terminal.cpu_s()
    sent = terminal.drain(WINDOW_S)
    figures: dict[str, Any] = {
        "cpu_percent": round((terminal.cpu_s() - cpu) / WINDOW_S * 100, 2),
        "kb_per_s": round(sent / WINDOW_S / 1000, 2),
        "rss_mib": round(terminal.rss_bytes() / 2**20, 1),
    }
    terminal.quit(b"q")
    return figures | _turns(lambda file: [sys.executable, "-m", "tests.bench.polled", str(count), file, *told])


def _turns(argv: Callable[[str], list[str]]) -> dict[str, Any]:
    """Run what writes its pieces of work into a file, and read that."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "turns.json"
        terminal = Terminal(argv(str(file)))
        terminal.drain(SETTLE_S + WINDOW_S)
        terminal.quit(b"q")
        timings: dict[str, Any] = json.loads(file.read_text())
        return timings


def _seen(terminal: Seen, name: str) -> float | None:
    """Milliseconds until a row that was in view is painted again, or until one that was not comes into view."""
    if name not in terminal.text():
        begun = time.perf_counter()
        shown = terminal.shows(lambda text: name in text, begun - terminal.started + 2)
        return None if shown is None else (time.perf_counter() - begun) * 1000
    seconds = terminal.until(rb"%s\b" % name.encode(), 2)
    return None if seconds is None else seconds * 1000


def scrolled() -> dict[str, Any]:
    """Milliseconds from a key to the repaint, while a list of containers is scrolled down and its half changes."""
    floor = [sys.executable, "-m", "tests.bench.floor", "0.5", "--containers", str(CONTAINERS)]
    terminal = Seen(floor)
    terminal.drain(8)
    for _ in range(9):
        terminal.press(b"\t")
        if (terminal.until(rb"web-0 ", 0.4)) is not None:
            break
    terminal.press(b"z")
    terminal.drain(2)
    rng, spent = random.Random(5), []
    cpu, begun = terminal.cpu_s(), time.perf_counter()
    for row in range(1, PRESSES + 1):
        terminal.drain(rng.uniform(0.1, 0.5))
        terminal.press(b"j")
        if (seen := _seen(terminal, f"web-{row}")) is not None:
            spent.append(seen)
    spent.sort()
    figures = {
        "cpu_percent": round((terminal.cpu_s() - cpu) / (time.perf_counter() - begun) * 100, 1),
        "key_p50_ms": round(statistics.median(spent), 1) if spent else None,
        "key_p95_ms": round(spent[int(len(spent) * 0.95)], 1) if spent else None,
        "keys_unseen": PRESSES - len(spent),
    }
    terminal.quit(b"q")
    return figures | _turns(lambda file: [*floor, "--turns", file])


def measure() -> dict[str, Any]:
    """All figures."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=serve, args=(sender, os.sched_getaffinity(0), PORTS), daemon=True)
    child.start()
    try:
        ports = receiver.recv()
        figures = {f"{count} targets": polled(count, ports) for count in COUNTS}
    finally:
        child.terminate()
        child.join()
    return figures | {f"{CONTAINERS} containers": scrolled()}


if __name__ == "__main__":
    print(json.dumps(measure()))
