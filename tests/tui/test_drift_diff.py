"""One difference as lines: unified and side by side, whole things, secrets, and whatever the world writes; pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ops.drift.remedy import Remedy
from ops.drift.structs import Difference, Value
from tests.parts.boards import NOW
from tests.parts.memory_drift import found
from tui.glyphs import ASCII, UNICODE
from tui.panes.drift_diff import body, written
from tui.panes.drift_story import MOST_LISTED, Shown, as_text, story
from tui.panes.drift_tree import Node, View, tree


def changed(before: Value | None, after: Value | None, fact: str = "image", **more: object) -> Difference:
    """A fact that changed."""
    given: dict[str, object] = {"path": f"containers:web#{fact}", "kind": "changed"}
    return Difference(before=before, after=after, **given | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        pytest.param(changed("nginx:1.24", "nginx:1.25"), ["- nginx:1.24", "+ nginx:1.25"], id="a value"),
        pytest.param(changed(True, False), ["- yes", "+ no"], id="yes and no are words"),
        pytest.param(
            changed(536870912, 1073741824, "limits.memory_bytes"),
            ["- 536870912 (512 MiB)", "+ 1073741824 (1 GiB)"],
            id="a figure has the unit that its name tells",
        ),
        pytest.param(changed(3, 4, "workers"), ["- 3", "+ 4"], id="a figure without a unit is itself"),
        pytest.param(changed(None, "x"), ["+ x"], id="a fact that is new"),
        pytest.param(changed("x", None), ["- x"], id="a fact that is gone"),
        pytest.param(changed(("a", "b"), ("b", "c")), ["- a", "  b", "+ c"], id="several things, one a line"),
        pytest.param(
            changed(None, None, kind="unreadable", reason="permission denied"),
            ["can't be read: permission denied"],
            id="what can't be read says why",
        ),
        pytest.param(
            changed("postgres://u:geheim@db/x", "postgres://u:anders@db/x"),
            ["both differ only in a secret that is not shown"],
            id="a password that came through all the same is not shown",
        ),
        pytest.param(changed(None, "", "labels.x"), ["+ (empty)"], id="an empty value that is new"),
        pytest.param(changed("", None, "labels.x"), ["- (empty)"], id="an empty value that is gone"),
    ],
)
def test_unified(one: Difference, lines: list[str]) -> None:
    assert as_text(body(one, 80, UNICODE, beside=False)).split("\n") == lines


def test_a_whole_thing_is_listed_with_its_facts() -> None:
    one = Difference(path="files:/x", kind="removed", facts={"mode": "644", "text": "a\nb\n"})
    assert as_text(body(one, 80, UNICODE, beside=False)).split("\n") == [
        "- the whole of it was removed",
        "-   mode = 644",
        "-   text = a",
        "-     b",
    ]


def test_side_by_side_has_both_in_one_line_and_falls_back_where_there_is_no_room() -> None:
    one = changed("alpha\nbeta\n", "alpha\ngamma\n", "text")
    assert "beta" in (line := as_text(body(one, 60, ASCII, beside=True)).split("\n"))[1]
    assert "| + gamma" in line[1]
    assert as_text(body(one, 30, ASCII, beside=True)) == as_text(body(one, 30, ASCII, beside=False))


_TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["日本語" * 20, "\x1b[31mred\x07", "a\n\n\nb", "\t", "[red]x[/red]", "e\u0301" * 30]
)
_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS | st.lists(_TEXTS, max_size=4).map(tuple)


@given(_VALUES, _VALUES, st.integers(38, 120), st.booleans())
def test_whatever_the_world_writes_is_printable_and_within_the_width(
    before: Value | None, after: Value | None, width: int, beside: bool
) -> None:
    for line in body(changed(before, after, "x.y"), width, UNICODE, beside=beside):
        text = "".join(part for part, _ in line)
        assert "\x1b" not in text
        assert "\n" not in text
        assert cell_len(text) <= width


@given(st.dictionaries(st.text(max_size=20), _VALUES.filter(lambda value: value is not None), max_size=5))
def test_facts_of_whole_things_are_within_the_width(facts: dict[str, Value]) -> None:
    for line in body(Difference(path="a:b", kind="added", facts=facts), 40, UNICODE, beside=False):
        assert cell_len("".join(part for part, _ in line)) <= 40


@given(_VALUES)
def test_a_value_is_whole_lines(value: Value | None) -> None:
    text = written(value)
    assert not text or text.endswith("\n") or "\n" in text


HOW = Shown(80, NOW, beside=False, glyphs=UNICODE)


def node_of(*differences: Difference, at: int = 1) -> Node:
    """A line of their tree."""
    return tree(found(*differences), View(), NOW)[at]


def test_a_story_says_how_grave_since_when_and_what_puts_it_right() -> None:
    one = changed("a", "b", severity="critical", since=NOW - 3600, kept=False)
    told = as_text(story(node_of(one), found(one), Remedy("recreate web (and 1 more)"), HOW))
    assert "● critical  changed, first seen 1h ago" in told
    assert "x: recreate web (and 1 more)" in told
    assert "the baseline does not hold all of it" in told


def test_a_story_without_a_fix_says_what_a_person_should_do() -> None:
    one = changed("a", "b")
    assert "by hand: look" in as_text(story(node_of(one), found(one), Remedy("", "look"), HOW))


def test_of_a_digest_it_is_said_what_it_tells() -> None:
    one = changed("digest:0011223344556677", "digest:8899aabbccddeeff", "env.TOKEN")
    told = as_text(story(node_of(one), found(one), None, HOW))
    assert " ".join(told.split()).endswith("it tells only whether that is the same")


def test_notes_come_first() -> None:
    one = changed("a", "b")
    findings = found(one, notes=("the baseline was edited by hand",))
    assert as_text(story(node_of(one), findings, None, HOW)).startswith("the baseline was edited by hand")


def test_of_very_many_differences_the_rest_is_counted() -> None:
    many = [changed("a", "b", f"labels.{number}") for number in range(MOST_LISTED + 5)]
    assert "and 5 more differences" in as_text(story(node_of(*many, at=0), found(*many), None, HOW))
    assert "and 5 more differences" in as_text(story(node_of(*many), found(*many), None, HOW))
