"""What git prints for programs."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.git_api.parse import Commit, Status, parse_ahead_behind, parse_commit, parse_moved_at, parse_status

_HEAD = "# branch.oid 1f2e\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +2 -5\0"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param(_HEAD, Status("main", 0, 0, 0, 2, 5), id="clean"),
        pytest.param(
            _HEAD + "1 .M N... 100644 100644 100644 a b a file\0? new\0? # branch.head evil\0",
            Status("main", 1, 2, 0, 2, 5),
            id="a name that looks like a header is only a name",
        ),
        pytest.param(
            _HEAD + "u UU N... 1 1 1 1 a b c both.txt\0! ignored\0", Status("main", 1, 0, 1, 2, 5), id="a conflict"
        ),
        pytest.param(
            "# branch.oid (initial)\0# branch.head main\0", Status("main", 0, 0, 0, None, None), id="no commit yet"
        ),
        pytest.param("# branch.oid 1f2e\0# branch.head (detached)\0", Status("", 0, 0, 0, None, None), id="detached"),
    ],
)
def test_a_status(text: str, status: Status) -> None:
    assert parse_status(text) == status


def test_a_commit_with_several_tags() -> None:
    text = "1f2e\x001f\x001700000000\x00Ada\x00Fix: a, b\x00tag: v2, tag: v1\n"
    assert parse_commit(text) == Commit("1f2e", "1f", 1_700_000_000.0, "Ada", "Fix: a, b", "v2")
    assert parse_commit("") is None


@pytest.mark.parametrize(
    ("text", "moved_at"),
    [
        pytest.param("a\0HEAD@{30}\nb\0HEAD@{20}\n", 30.0, id="it moved last"),
        pytest.param("a\0HEAD@{30}\na\0HEAD@{20}\nb\0HEAD@{10}\n", 20.0, id="it moved, then changed its branch"),
        pytest.param("a\0HEAD@{30}\na\0HEAD@{20}\n", 20.0, id="it never was elsewhere"),
        pytest.param("", None, id="no reflog"),
        pytest.param("a\0HEAD@{x}\n", None, id="no time"),
    ],
)
def test_when_head_moved(text: str, moved_at: float | None) -> None:
    assert parse_moved_at(text) == moved_at


@pytest.mark.parametrize(
    ("text", "counts"), [("2\t5\n", (2, 5)), ("+0 -0", (0, 0)), ("", (None, None)), ("²\t1", (None, None))]
)
def test_ahead_and_behind(text: str, counts: tuple[int | None, int | None]) -> None:
    assert parse_ahead_behind(text) == counts


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_any_text_is_read_or_refused(text: str) -> None:
    parse_commit(text)
    parse_moved_at(text)
    parse_ahead_behind(text)
    with suppress(ValueError):
        parse_status(text)
