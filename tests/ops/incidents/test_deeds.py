"""Tests of what people can do to an incident, and of what they are told where they can't."""

from collections.abc import Callable

import pytest

from collectors.base import Secret
from ops import redact
from ops.incidents import deeds
from ops.incidents.fold import after, fold
from ops.incidents.source import IncidentError
from ops.incidents.structs import Incident, Moment
from tests.parts.boards import NOW
from tests.parts.moments import alert, moment, opened

DOWN = fold([opened(), alert("critical"), alert("", row="redis:cache")])
ACKED = after(DOWN, moment("ack", by="alice"))
OVER = after(DOWN, moment("resolved", 60))
MERGED = after(DOWN, moment("merged", 60, into="7"))
OTHER = fold([opened("P1", incident=2), alert("critical", row="postgres:shop", incident=2)])
Deed = Callable[[], list[Moment]]


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        pytest.param(
            lambda: deeds.acknowledge(ACKED, "bob", NOW, 0),
            "alice has incident 1 since 22:13 UTC",
            id="what somebody has is not taken silently",
        ),
        pytest.param(
            lambda: deeds.acknowledge(OVER, "bob", NOW, 0),
            "incident 1 is over since 22:14 UTC",
            id="what is over needs nobody",
        ),
        pytest.param(
            lambda: deeds.acknowledge(OVER, "bob", NOW + 86400, 0),
            "incident 1 is over since 2023-11-14 22:14 UTC",
            id="what was over on another day has that day",
        ),
        pytest.param(
            lambda: deeds.acknowledge(DOWN, "bob", NOW, -1), "up to 30 days", id="an acknowledgement into the past"
        ),
        pytest.param(lambda: deeds.note(MERGED, "bob", NOW, "x"), "is part of incident 7", id="a note on a part"),
        pytest.param(lambda: deeds.note(DOWN, "bob", NOW, " \n "), "a note without a word", id="an empty note"),
        pytest.param(lambda: deeds.assign(DOWN, "bob", NOW, " "), "without a word", id="an assignment to nobody"),
        pytest.param(
            lambda: deeds.set_priority(DOWN, "bob", NOW, "P7", "", 0),  # type: ignore[arg-type]
            'no priority "P7"',
            id="a priority that there is not",
        ),
        pytest.param(
            lambda: deeds.set_priority(DOWN, "bob", NOW, "P2", "", 0), "is P2 already", id="the priority that it has"
        ),
        pytest.param(
            lambda: deeds.mitigate(after(DOWN, moment("mitigated")), "bob", NOW),
            "mitigated already",
            id="mitigated twice",
        ),
        pytest.param(lambda: deeds.resolve(OVER, "bob", NOW), "is over", id="resolved twice"),
        pytest.param(lambda: deeds.reopen(DOWN, "bob", NOW, "", 0), "is not over", id="reopening what goes on"),
        pytest.param(
            lambda: deeds.link(DOWN, "bob", NOW, "javascript:x"), "no address", id="a link that is no address"
        ),
        pytest.param(lambda: deeds.link(DOWN, "bob", NOW, "http://[x"), "no address", id="a link that can't be read"),
        pytest.param(lambda: deeds.merge(DOWN, DOWN, "bob", NOW, 0), "into itself", id="a merge into itself"),
        pytest.param(lambda: deeds.merge(OTHER, OVER, "bob", NOW, 0), "is over", id="a merge into what is over"),
        pytest.param(lambda: deeds.merge(MERGED, OTHER, "bob", NOW, 0), "is part of", id="merged twice"),
        pytest.param(lambda: deeds.split(DOWN, [], "bob", NOW, 0), "no alert was named", id="a split of nothing"),
        pytest.param(lambda: deeds.split(DOWN, ["x"], "bob", NOW, 0), 'no alert "x"', id="a split of what it has not"),
        pytest.param(
            lambda: deeds.split(DOWN, [*DOWN.alerts], "bob", NOW, 0),
            "nothing would be left",
            id="a split of everything",
        ),
    ],
)
def test_what_can_not_be_done_is_said_in_one_sentence_with_a_remedy(deed: Deed, said: str) -> None:
    with pytest.raises(IncidentError) as caught:
        deed()

    assert said in caught.value.message
    assert caught.value.remedy


def test_who_has_it_can_say_so_again_and_whom_it_was_given_to_takes_over() -> None:
    longer = deeds.acknowledge(ACKED, "alice", NOW + 60, 600)[0]
    given = after(ACKED, deeds.assign(ACKED, "alice", NOW, "bob")[0])

    assert after(ACKED, longer).ack_until == NOW + 660
    assert longer.text.startswith("alice still has it, until ")
    assert deeds.acknowledge(ACKED, "alice", NOW + 60, 0) == [], "nothing is new"
    assert after(given, deeds.acknowledge(given, "bob", NOW + 5, 0)[0]).acked_by == "bob"


def test_what_still_fires_is_told_when_a_person_ends_it() -> None:
    said = deeds.resolve(DOWN, "bob", NOW, false_positive=True)[0]

    assert said.text == "it was a false alarm (1 alert still fires)"
    assert said.data["firing"] == "1"
    assert after(DOWN, said).false_positive


def test_what_people_write_is_one_harmless_line_without_secrets() -> None:
    redact.remember(Secret("hunter22"))

    note = deeds.note(DOWN, "b\x1bob", NOW, "a\nb\x1b[31m hunter22 " + "x" * 5000)[0]

    assert note.text.startswith("a b␛[31m ***")
    assert len(note.text) == 2000
    assert note.by == "b␛ob"


def applied(incidents: list[Incident], moments: list[Moment]) -> dict[int, Incident]:
    stand = {incident.number: incident for incident in incidents}
    for one in moments:
        known = stand.get(one.incident)
        stand[one.incident] = after(known, one)
    return stand


def test_a_merge_takes_alerts_and_the_graver_priority_along() -> None:
    stand = applied([DOWN, OTHER], deeds.merge(OTHER, DOWN, "bob", NOW + 9, 60.0))

    assert not stand[2].open
    assert stand[1].alerts == {"down/service:api": "critical", "down/redis:cache": "", "down/postgres:shop": "critical"}
    assert stand[1].priority == "P1"
    assert stand[1].respond_by == NOW + 9 + 60
    assert stand[1].began_at == NOW - 30


@pytest.mark.parametrize(
    ("priority", "holder"),
    [
        pytest.param("P2", "alice", id="who had a part has the whole"),
        pytest.param("P3", "alice", id="also where it becomes graver by that"),
        pytest.param("P1", "", id="what is graver than what was acknowledged waits on"),
    ],
)
def test_a_merge_takes_along_who_has_it(priority: str, holder: str) -> None:
    whole = fold([opened(priority, incident=2), alert("critical", row="postgres:shop", incident=2)])
    part = after(DOWN, moment("ack", by="alice", until=repr(NOW + 600)))
    stand = applied([part, whole], deeds.merge(part, whole, "", NOW + 9, 60.0))

    assert stand[2].acked_by == holder
    assert (stand[2].state, stand[2].ack_until) == (("acknowledged", NOW + 600) if holder else ("triggered", None))


@pytest.mark.parametrize(
    ("key", "states"),
    [
        pytest.param("down/redis:cache", ("triggered", "resolved"), id="what is over is over in its own incident"),
        pytest.param("down/service:api", ("resolved", "triggered"), id="what is left without a firing alert is over"),
    ],
)
def test_a_split_takes_alerts_out(key: str, states: tuple[str, str]) -> None:
    stand = applied([DOWN], deeds.split(DOWN, [key], "bob", NOW, 60))

    assert (stand[1].state, stand[0].state) == states
    assert set(stand[0].alerts) == {key}
    assert key not in stand[1].alerts
    assert stand[0].split_from == 1


def test_since_when_somebody_else_had_it_before_is_not_said_of_who_has_it_now() -> None:
    again = after(after(ACKED, moment("unack", 60)), moment("ack", 90, by="carol"))
    with pytest.raises(IncidentError) as caught:
        deeds.acknowledge(again, "bob", NOW + 120, 0)

    assert caught.value.message == "carol has incident 1"
