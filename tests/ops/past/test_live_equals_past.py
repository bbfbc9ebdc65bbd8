"""What the floor showed at a moment is what the past gives of it, as long as readings are kept one by one."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from collectors.base import CollectError, Collector, Entity, Reading, TargetConfig
from collectors.units import Duration
from ops.board import Board, Row
from ops.config.structs import Config, Settings, StoreSettings, TargetSpec
from ops.live import LiveSource


class Turning(Collector[TargetConfig]):
    """A service that has a container, and does not answer every second time for a while."""

    name, section, title, Config = "turning", "service", "Turning", TargetConfig
    times = 0

    async def collect(self) -> Reading:
        """Answer, or not."""
        self.times += 1
        if 4 <= self.times < 9:
            raise CollectError("refuses connections", reason="refused", remedy="start it")
        own = Entity(kind="service", name="api", facts={"status": 200, "total_s": 0.01 * self.times})
        part = Entity(kind="container", name="web-1", key="abc", facts={"state": "running", "cpu_percent": 2.5})
        return Reading((own, part))


def _config(folder: Path) -> Config:
    polled = TargetConfig(name="api", interval=Duration(0.25), timeout=Duration(0.2), failures=2)
    return Config(
        path=str(folder / "watchfloor.toml"),
        settings=Settings(name="shop", refresh=Duration(0.05)),
        targets=(TargetSpec(id="service:api", collector=Turning, config=polled),),
        thresholds=(),
        store=StoreSettings(path="history"),
    )


def _recorded(row: Row) -> Row:
    """What is recorded of a row: links are known from the second reading on, and times to the millisecond."""
    at = None if row.at is None else round(row.at, 2)
    bare = replace(row, stats=(), trend=(), trend_of="", buckets=(), depends_on=(), stale=False, at=at)
    facts = {name: round(value, 6) if isinstance(value, float) else value for name, value in row.facts.items()}
    checks = tuple(replace(check, since=round(check.since, 2)) for check in row.checks)
    return replace(bare, since=round(row.since, 2), facts=facts, checks=checks)


async def test_a_floor_that_goes_down_and_up_is_the_same_afterwards(tmp_path: Path) -> None:
    source, shown = LiveSource(_config(tmp_path), record=True), dict[float, Board]()
    async with asyncio.timeout(20):
        async for board in source.boards():
            shown[board.at] = board
            if len({change.at for change in board.changes}) >= 3 and board.rows[0].level == "ok":
                break
    await source.close()
    levels = {board.rows[0].level for board in shown.values()}
    assert {"ok", "critical"} <= levels
    for at, live in shown.items():
        past = await source.past.board(at)
        if live.rows[0].at is not None or live.rows[0].error:
            assert [_recorded(row) for row in past.rows] == [_recorded(row) for row in live.rows]
            assert [cause.row for cause in past.causes] == [cause.row for cause in live.causes]
            assert _told(past) == _told(live)


def _told(board: Board) -> list[tuple[str, str, str]]:
    """What changed its level; of one moment in any order."""
    return sorted((change.row, change.after, change.text) for change in board.changes)
