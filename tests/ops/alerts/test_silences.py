"""Silences: which one counts, what the header says, and which end too soon."""

import pytest

from ops.alerts.silences import ending, overview, silenced_by
from ops.alerts.structs import Silence
from tests.parts.alerts import alert, silence
from tests.parts.boards import NOW

LABELS = {"row": "service:api", "severity": "critical"}


@pytest.mark.parametrize(
    ("silences", "author"),
    [
        pytest.param([], "", id="none"),
        pytest.param([silence()], "alice", id="one that is for it"),
        pytest.param([silence(["row=service:web"])], "", id="one for something else"),
        pytest.param([silence(start=NOW)], "alice", id="from its first moment"),
        pytest.param([silence(start=NOW + 1)], "", id="one that is to come"),
        pytest.param([silence(end=NOW)], "", id="one that is over"),
        pytest.param([silence(), silence(author="bob", end=NOW + 7200)], "bob", id="of two the one that ends last"),
    ],
)
def test_which_one_counts(silences: list[Silence], author: str) -> None:
    found = silenced_by(LABELS, silences, NOW)
    assert (found.author if found else "") == author


@pytest.mark.parametrize(
    ("at", "state"),
    [
        pytest.param(-1, "pending", id="before its first moment"),
        pytest.param(0, "active", id="at its first moment"),
        pytest.param(99, "active", id="until its last"),
        pytest.param(100, "expired", id="at its end"),
    ],
)
def test_states(at: float, state: str) -> None:
    assert silence(start=NOW, end=NOW + 100).state(NOW + at) == state


def test_the_header_counts_those_that_stand() -> None:
    silences = [silence(), silence(end=NOW - 1), silence(start=NOW + 10), silence(end=NOW + 60)]
    alerts = [alert(), alert("service:web"), alert("service:tax", state="pending", fired_at=None)]
    told = overview(silences, [NOW + 30], alerts, [one.key for one in (alerts[0], alerts[2])], NOW)
    assert (told.count, told.alerts, told.next_end) == (3, 1, NOW + 30)
    assert overview([], [], [], [], NOW).next_end is None


def test_what_ends_soon_is_told_while_something_of_it_fires() -> None:
    soon, later = (silence(start=NOW - 7200, end=NOW + left) for left in (900, 901))
    other = silence(["row=service:web"], end=NOW + 60)
    assert ending([soon, later, other], [alert()], NOW) == [(soon, 1)]
    assert ending([soon], [alert(state="resolved", resolved_at=NOW)], NOW) == []


@pytest.mark.parametrize(
    ("left", "told"),
    [
        pytest.param(600.0, False, id="just made, nobody is told of its end"),
        pytest.param(151.0, False, id="before its last quarter neither"),
        pytest.param(150.0, True, id="in its last quarter it is told"),
    ],
)
def test_of_a_short_silence_only_the_last_quarter_is_told(left: float, told: bool) -> None:
    short = silence(start=NOW + left - 600, end=NOW + left)
    assert bool(ending([short], [alert()], NOW)) == told
