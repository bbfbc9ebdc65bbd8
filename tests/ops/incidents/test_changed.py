"""Tests of what changed before an incident, and of what its timeline gets."""

from typing import Any

from msgspec.structs import replace

from ops.board import Change
from ops.incidents.changed import Work, differs, new_changes, places_of, what_changed
from ops.incidents.fold import after, fold
from ops.incidents.happened import happened
from ops.incidents.structs import Incident
from ops.jobs.structs import By, Job, Proof, Request
from ops.store.contract import Event
from tests.parts.boards import NOW, row
from tests.parts.moments import alert, moment, opened

ROWS = {
    one.id: one
    for one in (
        row("service:api", depends_on=("container:api", "postgres:shop")),
        row("container:api"),
        row("postgres:shop", depends_on=("host:db1",)),
        row("host:db1"),
        row("service:mail"),
    )
}
INCIDENT = fold([opened(began=repr(NOW)), alert("critical"), moment("cause", row="postgres:shop")])


def event(row_id: str, kind: str, before_s: float, text: str) -> Event:
    return Event(at=NOW - before_s, kind=kind, row=row_id, text=text)


def job(row_id: str = "service:api", **more: Any) -> Job:
    by = By(user="alice", uid=1, via="screen")
    request = Request(
        config="", action="restart", row=row_id, title="restart api", proof=Proof(row=row_id), by=by, asked_at=NOW - 50
    )
    told: dict[str, Any] = {"id": 7, "request": request, "state": "running", "began_at": NOW - 50}
    return Job(**told | more)


def texts(incident: Incident = INCIDENT, **given: Any) -> list[str]:
    return [one.text for one in what_changed(incident, ROWS, **given)]


def test_what_is_nearer_by_dependencies_goes_first_then_what_somebody_did_then_time() -> None:
    events = [
        event("host:db1", "restart", 5, "db1 was started anew"),
        event("service:api", "restart", 10, "api was started anew"),
        event("container:api", "deploy", 3000, "api runs 1.5 now"),
        event("service:api", "deploy", 600, "api: 1a2b is deployed"),
    ]

    assert texts(events=events) == [
        "api: 1a2b is deployed (10 min before it began)",
        "api was started anew (10 s before it began)",
        "api runs 1.5 now (50 min before it began)",
        "db1 was started anew (5 s before it began)",
    ]


def test_what_is_far_or_long_ago_or_later_is_no_reason() -> None:
    events = [
        event("service:mail", "restart", 5, "mail was started anew"),
        event("service:api", "deploy", 3700, "long ago"),
        event("service:api", "deploy", -70, "later"),
        event("service:api", "level", 5, "api is down"),
        event("service:api", "deploy", -20, "read later"),
    ]

    assert texts(events=events) == ["read later (first seen 20 s after)"]


def test_an_update_is_one_change_however_much_is_seen_of_it() -> None:
    def deploy(before_s: float, after: str) -> Event:
        return Event(at=NOW - before_s, kind="deploy", row="container:api", text=f"api: {after}", after=after)

    anew = event("container:api", "restart", 40, "api is another container now")

    assert texts(events=[deploy(40, "api:2"), anew, deploy(10, "completed")]) == ["api: api:2 (40 s before it began)"]
    assert texts(events=[deploy(10, "paused")]) == ["api: paused (10 s before it began)"]
    assert texts(events=[deploy(50, "completed"), deploy(40, "api:2")]) == [
        "api: api:2 (40 s before it began)",
        "api: completed (50 s before it began)",
    ]


def test_what_somebody_did_after_it_began_is_no_reason_but_mending() -> None:
    events = [
        event("service:api", "restart", -59, "api was started anew"),
        event("", "config", -5, "the config was read anew"),
        event("container:api", "gone", -2, "api is gone"),
    ]

    assert texts(events=events, jobs=[job(began_at=NOW + 59), job(began_at=NOW + 1)]) == []


def test_the_config_our_own_jobs_and_planned_work_are_changes_too() -> None:
    found = texts(
        events=[event("", "config", 120, "the config was read anew")],
        jobs=[job(), job(began_at=None)],
        works=[Work(NOW - 7200, NOW - 600, "the load test"), Work(NOW - 9000, NOW - 8000, "last night")],
    )

    assert found == [
        "restart api, by alice (50 s before it began)",
        "the config was read anew (2 min before it began)",
        "planned work: the load test (2 h before it began)",
    ]


def test_what_is_found_later_gets_its_place_and_nothing_is_told_twice() -> None:
    first = what_changed(INCIDENT, ROWS, [event("host:db1", "restart", 5, "db1 was started anew")])
    incident = INCIDENT
    for one in new_changes(incident, first, NOW):
        incident = after(incident, one)
    events = [event("host:db1", "restart", 5, "db1 was started anew"), event("service:api", "deploy", 9, "1.5")]

    moments = new_changes(incident, what_changed(incident, ROWS, events), NOW)
    for one in moments:
        incident = after(incident, one)

    assert [one.text for one in moments] == ["1.5 (9 s before it began)"]
    assert incident.changed == ("1.5 (9 s before it began)", "db1 was started anew (5 s before it began)")


def test_what_is_known_is_not_told_anew_when_the_beginning_turns_out_to_be_sooner() -> None:
    starts = [event("host:db1", "restart", before_s, "db1 was started anew") for before_s in (50, 90)]
    incident = INCIDENT
    for one in new_changes(incident, what_changed(incident, ROWS, starts[:1]), NOW):
        incident = after(incident, one)
    sooner = after(incident, moment("alert", alert="down/x", severity="critical", since=repr(NOW - 20)))
    assert sooner.began_at == NOW - 20

    found = what_changed(sooner, ROWS, starts)
    assert [one.text for one in new_changes(sooner, found, NOW)] == ["db1 was started anew (70 s before it began)"]


def test_no_more_than_twelve_changes_are_named() -> None:
    events = [event("service:api", "restart", number, f"start {number}") for number in range(40)]

    assert len(texts(events=events)) == 12


def test_the_timeline_gets_levels_deploys_and_jobs_of_its_rows_once() -> None:
    changes = [
        Change(at=NOW + 3, row="service:api", before="critical", after="ok", text="api is up"),
        Change(at=NOW + 3, row="service:mail", before="ok", after="critical", text="mail is down"),
        Change(at=NOW - 9, row="service:api", before="ok", after="critical", text="told before"),
    ]
    events = [
        event("postgres:shop", "restart", -2, "shop was started anew"),
        event("service:api", "level", -2, "level"),
    ]
    jobs = [job(began_at=NOW + 1, ended_at=NOW + 5, state="ended", verdict="verified", said="up again")]

    moments = happened([INCIDENT], changes, events, jobs, (NOW, NOW + 5))

    assert [(one.kind, one.by, one.text) for one in moments] == [
        ("job", "alice", "job 7 began: restart api"),
        ("deploy", "", "shop was started anew"),
        ("check", "", "api is up"),
        ("job", "alice", "job 7 verified: restart api: up again"),
    ]
    assert happened([INCIDENT], changes, events, jobs, (NOW + 5, NOW + 9)) == []
    assert happened([after(INCIDENT, moment("resolved"))], changes, events, jobs, (NOW, NOW + 5)) == []
    ended_then = after(INCIDENT, moment("resolved", 5))
    assert happened([ended_then], changes, events, jobs, (NOW, NOW + 5)) == moments, "seen by the look that ended it"


def test_a_restore_is_told_in_every_incident_that_goes_on_whatever_row_it_has() -> None:
    plain = job("backup:shop", began_at=NOW + 1, ended_at=NOW + 5, state="ended", verdict="verified", said="restored")
    restore = replace(plain, request=replace(plain.request, action="backup.restore", title="restore shop"))

    moments = happened([INCIDENT], [], [], [restore, plain], (NOW, NOW + 5))

    assert [one.text for one in moments] == ["job 7 began: restore shop", "job 7 verified: restore shop: restored"]


def test_a_restore_soon_after_an_incident_is_told_in_it_and_nothing_else_is() -> None:
    over = after(INCIDENT, moment("resolved"))
    plain = job(began_at=NOW + 40, ended_at=NOW + 50, state="ended", verdict="verified", said="up")
    restore = replace(plain, request=replace(plain.request, action="backup.restore", title="restore shop"))
    change = Change(at=NOW + 45, row="service:api", before="ok", after="critical", text="api is down")
    span = (NOW + 30, NOW + 60)

    moments = happened([over], [change], [], [restore, plain], span, later_s=60)

    assert [one.text for one in moments] == ["job 7 began: restore shop", "job 7 verified: restore shop: up"]
    assert happened([over], [change], [], [restore, plain], span, later_s=30) == []
    part = after(over, moment("merged", into="9"))
    assert happened([part], [], [], [restore], span, later_s=60) == []


def test_drift_is_told_of_what_it_is_of_though_it_was_seen_late() -> None:
    rows = ROWS | {one.id: one for one in (row("container:local/api"), row("drift:a"))}
    found = [
        event("drift.difference:a/containers:local/api#image", "drift", -200, "containers:local/api#image changed"),
        event("drift.difference:a/postgres:shop/max_connections", "drift", 60, "postgres:shop/max_connections changed"),
        event("drift.difference:a/files:/etc/hosts#text", "drift", 60, "files:/etc/hosts#text changed"),
    ]

    assert [differs(one.row, places_of(rows)) for one in found] == ["container:local/api", "postgres:shop", ""]
    assert texts(events=found[1:]) == [
        "postgres:shop/max_connections changed (60 s before it began)",
        "files:/etc/hosts#text changed (60 s before it began)",
    ]
