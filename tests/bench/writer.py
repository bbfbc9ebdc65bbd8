"""Writes so many lines a second for so many seconds: `python writer.py 1000 10`."""

import sys
import time


def main(per_s: int, for_s: float) -> None:
    """Write, as even as a service that is busy."""
    began, said = time.monotonic(), 0
    while (passed := time.monotonic() - began) < for_s:
        while said < passed * per_s:
            print(f"2026-11-21 10:00:00 INFO request {said} path=/api/v1/items status=200 took=12ms")
            said += 1
        sys.stdout.flush()
        time.sleep(0.02)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
