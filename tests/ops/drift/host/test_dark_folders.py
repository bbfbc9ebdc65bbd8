"""What can't be looked into hides what is below it: nothing there is ever called gone or new."""

from collections.abc import Mapping, Sequence

import pytest

from ops.drift.compare import differences
from ops.drift.structs import Baseline, Captured, Head, Item

HEAD = Head(name="agreed", id="0123456789ab", at=1.7e9, host="web-1", user="ann", version="0.1.0")


def item(name: str, facts: Sequence[str] = ("mode",), unreadable: Sequence[str] = ()) -> Item:
    """One with these facts, and these that can't be read."""
    return Item(name=name, facts=dict.fromkeys(facts, "1"), unreadable=dict.fromkeys(unreadable, "denied"))


def told(before: Sequence[Item], after: Sequence[Item]) -> Mapping[str, str]:
    """Paths of differences with their kind."""
    baseline = Baseline(head=HEAD, captured=(Captured(source="files", items=tuple(before)),))
    found = differences(baseline, [Captured(source="files", items=tuple(after))])
    return {one.path: one.kind for one in found}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            [item("/etc/app/a"), item("/etc/app/b")],
            [item("/etc/app", (), ("",))],
            {"files:/etc/app": "unreadable"},
            id="a folder that was open and is closed is told once, in place of its files",
        ),
        pytest.param(
            [item("/etc/app", (), ("",))],
            [item("/etc/app/a")],
            {},
            id="what is found in a folder that was closed when it was agreed on is not new",
        ),
        pytest.param(
            [item("/etc/apple")],
            [item("/etc/app", (), ("",))],
            {"files:/etc/app": "unreadable", "files:/etc/apple": "removed"},
            id="a name that only begins the same is not below it",
        ),
        pytest.param(
            [item("/x"), item("/y")],
            [item("/", (), ("",))],
            {"files:/": "unreadable"},
            id="everything is below the root",
        ),
        pytest.param(
            [item("/a", ("mode", "text"))],
            [item("/a", ("mode",), ("text", "sha256", "content"))],
            {"files:/a#text": "unreadable"},
            id="of several names for what can't be read only the agreed one is told",
        ),
        pytest.param(
            [item("/a", ("mode",))],
            [item("/a", ("mode",), ("text", "sha256"))],
            {"files:/a#sha256": "unreadable"},
            id="where none of them was agreed on one is told",
        ),
    ],
)
def test_hidden(before: Sequence[Item], after: Sequence[Item], expected: Mapping[str, str]) -> None:
    assert told(before, after) == expected
