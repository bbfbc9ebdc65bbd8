"""The garbage collector's part in the start, and what pages that were left leave behind."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tests.parts import boards
from tests.parts.floor import floor, until
from tui import themes
from tui.screens.help import HelpScreen
from tui.terminal import memory


@pytest.fixture
def collecting() -> Iterator[None]:
    """The collector as other tests expect it."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("collecting")
def test_nothing_is_collected_until_all_is_there_and_that_is_not_looked_at_again() -> None:
    memory.hold()
    assert not gc.isenabled()
    memory.settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


@pytest.mark.usefixtures("collecting")
@pytest.mark.parametrize(
    ("stirred_s", "at_s", "collected"),
    [
        pytest.param(0, memory.TIDY_S - 1, False, id="not yet time"),
        pytest.param(0, memory.TIDY_S + 1, True, id="time, and quiet"),
        pytest.param(memory.TIDY_S, memory.TIDY_S + 1, False, id="somebody is at the keys"),
        pytest.param(memory.NO_LATER_S, memory.NO_LATER_S + 1, True, id="at the keys for very long"),
    ],
)
def test_what_is_old_is_collected_when_nobody_waits(
    monkeypatch: pytest.MonkeyPatch, stirred_s: float, at_s: float, collected: bool
) -> None:
    class Ring:
        pass

    now = 1000.0
    monkeypatch.setattr(memory, "monotonic", lambda: now)
    monkeypatch.setattr(memory, "MUCH", 0)
    memory.settle()
    tidier = memory.Tidier()
    ring = Ring()
    ring.me = ring  # type: ignore[attr-defined]
    seen = weakref.ref(ring)
    gc.collect(1)  # it is old now
    del ring
    now = 1000.0 + stirred_s
    tidier.stir()
    now = 1000.0 + at_s
    tidier.tidy()
    assert (seen() is None) == collected


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
