"""Which files this process has open: those of one test alone, since what earlier ones left may close at any time."""

import os
from pathlib import Path


def opened() -> frozenset[str]:
    """What is open: paths, and each pipe and socket by its own number."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:  # closed since, as that of the listing itself
            continue
    return frozenset(found)


def held(file: Path) -> bool:
    """Whether a file is open."""
    return str(file.resolve()) in opened()
