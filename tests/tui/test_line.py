"""The line in the header, and what the floor leaves out on a slow one."""

import asyncio

import pytest
from msgspec.structs import replace

from ops.config.structs import Settings
from tests.parts.boards import NOW, board, service
from tests.parts.floor import Floor, floor, pane, screen, text_of, until
from tui.glyphs import ASCII, UNICODE
from tui.line import LineWatch, figure
from tui.modesty import HEAVY_S, Load, Modesty
from tui.terminal.meter import LineMeter


class Watched:
    """A line whose meter and clock are a test's."""

    def __init__(self, budget: float = 0) -> None:
        self.now = 100.0
        self.meter = LineMeter(lambda: self.now)
        self.line = LineWatch(
            lambda: self.meter, UNICODE, budget_bytes_per_s=budget, shown=True, clock=lambda: self.now
        )

    def after(self, seconds: int, sent: int) -> bool:
        """Send so much and look, each second; tells whether anything changed."""
        changed = False
        for _ in range(seconds):
            self.now += 1
            self.meter.sent(sent)
            changed |= self.line.look()
        return changed


@pytest.mark.parametrize(
    ("load", "told"),
    [
        (Load(0.0), "0.0 kB/s"),
        (Load(1234.0, 0.1482), "1.2 kB/s · 150 ms"),
        (Load(9990.0, 0.0041), "10 kB/s · 4.1 ms"),
        (Load(123_456.0, 12.34), "120 kB/s · 12000 ms"),
    ],
)
def test_the_figure_has_two_digits(load: Load, told: str) -> None:
    assert figure(load, UNICODE) == told
    assert figure(load, ASCII).isascii()


def test_the_figure_changes_at_most_once_a_second() -> None:
    watched = Watched()
    told = []
    for _ in range(4):
        watched.meter.sent(1000)
        watched.line.look()
        told.append(watched.line.words.figure)
        watched.now += 0.5
    assert told == ["1.0 kB/s", "1.0 kB/s", "3.0 kB/s", "3.0 kB/s"]


def test_more_than_the_budget_is_told_with_its_reason() -> None:
    watched = Watched(budget=1000)
    assert watched.after(int(HEAVY_S) + 4, sent=3000)
    assert watched.line.words.saving == "byte budget"
    assert watched.line.modesty.plain


async def _seconds(line: LineWatch, refresh_s: float) -> float:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await line.rest(refresh_s)
    return loop.time() - begun


async def test_pictures_wait_only_while_something_is_left_out_and_nobody_hurries() -> None:
    watched = Watched()
    assert await _seconds(watched.line, 1.0) < 0.05
    watched.line.modesty = Modesty(step=2, why="slow line")
    assert await _seconds(watched.line, 1.9) >= 0.09
    assert await _seconds(watched.line, 2.5) < 0.05
    resting = asyncio.create_task(_seconds(watched.line, 0.0))
    await asyncio.sleep(0.01)
    watched.line.hurry()
    assert await resting < 1
    assert await _seconds(watched.line, 0.0) < 0.05
    watched.now += 10
    assert await _seconds(watched.line, 1.95) >= 0.04


def _go_to(at: Floor, modesty: Modesty) -> None:
    """Let the next look find that."""
    line = at[0].line
    line.modesty = modesty
    line.look = lambda: True  # type: ignore[method-assign]
    screen(at[0]).tick()
    line.look = lambda: False  # type: ignore[method-assign]


async def test_on_a_slow_line_sparklines_go_and_come_back() -> None:
    async with floor(board(service("api")), size=(160, 50)) as opened:
        app, _, pilot = opened
        services = pane(app, "services")
        assert "last 30m" in text_of(app)
        _go_to(opened, Modesty(step=1, why="slow line"))
        await until(pilot, lambda: "last 30m" not in text_of(app) and not screen(app)._todo)
        assert "slow line" in text_of(app)
        assert services.rows[0].cells[0].text == "api"
        _go_to(opened, Modesty())
        await until(pilot, lambda: "last 30m" in text_of(app))
        assert "slow line" not in text_of(app)


async def test_on_a_slow_line_the_chart_takes_a_new_column_once_a_minute() -> None:
    first = board(service("api"))
    async with floor(first, size=(160, 50)) as opened:
        app, source, pilot = opened
        await until(pilot, lambda: "-15m" in text_of(app))
        _go_to(opened, Modesty(step=1, why="slow line"))
        latency = screen(app).panes["latency"]
        drawn = latency._key  # type: ignore[union-attr]
        for later_s, again in ((10.0, False), (50.0, False), (60.0, True)):
            api = first.rows[0]
            newest = replace(api.buckets[-1], at=NOW + later_s)
            source.say(said := replace(first, rows=(replace(api, buckets=(*api.buckets[1:], newest)),)))
            await until(pilot, lambda said=said: screen(app).board is said and not screen(app)._todo)  # type: ignore[misc]
            assert (latency._key != drawn) is again  # type: ignore[union-attr]


async def test_a_key_shows_the_line_in_the_header_and_a_setting_does_too() -> None:
    async with floor(board(service("api"))) as (app, _, pilot):
        assert "kB/s" not in text_of(app)
        await pilot.press("b")
        await until(pilot, lambda: "kB/s" in text_of(app))
        await pilot.press("b")
        await until(pilot, lambda: "kB/s" not in text_of(app))
    async with floor(board(service("api")), settings=Settings(line=True), size=(80, 24)) as (app, _, pilot):
        await until(pilot, lambda: "kB/s" in text_of(app))
