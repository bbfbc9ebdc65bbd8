"""Text diffs: nothing is lost or made up, whatever the texts are, and a line shows what of it changed."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drift.text_diff import MOST_LINES, NO_END, Line, side_by_side, unified

WORDS = st.sampled_from(["a", "b", "c", "port = 80", "port = 8080", "", "\x1b[0m", "é\u202e"])
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, st.lists(WORDS, max_size=30), st.sampled_from(["", "\n"]))


def written(lines: Sequence[Line]) -> list[str]:
    """As a person sees it."""
    return [f"{line.sign}{line.text}" for line in lines]


@given(TEXTS, TEXTS)
def test_removed_and_kept_lines_are_the_one_text_and_added_and_kept_the_other(before: str, after: str) -> None:
    lines = unified(before, after, context=1_000)
    assert (not lines) == (before == after)
    if not lines:
        return
    real = [line for line in lines if line.before or line.after]
    assert [line.before for line in real if line.before] == list(range(1, _count(before) + 1))
    assert [line.after for line in real if line.after] == list(range(1, _count(after) + 1))
    assert all((line.sign == " ") == bool(line.before and line.after) for line in real)
    for line in real:
        sides = [_line(before, line.before), _line(after, line.after)]
        plain = {re.sub(r"[^ -~é]", "?", side) for side in sides if side is not None}
        assert plain == {re.sub(r"[^ -~é]", "?", line.text)}


def _count(text: str) -> int:
    return text.count("\n") + (text != "" and not text.endswith("\n"))


def _line(text: str, number: int | None) -> str | None:
    return None if number is None else text.split("\n")[number - 1]


@given(TEXTS, TEXTS, st.integers(0, 4))
def test_every_line_can_be_shown_and_every_mark_is_inside(before: str, after: str, context: int) -> None:
    for line in unified(before, after, context):
        assert line.text.isprintable()
        assert all(0 <= begin < end <= len(line.text) for begin, end in line.marks)
        assert list(line.marks) == sorted(line.marks)


@given(TEXTS, TEXTS)
def test_side_by_side_has_the_same_lines(before: str, after: str) -> None:
    lines = unified(before, after)
    pairs = side_by_side(lines)
    assert [pair.left for pair in pairs if pair.left] == [line for line in lines if line.sign != "+"]
    assert [pair.right for pair in pairs if pair.right] == [line for line in lines if line.sign != "-"]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param("a\nb\n", "a\nb\n", [], id="the same"),
        pytest.param("", "a\n", ["+a"], id="from nothing"),
        pytest.param("a\n", "", ["-a"], id="to nothing"),
        pytest.param("a\nb\nc\n", "a\nc\n", [" a", "-b", " c"], id="a line went"),
        pytest.param("a\nb\n", "b\na\n", ["-a", " b", "+a"], id="two changed places"),
        pytest.param("a", "a\n", ["-a", f"-{NO_END}", "+a"], id="only the end of the last line"),
        pytest.param("a\r\n", "a\n", ["-a␍", "+a"], id="only the kind of line ends"),
        pytest.param("a\n" * 9 + "x\n" + "a\n" * 9, "a\n" * 9 + "y\n" + "a\n" * 9,
                     ["…6 lines as agreed", " a", " a", " a", "-x", "+y", " a", " a", " a", "…6 lines as agreed"],
                     id="lines far from it are left out and counted"),
        pytest.param("x\nb\n", "x\ty\nb\n", ["-x", "+x    y", " b"], id="a tab is wide"),
    ],
)  # fmt: skip
def test_what_is_shown(before: str, after: str, says: list[str]) -> None:
    assert written(unified(before, after)) == says


def test_only_what_changed_of_a_line_is_marked() -> None:
    (gone, new) = unified("listen 80 default;\n", "listen 8080 default;\n")
    assert [gone.text[begin:end] for begin, end in gone.marks] == ["80"]
    assert [new.text[begin:end] for begin, end in new.marks] == ["8080"]
    (gone, new) = unified("listen 80 default;\n", "nothing of it\n")
    assert (gone.marks, new.marks) == ((), ())


def test_a_small_change_inside_much_is_small() -> None:
    before = [f"line {number}\n" for number in range(5_000)]
    after = [*before[:2_500], "new\n", *before[2_501:]]
    shown = unified("".join(before), "".join(after))
    assert len(shown) == 10
    assert [line.sign for line in shown].count("+") == 1


def _numbered(different: int) -> str:
    return "\n".join(str(number % different) for number in range(30_000))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a\n" * 50_000, "b\n" * 50_000, id="all replaced"),
        pytest.param("a\nb\n" * 20_000, "b\na\n" * 20_001, id="the same lines again and again"),
        pytest.param(_numbered(97), _numbered(89), id="none is there once"),
        pytest.param(_numbered(30_000), "\n".join(reversed(_numbered(30_000).split("\n"))), id="all in turn"),
        pytest.param("x" * 1_000_000, "y" * 1_000_000, id="one line"),
    ],
)  # fmt: skip
def test_texts_of_any_kind_give_a_bounded_diff(before: str, after: str) -> None:
    lines = unified(before, after)
    assert 0 < len(lines) <= MOST_LINES + 1
    assert sum(len(line.text) for line in lines) < 2_001 * (MOST_LINES + 1)
    if len(lines) > MOST_LINES:
        assert re.fullmatch(r"\d+ more lines differ or stand around", lines[-1].text)
