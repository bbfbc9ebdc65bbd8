"""Findings as lines and as an exit status, whatever was found."""

from collections.abc import Sequence

import pytest

from ops.drift.structs import Baseline, Captured, Difference, Findings, Head, Item, Kind, Severity, SourceRead
from ops.drift.text_diff import MASKED
from tui.cli.drift_diff import diff_lines
from tui.cli.drift_told import (
    captured_lines,
    detect_lines,
    fields,
    history_lines,
    list_lines,
    status,
    summary_lines,
    verdict,
)

HEAD = Head(name="agreed", id="0123456789ab", at=1_000_000.0, host="web-1", user="ann", version="1.0")


def one(
    path: str, kind: Kind = "changed", severity: Severity = "warning", *, ignored: str = "", expected: str = ""
) -> Difference:
    """A difference from a to b."""
    reason = "no right" if kind == "unreadable" else ""
    return Difference(
        path=path, kind=kind, severity=severity, before="a", after="b", reason=reason,
        ignored=ignored, expected=expected, since=1_000_100.0,
    )  # fmt: skip


def found(*differences: Difference, sources: Sequence[SourceRead] = ()) -> Findings:
    """What was found a hundred seconds after the first of them."""
    return Findings(at=1_000_200.0, baseline=HEAD, differences=differences, sources=tuple(sources))


CHANGED, UNREAD = one("files:/a#mode"), one("users:*", "unreadable")


@pytest.mark.parametrize(
    ("differences", "said", "exits"),
    [
        pytest.param((), "none", 0, id="nothing differs"),
        pytest.param((CHANGED,), "drift", 2, id="something differs"),
        pytest.param((UNREAD,), "unknown", 1, id="what can't be read is no drift, and not as agreed either"),
        pytest.param((UNREAD, CHANGED), "drift", 2, id="drift is drift, whatever can't be read"),
        pytest.param((one("files:/a", ignored="files:*"),), "none", 0, id="what is ignored counts nowhere"),
        pytest.param((one("files:/a", expected="accepted by ann: x"),), "none", 0, id="nor what is expected"),
        pytest.param((one("files:/a", "reordered", "info"),), "drift", 2, id="what is small is drift too"),
    ],
)
def test_the_exit_status_says_how_it_stands(differences: tuple[Difference, ...], said: str, exits: int) -> None:
    assert (verdict(found(*differences)), status(found(*differences))) == (said, exits)


def test_lines_say_what_how_grave_and_for_how_long() -> None:
    seen = found(one("git:/srv#commit", severity="critical"), UNREAD, one("files:/a", expected="accepted by ann: x"))
    head, *lines = detect_lines(seen, every=False)
    assert 'baseline "agreed"' in head
    assert "1 critical, 1 warning, 1 unreadable, 1 expected" in head
    assert [line.split(maxsplit=2)[1:2] for line in lines] == [["critical"], ["warning"]]
    assert lines[0].endswith("changed from a to b (for 1m40s)")
    assert lines[1].endswith("can't be read: no right (for 1m40s)")
    assert list(detect_lines(seen, every=True))[-1].endswith("; accepted by ann: x")
    assert [entry["counts"] for entry in fields(seen)["differences"]] == [True, True, False]  # type: ignore[attr-defined]


def test_a_diff_keeps_the_facts_of_an_item_together() -> None:
    text = Difference(path="files:/b#text", kind="changed", before="x\ny\n", after="x\nz\n")
    new = Difference(path="files:/c", kind="added", facts={"mode": "0644"})
    lines = list(diff_lines([CHANGED, text, new, one("files:/a#owner")], {"files:/c": "by hand: look"}, 1_000_200.0))
    assert [line for line in lines if line.startswith("files:")] == ["files:/a", "files:/b", "files:/c"]
    assert lines[lines.index("files:/b") + 2 : lines.index("files:/c")] == ["      x", "    - y", "    + z"]
    assert lines[-2:] == ["    + mode 0644", "    by hand: look"]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        pytest.param(None, "", "    + (empty)", id="an empty value that is new"),
        pytest.param("", None, "    - (empty)", id="an empty value that is gone"),
        pytest.param("http://a:geheim@x", "http://a:anders@x", f"    {MASKED}", id="a secret that came through"),
    ],
)
def test_a_diff_never_shows_nothing(before: str | None, after: str | None, line: str) -> None:
    one = Difference(path="containers:local/web#labels.x", kind="changed", before=before, after=after)
    assert list(diff_lines([one], {}, 1_000_200.0))[2:] == [line]


def test_a_summary_names_the_gravest_and_counts_the_rest() -> None:
    differences = [one(f"files:/{number}#mode") for number in range(7)]
    read = [SourceRead(source="files", items=7), SourceRead(source="redis", nothing="no Redis is configured"),
            SourceRead(source="users", unreadable="no right")]  # fmt: skip
    lines = list(summary_lines(found(*differences, sources=read), ["containers:*"], every=False))
    assert lines[-1].startswith("and 2 more")
    assert "ignored by containers:*: 0" in lines
    assert "  users can't be read: no right" in lines
    assert not any("redis" in line for line in lines)
    assert any("redis" in line for line in summary_lines(found(*differences, sources=read), (), every=True))


def test_what_a_baseline_does_not_know_is_named() -> None:
    items = [Item(name=f"/{number}", unreadable={"text": "no right"}) for number in range(6)]
    captured = (Captured(source="files", items=tuple(items)), Captured(source="redis", nothing="none"))
    lines = list(captured_lines(Baseline(head=HEAD, captured=captured), 1.5))
    assert lines[0].startswith('baseline "agreed": 6 items of 1 source, in 1.5 s')
    assert lines[1:4] == [
        "files  6 items",
        "nothing there of: redis",
        "6 facts can't be read, and will not be compared:",
    ]
    assert (lines[4], lines[-1]) == ("  files:/0#text: no right", "  and 1 more")


def test_nothing_kept_is_no_table() -> None:
    assert (list_lines([], ""), history_lines([])) == ([], [])
    assert list_lines([HEAD], "agreed")[1].startswith("*  agreed")
