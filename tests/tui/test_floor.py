"""The floor as a person meets it: every key, every size, Boards that come while keys are pressed."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.geometry import Region
from textual.widget import Widget

from ops.config.structs import Settings
from tests.parts.boards import bad_night, board, container, host, row, service
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import floor, pane, screen, text_of, until
from tests.parts.sources import MemorySource
from tui import keys
from tui.screens.detail import DetailScreen
from tui.screens.floor import FloorScreen
from tui.screens.help import HelpScreen, help_lines


async def test_the_first_board_is_on_the_screen() -> None:
    async with floor(bad_night()) as (app, _, pilot):
        await until(pilot, lambda: "-15m" in text_of(app))
        told = text_of(app)
    for words in ("PRODUCTION", "● down", "p95", "shop-web-1", "emails", "never", "likely cause", "db1", "? help"):
        assert words in told


async def test_before_any_reading_it_waits() -> None:
    waiting = row("service:api", at=None, level="unknown", word="waiting", reason="")
    async with floor(board(waiting)) as (app, _, pilot):
        await until(pilot, lambda: "waiting for the first reading" in text_of(app))


@pytest.fixture
def refreshed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, tuple[Region, ...]]]:
    """What Textual is asked to paint again: the widget's id and the regions."""
    asked: list[tuple[str | None, tuple[Region, ...]]] = []
    refresh = Widget.refresh

    def recorded(self: Widget, *regions: Region, **options: bool) -> Widget:
        asked.append((self.id, regions))
        return refresh(self, *regions, **options)

    monkeypatch.setattr(Widget, "refresh", recorded)
    return asked


async def test_a_new_board_repaints_only_what_changed(
    refreshed: list[tuple[str | None, tuple[Region, ...]]],
) -> None:
    first = board(service("a"), service("b"), container("web"))
    async with floor(first) as (app, source, pilot):
        await until(pilot, lambda: "-15m" in text_of(app))
        refreshed.clear()
        second = replace(first, rows=(first.rows[0], service("b", 99), first.rows[2]))
        source.say(second)
        await until(pilot, lambda: screen(app).board is second and not screen(app)._todo)
        asked = [(name, [region.y for region in regions]) for name, regions in refreshed if name != "header"]
    assert asked == [("services", [2])]


async def test_the_same_board_paints_nothing(refreshed: list[tuple[str | None, tuple[Region, ...]]]) -> None:
    shown = bad_night()
    async with floor(shown) as (app, source, pilot):
        await until(pilot, lambda: "-15m" in text_of(app))
        refreshed.clear()
        again = replace(shown, rows=tuple(replace(each) for each in shown.rows))
        source.say(again)
        await until(pilot, lambda: screen(app).board is again and not screen(app)._todo)
        asked = [name for name, _ in refreshed if name != "header"]
    assert asked == []


async def test_the_cursor_stays_on_its_row_when_rows_move() -> None:
    async with floor(board(service("a"), service("b"), service("c"))) as (app, source, pilot):
        await pilot.press("j")
        assert pane(app, "services").cursor_id == "service:b"
        moved = board(service("c", level="critical"), service("a"), service("b"))
        source.say(moved)
        await until(pilot, lambda: screen(app).board is moved and not screen(app)._todo)
        assert pane(app, "services").cursor_id == "service:b"
        assert pane(app, "services").cursor == 2


async def test_the_cursor_is_on_the_worst_row_until_somebody_moves_it_and_the_chart_follows() -> None:
    async with floor(board(service("a"), service("b"))) as (app, source, pilot):
        assert pane(app, "services").cursor_id == "service:a"
        worse = board(service("b", level="critical"), service("a"))
        source.say(worse)
        await until(pilot, lambda: pane(app, "services").cursor_id == "service:b")
        await until(pilot, lambda: screen(app).view.row == "service:b")
        await pilot.press("k")
        other = board(service("c", level="critical"), service("b", level="warning"), service("a"))
        source.say(other)
        await until(pilot, lambda: screen(app).board is other and not screen(app)._todo)
        assert screen(app).selected_id() == "service:b", "a key was pressed: it stays on its row"


@pytest.mark.parametrize(("size", "below"), [((80, 24), 3), ((120, 40), 1)])
async def test_what_is_told_covers_neither_keys_nor_alerts(size: tuple[int, int], below: int) -> None:
    async with floor(bad_night(), size) as (app, _, pilot):
        await until(pilot, lambda: "likely cause" in text_of(app))
        before = text_of(app).splitlines()
        app.notify("it is in the clipboard", timeout=60)
        await until(pilot, lambda: "it is in the clipboard" in text_of(app))
        after = text_of(app).splitlines()
        assert after[-below:] == before[-below:]
        assert "likely cause" in "\n".join(after)


async def test_a_row_that_goes_leaves_the_cursor_at_its_place() -> None:
    async with floor(board(service("a"), service("b"), service("c"))) as (app, source, pilot):
        await pilot.press("j")
        shorter = board(service("a"), service("c"))
        source.say(shorter)
        await until(pilot, lambda: screen(app).board is shorter and not screen(app)._todo)
        assert pane(app, "services").cursor_id == "service:c"


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        pytest.param(["j"], 1, id="j goes down"),
        pytest.param(["down", "down"], 2, id="so does the arrow"),
        pytest.param(["j", "k"], 0, id="k goes up"),
        pytest.param(["k"], 0, id="it stops at the top"),
        pytest.param(["G"], 29, id="G goes to the end"),
        pytest.param(["end", "j"], 29, id="it stops at the end"),
        pytest.param(["G", "g"], 0, id="g goes to the top"),
        pytest.param(["ctrl+d", "ctrl+u"], 0, id="pages go there and back"),
    ],
)
async def test_the_cursor(keys: list[str], at: int) -> None:
    async with floor(board(*(service(f"s{i:02}") for i in range(30)))) as (app, _, pilot):
        await pilot.press(*keys)
        table = pane(app, "services")
        assert table.cursor == at
        assert table.top <= at < table.top + table.page


async def test_three_hundred_rows_say_what_of_them_is_in_view() -> None:
    async with floor(board(*(service(f"s{i:03}") for i in range(300))), size=(80, 24)) as (app, _, pilot):
        table = pane(app, "services")
        page = table.page
        for key, first in (("ctrl+d", 2), ("G", 301 - page), ("ctrl+u", 300 - page), ("g", 1)):
            await pilot.press(key)
            await until(pilot, lambda first=first: f"{first}-{first + page - 1} of 300" in text_of(app))  # type: ignore[misc]
            assert table.top + 1 == first


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_names_that_are_longer_than_their_column_are_cut_and_nothing_is_shifted(size: tuple[int, int]) -> None:
    named = [
        replace(service(str(i)), name=name) for i, name in enumerate(("日本語の長い業務名" * 9, "x" * 500, "é" * 99))
    ]
    async with floor(board(*named, *host()), size=size) as (app, _, __):
        lines = text_of(app).splitlines()
    assert {cell_len(line) for line in lines} == {size[0]}
    assert sum("…" in line and "up" in line for line in lines) == 3


async def test_tab_goes_round_the_panes_that_have_something_to_show() -> None:
    async with floor(board(service("a"), container("web"), *host())) as (app, _, pilot):
        seen = []
        for _step in range(4):
            await pilot.press("tab")
            seen.append(screen(app).active)
        await pilot.press("shift+tab")
        assert seen == ["latency", "containers", "host", "services"]
        assert screen(app).active == "host"


async def test_zoom_gives_a_pane_the_screen_and_back() -> None:
    async with floor(bad_night()) as (app, _, pilot):
        await pilot.press("z")
        await until(pilot, lambda: pane(app, "services").size.height == 36)
        assert "Containers" not in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Containers" in text_of(app))


async def test_what_was_hidden_by_the_zoom_is_whole_again_though_its_rows_became_wider_meanwhile() -> None:
    first = board(service("a"), service("b"), container("web"))
    async with floor(first) as (app, source, pilot):
        await until(pilot, lambda: "web" in text_of(app))
        await pilot.press("z")
        await until(pilot, lambda: "Containers" not in text_of(app))
        second = replace(first, rows=(*first.rows[:2], container("web-with-a-longer-name")))
        source.say(second)
        await until(pilot, lambda: screen(app).board is second and not screen(app)._todo)
        await pilot.press("z")
        await until(pilot, lambda: "web-with-a-longer-name" in text_of(app))


async def test_a_picture_without_rows_in_between_leaves_no_empty_columns_behind() -> None:
    first = board(service("a"), service("b"))
    async with floor(first) as (app, source, pilot):
        await until(pilot, lambda: pane(app, "services").rows != ())
        head = text_of(app).split("\n")[2]
        for shown in (replace(first, rows=()), first):
            source.say(shown)
            await until(pilot, lambda shown=shown: screen(app).board is shown and not screen(app)._todo)  # type: ignore[misc]
        await pilot.pause()
        assert text_of(app).split("\n")[2] == head
        assert "host" not in head.split()


async def test_a_filter_works_while_it_is_typed_and_can_be_turned_round() -> None:
    async with floor(board(service("api"), service("web"), service("apple"))) as (app, _, pilot):
        services = pane(app, "services")
        await pilot.press("slash", "a", "p")
        await until(pilot, lambda: [each.id for each in services.visible_rows] == ["service:api", "service:apple"])
        await pilot.press("enter")
        assert screen(app).focused is services
        await pilot.press("exclamation_mark")
        assert [each.id for each in services.visible_rows] == ["service:web"]
        assert "/!ap" in text_of(app)
        await pilot.press("escape")
        assert len(services.visible_rows) == 3


async def test_an_inverse_filter_can_be_typed() -> None:
    async with floor(board(service("api"), service("web"))) as (app, _, pilot):
        await pilot.press("exclamation_mark", "a", "p", "i")
        services = pane(app, "services")
        await until(pilot, lambda: [each.id for each in services.visible_rows] == ["service:web"])
        await pilot.press("escape")
        assert len(services.visible_rows) == 2


async def test_keys_in_the_filter_line_are_text() -> None:
    async with floor(board(service("q"))) as (app, _, pilot):
        await pilot.press("slash", "q", "t", "p")
        assert app.is_running
        assert pane(app, "services").filter_text == "qtp"


async def test_sorting_goes_through_the_columns_and_can_be_reversed() -> None:
    async with floor(board(service("b", 10), service("a", 90))) as (app, _, pilot):
        services = pane(app, "services")
        await pilot.press("s")
        assert [each.id for each in services.visible_rows] == ["service:a", "service:b"]
        await pilot.press("S")
        assert [each.id for each in services.visible_rows] == ["service:b", "service:a"]
        assert "service↑" in text_of(app)


async def test_a_pause_freezes_the_picture_and_goes_on_collecting() -> None:
    async with floor(board(service("a"))) as (app, source, pilot):
        await pilot.press("p")
        later = board(service("b"))
        source.say(later)
        await until(pilot, lambda: screen(app).latest is later)
        assert "PAUSED" in text_of(app)
        assert screen(app).board is not later
        await pilot.press("p")
        await until(pilot, lambda: screen(app).board is later and not screen(app)._todo)
        assert "PAUSED" not in text_of(app)


async def test_the_window_changes_what_the_services_show() -> None:
    async with floor(board(service("a"))) as (app, _, pilot):
        await pilot.press("v")
        await until(pilot, lambda: "Services · 30m" in text_of(app))


async def test_poll_now_asks_the_source() -> None:
    async with floor(board(service("a"))) as (_, source, pilot):
        await pilot.press("r")
        await until(pilot, lambda: source.polls == 1)


async def test_copy_goes_through_the_terminal() -> None:
    async with floor(board(service("a", level="critical", word="down", reason="refused"))) as (app, _, pilot):
        await pilot.press("y")
        assert app.clipboard == (
            "service:a down (critical) for 2h; refused; p50 41 ms, p95 164 ms, p99 369 ms, 0 of 100 probes failed in 5m"
        )
        await until(pilot, lambda: "service:a is in the clipboard" in text_of(app))


async def test_the_theme_key_goes_round_and_the_floor_stays() -> None:
    async with floor(bad_night()) as (app, _, pilot):
        seen = []
        for _step in range(4):
            await pilot.press("t")
            seen.append(app.theme)
        assert len(set(seen)) == 4
        assert "PRODUCTION" in text_of(app)


async def test_enter_shows_the_detail_and_escape_goes_back() -> None:
    sick = service(
        "api",
        level="critical",
        word="down",
        reason="HTTP 500",
        texts={"health probe": "disk [red]full[/]"},
        hints=("x",),
    )
    async with floor(board(sick), logs={"service:api": ["first line", "second line"]}) as (app, source, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen) and "second line" in text_of(app))
        assert "disk [red]full[/]" in text_of(app)
        well = board(service("api"))
        source.say(well)
        await until(pilot, lambda: "✓ up" in text_of(app))
        await pilot.press("j", "k", "G", "g", "ctrl+d", "ctrl+u", "y", "escape")
        assert isinstance(app.screen, FloorScreen)


async def test_a_row_without_a_log_says_so() -> None:
    async with floor(board(service("api"))) as (app, _, pilot):
        await pilot.press("l")
        await until(pilot, lambda: "it has no log to follow" in text_of(app))


async def test_help_names_every_key_and_every_pane() -> None:
    source = MemorySource(bad_night())
    source.fixes = MemoryFixes({})
    async with floor(source.board, source=source) as (app, _, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and bool(app.screen.page.lines))
        assert isinstance(app.screen, HelpScreen)
        told = "\n".join("".join(text for text, _ in line) for line in app.screen.page.lines)
        assert "Error budget" in told
        assert "Freeze the picture" in told
        assert all(key.id in told for key in keys.KEYS)


async def test_help_fits_into_eighty_columns_with_the_ids_that_the_config_needs() -> None:
    lines = ["".join(text for text, _ in line) for line in help_lines({}, 78)]
    assert all(len(line) <= 78 for line in lines)
    assert any(line.split()[:2] == ["z", "pane.zoom"] for line in lines)


async def test_the_palette_runs_an_action() -> None:
    async with floor(bad_night()) as (app, _, pilot):
        await pilot.press("ctrl+p", *"zoom")
        await pilot.pause()
        await until(pilot, lambda: "Give the focused pane" in text_of(app))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: screen(app).zoomed)


async def test_the_palette_jumps_to_a_row_by_its_name_and_clears_a_filter_that_hides_it() -> None:
    async with floor(board(service("api"), container("web"), replace(container("x"), name="[/worker"))) as (
        app,
        _,
        pilot,
    ):
        pane(app, "containers").set_filter("web", inverse=False)
        await pilot.press("ctrl+p", *"worker")
        await until(pilot, lambda: "go to [/worker (containers)" in text_of(app))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: screen(app).active == "containers")
        assert pane(app, "containers").cursor_id == "container:local/x"


async def test_the_palette_takes_a_theme_by_its_name() -> None:
    async with floor(board(service("api"))) as (app, _, pilot):
        await pilot.press("ctrl+p", *"theme light")
        await until(pilot, lambda: "Take this theme" in text_of(app))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.theme == "watchfloor-light")


async def test_palette_and_help_open_from_any_page() -> None:
    async with floor(board(service("api"))) as (app, _, pilot):
        await pilot.press("enter", "ctrl+p")
        await until(pilot, lambda: "log lines that contain" in text_of(app))
        await pilot.press("escape", "question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("ctrl+p", *"theme li")
        await until(pilot, lambda: "theme light" in text_of(app))
        await pilot.press("escape", "escape", "escape")
        assert app.screen is screen(app)


async def test_the_users_keys_work_and_the_old_ones_do_not() -> None:
    async with floor(bad_night(), keys={"pane.zoom": "f11"}) as (app, _, pilot):
        await pilot.press("z")
        assert screen(app).zoomed is False
        await pilot.press("f11")
        assert screen(app).zoomed is True


async def test_quit_closes_the_source() -> None:
    async with floor(bad_night()) as (app, source, pilot):
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)
    assert source.closed


async def test_resizing_goes_through_every_form() -> None:
    async with floor(bad_night()) as (app, source, pilot):
        for width, height, form in ((80, 24, "compact"), (200, 60, "wide"), (20, 5, "small"), (120, 40, "wide")):
            await pilot.resize_terminal(width, height)
            await until(pilot, lambda form=form: screen(app).floor.plan.form == form)  # type: ignore[misc]
            source.say(bad_night())
            await pilot.pause()
        await until(pilot, lambda: "likely cause" in text_of(app))


async def test_a_small_screen_says_so_and_how_bad_it_is() -> None:
    async with floor(bad_night(), size=(20, 5)) as (app, _, __):
        assert "20x5 is too small" in text_of(app)
        assert "3 critical" in text_of(app)


async def test_eighty_by_twenty_four_shows_services_and_the_focused_pane() -> None:
    async with floor(bad_night(), size=(80, 24)) as (app, _, pilot):
        while screen(app).active != "queues":
            await pilot.press("tab")
        await until(pilot, lambda: "emails" in text_of(app))
        assert "checkout" in text_of(app)
        assert "likely cause" in text_of(app)


HOSTILE = (
    "[red]x[/red]",
    "[/",
    "a[b=c]d",
    "[@click=app.quit]q[/]",
    "日本語テスト",
    "$(rm -rf /)",
    "x" * 10_000,
    "👩‍👩‍👧 family",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_names_are_inert_and_cut(name: str) -> None:
    sick = replace(service("x", level="critical", word=name[:40], reason=name), name=name)
    bad = row("redis:r", level="warning", name=name, reason=name, word="full", texts={name[:50]: name}, error=name)
    shown = board(sick, bad, replace(container("c"), name=name))
    async with floor(shown, logs={"service:x": [name]}) as (
        app,
        _,
        pilot,
    ):
        lines = text_of(app).splitlines()
        if len(name) < 20 and name.isascii():
            assert name in text_of(app)
        assert len(lines) == 40
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await pilot.press("escape", "tab", "z", "z", "y")
        assert app.is_running


async def test_no_color_leaves_no_colour_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with floor(bad_night()) as (app, _, pilot):
        await until(pilot, lambda: "-15m" in text_of(app))
        strips = [
            strip.apply_filter(each, app.screen.background_colors[1])
            for strip in app.screen._compositor.render_strips()
            for each in app.get_line_filters()
        ]
        styles = [segment.style for strip in strips for segment in strip if segment.style]
    assert styles
    colours = [colour for style in styles for colour in (style.color, style.bgcolor) if colour]
    assert all(colour.is_default for colour in colours)


async def test_ascii_has_no_sign_that_such_a_terminal_lacks() -> None:
    async with floor(bad_night(), settings=Settings(ascii=True)) as (app, _, pilot):
        await until(pilot, lambda: "-15m" in text_of(app))
        assert text_of(app).isascii()


async def test_a_new_fault_is_in_view_where_nobody_reads_and_counted_where_somebody_does() -> None:
    calm = board(*(service(f"s{i:03}") for i in range(60)), *(container(f"c{i:03}") for i in range(60)))
    async with floor(calm) as (app, source, pilot):
        table = pane(app, "containers")
        await until(pilot, lambda: len(table.visible_rows) == 60)
        await pilot.press("G")
        services = pane(app, "services")
        assert services.top > 0
        broken = [
            replace(row, level="critical", word="down") if row.name in ("s000", "c000") else row for row in calm.rows
        ]
        source.say(replace(calm, rows=tuple(broken)))
        await until(pilot, lambda: table.visible_rows[0].id.endswith("c000"))
        assert table.top == 0, "not focused: the worst is in view"
        await until(pilot, lambda: "1 critical above" in text_of(app))
