"""The way from a Board to an incident and to whoever must hear of it, in one transaction a look."""

import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.units import Duration
from ops.alerts.matchers import read_matchers
from ops.alerts.structs import Silence
from ops.board import Board, Change
from ops.config.alerting import Alerting, Escalation, EscalationStep, OnCall, Route
from ops.incidents.source import IncidentError
from ops.incidents.untold import hushed_now
from ops.store.contract import Event, Record
from ops.store.memory import MemoryStore
from tests.parts.boards import NOW, budget, check, row
from tests.parts.kept import HOOK, PAGER, Kept, board, shop

ALL = ("service:api", "service:checkout", "postgres:shop")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def why(kept: Kept, key: str) -> list[tuple[str, bool]]:
    return [(step.stage, step.passed) for step in kept.book.why(key)]


def test_a_database_that_is_down_is_one_incident_one_page_and_one_end(kept: Kept) -> None:
    assert kept.looks(shop("postgres:shop"), 5) == [("hook", "firing"), ("pager", "firing")]
    assert kept.looks(shop(*ALL), 400) == []
    (incident,) = kept.book.open()
    assert (incident.title, incident.cause_row) == ("shop: refuses connections", "postgres:shop")
    assert len(incident.firing) == 3
    told = kept.looks(shop(), 120)
    assert sorted(told) == [("hook", "resolved"), ("pager", "resolved")]
    assert kept.book.open() == []
    kinds = [moment.kind for moment in kept.book.timeline(1)]
    assert kinds.count("notified") == 4
    assert kinds[-1] == "notified"
    assert kept.looks(shop(), 600) == []


def test_each_stage_says_what_it_made_of_an_alert(kept: Kept) -> None:
    kept.looks(shop(*ALL), 10)
    cause = why(kept, "database-down/postgres:shop")
    assert all(passed for _, passed in cause)
    assert [stage for stage, _ in cause][-5:] == ["dedup", "outbox", "receiver", "outbox", "receiver"]
    held = dict(why(kept, "down/service:api"))
    assert [stage for stage, passed in held.items() if not passed] == ["dependency"]
    assert held["incident"]


def test_nothing_that_was_told_is_told_anew_after_a_kill(kept: Kept) -> None:
    kept.looks(shop(*ALL), 5)
    kept.begin()
    assert kept.looks(shop(*ALL), 60) == []
    kept.begin()
    assert sorted(kept.looks(shop(), 60)) == [("hook", "resolved"), ("pager", "resolved")]
    assert [one.number for one in kept.book.page()] == [1]


def test_what_was_promised_before_a_kill_is_told_after_it(kept: Kept) -> None:
    assert kept.look(shop(*ALL)) == 2
    kept.begin()
    assert kept.look(shop(*ALL)) == 0
    assert [message.receiver for message in kept.deliver()] == ["hook", "pager"]


def test_rows_that_are_not_read_yet_end_nothing(kept: Kept) -> None:
    kept.looks(shop(*ALL), 5)
    kept.begin()
    waiting = board([row(name, level="unknown", word="waiting", at=None) for name in ALL])
    assert kept.looks(waiting, 60) == []
    assert kept.looks(shop(*ALL), 60) == []


def silence(kept: Kept, *matchers: str, length_s: float = 300) -> Silence:
    made = Silence(
        matchers=read_matchers(matchers), start=kept.now, end=kept.now + length_s, author="alice", comment="", made_at=0
    )  # fmt: skip
    return kept.book.silence(made)


def test_what_is_silenced_from_the_first_is_recorded_and_told_to_nobody(kept: Kept) -> None:
    kept.look(shop())
    silence(kept, "row=~.*:.*", "target=~.*shop|.*:api|.*:checkout", length_s=3600)
    assert kept.looks(shop(*ALL), 60) == []
    assert kept.book.open() == []
    assert {alert.key for alert in kept.book.alerts() if alert.firing} == {
        "database-down/postgres:shop",
        "down/service:api",
        "down/service:checkout",
    }
    assert kept.looks(shop(), 60) == []


def test_a_silence_over_what_was_told_keeps_its_end(kept: Kept) -> None:
    kept.looks(shop(*ALL), 5)
    silence(kept, "severity=critical", "row!=x")
    assert kept.looks(shop(*ALL), 60) == []
    assert sorted(kept.looks(shop(), 60)) == [("hook", "resolved"), ("pager", "resolved")]
    assert kept.looks(shop(), 400) == []


def test_when_a_silence_ends_what_still_fires_opens_an_incident(kept: Kept) -> None:
    kept.look(shop())
    silence(kept, "severity=critical", "row!=x", length_s=60)
    assert kept.looks(shop(*ALL), 50) == []
    assert sorted(kept.looks(shop(*ALL), 20)) == [("hook", "firing"), ("pager", "firing")]
    assert len(kept.book.open()) == 1
    assert quiet_moments(kept) == [
        "not told of down/service:api, down/service:checkout and 1 more until now: silenced by alice until 22:14 UTC"
    ]


def quiet_moments(kept: Kept) -> list[str]:
    return [moment.text for moment in kept.book.timeline(1) if moment.kind == "silence"]


def test_a_silence_that_was_there_before_is_told_once_in_the_timeline_of_what_it_hushes(kept: Kept) -> None:
    kept.look(shop())
    silence(kept, "row=postgres:shop", length_s=120)
    kept.looks(shop("service:checkout"), 30)
    kept.looks(shop(*ALL), 60)
    kept.begin()
    kept.looks(shop(*ALL), 10)
    (said,) = quiet_moments(kept)
    assert said.startswith("not told of database-down/postgres:shop: silenced by alice until ")
    assert hushed_now(kept.book.timeline(1), kept.now) == f"{said} (20 s more)"
    kept.looks(shop(*ALL), 60)
    assert quiet_moments(kept) == [said]
    assert not hushed_now(kept.book.timeline(1), kept.now)


def test_a_silence_that_is_made_meanwhile_is_told_by_who_made_it_and_no_second_time(kept: Kept) -> None:
    kept.looks(shop(*ALL), 10)
    made = silence(kept, "row=postgres:shop")
    kept.looks(shop(*ALL), 10)
    (said,) = quiet_moments(kept)
    assert said.startswith("silenced until ")
    assert hushed_now(kept.book.timeline(1), kept.now).startswith(said)
    kept.book.end_silence(made.id, "bob")
    assert not hushed_now(kept.book.timeline(1), kept.now)


def test_without_receivers_incidents_open_and_nobody_is_told(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Alerting())
    assert kept.looks(shop(*ALL), 30) == []
    (incident,) = kept.book.open()
    assert incident.priority == "P1"
    assert kept.book.messages() == []
    assert why(kept, "database-down/postgres:shop")[-1] == ("route", False)


STEPS = Escalation(
    name="people",
    steps=(
        EscalationStep(after=Duration(0), people=("first",)),
        EscalationStep(after=Duration(900), receivers=("pager",)),
    ),
)
CLIMBING = Alerting(
    receivers=(HOOK, PAGER),
    route=Route(receivers=("hook",), escalation="people", group_wait=Duration(0)),
    escalations=(STEPS,),
    oncall=(OnCall(name="first", people=("alice",), receivers={"alice": ("hook",)}),),
)


def test_steps_are_taken_while_nobody_has_it_and_are_on_the_timeline(tmp_path: Path) -> None:
    kept = Kept(tmp_path, CLIMBING)
    assert kept.looks(shop(*ALL), 30) == [("hook", "firing")]
    assert kept.book.incident(1).assignee == "alice"
    assert kept.looks(shop(*ALL), 920) == [("pager", "escalated")]
    assert [moment.text for moment in kept.book.timeline(1) if moment.kind in ("escalated", "assign")] == [
        "nobody has it: step 1 of people, hook, alice is called",
        "given to alice, who is on call",
        "nobody has it: step 2 of people, pager is called",
    ]
    assert sorted(kept.looks(shop(), 60)) == [("hook", "resolved"), ("pager", "resolved")]


def test_who_has_it_is_not_called_further(tmp_path: Path) -> None:
    kept = Kept(tmp_path, CLIMBING)
    kept.looks(shop(*ALL), 30)
    kept.book.acknowledge(1, "bob")
    assert kept.looks(shop(*ALL), 1800) == [("hook", "acknowledged")]


def test_what_was_ended_by_hand_is_told_to_be_over_and_stays_so(kept: Kept) -> None:
    kept.looks(shop(*ALL), 5)
    kept.book.resolve(1, "bob", false_positive=True)
    assert sorted(kept.looks(shop(*ALL), 60)) == [("hook", "resolved"), ("pager", "resolved")]
    assert kept.looks(shop(*ALL), 600) == []
    assert not dict(why(kept, "database-down/postgres:shop"))["incident"]


BURNS = budget("api", 0.5, 20.0)
REMEMBERS = replace(BURNS, burn_5m=0.4)
"""As `BURNS` some minutes after the last failure: its long windows go on firing for hours."""


def test_an_outage_ends_once_nothing_burns_though_a_budget_remembers_it(kept: Kept) -> None:
    kept.looks(shop(*ALL, budgets=(BURNS,)), 120)
    assert "burn-page/slo:api availability" in kept.book.incident(1).firing
    told = kept.looks(shop(budgets=(BURNS,)), 200)
    assert kept.book.incident(1).state == "mitigated"
    told += kept.looks(shop(budgets=(REMEMBERS,)), 60)
    assert kept.book.incident(1).state == "resolved"
    assert sorted(one for one in told if one[1] == "resolved") == [("hook", "resolved"), ("pager", "resolved")]

    kept.begin()
    assert kept.looks(shop(budgets=(REMEMBERS,)), 1200) == []
    later = replace(REMEMBERS, alert="ticket", why="ticket: 1d burns 3.2x and 2h 8.0x, over 3x")
    assert kept.looks(shop(budgets=(later,)), 1200) == []
    assert [one.number for one in kept.book.page()] == [1]
    assert kept.book.why("burn-ticket/slo:api availability")[-1].text.endswith("its budget only tells of what is over")

    assert kept.looks(shop(budgets=(replace(later, burn_5m=9.0),)), 60) == [("hook", "firing")]
    assert [one.number for one in kept.book.open()] == [2]


def test_a_budget_that_is_known_only_after_the_outage_opens_nothing_and_is_told_to_nobody(kept: Kept) -> None:
    kept.looks(shop(*ALL), 120)
    kept.looks(shop(), 60)
    assert kept.book.incident(1).state == "resolved"
    since = kept.now

    assert kept.looks(shop(), 60) == []
    assert kept.looks(shop(budgets=(BURNS,)), 120) == []
    assert kept.book.why("burn-page/slo:api availability")[-1].text.endswith("its budget only tells of what is over")
    assert kept.looks(shop(budgets=(REMEMBERS,)), 600) == []
    assert kept.looks(shop(budgets=(replace(REMEMBERS, alert=""),)), 120) == []
    assert kept.now - since > 600
    assert [one.number for one in kept.book.page()] == [1]

    assert ("pager", "firing") in kept.looks(shop(budgets=(BURNS,)), 60)
    assert [one.number for one in kept.book.open()] == [2]


def test_a_budget_that_goes_on_burning_after_an_outage_is_an_incident_once_that_can_not_be_why(kept: Kept) -> None:
    kept.looks(shop(*ALL), 120)
    kept.looks(shop(), 60)
    assert kept.looks(shop(budgets=(BURNS,)), 200) == []
    assert ("pager", "firing") in kept.looks(shop(budgets=(BURNS,)), 200)
    assert [one.title for one in kept.book.open()] == [
        "api availability: page: 1h burns 20.0x and 5m 20.0x, over 14.4x"
    ]


def test_what_a_budget_remembers_reopens_nothing_but_what_it_goes_on_to_burn_does(kept: Kept) -> None:
    kept.looks(shop(*ALL, budgets=(BURNS,)), 120)
    kept.looks(shop(), 60)
    assert kept.book.incident(1).state == "resolved"
    assert kept.looks(shop(budgets=(BURNS,)), 200) == []
    assert kept.book.incident(1).reopened == 0
    assert ("pager", "firing") in kept.looks(shop(budgets=(BURNS,)), 200)
    assert [(one.number, one.reopened) for one in kept.book.open()] == [(1, 1)]


def test_a_budget_that_burns_by_itself_is_an_incident_until_its_alert_ends(kept: Kept) -> None:
    kept.looks(shop(budgets=(BURNS,)), 60)
    kept.looks(shop(budgets=(REMEMBERS,)), 600)
    assert [one.state for one in kept.book.open()] == ["triggered"]
    kept.looks(shop(budgets=(replace(REMEMBERS, alert=""),)), 60)
    assert kept.book.open() == []


def test_what_a_person_reopened_is_not_ended_because_nothing_burns(kept: Kept) -> None:
    kept.looks(shop(*ALL, budgets=(BURNS,)), 60)
    kept.looks(shop(budgets=(REMEMBERS,)), 60)
    kept.book.reopen(1, "bob")
    kept.looks(shop(budgets=(REMEMBERS,)), 60)
    assert [one.state for one in kept.book.open()] == ["triggered"]


def test_a_clock_that_is_set_back_an_hour_tells_nothing_twice(kept: Kept) -> None:
    kept.looks(shop(*ALL), 60)
    kept.now -= 3600
    assert kept.looks(shop(*ALL), 600) == []
    assert sorted(kept.looks(shop(), 60)) == [("hook", "resolved"), ("pager", "resolved")]


def test_a_clock_that_is_set_back_an_hour_tells_no_line_of_a_timeline_twice(kept: Kept) -> None:
    kept.history = MemoryStore()
    kept.looks(shop(*ALL), 60)
    flip = Change(at=kept.now + 1, row="service:api", before="critical", after="ok", text="api answers")
    restart = Event(at=kept.now + 1, kind="restart", row="postgres:shop", text="postgres restarted")
    kept.history.append([Record(at=kept.now + 1, happened=[restart])])
    kept.look(shop(*ALL, changes=(flip,)), 4)
    kept.look(shop(*ALL, changes=(flip,)), 4)
    kept.now -= 600
    kept.looks(shop(*ALL, changes=(flip,)), 700)
    texts = [moment.text for moment in kept.book.timeline(1)]
    assert (texts.count("api answers"), texts.count("postgres restarted")) == (1, 1)


def hundreds(count: int) -> Board:
    down = check("service.reach", "critical", "no answer", "down")
    rows = [
        row(f"service:s{n}", level="critical", word="down", reason="no answer", checks=(down,)) for n in range(count)
    ]
    return board(rows)


def test_a_storm_is_one_incident_and_one_message(kept: Kept) -> None:
    told = kept.looks(hundreds(100), 30)
    assert told.count(("pager", "firing")) == 1
    assert len(kept.book.open()) == 1


def test_a_receiver_that_takes_nothing_is_told_of_to_the_others(kept: Kept) -> None:
    kept.look(shop("service:api"))
    kept.look(shop("service:api"), 90)
    mute = {alert.key: alert for alert in kept.book.alerts()}
    assert mute["undelivered/notify:pager"].firing
    assert mute["undelivered/notify:pager"].labels["receiver"] == "pager"
    told = {message.receiver for message in kept.book.messages() if any("pager" in one.key for one in message.alerts)}
    assert "pager" not in told


def test_a_file_that_is_begun_anew_begins_anew_with_what_fires(kept: Kept) -> None:
    kept.looks(shop(*ALL), 5)
    for book in (kept.book, kept.keeper._book):
        book.close()
    (kept.folder / "incidents.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(IncidentError, match="there is no incident 1"):
        kept.look(shop(*ALL))
    assert kept.look(shop(*ALL)) == 2
    assert [one.number for one in kept.book.open()] == [1]


def test_a_look_that_can_not_be_written_is_taken_again(kept: Kept) -> None:
    kept.look(shop())
    held = sqlite3.connect(kept.folder / "incidents.sqlite", isolation_level=None)
    held.execute("PRAGMA query_only = 0")
    held.execute("BEGIN IMMEDIATE")
    with kept.keeper._book.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(IncidentError, match="locked") as told:
        kept.look(shop(*ALL))
    assert told.value.remedy.startswith("another process holds it")
    held.execute("ROLLBACK")
    held.close()
    assert kept.look(shop(*ALL)) == 2


def test_what_changed_before_and_what_happens_meanwhile_is_on_the_timeline(kept: Kept) -> None:
    kept.history = MemoryStore()
    kept.look(shop())
    deploy = Event(at=kept.now - 60, kind="deploy", row="postgres:shop", text="postgres got another image")
    kept.history.append([Record(at=kept.now - 60, happened=[deploy])])
    kept.looks(shop(*ALL), 5)
    (incident,) = kept.book.open()
    assert incident.changed == ("postgres got another image (65 s before it began)",)
    flip = Change(at=kept.now + 1, row="service:api", before="critical", after="ok", text="api answers")
    restart = Event(at=kept.now + 1, kind="restart", row="postgres:shop", text="postgres restarted")
    kept.history.append([Record(at=kept.now + 1, happened=[restart])])
    kept.looks(shop(*ALL, changes=(flip,)), 20)
    kept.begin()
    kept.looks(shop(*ALL, changes=(flip,)), 60)
    kinds = [(moment.kind, moment.text) for moment in kept.book.timeline(1)]
    assert kinds.count(("check", "api answers")) == 1
    assert kinds.count(("deploy", "postgres restarted")) == 1


def test_where_nothing_fires_nothing_is_written(kept: Kept) -> None:
    kept.look(shop())
    before = kept.book.version()
    for _ in range(10):
        assert kept.look(shop()) == 0
    assert kept.book.version() == before
    assert kept.now > NOW
