"""What the budget pane says of a promise, which comes first, and what the alert line adds."""

from typing import Any

import pytest
from msgspec.structs import replace

from ops.board import Burn
from tests.parts.boards import NOW, bad_night, board, budget, burns, row, service
from tests.parts.floor import floor, screen, text_of, until
from tui.glyphs import ASCII
from tui.panes import budget as budgets
from tui.panes import promises
from tui.panes.alert import alert
from tui.panes.budget_detail import budget_detail
from tui.panes.copied import copied_budget
from tui.panes.view import View
from tui.widgets.columns import TableRow, content_widths, fit

VIEW = View()


def _cells(rows: list[TableRow], index: int = 0) -> dict[str, str]:
    return {column.key: cell.text for column, cell in zip(budgets.COLUMNS, rows[index].cells, strict=True)}


def _styles(rows: list[TableRow], index: int = 0) -> dict[str, str]:
    return {column.key: cell.style for column, cell in zip(budgets.COLUMNS, rows[index].cells, strict=True)}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param(budget("a"), ("✓ ok", "71.2%", "0.4x", "–"), id="it is well"),
        pytest.param(budget("a", 0.5, 2.0), ("✓ ok", "50.0%", "2.0x", "9h"), id="it burns"),
        pytest.param(budget("a", 0.5, 5.0, alert="ticket"), ("▲ ticket", "50.0%", "5.0x", "9h"), id="a ticket"),
        pytest.param(budget("a", 0.2), ("▲ low", "20.0%", "0.4x", "–"), id="little is left"),
        pytest.param(budget("a", 0.12, 14.9), ("● page", "12.0%", "14.9x", "9h"), id="a page"),
        pytest.param(budget("a", -0.4, 1.2), ("● gone", "-40.0%", "1.2x", "gone"), id="it is gone"),
        pytest.param(budget("a", 0.0, 0.0), ("● gone", "0.0%", "0.0x", "gone"), id="exactly all is spent"),
        pytest.param(budget("a", -0.0003, 0.0), ("● gone", "-0.1%", "0.0x", "gone"), id="a little more than all"),
        pytest.param(budget("a", -0.4, 20.0), ("● page", "-40.0%", "20.0x", "gone"), id="gone and still burning"),
        pytest.param(budget("a", None, None), ("? no data", "–", "–", "–"), id="nothing is known"),
        pytest.param(budget("a", None, None, known_s=60.0), ("? quiet", "–", "–", "–"), id="nobody asked"),
        pytest.param(budget("a", burns=()), ("✓ ok", "71.2%", "0.4x", "–"), id="no pairs are known"),
    ],
)
def test_a_budget(given: object, told: tuple[str, str, str, str]) -> None:
    drawn = _cells(budgets.draw(board(budgets=(given,)), VIEW))
    assert (drawn["state"], drawn["left"], drawn["burn_1"], drawn["empty"]) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"sli_ratio": 0.9995}, ("avail", "99.9%", "99.95%"), id="availability"),
        pytest.param({"sli_ratio": 0.999999}, ("avail", "99.9%", "99.999%"), id="not all is never 100 %"),
        pytest.param({"sli_ratio": 1.0}, ("avail", "99.9%", "100%"), id="all is"),
        pytest.param(
            {"kind": "errors", "objective_percent": 99.5, "sli_ratio": 0.9969},
            ("errors", "<0.5%", "0.31%"),
            id="errors",
        ),
        pytest.param(
            {"kind": "latency", "objective_percent": 99.0, "limit_s": 0.3, "sli_ratio": 0.98},
            ("fast", "99% <300ms", "98%"),
            id="a share of answers within a limit",
        ),
        pytest.param(
            {"kind": "p95", "objective_percent": 95.0, "limit_s": 0.5, "observed_s": 0.412},
            ("p95", "<500ms", "412ms"),
            id="a percentile",
        ),
        pytest.param({"sli_ratio": None}, ("avail", "99.9%", "–"), id="nothing seen"),
    ],
)
def test_each_promise_in_its_own_unit(given: dict[str, Any], told: tuple[str, str, str]) -> None:
    drawn = _cells(budgets.draw(board(budgets=(budget("a", **given),)), VIEW))
    assert (drawn["kind"], drawn["objective"], drawn["seen"]) == told


def test_what_pages_is_first_then_what_is_gone_then_the_emptiest() -> None:
    given = (
        budget("well"),
        budget("unknown", None, None),
        budget("gone", -3.0),
        budget("less", 0.6),
        budget("pages", 0.9, 20.0),
        budget("ticket", 0.8, 5.0, alert="ticket"),
    )
    drawn = budgets.draw(board(budgets=given), VIEW)
    assert [each.cells[0].text for each in drawn] == ["pages", "gone", "ticket", "unknown", "less", "well"]


def test_an_overspent_budget_stays_negative_and_only_the_bar_is_clamped() -> None:
    drawn = budgets.draw(board(budgets=(budget("a", -2.5),)), VIEW)[0]
    bar = next(cell for column, cell in zip(budgets.COLUMNS, drawn.cells, strict=True) if column.key == "bar")
    assert (bar.ratio, bar.sort) == (0.0, -2.5)
    assert _cells([drawn])["bad_left"] == "-1h48m"


def test_the_four_burns_are_coloured_by_what_they_set_off() -> None:
    drawn = budgets.draw(board(budgets=(budget("a", 0.5, 20.0),)), VIEW)
    told, styles = _cells(drawn), _styles(drawn)
    names = ("burn_1", "burn_short", "burn_2", "burn_3", "burn_4")
    assert [told[name] for name in names] == ["20.0x", "20.0x", "10.0x", "5.0x", "2.5x"]
    assert [styles[name] for name in names] == ["critical", "critical", "critical", "warning", "warning"]
    held = tuple(replace(pair, fires=False, held="little traffic") for pair in burns(20.0))
    drawn = budgets.draw(board(budgets=(budget("a", 0.5, 20.0, burns=held),)), VIEW)
    assert _styles(drawn)["burn_1"] == "strong", "over its factor, but it does not fire"


def test_own_windows_name_the_columns_and_another_window_names_itself() -> None:
    own = tuple(
        Burn(severity="page", speed="quick", long_s=long, short_s=600.0, factor=2.0, long=1.0, short=1.5, fires=False)
        for long in (7200.0, 43200.0)
    )
    given = (budget("a", burns=own), budget("b", 0.9))
    assert budgets.titles(given) == ("2h", "12h", "1d", "3d", "10m")
    drawn = budgets.draw(board(budgets=given), VIEW)
    assert (_cells(drawn)["burn_1"], _cells(drawn)["burn_3"]) == ("1.0x", "")
    assert _cells(drawn, 1)["burn_1"] == "1h 0.4x"


@pytest.mark.parametrize(
    ("width", "least"),
    [
        pytest.param(34, {"name", "kind", "state", "left"}, id="its usual box at 120x40"),
        pytest.param(46, {"name", "kind", "state", "left", "burn_1", "empty"}, id="a larger box"),
        pytest.param(78, {"name", "kind", "state", "left", "burn_1", "empty", "objective", "bar"}, id="80x24"),
        pytest.param(118, {"burn_2", "burn_3", "burn_4", "burn_short", "bad_left", "bar"}, id="the whole width"),
        pytest.param(200, {column.key for column in budgets.COLUMNS}, id="a wall"),
    ],
)
def test_what_stays_in_a_width(width: int, least: set[str]) -> None:
    rows = budgets.draw(bad_night(), VIEW)
    fitted = fit(budgets.COLUMNS, content_widths(budgets.COLUMNS, rows), width)
    assert least <= {budgets.COLUMNS[index].key for index, _ in fitted.columns}
    assert sum(wide for _, wide in fitted.columns) + fitted.gap * (len(fitted.columns) - 1) <= width


def test_why_is_said_in_the_alert_line_without_opening_anything() -> None:
    shown = board(service("api", level="warning"), budgets=(budget("api", 0.12, 14.9), budget("web", 0.1)))
    said = ["".join(text for text, _ in line) for line in alert(shown, "", 4, 100, VIEW.glyphs)]
    assert said[1] == "● api avail page: 1h burns 14.9x and 5m 14.9x, over 14.4x · empty in 9h40m"
    said = ["".join(text for text, _ in line) for line in alert(shown, "budget:web availability", 4, 100, VIEW.glyphs)]
    assert said[1] == "▲ web avail low: 10.0% left of its 30 d"


def test_a_budget_that_fires_alone_is_said_in_place_of_all_well() -> None:
    shown = board(service("api"), budgets=(budget("api", 0.12, 14.9), budget("web", -0.5)))
    said = "".join(text for text, _ in alert(shown, "", 3, 120, VIEW.glyphs)[0])
    assert said.startswith("● api avail page: 1h burns 14.9x")
    assert said.endswith("(and 1 more)")


def test_signs_of_an_ascii_terminal() -> None:
    drawn = budgets.draw(bad_night(), View(glyphs=ASCII))
    assert _cells(drawn)["state"] == "X page"
    assert all(cell.text.isascii() for each in drawn for cell in each.cells)


def test_a_budget_as_a_line_of_text() -> None:
    told = copied_budget(budget("api", 0.12, 14.9, sli_ratio=0.9991), NOW)
    assert told == (
        "api avail 99.9% over 30 d: 12.0% left; seen 99.91%; burns 14.9x over 1h; empty in 9h40m; "
        "page: 1h burns 14.9x and 5m 14.9x, over 14.4x"
    )


@pytest.mark.parametrize(
    ("given", "line", "cell", "page"),
    [
        pytest.param(
            {"burn_5m": 60.0},
            "empty in 2h24m at the last 5 minutes' burn",
            "2h",
            "in 2h24m at the last 5 minutes' burn, 2023-11-15 00:37 UTC",
            id="it broke just now",
        ),
        pytest.param(
            {"burn_5m": 29.8}, "empty in 9h40m", "9h", "in 9h40m at the last hour's burn, 2023", id="twice is not more"
        ),
        pytest.param(
            {"burn_5m": 0.0}, "empty in 9h40m", "9h", "in 9h40m at the last hour's burn, 2023", id="it is over"
        ),
        pytest.param(
            {"window": "November 2023", "start": NOW - 30 * 86400 + 34_700},
            "lasts the month",
            "lasts",
            "not before the month ends at the last hour's burn",
            id="a month that ends before",
        ),
        pytest.param(
            {"window": "November 2023", "start": NOW - 30 * 86400 + 34_900}, "empty in 9h40m", "9h", "in 9h40m at the",
            id="a month that goes on",
        ),
    ],
)  # fmt: skip
def test_when_it_is_empty_by_the_burn_that_counts(given: dict[str, Any], line: str, cell: str, page: str) -> None:
    one = budget("api", 0.12, 14.9, **given)
    shown = board(service("api"), budgets=(one,))
    assert "".join(text for text, _ in alert(shown, "", 3, 140, VIEW.glyphs)[0]).endswith(f"· {line}")
    assert line in copied_budget(one, NOW)
    assert _cells(budgets.draw(shown, VIEW))["empty"] == cell
    told = " ".join("".join(text for text, _ in each) for each in budget_detail(one, None, "", NOW, 100, VIEW.glyphs))
    assert f"empty     {page}" in told


def test_words_of_a_calendar_month() -> None:
    assert promises.why(budget("a", -0.1, window="November 2026")) == (
        "nothing is left of November 2026, overspent by 10.0%"
    )


async def test_the_pane_takes_the_level_of_its_worst_budget_and_its_row_the_log_of_its_service() -> None:
    shown = board(
        service("api"), row("service:web", stats=()), budgets=(budget("api", 0.12, 14.9), budget("web", None, None))
    )
    async with floor(shown, (80, 24), logs={"service:api": ["a line of its log"]}) as (app, _, pilot):
        screen(app).activate("budget")
        await until(pilot, lambda: screen(app).selected_id() == "budget:api availability")
        assert screen(app).panes["budget"].level == "critical"
        await pilot.press("y")
        assert app.clipboard.startswith("api avail 99.9% over 30 d: 12.0% left")
        await pilot.press("l")
        await until(pilot, lambda: "a line of its log" in text_of(app))


async def test_columns_that_no_data_pushed_out_come_back_with_the_data() -> None:
    silent = board(service("api"), budgets=(budget("checkout", None, None), budget("api", None, None)))
    known = board(service("api"), budgets=(budget("checkout"), budget("api")))
    async with floor(silent, (50, 24)) as (app, source, pilot):
        screen(app).activate("budget")
        await until(pilot, lambda: "no data" in text_of(app))
        source.say(known)
        await until(pilot, lambda: "71.2%" in text_of(app))
        shown = text_of(app)
    async with floor(known, (50, 24)) as (app, _, pilot):
        screen(app).activate("budget")
        await until(pilot, lambda: "71.2%" in text_of(app))
        assert [line for line in shown.splitlines() if "slo" in line] == [
            line for line in text_of(app).splitlines() if "slo" in line
        ]
