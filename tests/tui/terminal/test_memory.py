"""The garbage collector's part in the start, and what pages that were left leave behind."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import cast

import pytest
from rich.cells import cached_cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tests.parts import boards
from tests.parts.floor import floor, until
from tui import themes
from tui.screens.help import HelpScreen
from tui.terminal import memory, signs


@pytest.fixture
def collecting() -> Iterator[None]:
    """The collector as other tests expect it."""
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("collecting")
def test_nothing_is_collected_until_all_is_there_and_that_is_not_looked_at_again() -> None:
    memory.hold()
    assert not gc.isenabled()
    memory.settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    young, middle, old = gc.get_threshold()
    assert (young, middle) == (700, 10)
    assert old >= 1_000_000, "Python never chooses the moment of a full round"


@pytest.mark.usefixtures("collecting")
async def test_nothing_is_collected_while_a_theme_or_a_size_changes_and_after_a_moment_it_is_again() -> None:
    class Loop:
        def __init__(self) -> None:
            self.later: list[tuple[float, object]] = []

        def call_later(self, delay: float, callback: object) -> None:
            self.later.append((delay, callback))

    loop = Loop()
    for _ in range(2):
        memory.hush(cast(asyncio.AbstractEventLoop, loop))
    assert not gc.isenabled()
    assert loop.later == [(memory.HUSH_S, gc.enable)], "once is enough: many changes in a row don't put it off"


@pytest.mark.parametrize(
    ("calm", "rounds"),
    [
        pytest.param(True, memory._MUCH, id="no page is open"),
        pytest.param(False, memory._TOO_MUCH, id="a page is open, whose leaving is waited for"),
    ],
)
@pytest.mark.usefixtures("collecting")
def test_old_garbage_is_collected_before_it_is_much(calm: bool, rounds: int) -> None:
    class Ring:
        pass

    gc.collect()
    ring = Ring()
    ring.me = ring  # type: ignore[attr-defined]
    seen = weakref.ref(ring)
    gc.collect(1)  # it is old now
    del ring
    for _ in range(rounds - 2):
        gc.collect(1)
    memory.tidy(calm=calm)
    assert seen() is not None, "not yet"
    gc.collect(1)
    memory.tidy(calm=calm)
    assert seen() is None


@pytest.mark.usefixtures("collecting")
def test_much_that_stays_is_looked_at_no_more_once_no_page_is_open() -> None:
    gc.collect()
    gc.freeze()
    before = gc.get_freeze_count()
    stays = [[number] for number in range(memory._GROWN + 1)]
    for calm in (False, True):
        gc.collect(1)
        gc.collect(1)
        assert gc.get_freeze_count() <= before, "not while a page is open that goes again"
        memory.tidy(calm=calm)
    assert gc.get_freeze_count() > before + memory._GROWN
    assert len(gc.get_objects(generation=2)) < memory._GROWN < len(stays)


async def test_a_page_that_was_left_leaves_no_paint_behind() -> None:
    def kept() -> int:
        gc.collect()
        return sum(isinstance(one, Strip) for one in gc.get_objects())

    async with floor(boards.bad_night()) as (app, _, pilot):
        counts = []
        for _ in range(4):
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, HelpScreen))
            counts.append(kept())
        assert counts[-1] <= counts[0] * 1.1


@pytest.mark.usefixtures("collecting")
async def test_a_page_is_collected_soon_after_it_was_left_though_nothing_else_is() -> None:
    async with floor(boards.bad_night()) as (app, _, pilot):
        app._in_terminal = True
        gc.disable()
        page = weakref.ref(HelpScreen(app.glyphs, {}))
        found = page()
        assert found is not None
        await app.push_screen(found)
        del found
        await pilot.press("escape")
        await until(pilot, lambda: page() is None)


@pytest.mark.usefixtures("collecting")
async def test_a_page_that_is_open_when_all_is_warm_can_still_be_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SETTLED_S", 0.3)
    async with floor(boards.bad_night()) as (app, _, pilot):
        page = weakref.ref(HelpScreen(app.glyphs, {}))
        found = page()
        assert found is not None
        await app.push_screen(found)
        del found
        app._settle_again()
        assert not gc.get_freeze_count()
        await pilot.press("escape")
        await until(pilot, lambda: gc.get_freeze_count() > 0)
        gc.collect()
        await until(pilot, lambda: page() is None)


async def test_other_sizes_and_themes_leave_nothing_behind() -> None:
    """Paint, styles and places: what there is of them does not grow with the number of changes."""

    def kept() -> int:
        gc.collect()
        return sum(isinstance(one, Strip | Style | Region) for one in gc.get_objects())

    async with floor(boards.bad_night()) as (_, _, pilot):
        counts = []
        for turn in range(4):
            for step in range(10):
                await pilot.resize_terminal(100 + 11 * step + turn, 30 + 3 * step + turn)
                await pilot.pause()
            for _ in themes.NAMES:
                await pilot.press("t")
                await pilot.pause()
            counts.append(kept())
        assert max(counts[1:]) <= counts[0] * 1.1, counts


def test_texts_that_came_but_once_are_forgotten() -> None:
    split = Segment._split_cells
    for turn in range(3):
        for number in range(memory.TEXTS_KEPT):
            text = f"figure {turn} {number}"
            cached_cell_len(text)
            signs.cells(text)
            Segment(text).split_cells(3)
        memory.forget_texts()
        sizes = [cache.cache_info().currsize for cache in (split, cached_cell_len, signs.cells)]
        assert max(sizes) <= memory.TEXTS_KEPT


@pytest.mark.usefixtures("collecting")
def test_a_painted_line_is_one_thing_for_the_collector_and_its_list_of_segments() -> None:
    memory.lighten_lines()
    segments = [Segment("ab")]
    gc.collect()
    gc.freeze()
    gc.disable()
    lines = [Strip(segments) for _ in range(100)]
    assert len(gc.get_objects()) <= 2 * len(lines) + 20
    assert lines[0].apply_style(Style(bold=True)).text == "ab", "what has nothing kept works it out"
    assert lines[0].crop(1).text == "b"


@pytest.mark.usefixtures("collecting")
def test_a_painted_line_goes_without_the_collector() -> None:
    memory.lighten_lines()
    memory.lighten_lines()

    def lines() -> int:
        return sum(isinstance(one, Strip) for one in gc.get_objects())

    gc.collect()
    gc.disable()
    before = lines()
    for _ in range(10):
        line = Strip([Segment("ab"), Segment("cd")])
        assert [one.text for one in line.divide([2, 4])] == ["ab", "cd"]
        assert [one.text for one in line.divide([2, 9])] == ["ab"]
        assert [one.text for one in line.divide([4, 4])] == ["abcd", ""]
        assert [one.text for one in line.divide([9])] == []
        assert line.divide([4, 9]) == [line]
        assert line.divide(iter([4]))[0] is line
        assert line.crop_extend(0, 4, None) is line
        assert line.crop_extend(1, 6, None).text == "bcd  "
    del line
    assert lines() == before
