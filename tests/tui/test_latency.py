"""The latency pane on the floor: its keys, what it asks of the past and when, and answers that come too late."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from ops.board import Board
from ops.config.structs import Settings
from ops.store.contract import StoreError
from tests.parts.boards import NOW, board, service
from tests.parts.floor import floor, screen, text_of, until
from tests.parts.past_charts import HeldDesk
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.panes.asking import Question
from tui.panes.latency import LatencyPane

SHOWN = board(service("api"), service("web", 90))


@asynccontextmanager
async def with_desk(
    desk: HeldDesk, shown: Board = SHOWN, **more: Any
) -> AsyncIterator[tuple[FloorApp, MemorySource, Any]]:
    async with floor(shown, **more) as (app, source, pilot):
        _pane(app).desk = lambda: desk
        await until(pilot, lambda: "-30m" in _told(app) or shown.mode == "replayed")
        yield app, source, pilot


def _pane(app: FloorApp) -> LatencyPane:
    found = screen(app).panes["latency"]
    assert isinstance(found, LatencyPane)
    return found


def _told(app: FloorApp) -> str:
    return "\n".join("".join(text for text, _ in line) for line in _pane(app).lines)


async def test_plus_and_minus_go_through_the_spans() -> None:
    desk = HeldDesk()
    async with with_desk(desk) as (app, _, pilot):
        for key, title in (
            ("plus", "Latency · api · 1 h · nearest rank, 1 %"),
            ("equals_sign", "Latency · api · 6 h · "),
            ("plus", "Latency · api · 24 h · "),
            ("plus", "Latency · api · 30 d · "),
            ("plus", "Latency · api · 30 d · "),
            ("minus", "Latency · api · 24 h · "),
        ):
            await pilot.press(key)
            await until(pilot, lambda title=title: title in text_of(app))  # type: ignore[misc]
        assert {span_s for _, _, _, span_s, _ in desk.asked} >= {3600, 21600, 86400, 30 * 86400}
        await pilot.press(*["minus"] * 5)
        await until(pilot, lambda: "Latency · api · 15 m · nearest rank ─" in text_of(app))


async def test_half_an_hour_needs_no_store() -> None:
    async with floor(SHOWN) as (app, _, pilot):
        await until(pilot, lambda: "-30m" in _told(app))
        await pilot.press("minus")
        await until(pilot, lambda: "-15m" in _told(app) and "-30m" not in _told(app))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, "this floor keeps no history", id="it keeps none"),
        pytest.param({"recording": "disk full, not recording"}, "no history: disk full", id="it can't"),
    ],
)
@pytest.mark.parametrize("key", ["plus", "h"])
async def test_without_a_past_it_says_why_and_what_to_do(key: str, given: dict[str, Any], told: str) -> None:
    async with floor(replace(SHOWN, **given)) as (app, _, pilot):
        await pilot.press(key)
        await until(pilot, lambda: told in _told(app))
        await pilot.press("minus" if key == "plus" else "h")
        await until(pilot, lambda: "-30m" in _told(app))


async def test_an_empty_past_says_so() -> None:
    desk = HeldDesk()
    desk.empty = True
    async with with_desk(desk) as (app, _, pilot):
        await pilot.press("plus")
        await until(pilot, lambda: "nothing was counted of api in this hour" in _told(app))


async def test_a_past_that_cannot_be_read_says_what_to_do_and_is_asked_again() -> None:
    desk = HeldDesk()
    desk.trouble = StoreError("the store is locked", "end the other floor")
    async with with_desk(desk) as (app, source, pilot):
        await pilot.press("plus")
        await until(pilot, lambda: "the store is locked (end the" in _told(app).replace("\n", " "))
        desk.trouble = None
        source.say(replace(SHOWN, at=NOW + 11))
        await until(pilot, lambda: "UTC" in _told(app))


async def test_the_chart_follows_the_cursor_into_the_past() -> None:
    desk = HeldDesk()
    async with with_desk(desk) as (app, _, pilot):
        await pilot.press("plus", "j")
        await until(pilot, lambda: desk.asked[-1][1] == "service:web" and "Latency · web · 1 h" in text_of(app))


async def test_an_answer_that_comes_late_for_another_look_is_dropped() -> None:
    desk = HeldDesk()
    async with with_desk(desk) as (app, _, pilot):
        desk.free.clear()
        await pilot.press("plus")
        await until(pilot, lambda: bool(desk.asked) and desk.asked[-1][3] == 3600)
        await until(pilot, lambda: "reading the history" in _told(app))
        await pilot.press("minus")
        await until(pilot, lambda: "-30m" in _told(app))
        desk.free.set()
        for _step in range(10):
            await pilot.pause()
        assert "-30m" in _told(app)
        assert "UTC" not in _told(app)


async def test_the_week_before_can_be_left_out() -> None:
    desk = HeldDesk()
    async with with_desk(desk, size=(200, 60)) as (app, _, pilot):
        await pilot.press("plus")
        await until(pilot, lambda: "p95 last week" in _told(app))
        await pilot.press("c")
        await until(pilot, lambda: "p95 last week" not in _told(app) and "UTC" in _told(app))
        await pilot.press("c")
        await until(pilot, lambda: "p95 last week" in _told(app))


async def test_marks_and_last_week_stand_on_the_live_chart_too() -> None:
    desk = HeldDesk()
    async with with_desk(desk, size=(200, 60)) as (app, source, pilot):
        source.say(replace(SHOWN, at=NOW + 1))
        await until(pilot, lambda: "◆" in _told(app) and "-30m" in _told(app))


async def test_a_heatmap_and_back() -> None:
    desk = HeldDesk()
    async with with_desk(desk) as (app, _, pilot):
        await pilot.press("h")
        await until(pilot, lambda: ">500ms" in _told(app) and "Latency · api · 30 m · heatmap" in text_of(app))
        await pilot.press("h")
        await until(pilot, lambda: "-30m" in _told(app) and "· heatmap" not in text_of(app))


async def test_a_heatmap_in_ascii() -> None:
    desk = HeldDesk()
    async with with_desk(desk, settings=Settings(ascii=True)) as (app, _, pilot):
        await pilot.press("h", "plus")
        await until(pilot, lambda: ">500ms|" in _told(app))
        assert text_of(app).isascii()


async def test_zoom_asks_for_more_columns() -> None:
    desk = HeldDesk()
    async with with_desk(desk) as (app, _, pilot):
        await pilot.press("plus")
        await until(pilot, lambda: "UTC" in _told(app))
        before = desk.asked[-1][4]
        await pilot.press("tab", "z")
        await until(pilot, lambda: desk.asked[-1][4] > 2 * before and "of 360 failed" in _told(app))


async def test_a_key_brings_the_chart_to_a_small_screen() -> None:
    desk = HeldDesk()
    shown = board(service("api"), service("web"))
    async with with_desk(desk, shown, size=(80, 24)) as (app, _, pilot):
        await pilot.press("plus")
        await until(pilot, lambda: "Latency · api · 1 h" in text_of(app) and "UTC" in _told(app))


async def test_the_past_ends_at_the_moment_that_is_looked_at() -> None:
    desk = HeldDesk()
    then = replace(SHOWN, mode="replayed", at=NOW - 7200)
    async with with_desk(desk, then) as (app, source, pilot):
        source.say(replace(then, at=NOW - 7190))
        await until(pilot, lambda: bool(desk.asked) and "UTC" in _told(app))
        assert desk.asked[-1][2] == (NOW - 7200) // 60 * 60
        assert "-30m" not in _told(app)


async def test_the_same_board_draws_nothing_anew() -> None:
    desk = HeldDesk()
    async with with_desk(desk) as (app, source, pilot):
        await pilot.press("plus")
        await until(pilot, lambda: "UTC" in _told(app))
        lines, asked = _pane(app).lines, len(desk.asked)
        for second in range(1, 5):
            again = replace(SHOWN, at=NOW + second)
            source.say(again)
            await until(pilot, lambda again=again: screen(app).board is again and not screen(app)._todo)  # type: ignore[misc]
        assert _pane(app).lines is lines
        assert len(desk.asked) == asked


@pytest.mark.parametrize(
    ("question", "asked", "at", "due"),
    [
        pytest.param((3600.0, 60, True), 10.0, 61.0, False, id="a minute has just ended: it is not written yet"),
        pytest.param((3600.0, 60, True), 10.0, 62.0, True, id="it is"),
        pytest.param((86400.0, 96, True), 10.0, 890.0, False, id="columns of a quarter of an hour"),
        pytest.param((86400.0, 96, True), 10.0, 905.0, True, id="have another one each quarter of an hour"),
        pytest.param((86400.0, 96, False), 800.0, 500.0, True, id="back in the past nothing of later is left"),
        pytest.param((86400.0, 96, False), 500.0, 490.0, False, id="unless it is the same minute"),
        pytest.param((86400.0, 96, False), 500.0, 800.0, False, id="on in the past a column waits until it is full"),
    ],
)
def test_when_to_ask_again(question: tuple[float, int, bool], asked: float, at: float, due: bool) -> None:
    span_s, columns, live = question
    assert Question("service:api", span_s, columns, 0, live=live).due(asked, at, in_vain=False) is due


def test_an_answer_in_vain_is_asked_for_again_soon() -> None:
    question = Question("service:api", 86400.0, 96, 0, live=True)
    assert not question.due(100.0, 109.0, in_vain=True)
    assert question.due(100.0, 110.0, in_vain=True)
