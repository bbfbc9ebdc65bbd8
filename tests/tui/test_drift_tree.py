"""The tree of what differs: what is in it, in which order, folded or not; pure."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ops.drift.structs import SEVERITIES, Difference, Findings, SourceRead
from tests.parts.boards import NOW
from tests.parts.memory_drift import found
from tui.glyphs import ASCII, UNICODE
from tui.panes.drift_tree import COLUMNS, OPEN_UP_TO, Node, View, counted, measured, rows, shortened, tree, wanted
from tui.widgets.columns import content_widths

IMAGE = Difference(
    path="containers:local/web-1#image", kind="changed", severity="critical", before="a", after="b", since=NOW - 60
)
LABEL = Difference(
    path="containers:local/web-1#labels.x", kind="changed", severity="info", before="1", after="2", since=NOW - 7200
)
STRAY = Difference(path="containers:local/stray", kind="added", severity="warning", facts={"image": "busybox"})
MODE = Difference(
    path="files:/etc/hosts#mode", kind="changed", before="644", after="600", expected="accepted by ann: x"
)
HIDDEN = Difference(path="files:/tmp/x", kind="removed", ignored="files:/tmp/*")
READS = (
    SourceRead(source="containers", items=3),
    SourceRead(source="git", items=1),
    SourceRead(source="redis", nothing="no redis is configured"),
    SourceRead(source="cron", unreadable="permission denied", remedy="be root"),
)
ALL = found(IMAGE, STRAY, LABEL, MODE, HIDDEN, sources=READS)


def names(nodes: Sequence[Node]) -> list[str]:
    return [f"{'  ' * node.depth}{node.label}" for node in nodes]


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(
            View(),
            ["containers", "  local/web-1", "    image", "    labels.x", "  local/stray", "cron", "git"],
            id="sources with differences come first, then what could not be read, then what is as agreed",
        ),
        pytest.param(
            View(all=True),
            [
                "containers",
                "  local/web-1",
                "    image",
                "    labels.x",
                "  local/stray",
                "files",
                "  /etc/hosts mode",
                "  /tmp/x",
                "cron",
                "git",
                "redis",
            ],
            id="all is with what is expected, ignored, or has nothing to read",
        ),
        pytest.param(
            View(turned=frozenset({"containers:"})), ["containers", "cron", "git"], id="a folded source is one line"
        ),
        pytest.param(
            View(turned=frozenset({"containers:local/web-1#"})),
            ["containers", "  local/web-1", "  local/stray", "cron", "git"],
            id="a folded item is one line",
        ),
        pytest.param(View(text="BUSY"), [], id="a text in facts alone finds nothing"),
        pytest.param(View(text="STRAY"), ["containers", "  local/stray"], id="case does not matter to a filter"),
        pytest.param(
            View(text="web-1", inverse=True), ["containers", "  local/stray"], id="a filter may hide what has the text"
        ),
        pytest.param(View(new=1), ["containers", "  local/web-1 image"], id="new in the last hour"),
        pytest.param(
            View(new=2), ["containers", "  local/web-1", "    image", "    labels.x"], id="new in the last day"
        ),
    ],
)
def test_a_view_of_the_tree(view: View, expected: list[str]) -> None:
    assert names(tree(ALL, view, NOW)) == expected


def test_states_are_told_by_signs_and_words_not_by_colour_alone() -> None:
    cells = {row.id: row.cells[1].text for row in rows(tree(ALL, View(all=True), NOW), NOW, UNICODE)}
    assert cells["containers:"] == "● 1 ▲ 1 · 1"
    assert cells[IMAGE.path] == "● changed"
    assert cells[MODE.path] == "✓ expected"
    assert cells[HIDDEN.path] == "✓ ignored"
    assert cells["files:"] == "1 expected 1 ignored"
    assert cells["cron:"] == "? unreadable"
    assert cells["git:"] == "✓ as agreed"
    assert cells["redis:"] == "nothing here"


def test_of_many_differences_items_are_folded() -> None:
    many = [
        Difference(path=f"files:/etc/{number // 2}#{fact}", kind="changed", before="1", after="2")
        for number in range(OPEN_UP_TO + 2)
        for fact in (("mode", "owner")[number % 2],)
    ]
    nodes = tree(found(*many), View(), NOW)
    assert len(nodes) == 1 + len(many) // 2
    assert not any(node.leaf for node in nodes)
    opened = tree(found(*many), View(turned=frozenset({nodes[1].id})), NOW)
    assert [node.label for node in opened[2:4]] == ["mode", "owner"]


_PATHS = st.builds(
    lambda source, item, fact: f"{source}:{item}" + (f"#{fact}" if fact else ""),
    st.sampled_from(["files", "git", "containers"]),
    st.sampled_from(["/a", "/b", "web-1"]),
    st.sampled_from(["", "mode", "text", "env.X"]),
)
_DIFFERENCES = st.lists(
    st.builds(
        Difference,
        path=_PATHS,
        kind=st.sampled_from(["added", "removed", "changed", "reordered", "unreadable"]),
        severity=st.sampled_from(SEVERITIES),
        ignored=st.sampled_from(["", "rule"]),
        expected=st.sampled_from(["", "accepted"]),
        since=st.floats(NOW - 1e6, NOW),
    ),
    unique_by=lambda one: one.path,
    max_size=30,
)


@given(_DIFFERENCES, st.builds(View, text=st.sampled_from(["", "a", "mode"]), new=st.integers(0, 2), all=st.booleans()))
def test_every_difference_that_is_wanted_is_a_leaf_once(differences: list[Difference], view: View) -> None:
    findings: Findings = found(*differences)
    nodes = tree(findings, view, NOW)
    leaves = [node.id for node in nodes if node.leaf]
    assert sorted(leaves) == sorted(one.path for one in wanted(findings, view, NOW))
    assert len({node.id for node in nodes}) == len(nodes)
    for row in rows(nodes, NOW, ASCII):
        assert len(row.cells) == len(COLUMNS)
        assert row.cells[0].text.isascii()


@given(_DIFFERENCES)
def test_counts_are_of_all_below(differences: list[Difference]) -> None:
    told = counted(differences, UNICODE)
    flags = sum(one.counts + bool(one.expected) + bool(one.ignored) for one in differences)
    assert sum(int(part) for part in told.split() if part.isdigit()) == flags


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("/etc/hosts mode", "/etc/hosts mode", id="what has room is itself"),
        pytest.param("/srv/shop/config/app.conf text", "/srv/sh…pp.conf text", id="a long one keeps its end"),
    ],
)
def test_a_name_is_cut_in_its_middle(text: str, told: str) -> None:
    assert shortened(text, 20, UNICODE) == told


@given(st.text(max_size=80), st.integers(8, 40))
def test_a_name_never_takes_more_than_its_room(text: str, room: int) -> None:
    assert cell_len(shortened(text, room, UNICODE)) <= room


def test_of_very_many_lines_only_those_that_are_looked_at_are_made() -> None:
    many = [Difference(path=f"files:/{number}#mode", kind="changed", since=NOW) for number in range(5_000)]
    lines = rows(tree(found(*many), View(), NOW), NOW, UNICODE)
    content_widths(COLUMNS, measured(lines))
    assert len(lines) == 5_001
    assert sum("cells" in vars(line) for line in lines) == 2
    assert lines[-1].cells[1].text == "▲ changed"


@given(_DIFFERENCES, st.booleans())
def test_states_and_ages_are_as_wide_as_in_all_lines(differences: list[Difference], everything: bool) -> None:
    lines = rows(tree(found(*differences, sources=READS), View(all=everything), NOW), NOW, UNICODE)
    assert content_widths(COLUMNS, measured(lines))[1] == content_widths(COLUMNS, lines)[1]
    assert all(line.is_critical == any(cell.style == "critical" for cell in line.cells[:2]) for line in lines)
