"""What incidents cost: a look at rest, a storm of 500 alerts in ten seconds, and the list of 10,000 that are over.

`python -m tests.bench.incidents [--json]`. A real file on disk; looks are taken in a thread, as the floor takes them.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collectors.threads import DaemonPool
from ops.board import Board, Row
from ops.incidents.book import IncidentBook
from tests.parts.boards import check, row
from tests.parts.incident_books import ended
from tests.parts.kept import Kept, board

ROWS = 500
STORM_S = 10
AFTER = 20
"""Looks after the storm, while all of it stands."""
PAST = 10_000
RESTING = 20
_TICK_S = 0.002
Figures = dict[str, Any]


def _rows(down: int) -> list[Row]:
    """Services of which the first few do not answer."""
    refused = check("service.reach", "critical", "refuses connections", "down")
    bad: dict[str, Any] = {"level": "critical", "word": "down", "reason": "refuses connections", "checks": (refused,)}
    return [row(f"service:s{number}", **(bad if number < down else {})) for number in range(ROWS)]


async def _late(ended_: asyncio.Event) -> list[float]:
    """How late the event loop was, again and again: what a key would have waited for."""
    found = []
    while not ended_.is_set():
        begun = time.perf_counter()
        await asyncio.sleep(_TICK_S)
        found.append(time.perf_counter() - begun - _TICK_S)
    return found


async def _looks(kept: Kept, boards: Sequence[Board]) -> tuple[list[float], list[float]]:
    """Take looks in a thread; gives how long each took, and how late the loop was."""
    pool, ended_ = DaemonPool(1), asyncio.Event()
    watching = asyncio.create_task(_late(ended_))
    spent = []
    for seen in boards:
        begun = time.perf_counter()
        await pool.run(kept.look, seen)
        spent.append(time.perf_counter() - begun)
        await asyncio.sleep(0.05)
    ended_.set()
    return spent, await watching


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def storm(folder: Path) -> Figures:
    """500 services fail within ten seconds, and stay so."""
    kept = Kept(folder)
    well = board(_rows(0))
    rest, _ = asyncio.run(_looks(kept, [well] * RESTING))
    step = ROWS // STORM_S
    boards = [board(_rows(step * (second + 1))) for second in range(STORM_S)]
    spent, late = asyncio.run(_looks(kept, [*boards, *[boards[-1]] * AFTER]))
    firing = [message for message in kept.book.messages(limit=1000) if message.action == "firing"]
    return {
        "look_at_rest_ms": _ms(statistics.median(rest)),
        "storm_look_max_ms": _ms(max(spent)),
        "storm_look_after_ms": _ms(statistics.median(spent[-AFTER:])),
        "storm_loop_late_p95_ms": _ms(statistics.quantiles(late, n=20)[-1]),
        "storm_loop_late_max_ms": _ms(max(late)),
        "storm_incidents": len(kept.book.open()),
        "storm_messages": len(firing),
    }


def listed(folder: Path) -> Figures:
    """All of 10,000 incidents that are over, as a list asks for them, and the first page of them."""
    book = IncidentBook(folder)
    now = time.time()
    with book.transaction():
        for number in range(PAST):
            book.add(ended(f"service s{number} is down", at=now - 60.0 * (PAST - number), lasted_s=50))
    figures = {}
    for name, limit in (("all", PAST), ("page", 100)):
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            found = len(book.page(limit=limit))
            times.append(time.perf_counter() - begun)
        assert found == limit
        figures[f"list_{name}_ms"] = _ms(statistics.median(times))
    book.close()
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        figures = storm(Path(one)) | listed(Path(other))
    print(json.dumps(figures) if args.json else "\n".join(f"{name:28} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
