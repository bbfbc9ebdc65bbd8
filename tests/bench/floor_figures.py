"""Measures the floor under test from outside, beside a Textual hello world in the same run."""

import json
import random
import statistics
import sys

from tests.bench.terminal import Terminal

FLOOR = [sys.executable, "-m", "tests.bench.floor"]
HELLO = [sys.executable, "-m", "tests.bench.hello"]
SETTLE_S = 7.0
WINDOW_S = 8.0
STARTS = 5
PRESSES = 24

Figures = dict[str, float | None]


def _start(argv: list[str], ready: bytes) -> tuple[float | None, float | None]:
    """Milliseconds to the first byte that is drawn, and to the live data."""
    terminal = Terminal(argv)
    first = terminal.until(rb"\S", 10)
    live = terminal.until(ready, 10)
    terminal.drain(0.3)
    terminal.quit(b"q")
    return _ms(first), None if live is None or first is None else _ms(first + live)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 1) if known else None


def _keys(terminal: Terminal) -> list[float]:
    """Milliseconds from a press of j or k to the repaint of the row that is then selected."""
    rng, spent, row = random.Random(3), [], 0
    for _ in range(PRESSES):
        terminal.drain(rng.uniform(0.15, 0.6))
        down = row < 8
        row += 1 if down else -1
        terminal.press(b"j" if down else b"k")
        if (seconds := terminal.until(rb"svc-%02d" % row, 2)) is not None:
            spent.append(seconds * 1000)
    return spent


def steady(share: float, *, keys: bool) -> Figures:
    """CPU, bytes, memory, key latency and quit of the running floor with that share of cells changing."""
    terminal = Terminal([*FLOOR, str(share)])
    terminal.drain(SETTLE_S)
    cpu = terminal.cpu_s()
    sent = terminal.drain(WINDOW_S)
    figures: Figures = {
        "cpu_percent": round((terminal.cpu_s() - cpu) / WINDOW_S * 100, 2),
        "kb_per_s": round(sent / WINDOW_S / 1000, 1),
    }
    if keys:
        pressed = sorted(_keys(terminal))
        figures["key_p50_ms"] = round(statistics.median(pressed), 1) if pressed else None
        figures["key_p95_ms"] = round(pressed[int(len(pressed) * 0.95)], 1) if pressed else None
        figures["keys_unseen"] = PRESSES - len(pressed)
    figures["rss_mib"] = round(terminal.rss_bytes() / 2**20, 1)
    figures["quit_ms"] = _ms(terminal.quit(b"q"))
    return figures


def measure() -> dict[str, Figures]:
    """All figures of the floor, and of the bare framework beside it."""
    floor, hello = [], []
    for _ in range(STARTS):
        floor.append(_start([*FLOOR, "0.5"], rb"svc-0\d"))
        hello.append(_start(HELLO, rb"hello"))
    startup = {
        "first_paint_ms": _median([first for first, _ in floor]),
        "live_ms": _median([live for _, live in floor]),
        "hello_ms": _median([live for _, live in hello]),
    }
    if startup["live_ms"] and startup["hello_ms"]:
        startup["live_to_hello_ratio"] = round(startup["live_ms"] / startup["hello_ms"], 2)
    return {"start": startup, "half changing": steady(0.5, keys=True), "5 % changing": steady(0.05, keys=False)}


if __name__ == "__main__":
    print(json.dumps(measure()))
