"""Rows that are kept as they were drawn: they look as if drawn anew, and a long list is drawn some at a time."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.board import Board, Row
from tests.parts.boards import NOW, bad_night, board, container, host, service
from tests.parts.floor import floor, pane, screen, until
from tui.glyphs import ASCII
from tui.panes import containers, databases, generic, kept, queues, services
from tui.panes.kept import AT_ONCE, drawn, rows_of, turn
from tui.panes.view import View
from tui.widgets.columns import Cell, TableRow

DRAW = [services.draw, containers.draw, queues.draw, databases.draw, generic.draw]


def _draw(row: Row, host: Cell, now: float, view: View) -> TableRow:
    _drawn.append(row.id)
    return TableRow(row.id, (Cell(row.name), Cell(row.word)))


_drawn: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept._kept.clear()
    _drawn.clear()


def _again(shown: Board) -> Sequence[str]:
    """What is drawn anew of a Board."""
    _drawn.clear()
    rows_of(shown, View(), ("service",), _draw)
    return list(_drawn)


def test_only_what_can_look_different_is_drawn_anew() -> None:
    first = board(service("a"), service("b"))
    assert _again(first) == ["service:a", "service:b"]
    assert _again(replace(first, at=NOW + 1)) == []
    changed = replace(first, rows=(first.rows[0], service("b", 99)))
    assert _again(changed) == ["service:b"]
    assert _again(replace(changed, at=NOW + 61)) == ["service:a", "service:b"]


def test_news_and_what_is_old_are_told_by_the_second() -> None:
    fresh = service("a", level="critical", since=NOW - 10)
    old = service("b", level="unknown", stale=True)
    shown = board(fresh, old, service("c", since=NOW - 10))
    _again(shown)
    assert _again(replace(shown, at=NOW + 1)) == ["service:a", "service:b"]


def test_another_view_and_another_host_draw_all() -> None:
    shown = board(service("a"))
    for view in (View(), View(glyphs=ASCII), View(window=1), View(), View(row="service:b", plain=True)):
        rows_of(shown, view, ("service",), _draw)
    assert _drawn == ["service:a"] * 4
    away = board(shown.rows[0], service("far", host="db9"), *host())
    assert _again(away) == ["service:a", "service:far"]


def test_a_turn_draws_so_many_and_the_next_goes_on() -> None:
    shown = board(*(service(f"s{i:02}") for i in range(25)))
    with turn(10) as first:
        rows_of(shown, View(), ("service",), _draw)
    with turn(10) as second:
        rows_of(shown, View(), ("service",), _draw)
    with turn(10) as last:
        rows = rows_of(shown, View(), ("service",), _draw)
    assert [each.unfinished for each in (first, second, last)] == [True, True, False]
    assert [row.id for row in rows] == [row.id for row in shown.rows]
    assert len(_drawn) == 25


@given(st.lists(st.tuples(st.floats(0, 4000), st.integers(0, 11)), max_size=6))
def test_what_is_kept_looks_as_if_it_was_drawn_now(moments: list[tuple[float, int]]) -> None:
    shown, now = bad_night(), NOW
    for later_s, index in moments:
        now += later_s
        rows = list(shown.rows)
        rows[index] = replace(rows[index], word="other", since=now - 3)
        shown = replace(shown, at=now, rows=tuple(rows))
        for draw in DRAW:
            mine = draw(shown, View())
            kept._kept.clear()
            assert [row.look() for row in mine] == [row.look() for row in draw(shown, View())]


def test_rows_that_are_gone_are_forgotten() -> None:
    drawn(board(service("a"), service("b")).rows, board(service("a")), View(), _draw)
    rows = board(service("a")).rows
    drawn(rows, board(*rows), View(), _draw)
    assert [len(rows_kept) for _, rows_kept in kept._kept.values()] == [1]


async def test_a_long_list_is_on_the_floor_whole() -> None:
    shown = board(*(container(f"web-{i:03}") for i in range(3 * AT_ONCE + 7)))
    async with floor(shown) as (app, source, pilot):
        assert len(pane(app, "containers").rows) == 3 * AT_ONCE + 7
        fewer = replace(shown, rows=shown.rows[:5])
        source.say(fewer)
        await until(pilot, lambda: screen(app).board is fewer and not screen(app)._todo)
        assert len(pane(app, "containers").rows) == 5
