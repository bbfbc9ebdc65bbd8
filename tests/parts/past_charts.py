"""Charts and heatmaps as a desk of the past gives them, and a desk that answers when a test lets it."""

import asyncio
import math
from collections.abc import Sequence

from ops.board import Bucket
from ops.past.structs import Chart, Heat, Mark
from ops.store.contract import StoreError
from tests.parts.boards import NOW


def column(at: float, ms: float | None, count: int = 6, failed: int = 0) -> Bucket:
    """A column that ends at a moment, with p50, p95 and p99 at one, two and three times so many milliseconds."""
    seconds = None if ms is None else ms / 1000
    p50_s, p95_s, p99_s = (None if seconds is None else seconds * factor for factor in (1, 2, 3))
    return Bucket(at=at, p50_s=p50_s, p95_s=p95_s, p99_s=p99_s, failed=failed, count=count)


def waves(start: float, length: float, columns: int, ms: float = 100) -> tuple[Bucket, ...]:
    """Columns that go up and down around so many milliseconds."""
    return tuple(column(start + length * (i + 1), ms * (1 + 0.4 * math.sin(i / 5))) for i in range(columns))


def chart(row: str, end: float, span_s: float, columns: int = 60, marks: Sequence[Mark] = ()) -> Chart:
    """A chart with all that one can have."""
    start, length = end - span_s, span_s / columns
    return Chart(
        row=row,
        start=start,
        end=end,
        columns=waves(start, length, columns),
        before=waves(start, length, columns, 80),
        marks=marks,
        rule="nearest rank, to 1 %",
    )


def happened(ago_s: float, kind: str = "deploy", after: str = "", row: str = "container:local/web-1") -> Mark:
    """Something that happened so many seconds ago."""
    return Mark(at=NOW - ago_s, kind=kind, row=row, text=f"{row} {kind} {after}".strip(), after=after)


def heat(end: float, span_s: float, columns: int = 30, failed: int = 0) -> Heat:
    """Answers that took longer and longer, in five bands."""
    rows = [tuple(max(0, 40 - 12 * abs(band - i * 5 // columns)) for band in range(5)) for i in range(columns)]
    return Heat(
        row="service:api",
        start=end - span_s,
        end=end,
        edges_s=(0.05, 0.1, 0.2, 0.5),
        columns=rows,
        failed=(*(0 for _ in range(columns - 1)), failed),
    )


class HeldDesk:
    """A desk that remembers what it is asked, and answers at once unless it is `held`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, float, float, int]] = []
        """("chart" or "heat", row, end, span in seconds, columns)."""
        self.free = asyncio.Event()
        self.free.set()
        self.trouble: StoreError | None = None
        self.empty = False

    async def chart(self, row: str, end: float, span_s: float, columns: int) -> Chart:
        """Waves, once it is free."""
        self.asked.append(("chart", row, end, span_s, columns))
        await self.free.wait()
        if self.trouble:
            raise self.trouble
        if self.empty:
            silent = tuple(column(end - 60 * i, None, 0) for i in range(10, 0, -1))
            return Chart(row=row, start=end - span_s, end=end, columns=silent)
        return chart(row, end, span_s, marks=(happened(60),))

    async def heat(self, row: str, end: float, span_s: float, columns: int, bands: int) -> Heat:
        """Five bands, once it is free."""
        self.asked.append(("heat", row, end, span_s, columns))
        await self.free.wait()
        return heat(end, span_s)
