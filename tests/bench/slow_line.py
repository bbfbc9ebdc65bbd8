"""Measures the floor over a thin line: `python -m tests.bench.slow_line [--json] [--seconds 60]`.

A real sshd here, a real ssh in a network namespace of its own, and between them 64 kbit/s and 150 ms more on the way to
the person (see `thin_link`). What arrives is replayed on a screen in memory, so a thing counts when it can be read.
"""

import argparse
import json
import random
import re
import signal
import statistics
import sys
import tempfile
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.scripted import FAILING, REASON
from tests.bench.terminal import Terminal
from tests.bench.thin_link import HERE, ThinLink, Thinness, missing, thin_link
from tests.house.source import ROOT
from tests.parts.model_terminal import ModelTerminal
from tests.parts.sshd import Sshd

SETTINGS = ("PasswordAuthentication no", "KbdInteractiveAuthentication no", "UseDNS no")
PRESSES = 24
CONNECT_S = 60.0
LINE_S = 10.0
"""The lag at the beginning and at the end is the median over so long."""
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d) UTC")
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9]*n")
_CUT = re.compile(r"\x1b(\[[<>=?0-9;$]*)?$")


class Seen(Terminal):
    """A terminal whose screen can be read."""

    def __init__(self, argv: list[str]) -> None:
        self.screen = ModelTerminal(120, 40)
        self._rest = ""
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        super().__init__(argv)

    def read(self, wait_s: float) -> bytes:
        """Read, and show it; a sequence that is cut waits for its end."""
        data = super().read(wait_s)
        text = self._rest + self._decode(data)
        cut = _CUT.search(text)
        end = cut.start() if cut else len(text)
        self._rest = text[end:]
        self.screen.feed(_UNKNOWN_TO_PYTE.sub("", text[:end]))
        return data

    def text(self) -> str:
        """All that can be read now."""
        return "\n".join(self.screen.display)

    def shows(self, true: Callable[[str], bool], limit_s: float) -> float | None:
        """Seconds from the start until the screen is so; None when it never was."""
        while not true(self.text()):
            if time.perf_counter() - self.started > limit_s:
                return None
            self.read(0.02)
        return round(time.perf_counter() - self.started, 2)


class Samples:
    """How late the header's clock is, each time that it changed."""

    def __init__(self, terminal: Seen) -> None:
        self._terminal, self._told = terminal, ""
        self.late: list[tuple[float, float]] = []
        """(seconds since the start, seconds late)."""

    def look(self) -> None:
        """Take a sample when the clock shows another second."""
        shown = _CLOCK.search(self._terminal.screen.display[0])
        if shown and shown[0] != self._told:
            self._told = shown[0]
            at = int(shown[1]) * 3600 + int(shown[2]) * 60 + int(shown[3])
            late = (time.time() - at + 3600) % 86400 - 3600
            self.late.append((time.perf_counter() - self._terminal.started, late))

    def growth_s(self) -> float | None:
        """How much later it is at the end than at the beginning: medians over `LINE_S`."""
        if not self.late:
            return None
        first, last = self.late[0][0] + LINE_S, self.late[-1][0] - LINE_S
        before, after = (
            [late for at, late in self.late if at < first],
            [late for at, late in self.late if at > last],
        )
        return round(statistics.median(after) - statistics.median(before), 2)


def _watch(terminal: Seen, samples: Samples, for_s: float) -> None:
    end = time.perf_counter() + for_s
    while (left := end - time.perf_counter()) > 0:
        terminal.read(min(left, 0.05))
        samples.look()


def _keys(terminal: Seen, samples: Samples) -> dict[str, Any]:
    """Milliseconds from a press of j or k to its repaint: the row that is then selected has the cursor's ground."""
    rng, spent, row = random.Random(3), [], 0
    for _ in range(PRESSES):
        _watch(terminal, samples, rng.uniform(0.5, 1.5))
        down = row < 8
        row += 1 if down else -1
        terminal.press(b"j" if down else b"k")
        if (seconds := terminal.until(rb"svc-%02d" % row, 10)) is not None:
            spent.append(round(seconds * 1000))
    spent.sort()
    return {
        "key_p50_ms": statistics.median(spent) if spent else None,
        "key_p95_ms": spent[int(len(spent) * 0.95)] if spent else None,
        "keys_unseen": PRESSES - len(spent),
    }


def _seen(argv: Sequence[str], link: ThinLink, seconds: float) -> dict[str, Any]:
    """From connecting on: when there is a picture, when live data; then bytes, lag and keys."""
    terminal = Seen([*argv])
    figures: dict[str, Any] = {"first_paint_s": terminal.shows(lambda text: "watchfloor" in text, CONNECT_S)}
    if "--failing" in argv[-1]:
        reason = terminal.shows(lambda text: FAILING in text and REASON in text, CONNECT_S)
        figures["reason_read_s"] = reason
    else:
        figures["live_s"] = terminal.shows(lambda text: "svc-08" in text, CONNECT_S)
        samples = Samples(terminal)
        began, carried, written = time.perf_counter(), link.sent_bytes(), terminal.written_bytes
        _watch(terminal, samples, seconds)
        spent = time.perf_counter() - began
        figures |= {
            "kb_per_s": round((terminal.written_bytes - written) / spent / 1000, 3),
            "kb_per_s_with_ssh": round((link.sent_bytes() - carried) / spent / 1000, 3),
            "late_s": round(statistics.median(late for _, late in samples.late), 2) if samples.late else None,
            "lag_growth_s": samples.growth_s(),
        }
        figures |= _keys(terminal, samples)
    quit_s = terminal.quit(b"q")
    return figures | {"quit_s": None if quit_s is None else round(quit_s, 2)}


def measure(seconds: float = 60.0) -> dict[str, Any]:
    """All figures, or why there are none."""
    if reason := missing():
        return {"skipped": reason}
    with tempfile.TemporaryDirectory(prefix="wf-slow-") as folder, thin_link(Thinness()) as link:
        Path(folder).chmod(0o755)
        server = Sshd(Path(folder))
        try:
            server.start(f"ListenAddress {HERE}", *SETTINGS)
            figures: dict[str, Any] = {}
            for name, asked in (
                ("one service fails", "0.05 --failing"),
                ("5 % changing", "0.05"),
                ("half changing", "0.5"),
            ):
                figures[name] = _seen(_ssh(server, Path(folder), link, asked), link, seconds)
            return figures
        finally:
            server.stop()


def _ssh(server: Sshd, folder: Path, link: ThinLink, asked: str) -> list[str]:
    floor = f"cd {ROOT} && COLORTERM=truecolor exec {sys.executable} -m tests.bench.floor {asked}"
    return [
        "ip", "netns", "exec", link.namespace,
        "ssh", "-tt", "-F", "none", "-p", str(server.port), "-i", str(folder / "client"),
        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
        "-o", "SendEnv=LANG", f"root@{HERE}", floor,
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object in place of lines")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the lag is watched")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    figures = measure(asked.seconds)
    if asked.json:
        print(json.dumps(figures))
        return
    for name, values in figures.items():
        told = values if isinstance(values, str) else ", ".join(f"{figure} {value}" for figure, value in values.items())
        print(f"{name}: {told}")


if __name__ == "__main__":
    main()
