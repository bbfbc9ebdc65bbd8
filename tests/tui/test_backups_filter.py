"""The filter of the screen of backups: sets and backups that have a text, and what is said where none has it."""

import pytest

from tests.parts.floor import text_of, until
from tests.parts.memory_backups import DAY, HOUR, NOW, MemoryBackups, kept, month, shown, standing, told
from tui.panes.backup_kept import View
from tui.panes.backup_known import known
from tui.panes.backup_sets import wanted


def sets() -> MemoryBackups:
    media = standing("media", kept(3 * HOUR, made={"name": "media", "kind": "volume"}), kind="volume")
    return MemoryBackups(month(), media, standing("conf", kind="configuration"))


@pytest.mark.parametrize(
    ("view", "names"),
    [
        pytest.param(View(), ["shop", "media", "conf"], id="all"),
        pytest.param(View("MED"), ["media"], id="a part of its name, in any case"),
        pytest.param(View("volume"), ["media"], id="its kind"),
        pytest.param(View("proven"), ["shop"], id="how it stands"),
        pytest.param(View("broken"), ["shop"], id="what one of its backups is"),
        pytest.param(View("bbb"), [], id="nothing"),
        pytest.param(View("media", inverse=True), ["shop", "conf"], id="not that one"),
        pytest.param(View("broken", inverse=True), ["shop", "media", "conf"], id="backups are hidden one by one"),
    ],
)
def test_a_text_leaves_the_sets_that_have_it(view: View, names: list[str]) -> None:
    some = [known(one, asked=True) for one in sets().sets.values()]
    assert [one.standing.set for one in wanted(some, view, NOW)] == names


async def test_a_set_that_is_found_by_its_name_shows_all_its_backups() -> None:
    async with shown(sets()) as (screen, app, pilot):
        await pilot.press("slash", *"media", "enter")
        await until(pilot, lambda: [row.id for row in screen.sets.rows] == ["media"])
        assert [row.id for row in screen.table.rows] == [kept(3 * HOUR).id]
        assert "/media  1 of 3 sets" in text_of(app).splitlines()[0]
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.sets.rows) == 3)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_where_nothing_has_the_text_that_is_said_and_esc_clears_it(size: tuple[int, int]) -> None:
    async with shown(sets(), size) as (screen, app, pilot):
        await pilot.press("slash", *"bbb", "enter")
        await until(pilot, lambda: 'nothing matches "bbb", esc clears' in told(screen))
        assert (screen.sets.rows, screen.table.rows) == ((), ())
        assert "0 of 3 sets" in text_of(app).splitlines()[0]
        await pilot.press("v", "tab", "enter", "j")
        assert app.screen is screen
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.sets.rows) == 3 and "RPO" in told(screen))
        assert screen.one is not None
        await pilot.press("j")
        await until(pilot, lambda: screen.sets.has_focus)


async def test_a_new_text_while_nothing_matched_finds_again() -> None:
    every = [kept(number * DAY) for number in range(3)]
    async with shown(MemoryBackups(standing("shop", *every))) as (screen, _, pilot):
        await pilot.press("slash", *"shopx")
        await until(pilot, lambda: 'nothing matches "shopx"' in told(screen))
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: len(screen.table.rows) == 3 and screen.table.has_focus)
