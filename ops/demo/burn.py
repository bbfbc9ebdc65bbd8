"""Keeps one core busy at the lowest priority for a bounded time, as a process: `… SECONDS`."""

import os
import sys
import time


def main(seconds: float) -> None:
    """Count until the time is up."""
    os.nice(19)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(20_000))


if __name__ == "__main__":
    main(float(sys.argv[1]))
