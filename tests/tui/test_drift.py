"""The drift screen on a real floor, over a real desk: what it shows, and what each key does."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.base import CollectError
from tests.parts import boards
from tests.parts.fixes import MemoryFixes, offer, offered
from tests.parts.floor import text_of, until
from tests.parts.memory_drift import NGINX, Shop, labels, shown, told
from tests.parts.memory_jobs import job
from tests.parts.sources import MemorySource
from tui.screens.drift_history import DriftHistory
from tui.screens.drift_picture import NO_BASELINE, NOT_COMPARED
from tui.screens.fix_menu import FixMenu
from tui.screens.fix_plan import FixPlan
from tui.screens.floor import FloorScreen


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def joined(text: str) -> str:
    """Without the ends of lines."""
    return " ".join(text.split())


async def test_without_a_baseline_it_says_how_one_is_made(shop: Shop) -> None:
    async with shown(shop.desk) as (screen, _, _pilot):
        assert joined(told(screen)) == NO_BASELINE


async def test_with_a_baseline_alone_it_says_how_to_compare(shop: Shop) -> None:
    await shop.agree()
    async with shown(shop.desk) as (screen, _, _pilot):
        assert joined(told(screen)) == NOT_COMPARED


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_tree_has_sources_with_counts_and_the_gravest_first(shop: Shop, size: tuple[int, int]) -> None:
    await shop.drifted()
    async with shown(shop.desk, size) as (screen, app, _):
        assert labels(screen)[0].endswith("containers")
        assert {"/etc/nginx.conf text", "git"} <= set(labels(screen))
        assert "as agreed" in {row.cells[1].text[2:] for row in screen.table.rows}
        everything = text_of(app)
        assert "drift" in everything
        assert "local/web-1" in everything
        assert "d detect" in everything.splitlines()[-1]


async def test_the_diff_of_a_file_marks_what_changed_in_a_line(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, _, pilot):
        screen.set_filter("nginx.conf", inverse=False)
        await pilot.press("j")
        await until(pilot, lambda: "files:/etc/nginx.conf#text" in told(screen))
        assert "- listen 80;" in told(screen)
        assert "+ listen 8080;" in told(screen)
        parts = {piece for line in screen.page.lines for piece in line}
        assert ("80", "gone-part") in parts
        assert ("8080", "came-part") in parts


async def test_v_shows_it_side_by_side(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, _, pilot):
        screen.set_filter("nginx.conf", inverse=False)
        await pilot.press("j", "v")
        await until(
            pilot, lambda: any("listen 80;" in line and "listen 8080;" in line for line in told(screen).split("\n"))
        )


async def test_a_secret_is_a_digest_and_said_to_be_one(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, _, pilot):
        screen.set_filter("TOKEN", inverse=False)
        await pilot.press("G")
        await until(pilot, lambda: "digest:0011223344556677" in told(screen))
        assert "a salted digest stands for a value that is never kept" in joined(told(screen))


async def test_a_difference_without_a_fix_says_what_a_person_should_do(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, _, pilot):
        screen.set_filter("nginx.conf", inverse=False)
        await pilot.press("j")
        await until(pilot, lambda: "by hand: look at /etc/nginx.conf yourself" in told(screen))


async def test_what_puts_it_right_is_asked_anew_once_it_is_another_difference(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, _, pilot):
        screen.set_filter("nginx.conf", inverse=False)
        await pilot.press("j")
        await until(pilot, lambda: "by hand: look at /etc/nginx.conf yourself" in told(screen))
        monkeypatch.setattr(shop.files, "by_hand", lambda _: "call ann")
        shop.files.items["/etc/nginx.conf"] = {"text": "listen 9090;\n", "mode": "644"}
        await pilot.press("d")
        await until(pilot, lambda: "by hand: call ann" in told(screen))


async def test_a_accepts_with_a_reason_and_e_shows_who_did(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, app, pilot):
        screen.set_filter("nginx.conf", inverse=False)
        await pilot.press("j", "a", "enter")
        assert screen.answer.open, "an acceptance without a reason is refused"
        await pilot.press(*"ticket 12", "enter")
        await until(pilot, lambda: not screen.table.visible_rows)
        await pilot.press("e")
        await until(pilot, lambda: bool(screen.table.visible_rows))
        await pilot.press("G")
        await until(pilot, lambda: "ticket 12" in told(screen))
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, DriftHistory) and "ticket 12" in text_of(app))
        await pilot.press("escape", "u")
        await until(pilot, lambda: "expected:" not in told(screen))
        await until(
            pilot, lambda: screen.findings is not None and not any(one.expected for one in screen.findings.differences)
        )


async def test_d_compares_anew_and_c_agrees_on_what_is(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, app, pilot):
        shop.git.items["/srv/shop"] = {"branch": "hotfix"}
        await pilot.press("d")
        await until(pilot, lambda: "/srv/shop branch" in labels(screen))
        await pilot.press("c", "enter")
        await until(pilot, lambda: screen.findings is not None and not screen.findings.drift)
        await until(pilot, lambda: "as agreed" in text_of(app).splitlines()[0])


async def test_another_baseline_is_compared_with(shop: Shop) -> None:
    await shop.drifted()
    await shop.desk.capture("today", by="bob")
    async with shown(shop.desk) as (screen, _, pilot):
        assert "another baseline" in joined(told(screen))
        await pilot.press("b")
        await pilot.press(*["backspace"] * 5, *"agreed", "enter")
        await until(pilot, lambda: screen.seen.current == "agreed" and not screen.work.doing)


async def test_what_can_not_be_read_is_said_with_its_reason(shop: Shop) -> None:
    await shop.agree()
    shop.git.error = CollectError("git is not installed", remedy="install git")
    await shop.desk.detect()
    async with shown(shop.desk) as (screen, _, pilot):
        await until(pilot, lambda: "git is not installed" in joined(told(screen)))


async def test_x_goes_through_menu_and_plan_with_the_row_of_the_difference(shop: Shop) -> None:
    await shop.drifted()
    findings = shop.desk.findings()
    assert findings is not None
    one = next(one for one in findings.drift if one.path == "files:/etc/nginx.conf#text")
    row = shop.desk.row(one, findings.at)
    fixes = MemoryFixes({row.id: [offered(offer("drift.restore_file", row.id))]})
    async with shown(shop.desk, fixes=fixes) as (screen, app, pilot):
        screen.set_filter("nginx.conf", inverse=False)
        await pilot.press("j", "x")
        await until(pilot, lambda: isinstance(app.screen, FixMenu))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FixPlan) and app.screen.phase == "shown")
        assert fixes.planned[0].row == row.id


async def test_only_new_folds_filter_and_back(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk) as (screen, app, pilot):
        everything = len(screen.table.visible_rows)
        await pilot.press("space")
        await until(pilot, lambda: len(screen.table.visible_rows) < everything)
        await pilot.press("space")
        await until(pilot, lambda: len(screen.table.visible_rows) == everything)
        await pilot.press("slash", *"stray", "enter")
        await until(pilot, lambda: labels(screen)[-1] == "local/stray")
        await pilot.press("n")
        assert "new in the last hour" in text_of(app).splitlines()[0]
        await pilot.press("enter")
        await until(pilot, lambda: not screen.table.display)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(screen.table.visible_rows) == everything)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, FloorScreen))


async def test_where_nothing_may_be_done_nothing_can_be_agreed(shop: Shop) -> None:
    await shop.drifted()
    fixes = MemoryFixes({})
    fixes.read_only = "the config says so"
    async with shown(shop.desk, fixes=fixes) as (screen, app, pilot):
        await pilot.press("a", "c", "x")
        assert not screen.answer.open
        assert app.screen is screen
        assert "read-only" in text_of(app).splitlines()[0]
        assert "accept" not in text_of(app).splitlines()[-1]


async def test_a_file_is_written_once(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.drifted()
    monkeypatch.chdir(tmp_path)
    async with shown(shop.desk) as (_, app, pilot):
        await pilot.press("w")
        await until(pilot, (tmp_path / "watchfloor-baseline-agreed.toml").is_file)
        await pilot.press("w")
        await until(pilot, lambda: any("already" in note.message for note in app._notifications))


async def test_a_working_folder_that_is_gone_is_told(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.drifted()
    (tmp_path / "release").mkdir()
    monkeypatch.chdir(tmp_path / "release")
    (tmp_path / "release").rmdir()
    async with shown(shop.desk) as (_, app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: any("folder is gone" in note.message for note in app._notifications))
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, DriftHistory))


async def test_names_from_the_world_are_no_markup(shop: Shop) -> None:
    await shop.drifted()
    shop.files.items["/etc/[red]x[/]"] = {"text": "[bold]\x1b[31mhello\n", "mode": "600"}
    await shop.desk.detect()
    async with shown(shop.desk) as (screen, _, pilot):
        screen.set_filter("red", inverse=False)
        await pilot.press("G")
        await until(pilot, lambda: "[bold]" in told(screen))
        assert "\x1b" not in told(screen)


async def test_once_a_fix_has_ended_it_compares_anew(shop: Shop) -> None:
    await shop.drifted()
    findings = shop.desk.findings()
    assert findings is not None
    one = next(one for one in findings.drift if one.path == "files:/etc/nginx.conf#text")
    row = shop.desk.row(one, findings.at)
    fixes = MemoryFixes({row.id: [offered(offer("drift.restore_file", row.id))]})
    async with shown(shop.desk, fixes=fixes) as (screen, app, pilot):
        screen.set_filter("nginx.conf", inverse=False)
        await pilot.press("j", "x")
        await until(pilot, lambda: isinstance(app.screen, FixMenu))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        ended = job(1, state="ended", verdict="verified", ended_at=1010.0)
        await fixes.put(replace(ended, request=replace(ended.request, row=row.id)))
        shop.files.items["/etc/nginx.conf"] = {"text": NGINX, "mode": "644"}
        source = app.source
        assert isinstance(source, MemorySource)
        source.say(boards.board(boards.service("api"), at=boards.NOW + 1))
        await until(
            pilot, lambda: screen.findings is not None and row.name not in {o.path for o in screen.findings.drift}
        )


async def test_while_a_page_of_a_fix_is_open_boards_without_the_difference_change_nothing(shop: Shop) -> None:
    await shop.drifted()
    findings = shop.desk.findings()
    assert findings is not None
    row = shop.desk.row(findings.drift[0], findings.at)
    fixes = MemoryFixes({row.id: [offered(offer("drift.recreate", row.id))]})
    async with shown(shop.desk, fixes=fixes) as (screen, app, pilot):
        screen.set_filter(findings.drift[0].path, inverse=False)
        await pilot.press("G", "x")
        await until(pilot, lambda: isinstance(app.screen, FixMenu))
        menu = app.screen
        assert isinstance(menu, FixMenu)
        source = app.source
        assert isinstance(source, MemorySource)
        source.say(boards.board(boards.service("api"), at=boards.NOW + 1))
        await until(pilot, lambda: menu.board.at == boards.NOW + 1)
        assert menu.board.row(row.id) is not None
        assert len(menu.groups) == 1
