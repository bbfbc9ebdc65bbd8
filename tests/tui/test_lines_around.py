"""Header, alert line, tabs and footer: what they say and what they drop when there is little room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.board import Cause
from ops.incidents.structs import Incident
from tests.parts.boards import NOW, bad_night, board, budget, row, service
from tui.glyphs import UNICODE
from tui.line import LineWords
from tui.panes.alert import alert
from tui.panes.footer import footer
from tui.panes.header import header
from tui.panes.tabs import Tab, tabs
from tui.widgets.lines import Line

TABS = [Tab("budget", "Error budget", "Budget"), Tab("queues", "Queues", "Queues"), Tab("host", "Host", "Host")]


def _text(line: Line) -> str:
    return "".join(text for text, _ in line)


def test_the_header_says_whose_how_bad_and_how_live() -> None:
    told = _text(header(bad_night(), NOW, None, 120, UNICODE))
    assert "PRODUCTION" in told
    assert "● 3 critical" in told
    assert "live · 22:13:20 UTC" in told
    assert len(told) == 120


def test_production_looks_different() -> None:
    assert ("production" in {style for _, style in header(bad_night(), NOW, None, 120, UNICODE)}) is True
    assert "production" not in {style for _, style in header(bad_night("staging"), NOW, None, 120, UNICODE)}


def test_a_pause_shows_its_age() -> None:
    assert "PAUSED 12s" in _text(header(bad_night(), NOW, NOW - 12, 80, UNICODE))


def test_a_late_engine_says_how_late() -> None:
    assert "2.4 s late" in _text(header(replace(bad_night(), late_s=2.4), NOW, None, 120, UNICODE))
    assert "late" not in _text(header(replace(bad_night(), late_s=0.4), NOW, None, 120, UNICODE))


FULL = LineWords("slow line", "1.2 kB/s · 1500 ms")


@pytest.mark.parametrize("width", [76, 80, 100, 120, 200])
@pytest.mark.parametrize("words", ["disk full, not recording", "recorded by pid 4194304"])
def test_the_header_says_that_nothing_is_recorded(width: int, words: str) -> None:
    told = header(replace(bad_night(), recording=words), NOW, None, width, UNICODE)
    assert (words, "warning") in told
    assert len(_text(told)) == width


def test_in_a_very_narrow_header_the_counts_win_over_the_recording() -> None:
    told = _text(header(replace(bad_night(), recording="disk full, not recording"), NOW, None, 44, UNICODE))
    assert "recording" not in told
    assert len(told) == 44


def test_the_header_tells_what_the_line_carries_when_it_is_asked() -> None:
    told = _text(header(bad_night(), NOW, None, 120, UNICODE, LineWords("", "1.2 kB/s · 150 ms")))
    assert told.endswith("live · 1.2 kB/s · 150 ms · 22:13:20 UTC ")


@pytest.mark.parametrize("paused", [None, NOW - 99], ids=["live", "paused"])
def test_the_line_fits_into_the_header_of_a_small_terminal(paused: float | None) -> None:
    told = _text(header(bad_night(), NOW, paused, 80, UNICODE, FULL))
    assert len(told) == 80
    assert "slow line · 1.2kB/s·1500ms · 22:13:20" in told


def test_the_smallest_terminal_does_without_the_figure_of_the_line() -> None:
    told = _text(header(bad_night(), NOW, None, 60, UNICODE, FULL))
    assert len(told) == 60
    assert "slow line · 22:13:20" in told


@given(st.integers(40, 300), st.text("ab日本", max_size=30))
def test_the_header_fills_its_line_and_keeps_the_counts(width: int, name: str) -> None:
    told = _text(header(replace(bad_night(), name=name), NOW, None, width, UNICODE))
    assert "● 3" in told


def test_the_likely_cause_comes_first() -> None:
    lines = alert(bad_night(), "service:api", 3, 120, UNICODE)
    assert _text(lines[0]).startswith("● likely cause: postgres shop refuses connections")
    assert _text(lines[1]) == "● api down for 3m: HTTP 500 for 4 probes"
    assert _text(lines[2]).startswith("● api avail page: 1h burns 14.9x")
    calm = replace(bad_night(), budgets=())
    assert _text(alert(calm, "service:api", 3, 120, UNICODE)[2]) == "  8m ● shop-web-1: unhealthy"


def test_under_an_incident_stands_its_own_cause_and_not_what_else_is_not_well() -> None:
    other = Cause(row="host:vm", text="host vm has zombies: 3 of them", affected=())
    incident = Incident(
        number=1, title="shop: exited", priority="P1", state="triggered", opened_at=NOW, began_at=NOW,
        cause_row="postgres:shop", cause="postgres shop is exited (api depends on it)",
    )  # fmt: skip
    night = replace(bad_night(), causes=(other, *bad_night().causes), incidents=(incident,))
    told = _text(alert(night, "", 3, 160, UNICODE)[0])
    assert told.startswith("● likely cause: postgres shop refuses connections")
    assert told.count("(and 1 more)") == 1

    ends = replace(night, causes=(other,))
    told = _text(alert(ends, "", 3, 160, UNICODE)[0])
    assert "likely cause: postgres shop is exited (api depends on it) (and 1 more)" in told.replace(" · for 3m", "")
    well = replace(ends, rows=tuple(replace(one, level="ok") for one in night.rows))
    told = _text(alert(well, "", 3, 160, UNICODE)[0])
    assert told == "▲ likely cause: postgres shop is exited (api depends on it) (and 1 more)"
    worse = replace(well, rows=(*well.rows, row("host:vm", level="critical")))
    assert "host vm" in _text(alert(worse, "", 3, 160, UNICODE)[0]), "a new outage is not hidden by an old one"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        pytest.param(board(service("api")), "✓ all well · 1 thing is read", id="all is well"),
        pytest.param(board(), "nothing is read yet", id="nothing is there"),
        pytest.param(
            board(service("api"), budgets=(budget("api", -0.2), budget("web"))),
            "● api avail gone: nothing is left of its 30 d, overspent by 20.0%",
            id="all is well again, at a price",
        ),
        pytest.param(
            board(row("redis:c", level="warning", word="full", reason="memory 92 %", remedy="raise maxmemory")),
            "▲ c full for 2h: memory 92 % · raise maxmemory",
            id="something is wrong without a deeper cause",
        ),
    ],
)
def test_the_first_line(shown: object, said: str) -> None:
    assert _text(alert(shown, "", 3, 120, UNICODE)[0]) == said  # type: ignore[arg-type]


def test_notes_say_how_to_go_on() -> None:
    lines = alert(board(notes=("no config found; `watchfloor init` writes one",)), "", 3, 120, UNICODE)
    assert _text(lines[0]) == "· no config found; `watchfloor init` writes one"
    ill = alert(board(service("api", level="critical"), notes=("a note",)), "", 2, 120, UNICODE)
    assert "api" in _text(ill[0]), "what is broken comes before any note"
    assert _text(ill[1]) == "· a note"


def test_a_long_cause_takes_two_lines_and_is_not_told_again_as_a_change() -> None:
    text = "shop is locked: 2 sessions wait in a lock chain behind pid 1 nightly-report: UPDATE invoices"
    night = bad_night()
    change = replace(night.changes[0], row="postgres:shop", text="2 sessions wait in a lock chain")
    cause = replace(night.causes[0], text=text)
    shown = replace(night, causes=(cause,), changes=(change,), budgets=())
    lines = [_text(line) for line in alert(shown, "", 3, 80, UNICODE)]
    assert " ".join(" ".join(lines).split()) == f"● likely cause: {text} · for 3m"


@given(st.integers(1, 9), st.integers(40, 200))
def test_the_alert_line_keeps_to_its_room(height: int, width: int) -> None:
    lines = alert(bad_night(), "service:api", height, width, UNICODE)
    assert len(lines) <= height
    assert all(len(_text(line)) <= width for line in lines)


def test_tabs_carry_the_sign_of_what_is_wrong() -> None:
    line = tabs(TABS, {"queues": "warning"}, "host", 80, UNICODE)
    assert "▲ Queues" in _text(line)


def test_the_open_tab_is_marked_in_more_than_colour() -> None:
    line = tabs(TABS, {}, "host", 80, UNICODE)
    assert "[Host]" in _text(line)
    assert ("Host]", "cursor") in line


@pytest.mark.parametrize(
    ("width", "told"),
    [
        pytest.param(60, "Error budget  Queues [Host]", id="whole names where there is room"),
        pytest.param(26, "Budget  Queues [Host]", id="short names that tell the same"),
        pytest.param(20, "Budge  Queue [Host]", id="cut ones, but for the open one"),
    ],
)
def test_tabs_get_shorter_where_room_is_scarce(width: int, told: str) -> None:
    assert told in _text(tabs(TABS, {}, "host", width, UNICODE))


@given(st.integers(20, 200))
def test_the_footer_always_tells_of_the_help(width: int) -> None:
    told = _text(footer(("floor", "table", "everywhere"), {}, width))
    assert "? help" in told
    assert len(told) <= width


def test_the_footer_shows_the_users_own_keys() -> None:
    assert "f11 zoom" in _text(footer(("floor",), {"pane.zoom": "f11"}, 200))
