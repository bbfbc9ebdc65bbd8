"""Shows the floor on Boards that change, to look at by hand: `python -m tests.parts.show_floor [theme] [share]`."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator

from msgspec.structs import replace

from collectors.units import Duration
from ops.board import Board, Row
from ops.config.structs import Config, Settings
from tests.parts.boards import NOW, bad_night
from tests.parts.sources import MemorySource
from tui.app import run_floor


def config(theme: str = "dark", *, ascii_only: bool = False) -> Config:
    """A config without targets."""
    settings = Settings(name="shop-prod", environment="production", theme=theme, ascii=ascii_only, refresh=Duration(1))
    return Config(path="", settings=settings, targets=(), thresholds=())


def shaken(board: Board, share: float, dice: random.Random) -> Board:
    """The same Board now, with that share of its figures changed a little."""
    rows = tuple(_shaken_row(_now(row), share, dice) for row in board.rows)
    drift = time.time() - NOW
    changes = tuple(replace(change, at=change.at + drift) for change in board.changes)
    return replace(board, at=time.time(), rows=rows, changes=changes)


def _now(row: Row) -> Row:
    drift = time.time() - NOW if row.since < NOW + 1 else 0
    return replace(row, since=row.since + drift, at=None if row.at is None else row.at + drift)


def _shaken_row(row: Row, share: float, dice: random.Random) -> Row:
    facts = {
        key: value * dice.uniform(0.9, 1.1) if isinstance(value, float) and dice.random() < share else value
        for key, value in row.facts.items()
    }
    stats = row.stats
    if stats and dice.random() < share:
        ratio = dice.uniform(0.9, 1.1)
        stats = tuple(
            replace(one, p50_s=(one.p50_s or 0) * ratio, p95_s=(one.p95_s or 0) * ratio, p99_s=(one.p99_s or 0) * ratio)
            for one in stats
        )
    return replace(row, facts=facts, stats=stats)


class ShakenSource(MemorySource):
    """Says a changed Board every second."""

    def __init__(self, board: Board, share: float = 0.5) -> None:
        super().__init__(board)
        self.share = share

    async def boards(self) -> AsyncIterator[Board]:
        """One a second."""
        dice = random.Random(7)
        while not self.closed:
            yield shaken(self.board, self.share, dice)
            await asyncio.sleep(1)


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "dark", "0.5"][:2] if len(sys.argv) < 3 else sys.argv[1:]
    sys.exit(run_floor(config(arguments[0]), source=ShakenSource(bad_night(), float(arguments[1]))))
