"""The engine on virtual time: polls become rows, and rows become Boards that a screen can rely on."""

from collections.abc import AsyncIterator, Mapping

import pytest

from collectors.base import CollectError, Collector, Entity, Poll, Reading, TargetConfig
from collectors.units import Duration
from ops.board import Board
from ops.config.quantity import Quantity
from ops.config.structs import Config, Settings, Slo, TargetSpec, Threshold
from ops.engine import Engine, one_pass
from ops.errors import UsageError
from ops.live import LiveSource
from tests.parts.clock import VirtualClock, run_virtual

SLOW: list[float] = []
"""Latencies of the next answers; 0.1 s after them."""
BROKEN: set[str] = set()
"""Names of targets that refuse now."""
ERRING: set[str] = set()
"""Names of targets that answer 500 now."""


@pytest.fixture(autouse=True)
def _all_well() -> None:
    BROKEN.clear()
    ERRING.clear()


class Shop(Collector[TargetConfig]):
    """A service that answers unless it is in BROKEN, with one container and a log."""

    name, section, title, Config = "shop", "service", "Shop", TargetConfig

    async def collect(self) -> Reading:
        """Answer or refuse."""
        if self.config.name in BROKEN:
            raise CollectError("connection refused", reason="refused", remedy="start it")
        facts = {"status": 500 if self.config.name in ERRING else 200, "total_s": SLOW.pop() if SLOW else 0.1}
        part = Entity(kind="container", name="web-1", key="abc", facts={"state": "running", "cpu_percent": 5.0})
        return Reading((Entity(kind="service", name="own name", facts=facts), part))

    async def follow(self, key: str) -> AsyncIterator[str]:
        """Two lines, one of them hostile."""
        yield f"log of {key}"
        yield "\x1b]0;owned\x07"


def config(
    *names: str, depends_on: Mapping[str, tuple[str, ...]] | None = None, interval_s: float = 1, **more: object
) -> Config:
    """A config of Shop targets, polled each second."""
    targets = tuple(
        TargetSpec(
            id=f"service:{name}",
            collector=Shop,
            config=TargetConfig(name=name, interval=Duration(interval_s), depends_on=(depends_on or {}).get(name, ())),
        )
        for name in names
    )
    plain = {"path": "", "settings": Settings(name="shop"), "targets": targets, "thresholds": ()}
    return Config(**plain | more)  # type: ignore[arg-type]


async def boards_for(source: LiveSource, clock: VirtualClock, seconds: float) -> list[Board]:
    """The Boards of the next seconds."""
    end, seen = clock.monotonic() + seconds, []
    async for board in source.boards():
        seen.append(board)
        if clock.monotonic() >= end:
            return seen
    return seen


def test_a_fault_shows_within_one_poll_and_counts_after_three() -> None:
    async def main(clock: VirtualClock) -> None:
        source = LiveSource(config("api"), clock=clock)
        (row,) = (await boards_for(source, clock, 5))[-1].of("service")
        assert (row.level, row.word, row.name) == ("ok", "up", "api")
        BROKEN.add("api")
        seen = [board.rows[0] for board in await boards_for(source, clock, 6)]
        words = list(dict.fromkeys(row.word for row in seen))
        assert words == ["up", "failing", "down"]
        down = seen[-1]
        assert (down.level, down.reason, down.remedy) == ("critical", "connection refused", "start it")
        assert down.facts["status"] == 200, "the last good reading stays"
        assert down.stale
        BROKEN.clear()
        (row,) = (await boards_for(source, clock, 6))[-1].of("service")
        assert (row.level, row.error) == ("ok", "")
        await source.close()

    run_virtual(main)


def test_the_cause_is_the_deepest_failing_thing() -> None:
    async def main(clock: VirtualClock) -> None:
        chain = {"web": ("service:api",), "api": ("service:db",)}
        source = LiveSource(config("web", "api", "db", depends_on=chain), clock=clock)
        await boards_for(source, clock, 3)
        BROKEN.update(("web", "api", "db"))
        board = (await boards_for(source, clock, 6))[-1]
        assert board.causes[0].row == "service:db"
        assert set(board.causes[0].affected) >= {"service:web", "service:api"}
        assert [change.row for change in board.changes]
        await source.close()

    run_virtual(main)


def test_a_part_names_its_target_and_can_be_named_without_it() -> None:
    async def main(clock: VirtualClock) -> None:
        source = LiveSource(config("api", "web", depends_on={"web": ("container:web-1",)}), clock=clock)
        board = (await boards_for(source, clock, 3))[-1]
        part = board.row("container:api/web-1")
        assert part is not None
        assert part.depends_on == ("service:api",)
        web = board.row("service:web")
        assert web is not None
        assert web.depends_on == ("container:api/web-1",)
        await source.close()

    run_virtual(main)


def test_who_takes_over_goes_on_with_sparklines_and_charts() -> None:
    async def main(clock: VirtualClock) -> None:
        first = LiveSource(config("api"), clock=clock)
        before = (await boards_for(first, clock, 130))[-1]
        await first.close()
        await clock.sleep(25)
        source = LiveSource(config("api", "web"), clock=clock, before=before)
        board = (await boards_for(source, clock, 20))[-1]
        await source.close()
        shown, row, part = before.row("service:api"), board.row("service:api"), board.row("container:api/web-1")
        assert shown is not None
        assert row is not None
        assert part is not None
        known = [column.at for column in shown.buckets]
        assert len(known) >= 12
        assert tuple(row.buckets[: len(known)]) == tuple(shown.buckets)
        later = [column.at - known[-1] for column in row.buckets[len(known) :]]
        assert later == [10.0 * (place + 1) for place in range(len(later))]
        assert later
        for one in (row, part):
            assert len([value for value in one.trend if value is not None]) >= 3

    run_virtual(main)


def test_what_was_shown_too_long_ago_is_in_no_chart() -> None:
    async def main(clock: VirtualClock) -> None:
        first = LiveSource(config("api"), clock=clock)
        before = (await boards_for(first, clock, 60))[-1]
        await first.close()
        await clock.sleep(1800)
        source = LiveSource(config("api"), clock=clock, before=before)
        row = (await boards_for(source, clock, 5))[-1].row("service:api")
        await source.close()
        assert row is not None
        assert not row.buckets
        assert sum(value is not None for value in row.trend) == 1

    run_virtual(main)


@pytest.mark.parametrize("step_s", [-3600, 3600], ids=["an hour back", "an hour on"])
def test_a_step_of_the_wall_clock_makes_nothing_stale(step_s: float) -> None:
    async def main(clock: VirtualClock) -> None:
        source = LiveSource(config("api", interval_s=20), clock=clock)
        before = (await boards_for(source, clock, 30))[-1]
        assert not before.rows[0].stale
        clock.step_wall(step_s)
        after = await boards_for(source, clock, 45)
        assert {board.rows[0].level for board in after} == {"ok"}
        assert not any(board.rows[0].stale for board in after)
        await source.close()

    run_virtual(main)


@pytest.mark.parametrize("step_s", [-3600, 3600], ids=["an hour back", "an hour on"])
def test_what_is_read_no_more_gets_stale_in_its_time_by_whatever_clock(step_s: float) -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(config("api", interval_s=20), clock=clock)
        reading = Reading((Entity(kind="service", name="api", facts={"status": 200, "total_s": 0.1}),))
        engine._take(Poll(target="service:api", outcome="fresh", at=clock.time(), took_s=0.1, reading=reading))
        clock.step_wall(step_s)
        await clock.sleep(30)
        assert not engine.age()
        await clock.sleep(90)
        assert engine.age()

    run_virtual(main)


def test_a_log_line_of_the_world_is_inert() -> None:
    async def main(clock: VirtualClock) -> None:
        source = LiveSource(config("api"), clock=clock)
        await boards_for(source, clock, 2)
        lines = [line async for line in source.follow("container:api/web-1")]
        assert lines == ["log of abc", "␛]0;owned␇"]
        with pytest.raises(CollectError, match="not there any more"):
            await anext(source.follow("container:api/other"))
        await source.close()

    run_virtual(main)


def test_one_pass_counts_one_failure_and_holds_nothing() -> None:
    async def main(_: VirtualClock) -> None:
        BROKEN.add("api")
        held = Threshold(metric="service.total_s", warning=Quantity(0.05), hold=Duration(60))
        board = await one_pass(config("api", "web", thresholds=(held,), slos=(Slo(service="web"),)))
        levels = {row.id: row.level for row in board.rows}
        assert levels["service:api"] == "critical"
        assert levels["service:web"] == "warning"
        assert [budget.service for budget in board.budgets] == ["web"]
        assert [row.name for row in (await one_pass(config("api", "web"), ["web"])).of("service")] == ["web"]
        with pytest.raises(UsageError, match="nope"):
            await one_pass(config("api"), ["nope"])

    run_virtual(main)


@pytest.mark.parametrize("trouble", [BROKEN, ERRING], ids=["it refuses", "it answers 500"])
def test_with_the_usual_interval_down_and_up_again_are_known_soon(trouble: set[str]) -> None:
    async def main(clock: VirtualClock) -> None:
        source = LiveSource(config("api", interval_s=10), clock=clock)
        await boards_for(source, clock, 25)
        trouble.add("api")
        words = [row.word for board in await boards_for(source, clock, 20) for row in board.of("service")]
        assert words[-1] == "down"
        trouble.clear()
        words = [row.word for board in await boards_for(source, clock, 16) for row in board.of("service")]
        assert words[-1] == "up"
        await source.close()

    run_virtual(main)


@pytest.mark.parametrize(
    ("latencies", "word"),
    [
        pytest.param([2.0], "up", id="only the first answer was slow"),
        pytest.param([2.0, 2.0], "slow", id="the second was slow too"),
    ],
)
def test_one_pass_takes_the_second_latency(latencies: list[float], word: str) -> None:
    async def main(_: VirtualClock) -> None:
        SLOW[:] = latencies
        assert [row.word for row in (await one_pass(config("api"))).of("service")] == [word]
        assert not SLOW

    run_virtual(main)


def test_closing_ends_the_boards() -> None:
    async def main(clock: VirtualClock) -> None:
        source = LiveSource(config("api"), clock=clock)
        count = 0
        async for board in source.boards():
            count += 1
            assert board is source.board
            if count == 3:
                await source.close()
        assert count >= 3

    run_virtual(main)


def test_the_latency_of_the_first_poll_gives_way_to_the_second() -> None:
    async def main(clock: VirtualClock) -> None:
        source = LiveSource(config("api"), clock=clock)
        SLOW.append(9.0)
        read = [board.rows[0] for board in await boards_for(source, clock, 0.2) if board.rows[0].at is not None]
        first = read[0].stats[0]
        assert (first.count, first.p99_s) == (1, 9.0)
        later = (await boards_for(source, clock, 5))[-1].rows[0].stats[0]
        assert later.count > 3
        assert later.p99_s == 0.1
        await source.close()

    run_virtual(main)
