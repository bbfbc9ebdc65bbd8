"""Behind the screen of backups: what is inside one, how a restore is put together, what a prune would do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from ops.actions.base import Param
from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.structs import Found, Overwrite
from tests.parts.fixes import MemoryFixes, offer, offered, plan
from tests.parts.floor import text_of, until
from tests.parts.memory_backups import HOUR, MemoryBackups, kept, month, shown, standing
from tui.app import FloorApp
from tui.panes import backup_found
from tui.screens.backup_contents import BackupContents
from tui.screens.backup_prune import BackupPrune
from tui.screens.backup_restore import BackupRestore
from tui.screens.backups import BackupScreen
from tui.screens.fix_plan import FixPlan

RESTORE = offer(
    "backup.restore",
    "backup:shop",
    params={"to": "", "only": "", "empty": "no"},
    ask=(
        Param(name="backup", title="which backup", kind="pick", default="verified"),
        Param(name="safety", title="first", kind="choice", default="yes", choices=("yes", "no")),
    ),
)
TABLES = [Found(part="db.shop.dump", name=f"public.t{number}", kind="table", rows=number) for number in range(20)]


def backups() -> MemoryBackups:
    made = MemoryBackups(month())
    made.inside = TABLES
    made.changes = (Overwrite(what="database shop", now="4 tables", then="4 tables as of 02:13", loses="42 rows"),)
    return made


def fixes() -> MemoryFixes:
    return MemoryFixes({"backup:shop": [offered(RESTORE), offered(offer("backup.prune", "backup:shop"))]})


def joined(app: FloorApp) -> str:
    return " ".join(text_of(app).split())


@asynccontextmanager
async def inside(made: MemoryBackups) -> AsyncIterator[tuple[BackupContents, FloorApp, Pilot[None]]]:
    """What is inside the newest, read to its end."""
    async with shown(made, fixes=fixes()) as (_, app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, BackupContents) and not app.screen.reading)
        page = app.screen
        assert isinstance(page, BackupContents)
        yield page, app, pilot


@asynccontextmanager
async def restoring(made: MemoryBackups) -> AsyncIterator[tuple[BackupRestore, FloorApp, Pilot[None]]]:
    """The page of a restore of the newest, with what it would write over."""
    async with shown(made, fixes=fixes()) as (_, app, pilot):
        await pilot.press("R")
        await until(
            pilot, lambda: isinstance(app.screen, BackupRestore) and app.screen.read != app.screen.read.__class__()
        )
        page = app.screen
        assert isinstance(page, BackupRestore)
        yield page, app, pilot


async def test_what_is_inside_is_listed_marked_and_leads_to_a_restore_of_it() -> None:
    async with inside(backups()) as (page, app, pilot):
        assert "public.t7" in text_of(app)
        assert [one.name for one in page.chosen] == ["public.t0"]
        await pilot.press("space", "j", "space")
        await until(pilot, lambda: "■ 2 marked" in text_of(app))
        await pilot.press("y")
        assert app.clipboard == "public.t0\npublic.t2"
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, BackupRestore) and "public.t2" in text_of(app))


async def test_a_text_filters_what_is_listed_and_escape_leaves_one_thing_at_a_time() -> None:
    async with inside(backups()) as (page, app, pilot):
        await pilot.press("space", "slash", *"t1")
        await until(pilot, lambda: len(page.table.rows) == 11)
        await pilot.press("enter", "escape")
        await until(pilot, lambda: len(page.table.rows) == 20)
        await pilot.press("slash", *"!t1", "enter")
        await until(pilot, lambda: len(page.table.rows) == 9)
        await pilot.press("escape", "escape")
        assert not page.marked
        assert page.source.patterns == [""], "all is listed: nothing needs to be read again"  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen))


async def test_of_too_much_some_is_listed_and_a_text_searches_among_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.backup_contents.MOST", 5)
    made = backups()
    async with inside(made) as (page, app, pilot):
        assert "5, and 15 more that are not listed: / searches among all" in text_of(app)
        await pilot.press("slash", *"t19", "enter")
        await until(pilot, lambda: [one.name for one in page.found] == ["public.t19"] and not page.reading)
        await pilot.press("escape")
        await until(pilot, lambda: len(page.found) == 5 and not page.reading)
        assert made.patterns == ["", "t19", ""]


async def test_what_can_not_be_read_inside_is_said() -> None:
    made = backups()
    made.inside, made.troubles["shop"] = (), BackupError("the key is another one", "give the right one", reason="key")
    async with shown(MemoryBackups(month()), fixes=fixes()) as (screen, app, pilot):
        screen.source = made
        await pilot.press("c")
        await until(pilot, lambda: "the key is another one: give the right one" in joined(app))


async def test_ten_thousand_things_inside_are_listed_without_being_drawn() -> None:
    made = backups()
    made.inside = [Found(part="files", name=f"media/{number}.png") for number in range(backup_found.MOST)]
    async with inside(made) as (page, _, pilot):
        await until(pilot, lambda: len(page.table.rows) == backup_found.MOST)
        drawn = sum("cells" in row.__dict__ for row in page.table.rows)
        assert drawn < 1000


async def test_a_restore_shows_what_is_overwritten_and_goes_on_to_its_plan() -> None:
    made, acting = backups(), fixes()
    async with shown(made, fixes=acting) as (_, app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: "lost for good: 42 rows" in text_of(app))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.phase == "shown")
        (planned,) = acting.planned
        assert planned.params == {
            "backup": "20231114T021320Z-1a2b3c", "to": "", "only": "", "empty": "no", "safety": "yes"
        }  # fmt: skip
        assert planned.ask == ()
        assert planned.title == "restore shop from 20231114T021320Z-1a2b3c"


async def test_place_parts_and_backup_are_asked_and_what_is_overwritten_is_read_anew() -> None:
    made, acting = backups(), fixes()
    async with shown(made, fixes=acting) as (_, app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, BackupRestore) and len(made.wishes) == 1)
        await pilot.press("t", *"shop_old", "enter")
        await until(pilot, lambda: made.wishes[-1] == Wish(to="shop_old"))
        await pilot.press("n", *"orders, items", "enter")
        await until(pilot, lambda: made.wishes[-1] == Wish(to="shop_old", only=("orders", "items")))
        await pilot.press("e")
        await until(pilot, lambda: made.wishes[-1].empty)
        await pilot.press("s")
        await until(pilot, lambda: "safety NO" in joined(app))
        await pilot.press("b", *["backspace"] * 30, *"20231113", "enter")
        await until(pilot, lambda: "backup 20231113T021320Z" in joined(app))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, FixPlan))
        await until(pilot, lambda: bool(acting.planned))
        assert acting.planned[0].params == {
            "backup": "20231113T021320Z-1a2b3c", "to": "shop_old", "only": "orders,items", "empty": "yes",
            "safety": "no",
        }  # fmt: skip
        assert acting.planned[0].title == "restore some of shop from 20231113T021320Z-1a2b3c to shop_old"


async def test_parts_are_chosen_from_what_is_inside() -> None:
    made = backups()
    async with restoring(made) as (page, app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, BackupContents) and not app.screen.reading)
        await pilot.press("space", "R")
        await until(pilot, lambda: app.screen is page and made.wishes[-1].only == ("public.t0",))


async def test_a_place_that_is_refused_is_said_with_what_to_do() -> None:
    made = backups()
    made.changes = BackupError("database shop has 4 tables", "e writes over it", reason="refused")
    async with restoring(made) as (_, app, pilot):
        await until(pilot, lambda: "database shop has 4 tables: e writes over it" in joined(app))
        made.changes = ()
        await pilot.press("r")
        await until(pilot, lambda: "nothing that is there would be written over" in text_of(app))


async def test_a_backup_that_is_not_there_is_said_and_the_page_stays() -> None:
    async with restoring(backups()) as (page, app, pilot):
        await pilot.press("b", *["backspace"] * 30, *"1999", "enter")
        await until(pilot, lambda: "shop has no backup 1999" in text_of(app))
        assert app.screen is page
        await pilot.press("t", "escape")
        assert not page.answer.open
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen))


async def test_once_a_restore_has_begun_the_list_is_in_front_again() -> None:
    acting = fixes()
    acting.plans["backup.restore"] = plan(RESTORE, typed="shop")
    async with shown(backups(), fixes=acting) as (screen, app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: "lost for good" in text_of(app))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.can_be_read)
        page = app.screen
        assert isinstance(page, FixPlan)
        await pilot.press("y")
        await until(pilot, lambda: page.typing)
        await pilot.press(*"shop")
        apart: list[bool] = []
        page.set_timer(0.2, lambda: apart.append(True))  # an enter in one burst with the name confirms nothing
        await until(pilot, lambda: bool(apart))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert acting.started[0][2] == "shop"


async def test_a_prune_is_only_looked_at_until_its_plan_is_asked_for() -> None:
    acting = fixes()
    async with shown(backups(), fixes=acting) as (_, app, pilot):
        await pilot.press("p")
        await until(pilot, lambda: "10 backups would go" in text_of(app))
        assert isinstance(app.screen, BackupPrune)
        assert "nothing is deleted here" in text_of(app)
        assert not acting.planned
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.phase == "shown")
        assert acting.planned[0].action == "backup.prune"


async def test_where_nothing_expires_nothing_is_planned() -> None:
    async with shown(MemoryBackups(standing("shop", kept(HOUR))), fixes=fixes()) as (_, app, pilot):
        await pilot.press("p")
        await until(pilot, lambda: "✓ nothing expires" in text_of(app))
        await pilot.press("p")
        await until(pilot, lambda: "there is nothing to delete" in text_of(app))
        assert isinstance(app.screen, BackupPrune)


async def test_what_can_not_be_asked_is_said_in_place_of_what_expires() -> None:
    made = backups()
    async with shown(made, fixes=fixes()) as (_, app, pilot):
        made.troubles["shop"] = BackupError("connection refused", "start it")
        await pilot.press("p")
        await until(pilot, lambda: "connection refused: start it" in joined(app))


async def test_where_nothing_may_be_done_prune_and_contents_only_show() -> None:
    acting = fixes()
    acting.read_only = "the config says so"
    async with shown(backups(), fixes=acting) as (screen, app, pilot):
        await pilot.press("p")
        await until(pilot, lambda: "10 backups would go" in text_of(app))
        await pilot.press("p")
        assert isinstance(app.screen, BackupPrune)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, BackupContents) and "public.t0" in text_of(app))
        await pilot.press("R")
        assert isinstance(app.screen, BackupContents)
        assert not acting.planned


async def test_what_is_asked_of_one_set_is_never_done_to_another_that_is_in_trouble() -> None:
    """Of a row that is well the offers for the cause of another's trouble come first."""
    made = MemoryFixes(
        {"backup:shop": [offered(offer("backup.verify", "backup:aaa")), offered(offer("backup.verify", "backup:shop"))]}
    )
    async with shown(backups(), fixes=made) as (_, app, pilot):
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, FixPlan))
        assert [one.row for one in made.planned] == ["backup:shop"]
