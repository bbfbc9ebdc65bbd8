"""The job drawer: what runs and ran, output as it comes, and what can be done with a job; on a real floor."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot

from tests.parts import boards
from tests.parts.fixes import MemoryFixes
from tests.parts.floor import floor, text_of, until
from tests.parts.memory_jobs import job, written
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.job_watch import JobWatch
from tui.screens.jobs import JobsScreen
from tui.screens.jobs_picture import NOTHING
from tui.terminal.browser import DRIVER

Drawer = tuple[JobsScreen, FloorApp, Pilot[None]]


@asynccontextmanager
async def drawer(jobs: MemoryFixes, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Drawer]:
    """A floor on which `o` was pressed."""
    board = boards.board(boards.service("api"), at=1000.0)
    source = MemorySource(board)
    source.fixes = jobs
    async with floor(board, size, source=source) as (app, _, pilot):
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, JobsScreen))
        screen = app.screen
        assert isinstance(screen, JobsScreen)
        await until(pilot, lambda: bool(screen.page.lines))
        yield screen, app, pilot


def told(screen: JobsScreen) -> str:
    """The lower part, as text."""
    return "\n".join("".join(text for text, _ in line) for line in screen.page.lines)


async def test_without_a_job_it_says_how_one_begins() -> None:
    async with drawer(MemoryFixes({})) as (screen, _, _pilot):
        assert told(screen) == NOTHING


async def test_output_comes_as_it_is_written_until_the_end() -> None:
    jobs = MemoryFixes({}, job(1), output={1: written("first")})
    async with drawer(jobs) as (screen, _, pilot):
        await until(pilot, lambda: "first" in told(screen))
        await jobs.say(1, "second", "third")
        await until(pilot, lambda: "third" in told(screen))
        await jobs.put(job(1, state="ended", verdict="verified", said="service:api is up again", ended_at=1011.0))
        await until(pilot, lambda: "verified" in told(screen))
        assert "service:api is up again" in told(screen)
        assert told(screen).count("first") == 1


async def test_the_cursor_chooses_whose_output_is_shown() -> None:
    jobs = MemoryFixes({}, job(1), job(2), output={1: written("of the first"), 2: written("of the second")})
    async with drawer(jobs) as (screen, _, pilot):
        await until(pilot, lambda: "of the second" in told(screen))
        await pilot.press("j")
        await until(pilot, lambda: "of the first" in told(screen))
        assert "of the second" not in told(screen)


async def test_who_scrolled_back_stays_there_while_more_comes() -> None:
    jobs = MemoryFixes({}, job(1), output={1: written(*(f"line {i}" for i in range(200)))})
    async with drawer(jobs) as (screen, _, pilot):
        await until(pilot, lambda: "line 199" in told(screen))
        assert screen.page.top == screen.page.last_top
        await pilot.press("K")
        top = screen.page.top
        assert top < screen.page.last_top
        await jobs.say(1, "more")
        await until(pilot, lambda: "more" in told(screen))
        assert screen.page.top == top
        await pilot.press("f")
        assert screen.page.top == screen.page.last_top


async def test_a_filter_shows_what_contains_its_text() -> None:
    jobs = MemoryFixes({}, job(1), output={1: written("good morning", "bad error", "good night")})
    async with drawer(jobs) as (screen, _, pilot):
        await until(pilot, lambda: "good night" in told(screen))
        await pilot.press("slash", *"error", "enter")
        assert "bad error" in told(screen)
        assert "good" not in told(screen)
        await pilot.press("escape")
        assert "good night" in told(screen)


@pytest.mark.parametrize(("key", "cancelled"), [("y", [1]), ("n", []), ("enter", []), ("escape", [])])
async def test_only_a_yes_cancels(key: str, cancelled: list[int]) -> None:
    jobs = MemoryFixes({}, job(1))
    async with drawer(jobs) as (screen, app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press(key)
        await until(pilot, lambda: app.screen is screen)
        await until(pilot, lambda: jobs.cancelled == cancelled)
        assert jobs.cancelled_by == ["screen"] * len(cancelled)
        assert ("cancelled" in told(screen)) == bool(cancelled)


async def test_what_has_ended_is_not_cancelled() -> None:
    jobs = MemoryFixes({}, job(1, state="ended", verdict="failed", ended_at=1003.0))
    async with drawer(jobs) as (screen, app, pilot):
        await pilot.press("c")
        await pilot.pause()
        assert app.screen is screen
        assert not jobs.cancelled


async def test_it_is_saved_into_a_file_that_only_we_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    jobs = MemoryFixes({}, job(7, state="ended", verdict="failed"), output={7: written("it broke")})
    async with drawer(jobs) as (_, app, pilot):
        await pilot.press("w")
        file = tmp_path / "watchfloor-job-7.txt"
        await until(pilot, file.exists)
        assert "it broke" in file.read_text()
        assert os.stat(file).st_mode & 0o777 == 0o600
        file.write_text("kept")
        await pilot.press("w")
        await until(pilot, lambda: any("move it away" in note.message for note in app._notifications))
        assert file.read_text() == "kept", "what is there is not written over"
        assert os.listdir(tmp_path) == [file.name]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)])
async def test_hostile_output_and_titles_are_only_text(size: tuple[int, int]) -> None:
    jobs = MemoryFixes({}, job(1, title="[red]x[/] a[b=c]d"), output={1: written("[bold]not[/] markup", "x" * 3000)})
    async with drawer(jobs, size) as (screen, app, pilot):
        await until(pilot, lambda: "[bold]not[/] markup" in told(screen))
        await pilot.press("enter")
        assert screen.whole
        await pilot.press("escape", "escape")
        assert app.screen is not screen


def test_ends_are_told_once_and_only_of_what_ended_since() -> None:
    watch = JobWatch()
    old, running = job(1, state="ended", verdict="failed"), job(2)
    assert watch.look([running, old]) == []
    ended = job(2, state="ended", verdict="verified", ended_at=1042.0)
    (told_once,) = watch.look([ended, old])
    assert (told_once.severity, "is fixed and verified after 41 s" in told_once.text) == ("information", True)
    assert watch.look([ended, old]) == []
    fixed = JobWatch()
    fixed.expect(4)
    end = job(4, "restart catalog", state="ended", verdict="verified", ended_at=1003.0, failing_since=976.0)
    (at_last,) = fixed.look([end])
    assert at_last.text.startswith(
        "job 4, restart catalog, is fixed and verified after 2 s (27 s since it failed); o shows it"
    )
    (quick,) = watch.look([job(3, state="ended", verdict="refused", said="alice holds it"), ended, old])
    assert "alice holds it" in quick.text


async def test_the_end_of_the_output_is_painted_as_soon_as_it_has_its_room() -> None:
    jobs = MemoryFixes({}, job(1), output={1: written(*(f"line {i}" for i in range(60)))})
    async with drawer(jobs) as (_, app, pilot):
        await until(pilot, lambda: "line 59" in text_of(app) and "line 45" in text_of(app))
        await pilot.resize_terminal(120, 20)
        await until(pilot, lambda: "line 59" in text_of(app) and "line 45" not in text_of(app))
        await pilot.resize_terminal(120, 50)
        await until(pilot, lambda: "line 59" in text_of(app) and "line 45" in text_of(app))


async def test_a_long_line_is_broken_and_nothing_of_it_is_lost() -> None:
    text = " ".join(f"word{i:03}" for i in range(60)) + " wide 漢字" * 40
    async with drawer(MemoryFixes({}, job(1), output={1: written(text)}), (80, 24)) as (screen, _, pilot):

        def whole() -> str:
            return "".join(line[-1][0] for line in screen.page.lines if line)

        await until(pilot, lambda: whole().endswith(text))
        widths = [cell_len("".join(part for part, _ in line)) for line in screen.page.lines]
        assert max(widths) <= 78


async def test_the_palette_opens_over_it_too() -> None:
    async with drawer(MemoryFixes({}, job(1), output={1: written("so")})) as (screen, app, pilot):
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"output (enter")
        await until(pilot, lambda: bool(app.screen.query_one(CommandList).option_count))
        await pilot.press("enter")
        await until(pilot, lambda: screen.whole)


async def test_where_nothing_may_be_done_a_job_is_only_looked_at() -> None:
    jobs = MemoryFixes({}, job(1), output={1: written("so")})
    jobs.read_only = "started with --read-only"
    async with drawer(jobs) as (screen, app, pilot):
        await until(pilot, lambda: "esc back" in text_of(app).splitlines()[-1])
        assert "cancel" not in text_of(app).splitlines()[-1]
        await pilot.press("c")
        await pilot.pause()
        assert app.screen is screen, "it is not even asked"


async def test_in_a_browser_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    jobs = MemoryFixes({}, job(7, state="ended", verdict="failed"), output={7: written("it broke")})
    async with drawer(jobs) as (_, app, pilot):
        monkeypatch.setenv("TEXTUAL_DRIVER", DRIVER)
        await until(pilot, lambda: " w save" not in text_of(app).splitlines()[-1])
        await pilot.press("w")
        await pilot.pause()
        assert os.listdir(tmp_path) == []
