"""Ten jobs that stream a thousand lines a second each, while a person walks through them in the drawer."""

import asyncio
import os
import random
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ops.config.load import load
from ops.engine import one_pass
from ops.fixes.desk import FixDesk
from ops.fixes.source import filled
from ops.fixes.who import me
from ops.jobs.book import JobBook
from ops.jobs.folder import JobFolder
from ops.jobs.session import members
from tests.bench.fixes_floor import SERVICES, fixes, opened, place, services, until
from tests.bench.terminal import Terminal

PER_S = 1000
STREAM_S = 120.0
PRESSES = 32
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
Figures = dict[str, Any]


async def _begin(config: Path, per_s: int, for_s: float) -> None:
    """A job for each service, as a person begins them."""
    decided = load(str(config))
    board, desk = await one_pass(decided, ()), FixDesk(decided)
    for number in range(SERVICES):
        (offered, *_) = desk.offers(board, [f"service:s{number:02}"])
        offer = filled(offered.offer, {"per_s": str(per_s), "for_s": str(for_s)})
        await desk.start(await desk.plan(board, offer), me("command"))


async def _cancel(book: JobBook) -> None:
    await asyncio.gather(*(book.cancel(job.id) for job in book.jobs() if job.runs))


class Press(NamedTuple):
    """One press of j or k: milliseconds until the job that is then selected was painted, and the CPU that it took."""

    took: float
    cpu: float


def _walk(terminal: Terminal) -> Iterator[Press]:
    """Down and up through the newest ten jobs, which have the names of their services."""
    rng, row = random.Random(3), 0
    for _ in range(PRESSES):
        terminal.drain(rng.uniform(0.15, 0.6))
        down = row < SERVICES - 3
        row += 1 if down else -1
        cpu = terminal.cpu_s()
        terminal.press(b"j" if down else b"k")
        if (seconds := terminal.until(rb"fix-%02d" % (SERVICES - 1 - row), 2)) is not None:
            yield Press(seconds * 1000, (terminal.cpu_s() - cpu) * 1000)
    while row:
        terminal.press(b"k")
        terminal.drain(0.2)
        row -= 1


def _drawer(terminal: Terminal) -> list[Press]:
    """Opens the drawer, walks, and closes it."""
    terminal.press(b"o")
    terminal.drain(2.0)
    pressed = list(_walk(terminal))
    terminal.press(b"o")
    terminal.drain(1.0)
    return pressed


def _aside(terminal: Terminal, work: Any) -> None:
    """Something else, while the terminal is read."""
    thread = threading.Thread(target=lambda: asyncio.run(work))
    thread.start()
    while thread.is_alive():
        terminal.drain(0.2)


def _cpu_s(pids: list[int]) -> float:
    return sum(
        sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])) for pid in pids
    ) / _TICKS_PER_S  # fmt: skip


def _processes(book: JobBook) -> tuple[list[int], list[int]]:
    """Of the running jobs their own processes, and the programs that these run."""
    own = [
        process[0] for job in book.jobs() if job.runs and (process := JobFolder(book.folder / str(job.id)).process())
    ]
    return own, [member.process.pid for pid in own for member in members(pid) if member.process.pid != pid]


def _busy(terminal: Terminal, book: JobBook) -> tuple[list[Press], Figures]:
    """The drawer while they stream: keys, memory, CPU, and whether all that is written arrives."""
    terminal.drain(3.0)
    own, programs = _processes(book)
    if len(own) < SERVICES:
        raise RuntimeError(f"only {len(own)} jobs stream: {[job.said for job in book.jobs()[:SERVICES]]}")
    terminal.press(b"o")
    terminal.drain(5.0)
    terminal.press(b"o")
    terminal.drain(1.0)
    rss, began = terminal.rss_bytes(), time.perf_counter()
    cpus, lines = (_cpu_s(own), _cpu_s(programs), terminal.cpu_s()), _lines(book)
    pressed = _drawer(terminal)
    spent = time.perf_counter() - began
    after = (_cpu_s(own), _cpu_s(programs), terminal.cpu_s())
    shares = [round((now - then) / spent * 100, 1) for now, then in zip(after, cpus, strict=True)]
    return pressed, {
        "streaming_jobs": len(own),
        "streaming_lines_per_s": round((_lines(book) - lines) / spent),
        "streaming_jobs_cpu_percent": shares[0],
        "streaming_programs_cpu_percent": shares[1],
        "streaming_floor_cpu_percent": shares[2],
        "streaming_rss_mib": round(terminal.rss_bytes() / 2**20, 1),
        "streaming_rss_growth_mib": round((terminal.rss_bytes() - rss) / 2**20, 1),
    }


def _lines(book: JobBook) -> int:
    return sum(job.lines for job in book.jobs() if job.runs)


def streaming() -> Figures:
    """Keys in the drawer while all stream, beside the same before and after; with what they and the floor cost."""
    with place(services() + fixes()) as config:
        book = JobBook(config.parent / "store")
        asyncio.run(_begin(config, PER_S * 10, 0.3))
        terminal = opened(config)
        terminal.until(rb"s0\d", 10)
        until(terminal, lambda: not any(job.runs for job in book.jobs()), 30)
        terminal.drain(9.0)
        idle = _drawer(terminal)
        _aside(terminal, _begin(config, PER_S, STREAM_S))
        try:
            busy, figures = _busy(terminal, book)
        finally:
            _aside(terminal, _cancel(book))
        terminal.drain(10.0)
        idle += _drawer(terminal)
        terminal.quit(b"q")
    return figures | _beside(idle, busy)


def _beside(idle: list[Press], busy: list[Press]) -> Figures:
    """What a press takes, and what CPU: the one depends on what else the machine does, the other on us alone."""
    figures: Figures = {"streaming_keys_unseen": 3 * PRESSES - len(idle) - len(busy)}
    for name, at in (("p50", 0.5), ("p95", 0.95)):
        still, moving = (sorted(press.took for press in presses)[int(len(presses) * at)] for presses in (idle, busy))
        figures |= {
            f"idle_key_{name}_ms": round(still, 1),
            f"streaming_key_{name}_ms": round(moving, 1),
            f"streaming_key_{name}_to_idle_ratio": round(moving / still, 2),
        }
    still, moving = (statistics.median(press.cpu for press in presses) for presses in (idle, busy))
    return figures | {"idle_key_cpu_ms": round(still, 1), "streaming_key_cpu_ms": round(moving, 1)}
