"""The head of the drift screen, and drift over time; pure. And where nobody knows of drift."""

import asyncio

import pytest

from ops.drift.source import DriftError, Tell
from ops.drift.structs import Difference, Seen, SourceRead
from tests.parts import boards
from tests.parts.boards import NOW
from tests.parts.floor import floor, until
from tests.parts.memory_drift import HEAD, found
from tui.drift_pages import NOBODY
from tui.drift_reading import Work
from tui.glyphs import ASCII, UNICODE
from tui.panes.drift_story import as_text
from tui.panes.drift_tree import View
from tui.panes.drift_words import (
    MOST_LISTED,
    accepted,
    filtered,
    fitted,
    outdated,
    over_time,
    progress,
    standing,
    whence,
)
from tui.screens.floor import FloorScreen

GRAVE = Difference(path="files:/a#mode", kind="changed", severity="critical")
MEANT = Difference(path="files:/b#mode", kind="changed", expected="accepted by ann: ticket 12")
HIDDEN = Difference(path="files:/c", kind="added", ignored="files:/c*")


def joined(parts: list[tuple[str, str]]) -> str:
    return "".join(text for text, _ in parts)


def test_what_stands_says_how_much_differs_and_what_is_unknown() -> None:
    unread = SourceRead(source="git", unreadable="no git")
    told = joined(standing(found(GRAVE, MEANT, HIDDEN, sources=[unread]), UNICODE))
    assert told == "● 1 critical ? 1 source unreadable 1 expected, 1 ignored "
    assert joined(standing(found(), UNICODE)) == "✓ as agreed "


def test_what_is_filtered_is_told() -> None:
    told = joined(filtered(View(text="x", inverse=True, new=2, all=True)))
    assert told == "  /!x, new in the last 24 hours, with all that is expected or ignored "
    assert filtered(View()) == []


@pytest.mark.parametrize(
    ("known", "current", "told"),
    [
        pytest.param(False, None, "no baseline yet", id="nothing at all"),
        pytest.param(False, HEAD, 'baseline "agreed", nothing compared yet', id="a baseline alone"),
        pytest.param(
            True,
            HEAD,
            'compared 1m ago in 0 ms with baseline "agreed" of web-1, 2h ago by ann',
            id="what was compared with what",
        ),
    ],
)
def test_whence(known: bool, current: object, told: str) -> None:
    head = HEAD if current is not None else None
    assert whence(found() if known else None, head, NOW) == told


def test_findings_of_another_baseline_are_outdated() -> None:
    assert outdated(found(), HEAD) == ""
    assert "d compares anew" in outdated(
        found(), type(HEAD)(name="new", id="f" * 12, at=NOW, host="", user="", version="")
    )


def test_drift_over_time_is_a_picture_and_a_line_each() -> None:
    lines = [
        Seen(at=NOW, baseline="agreed", critical=1, new=("files:/a#mode",), took_s=2.0),
        Seen(at=NOW - 3600, baseline="agreed", gone=("files:/b",)),
    ]
    told = as_text(list(over_time(lines, 80, NOW, ASCII)))
    assert "1 critical" in told
    assert "new: files:/a#mode" in told
    assert "as agreed" in told
    assert "gone: files:/b" in told
    assert "nothing was ever compared" in as_text(list(over_time([], 80, NOW, ASCII)))


def test_who_accepted_what() -> None:
    told = as_text(list(accepted([GRAVE, MEANT, HIDDEN], 80)))
    assert "expected: 1 difference, ignored: 1" in told
    assert "accepted by ann: ticket 12" in told
    assert "files:/c  ignored by the rule files:/c*" in told
    assert "/a#mode" not in told


def test_of_very_many_that_are_ignored_the_rest_is_counted() -> None:
    many = [Difference(path=f"files:/{number}", kind="added", ignored="files:*") for number in range(MOST_LISTED + 5)]
    lines = as_text(list(accepted(many, 80))).split("\n")
    assert (len(lines), lines[-1]) == (MOST_LISTED + 2, "  and 5 more differences")


def test_what_matters_least_is_cut() -> None:
    assert joined(list(fitted([("abc", "text"), ("defgh", "muted")], 6, UNICODE))) == "abcde…"


async def test_one_thing_is_done_at_a_time_and_tells_how_far_it_is() -> None:
    work, begun, go_on = Work(), asyncio.Event(), asyncio.Event()

    async def slow(tell: Tell) -> str:
        tell("containers", 0.5)
        begun.set()
        await go_on.wait()
        return "done"

    first = asyncio.ensure_future(work.do("detecting", slow))
    await begun.wait()
    assert joined(progress(work.doing, work.what, work.ratio, ASCII)) == " > detecting #####..... 50 % containers  "
    assert await work.do("capturing", slow) == ("detecting goes on: wait for its end", True)
    go_on.set()
    assert await first == ("done", False)
    assert work.doing == ""


async def test_what_went_wrong_is_said_with_what_helps() -> None:
    async def fails(_: Tell) -> str:
        raise DriftError("there is no room.", "make some")

    assert await Work().do("capturing", fails) == ("there is no room: make some", True)


async def test_a_floor_where_nobody_knows_of_drift_says_so() -> None:
    board = boards.board(boards.service("api"), at=NOW)
    async with floor(board) as (app, _, pilot):
        await pilot.press("D")
        await until(pilot, lambda: any(note.message == NOBODY for note in app._notifications))
        assert isinstance(app.screen, FloorScreen)
