"""A followed log: bounded, counted, filtered."""

from hypothesis import given
from hypothesis import strategies as st

from tui.glyphs import UNICODE
from tui.panes.log import LogLines


def _text(log: LogLines) -> list[str]:
    return ["".join(text for text, _ in line) for line in log.lines(UNICODE)]


def _log(*lines: str, most: int = 3) -> LogLines:
    log = LogLines(most)
    for line in lines:
        log.add(line)
    return log


def test_before_the_first_line_it_waits() -> None:
    assert _text(_log()) == ["Log  waiting for the log"]


def test_the_oldest_make_room_and_are_counted() -> None:
    assert _text(_log("a", "b", "c", "d", "e")) == ["Log  3 lines · 2 older ones dropped", "  c", "  d", "  e"]


def test_a_filter_shows_what_contains_it_whatever_the_case() -> None:
    log = _log("GET /", "ERROR in pay", "GET /", most=9)
    log.set_filter("error", inverse=False)
    assert _text(log) == ["Log  3 lines · /error: 1 shown", "  ERROR in pay"]
    log.set_filter("error", inverse=True)
    assert _text(log) == ["Log  3 lines · /!error: 2 shown", "  GET /", "  GET /"]


@given(st.lists(st.sampled_from(["a", "b", "ab"]), max_size=40), st.sampled_from(["", "a", "b"]), st.booleans())
def test_what_is_shown_is_what_a_new_filter_would_show(lines: list[str], text: str, inverse: bool) -> None:
    log = LogLines(5)
    log.set_filter(text, inverse=inverse)
    for line in lines:
        log.add(line)
    shown = _text(log)[1:]
    log.set_filter(text, inverse=inverse)
    assert shown == _text(log)[1:]
