"""Measures the floor under test from outside, beside a Textual hello world in the same run."""

import json
import random
import statistics
import sys
from collections.abc import Sequence
from typing import NamedTuple

from tests.bench.terminal import Terminal

FLOOR = [sys.executable, "-m", "tests.bench.floor"]
HELLO = [sys.executable, "-m", "tests.bench.hello"]
SETTLE_S = 7.0
WINDOW_S = 8.0
STARTS = 5
PRESSES = 24
SIZES = ((110, 38), (120, 40), (100, 30), (120, 40), (160, 48), (120, 40))

Figures = dict[str, float | None]


class Start(NamedTuple):
    """One start and end, in milliseconds; None for what was never seen."""

    first: float | None
    """To the first sign that is drawn."""
    live: float | None
    cpu: float
    """CPU used until then."""
    resize: float | None
    """From another size to the first byte that follows it, the median of some."""
    quit: float | None


def _start(argv: list[str], ready: bytes) -> Start:
    terminal = Terminal(argv)
    first = terminal.until(rb"\S", 10)
    live = terminal.until(ready, 10)
    cpu = terminal.cpu_s()
    terminal.drain(1.5)
    resized = _resized(terminal)
    return Start(
        first=_ms(first),
        live=None if live is None or first is None else _ms(first + live),
        cpu=cpu * 1000,
        resize=resized,
        quit=_ms(terminal.quit(b"q")),
    )


def _resized(terminal: Terminal) -> float | None:
    spent: list[float | None] = []
    for width, height in SIZES:
        terminal.drain(0.4)
        terminal.resize(width, height)
        spent.append(_ms(terminal.until(rb"\S", 1)))
    return _median(spent)


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return round(ours / theirs, 2) if ours and theirs else None


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


def steady(share: float, *, keys: bool = False, refresh_s: float = 1.0) -> Figures:
    """CPU, bytes, memory, key latency and quit of the running floor with that share of cells changing."""
    terminal = Terminal([*FLOOR, str(share), "--refresh", str(refresh_s)])
    terminal.drain(SETTLE_S)
    cpu = terminal.cpu_s()
    sent = terminal.drain(WINDOW_S)
    figures: Figures = {
        "cpu_percent": round((terminal.cpu_s() - cpu) / WINDOW_S * 100, 2),
        "kb_per_s": round(sent / WINDOW_S / 1000, 3),
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
    return {
        "start": _beside(floor, hello),
        "half changing": steady(0.5, keys=True),
        "half changing, each 2 s": steady(0.5, refresh_s=2.0),
        "5 % changing": steady(0.05, keys=True),
        "only a clock": steady(0.0),
    }


def _beside(floor: Sequence[Start], hello: Sequence[Start]) -> Figures:
    """Medians of both, and how ours stand to the bare framework's."""
    figures: Figures = {"first_paint_ms": _median([start.first for start in floor])}
    for name, field in (("live", "live"), ("cpu_to_live", "cpu"), ("resize", "resize"), ("quit", "quit")):
        ours, theirs = (_median([getattr(start, field) for start in starts]) for starts in (floor, hello))
        figures |= {
            f"{name}_ms": ours,
            f"hello_{name}_ms": theirs,
            f"{name}_to_hello_ratio": _ratio(ours, theirs),
        }
    return figures


if __name__ == "__main__":
    print(json.dumps(measure()))
