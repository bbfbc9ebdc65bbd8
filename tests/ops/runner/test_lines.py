"""Streams become lines: each once, bounded, however they are cut into pieces."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.text import LINE_LIMIT
from ops.runner.lines import LINE_BYTES, Lines


def lines_of(*pieces: bytes) -> list[str]:
    """What comes out of a stream in these pieces."""
    taken: list[str] = []
    lines = Lines(taken.append)
    for piece in pieces:
        lines.feed(piece)
    lines.end()
    return taken


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param([b"a\nb\n"], ["a", "b"], id="each line comes without its end"),
        pytest.param([b"a\n", b"b"], ["a", "b"], id="a line without end comes at the end"),
        pytest.param([b"a", b"b\n", b"c\n"], ["ab", "c"], id="a line in pieces is one"),
        pytest.param([b"one\r\ntwo\r\n"], ["one", "two"], id="the ends of Windows are ends"),
        pytest.param([b"1 %\r50 %\r100 %\n"], ["100 %"], id="of a progress bar the last state is seen"),
        pytest.param([b"\xff\xfe\n"], ["\ufffd\ufffd"], id="what is no UTF-8 is replaced"),
        pytest.param([b"\n\n"], ["", ""], id="empty lines are lines"),
        pytest.param([], [], id="silence has no line"),
    ],
)
def test_lines_are_found(pieces: Sequence[bytes], expected: list[str]) -> None:
    assert lines_of(*pieces) == expected


def test_a_line_that_never_ends_is_given_once_and_its_rest_is_dropped() -> None:
    taken: list[str] = []
    lines = Lines(taken.append)
    for _ in range(100):
        lines.feed(b"x" * LINE_BYTES)
    assert len(taken) == 1
    assert LINE_LIMIT < len(taken[0]) < LINE_LIMIT + 1000
    lines.feed(b"rest\nnext\n")
    assert taken[1:] == ["next"]


def test_the_beginning_is_kept_and_no_more() -> None:
    lines = Lines(lambda _: None, kept_bytes=10)
    lines.feed(b"0123456")
    lines.feed(b"789abcdef")
    assert lines.beginning == "0123456789"


def test_the_last_line_is_one_that_says_something() -> None:
    lines = Lines(lambda _: None)
    lines.feed(b"disk full\n\n  \n")
    assert lines.last == "disk full"


@given(st.lists(st.text(alphabet="ab \u00e9\u4e16", max_size=50), max_size=20), st.integers(1, 7))
def test_however_a_stream_is_cut_its_lines_are_the_same(texts: list[str], width: int) -> None:
    data = b"".join(text.encode() + b"\n" for text in texts)
    assert lines_of(*(data[at : at + width] for at in range(0, len(data), width))) == texts
