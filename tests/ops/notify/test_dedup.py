"""Who is told again: Alertmanager's decision, case by case as its dedup_stage.go has them."""

import pytest

from ops.notify.dedup import needs
from ops.notify.structs import Record

NOW, HOUR = 1_800_000_000.0, 3600.0


def told(firing: str = "", resolved: str = "", ago_s: float = 60.0) -> Record:
    """What was told: each letter is the key of an alert."""
    return Record(group="g", receiver="r", firing=frozenset(firing), resolved=frozenset(resolved), at=NOW - ago_s)


@pytest.mark.parametrize(
    ("record", "firing", "resolved", "send_resolved", "expected"),
    [
        pytest.param(None, "a", "", True, "it fires", id="who never heard of it is told what fires"),
        pytest.param(None, "", "a", True, "", id="who never heard of it is not told that it is over"),
        pytest.param(None, "", "", True, "", id="nothing at all is not told"),
        pytest.param(None, "a", "b", True, "it fires", id="nor keeps that another one is over it from what fires"),
        pytest.param(told("a"), "a", "", True, "", id="what was told is not told again"),
        pytest.param(told("ab"), "a", "", True, "", id="a part of what was told is nothing new"),
        pytest.param(told("a"), "ab", "", True, "something new fires", id="a new one is told"),
        pytest.param(told("a"), "b", "a", True, "something new fires", id="another one in its place is told"),
        pytest.param(told("abc"), "bcd", "", True, "something new fires", id="also where another one is gone"),
        pytest.param(told("ab"), "ac", "b", True, "something new fires", id="a new one before a part that is over"),
        pytest.param(told("", "a"), "a", "", True, "something new fires", id="one that fires again is told"),
        pytest.param(told("a"), "", "a", True, "it is over", id="the end of what was told is told"),
        pytest.param(told("a"), "", "a", False, "it is over", id="the end is known even where it is not sent"),
        pytest.param(told("ab", "c"), "", "abc", True, "it is over", id="the end of all is told with its parts"),
        pytest.param(told("ab", "c"), "", "abc", False, "it is over", id="and is known so"),
        pytest.param(told("a", "", 9 * HOUR), "", "a", True, "it is over", id="the end comes before a reminder"),
        pytest.param(told("", "a"), "", "a", True, "", id="an end that was told is not told again"),
        pytest.param(told(), "", "", True, "", id="nothing before and nothing now is not told"),
        pytest.param(told("", "a"), "", "ab", True, "", id="what came and went between two looks is not told"),
        pytest.param(told("ab"), "a", "b", True, "part of it is over", id="the end of a part is told"),
        pytest.param(told("ab"), "a", "b", False, "", id="the end of a part is not told where ends are not sent"),
        pytest.param(told("a", "b"), "a", "b", True, "", id="the end of a part is told once"),
        pytest.param(told("ab", "c"), "a", "bc", True, "part of it is over", id="the end of a further part is told"),
        pytest.param(told("ab", "c"), "a", "bc", False, "", id="and not where ends are not sent"),
        pytest.param(told("ab", "", 9 * HOUR), "a", "b", True, "part of it is over", id="it comes before a reminder"),
        pytest.param(told("ab", "", 9 * HOUR), "a", "b", False, "it still fires", id="else the reminder is due"),
        pytest.param(told("a", ago_s=4 * HOUR + 1), "a", "", True, "it still fires", id="a reminder after its time"),
        pytest.param(told("a", ago_s=4 * HOUR), "a", "", True, "", id="no reminder at its very time"),
        pytest.param(told("a", "", NOW), "a", "", True, "it still fires", id="what was told at no known time is told"),
        pytest.param(told("", "a", 9 * HOUR), "", "a", True, "", id="no reminder of what is over"),
        pytest.param(told("", "ab", 9 * HOUR), "", "bc", True, "", id="nor of what came and went since"),
        pytest.param(told("a", ago_s=-HOUR), "a", "", True, "", id="no reminder when the clock was set back"),
    ],
)  # fmt: skip
def test_the_decision(record: Record | None, firing: str, resolved: str, send_resolved: bool, expected: str) -> None:
    assert needs(record, frozenset(firing), frozenset(resolved), NOW, 4 * HOUR, send_resolved) == expected
