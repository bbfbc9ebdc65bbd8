"""The screen of backups on a floor, over sets in memory: what it shows, and what each key does."""

import pytest
from msgspec.structs import replace

from ops.actions.base import Param
from ops.backup.errors import BackupError
from ops.backup.structs import Running
from tests.parts.fixes import MemoryFixes, offer, offered
from tests.parts.floor import text_of, until
from tests.parts.memory_backups import DAY, HOUR, MIB, NOW, MemoryBackups, event, kept, month, shown, standing, told
from tui.panes.backup_words import NO_SETS, READING
from tui.screens.backups import BackupScreen
from tui.screens.fix_menu import FixMenu
from tui.screens.fix_plan import FixPlan
from tui.screens.floor import FloorScreen


def sets() -> MemoryBackups:
    media = standing("media", kept(3 * HOUR, made={"name": "media", "kind": "volume"}), kind="volume")
    return MemoryBackups(month(), media, standing("conf", kind="configuration"))


def joined(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_sets_backups_and_calendar_are_in_view(size: tuple[int, int]) -> None:
    async with shown(sets(), size) as (screen, app, pilot):
        await until(pilot, lambda: "30 backups" in text_of(app) or "31 backups" in text_of(app))
        everything = text_of(app)
        for words in ("✓ proven", "20h/1d6h", "◆ drilled 0s ago", "RPO 1d6h", "2023-11", "r run"):
            assert words in everything
        assert [row.id for row in screen.sets.rows] == ["shop", "media", "conf"]


async def test_without_a_set_it_says_how_one_is_made() -> None:
    async with shown(MemoryBackups()) as (screen, _, _pilot):
        assert joined(told(screen)) == NO_SETS


async def test_a_set_without_a_backup_says_which_key_takes_one() -> None:
    async with shown(MemoryBackups(standing("shop")), fixes=MemoryFixes({})) as (screen, app, pilot):
        assert "r takes one" in joined(told(screen))
        await pilot.press("v")
        await until(pilot, lambda: "there is no backup here" in text_of(app))


async def test_tab_goes_to_the_backups_and_the_text_follows_the_cursor() -> None:
    async with shown(sets()) as (screen, _, pilot):
        await pilot.press("tab", "j", "j")
        await until(pilot, lambda: screen.kept is not None and screen.kept.id in told(screen))
        assert screen.kept is not None
        assert screen.kept.manifest.at == NOW - 20 * HOUR - 2 * DAY
        await pilot.press("tab")
        await until(pilot, lambda: "if it were gone now" in told(screen))
        await pilot.press("j")
        await until(pilot, lambda: "volume to file:" in told(screen))
        assert [row.id for row in screen.table.rows] == [kept(3 * HOUR).id]


async def test_a_click_on_a_backup_makes_the_text_about_it() -> None:
    async with shown(sets()) as (screen, _, pilot):
        await pilot.click(screen.table, offset=(4, 3))
        await until(pilot, lambda: screen.in_backups and screen.kept is not None and screen.kept.id in told(screen))


async def test_what_runs_goes_on_before_ones_eyes() -> None:
    backups = sets()
    async with shown(backups) as (screen, app, pilot):
        asked = len(backups.asked)
        backups.runs["shop"] = Running(
            what="run", job=12, since=NOW - 20, bytes=MIB, total_bytes=4 * MIB, bytes_per_s=MIB, eta_s=3.0
        )
        await until(pilot, lambda: "▶ run 25 %" in text_of(app))
        await until(pilot, lambda: "1 MiB of about 4 MiB, 1 MiB/s, 3 s left" in told(screen))
        backups.runs["shop"] = replace(backups.runs["shop"], bytes=3 * MIB)
        await until(pilot, lambda: "▶ run 75 %" in text_of(app))
        assert len(backups.asked) == asked, "no target is asked for that"
        del backups.runs["shop"]
        await until(pilot, lambda: "▶ run" not in text_of(app))


async def test_what_was_written_is_asked_for_at_once() -> None:
    backups = sets()
    async with shown(backups) as (screen, app, pilot):
        failed = event("run", 0, ok=False, words="the disk is full", remedy="make room")
        backups.write(replace(month(), last=failed, events=(failed,)))
        await until(pilot, lambda: "▲ run failed" in text_of(app))
        assert "the disk is full" in told(screen)


async def test_the_text_has_the_width_that_the_first_backup_leaves_it() -> None:
    backups = MemoryBackups(standing("shop"))
    async with shown(backups) as (screen, _, pilot):
        assert "2023-09" in told(screen), "three months have room"
        backups.write(standing("shop", kept(HOUR)))
        await until(pilot, lambda: screen.table.display and "2023-09" not in told(screen) and "2023-10" in told(screen))


async def test_while_targets_are_asked_what_is_known_here_is_shown() -> None:
    backups = sets()
    backups.may_go_on.clear()
    async with shown(backups) as (screen, app, pilot):
        await until(pilot, lambda: "… asking" in text_of(app) and "asking the targets" in text_of(app))
        assert screen.table.rows == ()
        backups.may_go_on.set()
        await until(pilot, lambda: "31 backups" in text_of(app) and not screen.asking)
        await pilot.press("u")
        await until(pilot, lambda: len(backups.asked) == 6)


async def test_until_the_first_set_is_known_it_says_that_it_reads() -> None:
    backups = sets()
    backups.may_glance.clear()
    async with shown(backups) as (screen, _, pilot):
        await until(pilot, lambda: bool(screen.seen.names))
        screen.write()
        assert joined(told(screen)) == READING
        backups.may_glance.set()
        await until(pilot, lambda: len(screen.sets.rows) == 3 and READING not in told(screen))


async def test_a_set_that_can_not_be_asked_is_told_and_keeps_what_was_known() -> None:
    backups = sets()
    async with shown(backups) as (screen, _, pilot):
        backups.troubles["shop"] = BackupError("connection refused", "start it")
        await pilot.press("u")
        await until(pilot, lambda: "shop: connection refused: start it" in joined(told(screen)))
        assert len(screen.table.rows) == 30
        backups.troubles.clear()
        await pilot.press("u")
        await until(pilot, lambda: "connection refused" not in told(screen))


@pytest.mark.parametrize(
    ("key", "action", "title"),
    [
        pytest.param("r", "backup.run", "take a backup of shop", id="run"),
        pytest.param("v", "backup.verify", "verify backup 20231113T021320Z-1a2b3c of shop", id="verify"),
        pytest.param("d", "backup.drill", "drill backup 20231113T021320Z-1a2b3c of shop", id="drill"),
        pytest.param("X", "backup.delete", "delete backup 20231113T021320Z-1a2b3c of shop", id="delete"),
    ],
)
async def test_keys_lead_to_the_plan_of_the_chosen_one(key: str, action: str, title: str) -> None:
    which = Param(name="backup", title="which backup", kind="pick", default="latest")
    ask = () if action == "backup.run" else (which,)
    fixes = MemoryFixes({"backup:shop": [offered(offer(action, "backup:shop", ask=ask, params={"due": ""}))]})
    async with shown(sets(), fixes=fixes) as (_, app, pilot):
        await pilot.press("tab", "j", key)
        await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.phase == "shown")
        (planned,) = fixes.planned
        assert (planned.action, planned.row, planned.title, planned.ask) == (action, "backup:shop", title, ())
        wanted = {} if action == "backup.run" else {"backup": "20231113T021320Z-1a2b3c"}
        assert planned.params == {"due": "", **wanted}


async def test_what_is_not_offered_now_is_planned_all_the_same_and_the_plan_decides() -> None:
    fixes = MemoryFixes({})
    async with shown(sets(), fixes=fixes) as (_, app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.phase == "shown")
        assert fixes.planned[0].action == "backup.drill"


async def test_what_somebody_holds_is_said_and_not_planned() -> None:
    held = offered(offer("backup.run", "backup:shop"), allowed="bob runs it since 3 min")
    fixes = MemoryFixes({"backup:shop": [held]})
    async with shown(sets(), fixes=fixes) as (screen, app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "not now: bob runs it" in text_of(app))
        assert app.screen is screen


async def test_a_set_that_the_floor_has_not_read_yet_is_said_to_be_so() -> None:
    backups = sets()
    async with shown(backups, fixes=MemoryFixes({})) as (screen, app, pilot):
        backups.sets = {"new": standing("new"), **backups.sets}
        await until(pilot, lambda: screen.sets.rows[0].id == "new")
        await pilot.press("k", "k", "r")
        await until(pilot, lambda: "the floor does not watch the backups of new yet" in joined(text_of(app)))


async def test_x_shows_all_that_fits_the_set() -> None:
    fixes = MemoryFixes({"backup:shop": [offered(offer("backup.run", "backup:shop"))]})
    async with shown(sets(), fixes=fixes) as (_, app, pilot):
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, FixMenu) and len(app.screen.groups) == 1)


async def test_where_nothing_may_be_done_only_looking_is_offered() -> None:
    fixes = MemoryFixes({})
    fixes.read_only = "the config says so"
    async with shown(sets(), fixes=fixes) as (screen, app, pilot):
        await pilot.press("r", "v", "d", "R", "X", "x")
        assert app.screen is screen
        last = text_of(app).splitlines()[-1]
        assert "read-only" in text_of(app).splitlines()[0]
        assert "p prune" in last
        assert not [word for word in ("run", "verify", "drill", "restore", "fix") if f" {word}" in last]


async def test_filter_whole_calendar_and_back() -> None:
    async with shown(sets()) as (screen, app, pilot):
        await pilot.press("slash", *"broken", "enter")
        await until(pilot, lambda: len(screen.table.rows) == 1)
        assert "/broken" in text_of(app).splitlines()[0]
        await pilot.press("enter")
        await until(pilot, lambda: not screen.sets.display and not screen.table.display)
        await pilot.press("escape")
        await until(pilot, lambda: screen.sets.display and screen.table.display)
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.table.rows) == 30)
        await pilot.press("tab")
        await until(pilot, lambda: "2023-11" in told(screen))
        await pilot.press("left_square_bracket", "left_square_bracket")
        await until(pilot, lambda: "2023-09" in told(screen) and screen.back == 1)
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda: screen.back == 0)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FloorScreen))


async def test_a_text_that_hides_every_backup_leaves_the_keys_with_the_sets() -> None:
    async with shown(sets()) as (screen, app, pilot):
        await pilot.press("slash", *"!2023", "enter")
        await until(pilot, lambda: "no backup is like that" in joined(told(screen)))
        await pilot.press("j")
        await until(pilot, lambda: screen.sets.cursor_id == "media")
        await pilot.press("escape")
        await until(pilot, lambda: bool(screen.table.rows))
        assert app.screen is screen


async def test_read_on_and_copy() -> None:
    async with shown(sets(), (80, 24)) as (screen, app, pilot):
        await pilot.press("J")
        await until(pilot, lambda: screen.page.top > 0)
        await pilot.press("K")
        await until(pilot, lambda: screen.page.top == 0)
        await pilot.press("y")
        await until(pilot, lambda: "RPO" in app.clipboard)


async def test_b_again_leads_back_and_the_way_is_one_screen() -> None:
    async with shown(sets()) as (_, app, pilot):
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, FloorScreen))
        await pilot.press("B")
        await until(pilot, lambda: isinstance(app.screen, BackupScreen))


async def test_names_from_the_world_are_no_markup_and_no_control_signs() -> None:
    hostile = "[red]\x1b[31mx"
    one = standing(
        "shop", kept(HOUR, reasons=(hostile,), made={"subject": hostile, "by": hostile}), anomalies=(hostile,)
    )
    async with shown(MemoryBackups(one)) as (screen, app, pilot):
        assert "[red]" in told(screen)
        await pilot.press("tab")
        await until(pilot, lambda: "of [red]" in told(screen))
        assert "\x1b" not in told(screen) + text_of(app)


async def test_of_ten_thousand_backups_only_those_in_view_are_drawn() -> None:
    every = [kept(number * HOUR) for number in range(10_000)]
    async with shown(MemoryBackups(standing("shop", *every))) as (screen, app, pilot):
        await until(pilot, lambda: len(screen.table.rows) == 10_000)
        await pilot.press("tab", "G")
        await until(pilot, lambda: every[-1].id in told(screen) and "10000 of 10000" in text_of(app))
        drawn = sum("cells" in row.__dict__ for row in screen.table.rows)
        assert drawn < 500


async def test_a_filter_makes_no_line_anew() -> None:
    every = [kept(number * HOUR) for number in range(300)]
    async with shown(MemoryBackups(standing("shop", *every))) as (screen, _, pilot):
        before = {row.id: row for row in screen.table.rows}
        wanted = every[200].id
        await pilot.press("slash", *wanted[:11], "enter")
        await until(pilot, lambda: 0 < len(screen.table.rows) < 300)
        assert all(row is before[row.id] for row in screen.table.rows)
        await pilot.press("slash", *"zzz", "enter")
        await until(pilot, lambda: not screen.table.rows)
        assert screen.kept is None
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.table.rows) == 300)
        assert screen.kept is not None
