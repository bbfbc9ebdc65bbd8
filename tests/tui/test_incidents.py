"""The incidents screen on a real floor, over a real book: what it shows, and what each key writes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.alerts.structs import Step
from ops.incidents.standing import keep
from ops.incidents.structs import Incident, Moment
from tests.parts import boards
from tests.parts.alerts import alert
from tests.parts.floor import text_of, until
from tests.parts.incident_books import CAUSE, book, night, opened
from tests.parts.incident_list import listed, told
from tui.screens.incidents import NOTHING, IncidentsScreen
from tui.screens.war_room import WarRoom


async def test_without_an_incident_it_says_how_one_begins(tmp_path: Path) -> None:
    async with listed(book(tmp_path)) as (screen, _, _pilot):
        assert told(screen) == NOTHING


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_open_ones_come_first_and_the_gravest_is_told(tmp_path: Path, size: tuple[int, int]) -> None:
    async with listed(night(tmp_path), size) as (screen, app, pilot):
        await until(pilot, lambda: CAUSE in told(screen).replace("\n  ", " "))
        assert [row.id for row in screen.table.visible_rows] == ["2", "3", "1"]
        assert "respond within 11m48s" in told(screen)
        assert "2 of 2 fire" in told(screen)
        assert "detected after 12 s" in told(screen)
        shown = text_of(app)
        assert "INC-2" in shown
        assert "2 open, 3 shown in all" in shown


Written = Callable[[Incident], bool]


@pytest.mark.parametrize(
    ("keys", "number", "written"),
    [
        pytest.param(("a",), 2, lambda one: one.state == "acknowledged", id="a has it"),
        pytest.param(("A", *"bob", "enter"), 2, lambda one: one.assignee == "bob", id="A gives it to somebody"),
        pytest.param(("A", *"lead: bob", "enter"), 2, lambda one: one.roles == {"lead": "bob"}, id="A gives a role"),
        pytest.param(("p", *"2 only one", "enter"), 2, lambda one: one.priority == "P2", id="p makes it lighter"),
        pytest.param(("M", "enter"), 2, lambda one: one.state == "mitigated", id="M: it no longer hurts"),
        pytest.param(("R", "y", "enter", *"disk", "enter"), 2, lambda one: one.state == "resolved", id="R ends it"),
        pytest.param(("F", "y", "enter", "enter"), 2, lambda one: one.false_positive, id="F was a false alarm"),
        pytest.param(("j", "j", "u", "enter"), 1, lambda one: one.reopened == 1, id="u opens the past one again"),
        pytest.param(("m", "3", "enter"), 2, lambda one: one.merged_into == 3, id="m makes it part of another"),
        pytest.param(("b", "2", "enter"), 2, lambda one: len(one.alerts) == 1, id="b takes an alert out"),
        pytest.param(("T", *"!", "enter"), 2, lambda one: one.title == "api is down!", id="T renames it"),
        pytest.param(("L", *"http://x", "enter"), 2, lambda one: one.links == ("http://x",), id="L links"),
    ],
)
async def test_a_key_writes(tmp_path: Path, keys: tuple[str, ...], number: int, written: Written) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: screen.incident is not None and _in_front(screen))
        await until(pilot, lambda: written(kept.incident(number)))
        assert not screen.answer.open


def _in_front(screen: IncidentsScreen) -> bool:
    return screen.incident is not None and str(screen.incident.number) == screen.table.cursor_id


async def test_a_note_stands_in_the_timeline_with_who_wrote_it(tmp_path: Path) -> None:
    async with listed(night(tmp_path)) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("n", *"[red]looking[/]", "enter")
        await until(pilot, lambda: ": [red]looking[/]" in told(screen))


async def test_what_others_write_is_there_within_a_look(tmp_path: Path) -> None:
    kept, other = night(tmp_path), book(tmp_path)
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        other.note(2, "bob", "from another process")
        await until(pilot, lambda: "bob: from another process" in told(screen))


async def test_of_two_who_have_it_the_second_is_told(tmp_path: Path) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        book(tmp_path).acknowledge(2, "bob")
        await pilot.press("a")
        await until(pilot, lambda: any("bob has incident 2" in note.message for note in app._notifications))


async def test_a_wrong_answer_is_told_and_asked_again(tmp_path: Path) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("p", *"7", "enter")
        assert screen.answer.open
        assert "7 is no priority" in "".join(text for line in screen.answer.told.lines for text, _ in line)
        await pilot.press("escape")
        assert not screen.answer.open
        assert kept.incident(2).priority == "P1"


async def test_a_silence_is_for_its_rows_and_says_why(tmp_path: Path) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("z", *"30m", "enter", "enter")
        assert screen.answer.open, "a silence without a word is refused"
        await pilot.press(*"migration", "enter")
        await until(pilot, lambda: len(kept.silences()) == 1)
        (silence,) = kept.silences()
        assert (silence.comment, silence.end - silence.start) == ("migration", 1800.0)
        assert [(m.label, m.op, m.value) for m in silence.matchers] == [("row", "=~", "service:api|postgres:shop")]
        await until(pilot, lambda: len(screen.seen.silences) == 1)
        await pilot.press("z", *f"end {silence.id}", "enter")
        await until(pilot, lambda: kept.silences()[0].ended_by != "")


async def test_words_find_past_ones(tmp_path: Path) -> None:
    async with listed(night(tmp_path)) as (screen, _, pilot):
        await pilot.press("slash", *"emails", "enter")
        await until(pilot, lambda: [row.id for row in screen.table.visible_rows] == ["1"])
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.table.visible_rows) == 3)


async def test_more_is_read_at_the_end_of_the_list(tmp_path: Path) -> None:
    kept = book(tmp_path)
    for number in range(120):
        kept.add([*opened(f"trouble {number}"), Moment(incident=-1, at=boards.NOW, kind="resolved", text="over")])
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: len(screen.table.visible_rows) == 100)
        await pilot.press("G")
        await until(pilot, lambda: len(screen.table.visible_rows) == 120)


async def test_where_nothing_may_be_done_no_key_writes(tmp_path: Path) -> None:
    kept = night(tmp_path)
    async with listed(kept, read_only="the config says so") as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("a", "n", *"so", "escape")
        await pilot.pause()
        assert not screen.answer.open
        assert kept.incident(2).state == "triggered"
        assert "read-only" in "".join(text for line in screen.page_head.lines for text, _ in line)


async def test_why_shows_each_alert(tmp_path: Path) -> None:
    async with listed(night(tmp_path)) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("e")
        await until(pilot, lambda: "down/service:api" in text_of(app) and app.screen is not screen)


async def test_why_goes_on_while_it_is_open(tmp_path: Path) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("e")
        await until(pilot, lambda: 'there is no alert "down/service:api"' in text_of(app))
        step = Step(stage="silence", passed=False, text="silenced by alice")
        with kept.transaction() as connection:
            keep(connection, ({}, {}), ({"down/service:api": alert()}, {"down/service:api": (step,)}))
        await until(pilot, lambda: "stopped: silenced by alice" in text_of(app))
        kept.add([Moment(incident=2, at=boards.NOW, kind="alert", text="web", data={"alert": "down/container:web"})])
        await until(pilot, lambda: "down/container:web" in text_of(app))


async def test_the_post_mortem_is_read_and_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with listed(night(tmp_path)) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("P")
        await until(pilot, lambda: "Incident Post-Mortem" in text_of(app))
        assert "Root Cause" in text_of(app)
        await pilot.press("w")
        file = tmp_path / "post-mortem-2.md"
        await until(pilot, file.exists)
        assert file.read_text().startswith("# Incident Post-Mortem")
        assert file.stat().st_mode & 0o777 == 0o600
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_the_list_and_the_war_room_lead_to_each_other(tmp_path: Path) -> None:
    async with listed(night(tmp_path)) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("j")
        await until(pilot, lambda: _in_front(screen))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, WarRoom) and app.screen.seen.incident is not None)
        room = app.screen
        assert isinstance(room, WarRoom)
        assert room.number == 3
        await pilot.press("i")
        await until(pilot, lambda: app.screen is screen)
        assert len(app.screen_stack) == 2


async def test_what_still_hurts_is_ended_only_after_a_yes_and_stays_told(tmp_path: Path) -> None:
    kept = night(tmp_path)
    fires = {one.key: replace(one, incident=2) for one in (alert(), alert("postgres:shop"))}
    with kept.transaction() as connection:
        keep(connection, ({}, {}), (fires, dict.fromkeys(fires, ())))
    async with listed(kept) as (screen, app, pilot):
        await until(pilot, lambda: screen.incident is not None and len(screen.seen.alerts) == 2)
        await pilot.press("R")
        assert "2 alerts still fire: end it anyway?" in _asked(screen)
        await pilot.press("enter")
        assert "y ends it nevertheless" in _asked(screen)
        assert kept.incident(2).open
        await pilot.press("y", "enter")
        assert "what was it, what mended it?" in _asked(screen)
        await pilot.press("enter")
        await until(pilot, lambda: "1 open, 3 shown in all  2 alerts still fire of what was ended" in text_of(app))
        screen.go(2)
        await until(pilot, lambda: "but 2 alerts still fire" in told(screen))
        assert "2 of 2 fire" in told(screen)
        assert "2 of 2" in next(line for line in text_of(app).splitlines() if "INC-2" in line)


async def test_what_is_over_is_ended_at_once(tmp_path: Path) -> None:
    kept = night(tmp_path)
    over = Moment(incident=2, at=boards.NOW, kind="alert", text="over", data={"alert": "down/service:api"})
    kept.add([over, replace(over, data={"alert": "down/postgres:shop"})])
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("R")
        assert "what was it, what mended it?" in _asked(screen)


async def test_what_is_typed_after_a_refused_answer_stands_in_its_place(tmp_path: Path) -> None:
    kept = night(tmp_path)
    async with listed(kept) as (screen, _, pilot):
        await until(pilot, lambda: screen.incident is not None)
        await pilot.press("p", *"7 why", "enter")
        assert screen.answer.input.value == "7 why"
        await pilot.press(*"P3", "enter")
        await until(pilot, lambda: kept.incident(2).priority == "P3")


def _asked(screen: IncidentsScreen) -> str:
    return " ".join("".join(text for text, _ in line).strip() for line in screen.answer.told.lines)
