"""The budget detail: what is left, how it burns, where it went, and what the page says when nobody knows."""

from typing import Any

import pytest
from msgspec.structs import replace

from ops.board import Budget
from ops.config.structs import Settings
from ops.past.structs import BudgetDetail, Mark, Spend, TakenOut
from ops.store.contract import StoreError
from tests.parts.boards import NOW, board, budget, burns, service
from tests.parts.floor import floor, screen, text_of, until
from tests.parts.told_past import Told, source
from tui.glyphs import ASCII, UNICODE
from tui.panes.budget_detail import axis, budget_detail
from tui.screens.budget import BudgetScreen
from tui.widgets.curve import LABELS, curve, sampled

DAY = 86400.0
API = budget("api", 0.12, 14.9, excluded_s=7200.0)


def detail_of(shown: Budget, **more: Any) -> BudgetDetail:
    """Three known days: the second spent a little, the third nearly all, in one outage of eleven minutes."""
    down = Mark(at=NOW - 3600, kind="level", row="service:api", text="HTTP 500 for 4 probes", after="critical")
    deploy = Mark(
        at=NOW - 3700, kind="deploy", row="container:local/web-1", text="shop/web:1.5 in place of shop/web:1.4"
    )
    outage = Spend(start=NOW - 3600, end=NOW - 2940, total=66, bad=66, spent_ratio=0.8, happened=(deploy, down))
    given: dict[str, Any] = {
        "budget": shown,
        "curve": ((NOW - 3 * DAY, 1.0), (NOW - DAY, 0.92), (NOW - 3600, 0.92), (NOW - 2940, 0.12), (NOW, 0.12)),
        "days": tuple(
            Spend(start=NOW - (3 - i) * DAY, end=NOW - (2 - i) * DAY, total=8640, bad=bad, spent_ratio=spent)
            for i, (bad, spent) in enumerate(((0, 0.0), (7, 0.08), (66, 0.8)))
        ),
        "worst": (replace(outage, end=NOW - 3000, bad=60, total=60, spent_ratio=0.72),),
        "spells": (outage,),
        "at_end_ratio": -13.8,
        "taken_out": (TakenOut(start=NOW - 2 * DAY, end=NOW - 2 * DAY + 7200, why="maintenance nightly"),),
    }
    return BudgetDetail(**given | more)


def _text(
    shown: Budget, detail: BudgetDetail | None, width: int = 100, note: str = "", ascii_only: bool = False
) -> str:
    lines = budget_detail(shown, detail, note, NOW, width, ASCII if ascii_only else UNICODE)
    return "\n".join("".join(text for text, _ in line) for line in lines)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("● page  99.9 % of events must be good over 30 d", id="how it stands, and what was promised"),
        pytest.param("page: 1h burns 14.9x and 5m 14.9x, over 14.4x", id="why the alert fires"),
        pytest.param("empty     in 9h40m at the last hour's burn, 2023-11-15 07:53 UTC", id="when it is empty"),
        pytest.param(
            "█ known 3d (10 %)   ▒ taken out 2h (<1 %)   ░ no data 26d22h (90 %)", id="the window's time in slices"
        ),
        pytest.param("page quick       1h    14.9x      5m    14.9x    14.4x  ● fires", id="each pair of windows"),
        pytest.param("ticket slow      3d     1.9x      6h     1.9x       1x  ▲ fires", id="a slower pair"),
        pytest.param("it goes on at 14.9x: -1380.0% left in 30 d", id="what if it goes on"),
        pytest.param("everything fails from now on: gone in 5m11s", id="what if all fails"),
        pytest.param("Budget by day  2 of 3 with data spent something", id="which days spent"),
        pytest.param("8.0% █░░░░░░░░░░░  7 bad of 8,640", id="a day"),
        pytest.param("2023-11-14 21:13:20    72.0% █████████░░░  60 bad of 60", id="the worst ten minutes"),
        pytest.param("21:11:40 deploy  web-1: shop/web:1.5 in place of shop/web:1.4", id="what happened then"),
        pytest.param("21:13:20 ● api: HTTP 500 for 4 probes", id="which level that was"),
        pytest.param("2023-11-14 21:13:20      11m    80.0%", id="what an outage cost"),
        pytest.param("2023-11-12 22:13 UTC       2h  maintenance nightly", id="what was taken out"),
    ],
)
def test_the_page_says(said: str) -> None:
    told = " ".join(_text(API, detail_of(API)).split())
    assert " ".join(said.split()) in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(
            {"kind": "p95", "objective_percent": 95.0, "limit_s": 0.5, "observed_s": 0.41},
            "p95 of answers at most 500ms (nearest rank, to 1 %) over 30 d",
            id="a percentile names its rule",
        ),
        pytest.param(
            {"kind": "latency", "objective_percent": 99.0, "limit_s": 0.3},
            "99 % of answers in 300ms or less",
            id="fast",
        ),
        pytest.param({"kind": "errors", "objective_percent": 99.5}, "at most 0.5 % may fail", id="errors"),
        pytest.param({"slice_s": 60.0}, "99.9 % of slices of 1m must be good", id="slices of time"),
        pytest.param({"bad_left_s": -90.0}, "overspent by as much as 1m30s of everything failing", id="overspent"),
        pytest.param(
            {"start": NOW - 10 * DAY, "window": "November 2023"}, "· to come 20d (67 %)", id="a month has more"
        ),
        pytest.param(
            {"known_s": 30 * DAY - 3600.0, "excluded_s": 0.0},
            "known 29d23h (>99 %)  ░ no data 1h (<1 %)",
            id="nearly all is known",
        ),
        pytest.param(
            {"known_s": 3600.0, "excluded_s": 0.0},
            "known 1h (<1 %)  ░ no data 29d23h (>99 %)",
            id="nearly nothing is known",
        ),
        pytest.param(
            {"known_s": 30.0 * DAY, "excluded_s": 0.0}, "known 30d (100 %)  ░ no data 0s (0 %)", id="all is known"
        ),
        pytest.param({"objective_percent": 90.0}, "never: all failing burns 10.0x", id="an alert that can never fire"),
        pytest.param(
            {"burns": tuple(replace(pair, fires=False, held="3 events in 5m, 10 are needed") for pair in burns(20.0))},
            "held: 3 events in 5m, 10 are needed",
            id="little traffic",
        ),
    ],
)
def test_each_sort_of_promise(given: dict[str, Any], said: str) -> None:
    assert said in _text(budget("api", 0.5, 0.2, **given), None)


def test_a_month_tells_when_it_ends() -> None:
    month = budget("api", 0.5, 1.5, start=NOW - 10 * DAY, window="November 2023")
    told = _text(month, detail_of(month, at_end_ratio=-0.5))
    assert "it goes on at 1.5x: -50.0% left when the window ends, 2023-12-04" in told


@pytest.mark.parametrize("width", [60, 78, 118, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_line_fits_and_ascii_stays_ascii(width: int, *, ascii_only: bool) -> None:
    given = detail_of(API)
    told = _text(API, given, width, ascii_only=ascii_only)
    assert max(len(line) for line in told.splitlines()) <= max(width, 78)
    assert told.isascii() or not ascii_only


def test_days_without_data_are_gaps_between_the_days() -> None:
    given = detail_of(API)
    shown = _text(API, replace(given, days=(given.days[0], given.days[2])))
    assert "  ▁ █" in shown


def test_only_so_many_stretches_are_listed_and_the_rest_is_counted() -> None:
    given = detail_of(API)
    marks = (*given.spells[0].happened,) * 4
    told = _text(API, replace(given, spells=(replace(given.spells[0], happened=marks),) * 30))
    assert "and 10 more" in told
    assert "      and 4 more" in told


def _drawn(points: tuple[tuple[float, float | None], ...], height: int = 5, glyphs: Any = UNICODE) -> list[str]:
    lines = curve(points, (0.0, 100.0), (28, height), glyphs)
    return ["".join(text for text, _ in line) for line in lines]


def test_a_curve_falls_from_all_to_nothing_and_stops_where_now_is() -> None:
    drawn = _drawn(((0.0, 1.0), (50.0, 0.0)))
    assert drawn[0].startswith("  100%  ")
    assert drawn[-1].startswith("    0%  ")
    assert drawn[0][LABELS:].startswith("⠢")
    assert drawn[-1].rstrip().endswith("─" * 10), "the zero line goes on where the curve ends"


def test_under_zero_the_curve_is_critical() -> None:
    lines = curve(((0.0, 0.5), (100.0, -1.0)), (0.0, 100.0), (40, 8), UNICODE)
    styles = [{meaning for text, meaning in line[1:] if text.strip()} for line in lines]
    assert "critical" not in styles[0] | styles[2]
    assert "critical" in styles[-1]
    assert lines[-1][0][0].startswith(" -100%")


def test_a_gap_in_a_curve_is_no_line() -> None:
    assert sampled(((0.0, 1.0), (40.0, None), (60.0, 0.5), (100.0, 0.5)), (0.0, 100.0), 5) == [1.0, None, 0.5, 0.5, 0.5]
    assert _drawn((), 4)[0].strip() == "100%"


def test_what_was_spent_a_moment_ago_is_seen_too() -> None:
    drawn = _drawn(((0.0, 1.0), (99.5, 1.0), (99.9, 0.0)), 4)
    assert all(line[-1] != " " for line in drawn)


def test_a_step_is_joined_upright_on_an_ascii_terminal() -> None:
    drawn = _drawn(((0.0, 1.0), (51.0, 1.0), (54.0, 0.0), (100.0, 0.0)), 4, ASCII)
    assert [line[LABELS:] for line in drawn] == [
        "*" * 10 + " " * 10,
        *[" " * 10 + "*" + " " * 9] * 2,
        "-" * 10 + "*" * 10,
    ]


def test_there_is_no_curve_where_there_is_no_room() -> None:
    assert curve(((0.0, 1.0),), (0.0, 1.0), (10, 5), UNICODE) == []


@pytest.mark.parametrize(
    ("span", "width", "told"),
    [
        pytest.param((0.0, 30 * DAY), 30, "Jan 01      Jan 16         now", id="a rolling window ends now"),
        pytest.param((0.0, 60 * DAY), 30, "Jan 01      Jan 31      Mar 02", id="a month ends later"),
        pytest.param((0.0, 30 * DAY), 12, "Jan 01   now", id="no room for its middle"),
    ],
)
def test_the_axis(span: tuple[float, float], width: int, told: str) -> None:
    assert axis(span, 30 * DAY, width) == told


def _unreadable() -> BudgetDetail | None:
    raise StoreError("the store can't be read: permission denied", "make history.sqlite readable")


@pytest.mark.parametrize(
    ("past", "said"),
    [
        pytest.param(Told(lambda: detail_of(API)), "What each outage cost", id="the store knows"),
        pytest.param(Told(lambda: None), "nothing is recorded of it yet", id="nothing is recorded"),
        pytest.param(Told(_unreadable), "permission denied. make history.sqlite readable", id="it can't be read"),
        pytest.param(None, "this floor has no store to read", id="there is no store"),
    ],
)
async def test_enter_on_a_budget_opens_its_page(past: Told | None, said: str) -> None:
    shown = board(service("api"), budgets=(API,))
    async with floor(shown, (120, 60), source=source(shown, past)) as (app, _, pilot):
        screen(app).activate("budget")
        await until(pilot, lambda: screen(app).selected_budget() is not None)
        await pilot.press("enter")
        await until(pilot, lambda: said in text_of(app))
        told = text_of(app)
        assert "error budget api avail" in told
        assert "14.9x" in told
        if past is not None:
            assert past.asked == [("api availability", NOW)]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen(app))


async def test_a_page_reads_again_after_half_a_minute_and_its_head_is_of_what_was_read() -> None:
    less = replace(API, remaining_ratio=0.07)
    answers = iter([detail_of(API), detail_of(less)])
    past = Told(lambda: next(answers))
    shown = board(service("api"), budgets=(API,))
    async with floor(shown, (80, 24), source=source(shown, past)) as (app, given, pilot):
        screen(app).activate("budget")
        await until(pilot, lambda: screen(app).selected_budget() is not None)
        await pilot.press("enter")
        await until(pilot, lambda: "12.0%" in text_of(app))
        given.say(replace(shown, at=NOW + 10, budgets=(less,)))
        await until(pilot, lambda: isinstance(app.screen, BudgetScreen) and app.screen.board.at == NOW + 10)
        assert "7.0%" not in text_of(app), "the curve below is not of that moment yet"
        assert len(past.asked) == 1
        given.say(replace(shown, at=NOW + 40, budgets=(less,)))
        await until(pilot, lambda: "7.0%" in text_of(app))
        assert past.live == [True, True]
        given.say(replace(shown, at=NOW + 41, budgets=()))
        await until(pilot, lambda: "is not promised any more" in text_of(app))


async def test_a_page_that_can_not_be_read_any_more_follows_the_board() -> None:
    answers = [detail_of(API)]
    past = Told(lambda: answers.pop() if answers else _unreadable())
    shown = board(service("api"), budgets=(API,))
    async with floor(shown, (80, 24), source=source(shown, past)) as (app, given, pilot):
        screen(app).activate("budget")
        await until(pilot, lambda: screen(app).selected_budget() is not None)
        await pilot.press("enter")
        await until(pilot, lambda: "12.0%" in text_of(app))
        given.say(replace(shown, at=NOW + 40, budgets=(replace(API, remaining_ratio=0.07),)))
        await until(pilot, lambda: "7.0%" in text_of(app))


async def test_the_page_of_an_ascii_terminal_can_be_scrolled_and_copied() -> None:
    shown = board(service("api"), budgets=(API,))
    past = Told(lambda: detail_of(API))
    given = source(shown, past)
    async with floor(shown, (60, 20), settings=Settings(ascii=True), source=given) as (app, _, pilot):
        screen(app).activate("budget")
        await until(pilot, lambda: screen(app).selected_budget() is not None)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, BudgetScreen) and app.screen.detail is not None)
        assert text_of(app).isascii()
        await pilot.press("G")
        await until(pilot, lambda: "maintenance nightly" in text_of(app))
        await pilot.press("y")
        assert "Worst ten minutes" in app.clipboard
