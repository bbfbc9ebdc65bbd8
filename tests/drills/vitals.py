"""What a process costs, read from outside: memory, descriptors, threads, children; and whether that grows."""

import statistics
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from tests.drills.heap import NOT_KNOWN, Heap

GROWTH_BYTES = 1_000_000
STALL_S = 0.1
WINDOW = 12
"""Samples whose median is a level: two minutes of them."""


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a process."""

    at_s: float
    """Seconds since the soak began."""
    anon_bytes: int
    """Resident memory that is nobody else's and no file's: pages of files come and go with what else runs."""
    rss_bytes: int
    pss_bytes: int
    descriptors: int
    threads: int
    children: int
    zombies: int
    stall_s: float
    """Longest hold of its event loop since the look before."""
    sent_bytes: int
    """To its terminal since the look before."""
    blocks: int = 0
    """Python objects that live, as its last Board said."""
    heap: Heap = NOT_KNOWN
    """Of the C library, likewise."""
    calm: bool = False
    """Nothing was broken when this was taken."""

    def line(self) -> str:
        """The figures as a line of the record."""
        return (
            f"{self.at_s:6.0f} s  anon {self.anon_bytes / 2**20:6.2f}  RSS {self.rss_bytes / 2**20:6.2f}  "
            f"PSS {self.pss_bytes / 2**20:6.2f} MiB  blocks {self.blocks / 1000:5.1f} k  "
            f"heap {self.heap.used / 2**20:5.2f} + {self.heap.free / 2**20:5.2f}  "
            f"sqlite {self.heap.sqlite / 2**20:4.2f} MiB  "
            f"fds {self.descriptors:3}  threads {self.threads:2}  children {self.children}  zombies {self.zombies}  "
            f"stall {1000 * self.stall_s:3.0f} ms  sent {self.sent_bytes / 1000:6.1f} kB{'  calm' if self.calm else ''}"
        )


def look(
    pid: int,
    at_s: float,
    stall_s: float,
    sent_bytes: int,
    *,
    blocks: int = 0,
    heap: Heap = NOT_KNOWN,
    calm: bool = False,
) -> Vitals:
    """Read /proc now."""
    process = Path("/proc") / str(pid)
    memory = _fields(process / "smaps_rollup")
    states = [state for parent, state in _others() if parent == pid]
    return Vitals(
        at_s=at_s,
        anon_bytes=_fields(process / "status")["RssAnon"],
        rss_bytes=memory["Rss"],
        pss_bytes=memory["Pss"],
        descriptors=len(list((process / "fd").iterdir())),
        threads=len(list((process / "task").iterdir())),
        children=len(states),
        zombies=states.count("Z"),
        stall_s=stall_s,
        sent_bytes=sent_bytes,
        blocks=blocks,
        heap=heap,
        calm=calm,
    )


def _fields(path: Path) -> dict[str, int]:
    """The lines "Name: 12 kB" of a file of /proc, in bytes."""
    found = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        words = value.split()
        if len(words) == 2 and words[1] == "kB":
            found[name] = int(words[0]) * 1024
    return found


def _others() -> list[tuple[int, str]]:
    """Parent and state of every process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue  # it has ended meanwhile
        found.append((int(parent), state))
    return found


def settled(minutes: float) -> float:
    """Seconds after which nothing may grow any more: ten minutes, or a third of a short soak."""
    return min(600.0, minutes * 20)


def growth(taken: Sequence[Vitals], settled_s: float, *, of: str = "anon_bytes") -> int | None:
    """Bytes by which memory is more in the end than when it had settled; None with too few looks for that."""
    later = [getattr(vitals, of) for vitals in taken if vitals.at_s >= settled_s]
    size = min(WINDOW, len(later) // 2)
    return int(statistics.median(later[-size:]) - statistics.median(later[:size])) if size else None


def complaints(taken: Sequence[Vitals], settled_s: float) -> list[str]:
    """What a process may not do, and did."""
    told = []
    grown = growth(taken, settled_s)
    if grown is None:
        told.append("it was not looked at often enough to say whether it grows")
    elif grown > GROWTH_BYTES:
        told.append(f"memory grew by {grown / 1e6:.2f} MB after {settled_s:.0f} s")
    calm = [vitals for vitals in taken if vitals.calm]
    for what in ("descriptors", "threads", "children"):
        counts = [getattr(vitals, what) for vitals in calm]
        half = len(counts) // 2
        if half and min(counts[half:]) > min(counts[:half]):
            told.append(f"{what} went from {min(counts[:half])} to {min(counts[half:])} while nothing was broken")
    # One look may meet a child that has ended just now; two in a row may not.
    if any(one.zombies and two.zombies for one, two in pairwise(taken)):
        told.append(f"it left zombies: {max(vitals.zombies for vitals in taken)}")
    worst = max((vitals.stall_s for vitals in taken), default=0.0)
    if worst > STALL_S:
        told.append(f"its event loop was held for {1000 * worst:.0f} ms")
    return told
