"""Tests of what becomes an incident, what joins one, and what ends it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.alerts.look import look
from ops.alerts.states import step
from ops.alerts.structs import Alert, Condition, Turn
from ops.board import Board, Budget, Cause, Level, Row
from ops.cause import likely_causes
from ops.config.alerting import Alerting, AlertRule, IncidentSettings, PriorityRule
from ops.incidents.correlate import correlate
from ops.incidents.fold import after
from ops.incidents.structs import Incident, Moment
from tests.parts.alerts import alert, by_key
from tests.parts.boards import NOW, check, row

LINKS: Mapping[str, tuple[str, ...]] = {
    "service:api": ("postgres:shop",),
    "service:web": ("service:api",),
    "service:mail": ("redis:cache",),
    "service:else": (),
    "postgres:shop": (),
    "redis:cache": (),
}


def floor(bad: Iterable[str] = (), **more: Any) -> Board:
    """The shop, with those rows down."""
    rows: list[Row] = []
    for row_id, needs in LINKS.items():
        level: Level = "critical" if row_id in bad else "ok"
        told: dict[str, Any] = {"level": level, "depends_on": needs, "error": "refused" if row_id in bad else ""}
        rows.append(row(row_id, **told | ({"word": "down", "since": NOW} if row_id in bad else {})))
    rows += more.pop("rows", ())
    given: dict[str, Any] = {"environment": "", "mode": "live", "at": NOW, "late_s": 0.0, "rows": tuple(rows)}
    return Board(**given | {"name": "shop", "causes": likely_causes(rows)} | more)


class Room:
    """Looks one after the other, with what they wrote down kept as the book would."""

    def __init__(self, rules: IncidentSettings | None = None) -> None:
        self.rules = rules or IncidentSettings()
        self.incidents: dict[int, Incident] = {}
        self.moments: list[Moment] = []
        self.now = NOW
        self._before: dict[str, Alert] = {}

    def look(self, *alerts: Alert, board: Board | None = None, after_s: float = 1.0, held: Iterable[str] = ()) -> None:
        """What fires now, given as alerts; what fired before and is not among them is over."""
        self.now += after_s
        firing = {one.key: replace(one, incident=self._home(one.key)) for one in alerts}
        turns = [Turn(at=self.now, kind="fired", alert=one) for key, one in firing.items() if key not in self._before]
        for key, one in firing.items():
            was = self._before.get(key)
            if was is not None and was.severity != one.severity:
                turns.append(Turn(at=self.now, kind="severity", alert=one, before=was.severity))
        self._before = firing
        bad = [one.row for one in alerts]
        self.take(turns, firing, board or floor(bad), held)

    def take(self, turns: Sequence[Turn], alerts: Mapping[str, Alert], board: Board, held: Iterable[str] = ()) -> None:
        """One look as the keeper takes it."""
        known = [
            one
            for one in self.incidents.values()
            if one.open or (one.resolved_at or 0.0) > self.now - self.rules.reopen
        ]
        self.moments = correlate(turns, alerts, board, known, self.rules, self.now, frozenset(held))
        numbers: dict[int, int] = {}
        for moment in self.moments:
            number = moment.incident
            if number < 1:
                number = numbers.setdefault(number, len(self.incidents) + 1)
            self.incidents[number] = after(self.incidents.get(number), replace(moment, incident=number, id=1))

    def deed(self, kind: Any, number: int = 1, by: str = "alice", **data: str) -> None:
        """Somebody does something to one."""
        moment = Moment(incident=number, at=self.now, kind=kind, by=by, text=kind, data=data)
        self.incidents[number] = after(self.incidents[number], moment)

    def _home(self, key: str) -> int | None:
        return next((number for number, one in reversed(self.incidents.items()) if key in one.alerts), None)

    @property
    def open(self) -> list[Incident]:
        return [one for one in self.incidents.values() if one.open]

    @property
    def kinds(self) -> list[str]:
        return [moment.kind for moment in self.moments]


API, WEB, SHOP, MAIL, ELSE = (
    alert(name) for name in ("service:api", "service:web", "postgres:shop", "service:mail", "service:else")
)


def test_an_alert_opens_an_incident_with_its_clock_and_ends_it() -> None:
    room = Room()
    room.look(ELSE)
    (incident,) = room.open

    assert incident.title == "else: no answer"
    assert (incident.priority, incident.state) == ("P2", "triggered")
    assert (incident.opened_at, incident.began_at) == (NOW + 1, NOW - 60)
    assert incident.respond_by == NOW + 3601
    assert incident.cause_row == "service:else"

    room.look(ELSE)
    assert room.moments == []
    room.look()
    assert room.kinds == ["alert", "resolved"]
    assert room.open == []
    assert room.incidents[1].resolved_by == ""


@pytest.mark.parametrize("deeds", [(), ("ack",), ("mitigated",), ("ack", "mitigated")], ids=" and ".join)
def test_it_ends_with_its_last_alert_whatever_was_done(deeds: tuple[str, ...]) -> None:
    room = Room()
    room.look(API, SHOP)
    for deed in deeds:
        room.deed(deed)
    room.look(API)
    assert len(room.open) == 1
    room.look()
    assert (room.kinds[-1], room.open) == ("resolved", [])


def test_a_database_that_takes_services_with_it_is_one_incident_with_the_right_cause() -> None:
    room = Room()
    room.look(SHOP, API, WEB)

    (incident,) = room.open
    assert incident.cause_row == "postgres:shop"
    assert set(incident.rows) == {"postgres:shop", "service:api", "service:web"}
    assert incident.priority == "P1"
    assert incident.title.startswith("shop")


def test_symptoms_that_are_seen_before_their_cause_are_the_same_incident() -> None:
    room = Room()
    room.look(API)
    room.look(API, WEB)
    assert room.open[0].cause_row == "service:api"
    room.look(API, WEB, SHOP)

    (incident,) = room.open
    assert incident.cause_row == "postgres:shop"
    assert incident.title == "postgres shop is down: shop is not well"
    assert incident.priority == "P1"
    room.look(API)
    assert (len(room.open), room.open[0].cause_row) == (1, "postgres:shop")
    room.look()
    assert room.kinds == ["alert", "resolved"]


def test_two_that_need_the_same_are_one_before_that_is_known_to_fail() -> None:
    other = row("service:two", level="critical", depends_on=("postgres:shop",))
    room = Room()
    room.look(API)
    room.look(API, alert("service:two", active_at=NOW + 100), board=floor(["service:api"], rows=[other]))

    assert len(room.open) == 1


def test_what_has_nothing_in_common_stays_apart() -> None:
    room = Room()
    room.look(API, MAIL, ELSE)

    assert len(room.open) == 3


@pytest.mark.parametrize(
    ("kinds", "host", "began", "count"),
    [
        pytest.param(("systemd.unit", "exec"), "db1", NOW + 100, 1, id="on one host within five minutes"),
        pytest.param(("systemd.unit", "exec"), "db1", NOW + 400, 2, id="on one host an hour apart"),
        pytest.param(("systemd.unit", "exec"), "", NOW + 100, 2, id="on this machine, but neither is the machine"),
        pytest.param(("host.disk", "exec"), "", NOW + 100, 1, id="the machine itself and something on it"),
        pytest.param(("exec", "host.disk"), "", NOW + 100, 1, id="something on it and the machine itself"),
    ],
)
def test_time_and_place_bring_together(kinds: tuple[str, str], host: str, began: float, count: int) -> None:
    rows = [row(f"{kind}:x", kind=kind, host=host, level="critical", target=f"{kind}:x") for kind in kinds]
    board = floor(rows=rows)
    first, second = (alert(one.id, active_at=at) for one, at in zip(rows, (NOW, began), strict=True))
    room = Room()
    room.look(first, board=board)
    room.look(first, second, board=board)

    assert len(room.open) == count


DISK = row("host.disk:me/root", kind="host.disk", target="host:me", level="critical")
PROCESS = row("process:far", kind="process", level="critical")


@pytest.mark.parametrize(
    ("disk", "other", "count"),
    [
        pytest.param("critical", row("service:far", level="critical"), 2, id="what is asked may be anywhere"),
        pytest.param("critical", row("queue:far/mail", target="redis:far"), 2, id="a part of what is asked too"),
        pytest.param(
            "critical", row("service:far", depends_on=("process:far",)), 1, id="it runs in something on this machine"
        ),
        pytest.param("critical", PROCESS, 1, id="a process is where it is read"),
        pytest.param("warning", PROCESS, 2, id="a machine in less trouble does not explain more"),
    ],
)
@pytest.mark.parametrize("machine_first", [True, False])
def test_this_machine_brings_together_what_runs_on_it(disk: Any, other: Row, count: int, machine_first: bool) -> None:
    rows = [DISK, other, replace(PROCESS, level="ok", word="running", reason="")][: 2 if other is PROCESS else 3]
    alerts = [alert(DISK.id, "disk-full", severity=disk, active_at=NOW), alert(other.id, active_at=NOW + 100)]
    board = floor(rows=rows)
    room = Room()
    room.look(alerts[0 if machine_first else 1], board=board)
    room.look(*alerts, board=board)

    assert len(room.open) == count


def test_what_runs_in_a_container_is_on_its_host() -> None:
    rows = [
        row("host:db1", kind="host", host="db1"),
        row("container:db1/web", kind="container", host="db1", target="docker:db1"),
        row("service:web2", depends_on=("container:db1/web",)),
    ]
    room = Room()
    room.look(alert("host:db1", "memory", severity="warning", active_at=NOW), board=floor(rows=rows))
    room.look(
        alert("host:db1", "memory", severity="warning", active_at=NOW),
        alert("service:web2", active_at=NOW + 60),
        board=floor(rows=rows),
    )

    assert len(room.open) == 1


def test_an_error_budget_is_of_the_row_whose_events_it_counts() -> None:
    budget = Budget(
        id="api availability", service="api", row="service:api", objective_percent=99.9, window_s=1, known_s=1,
        remaining_ratio=None, burn_5m=None, burn_1h=None, exhausted_in_s=None,
    )  # fmt: skip
    burns = alert("slo:api availability", "burn")
    room = Room()
    room.look(API, burns, board=floor(["service:api"], budgets=(budget,)))
    (incident,) = room.open
    assert set(incident.rows) == {"service:api", "slo:api availability"}

    room.look(burns, board=floor(budgets=(budget,)))
    assert room.open[0].state == "mitigated"
    room.look(API, burns, board=floor(["service:api"], budgets=(budget,)))
    assert (room.open[0].state, room.open[0].reopened) == ("triggered", 0)
    room.look(board=floor(budgets=(budget,)))
    assert room.open == []


def test_what_fires_again_soon_reopens_its_incident_and_later_opens_another() -> None:
    room = Room()
    room.look(ELSE)
    room.look()
    room.look(ELSE, after_s=600)
    assert (room.kinds[0], room.incidents[1].reopened, len(room.incidents)) == ("reopened", 1, 1)
    room.look()
    room.look(ELSE, after_s=1000)

    assert [one.number for one in room.open] == [2]


PARTS = ("process:postgres", "process:catalog")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "postgres:shop": ("process:postgres",),
    "service:catalog": ("process:catalog", "postgres:shop"),
    "service:web": ("service:catalog",),
}


def chain(*bad: str) -> Board:
    """web needs catalog, that a process and the database, which is another process; those rows are down."""
    down: dict[str, Any] = {"level": "critical", "word": "down", "since": NOW}
    names = {**dict.fromkeys(PARTS, ()), **NEEDED}
    rows = tuple(
        row(name, kind=name.partition(":")[0], depends_on=needs, **(down if name in bad else {}))
        for name, needs in names.items()
    )
    return replace(floor(), rows=rows, causes=likely_causes(rows))


POSTGRES, CATALOG, SERVED, ASKED = (alert(name) for name in (*PARTS, "service:catalog", "service:web"))


def after_the_database() -> Room:
    room = Room()
    room.look(
        POSTGRES, SERVED, ASKED, board=chain("process:postgres", "postgres:shop", "service:catalog", "service:web")
    )
    assert room.open[0].cause_row == "process:postgres"
    room.look(board=chain())
    assert room.open == []
    return room


def test_another_fault_of_the_same_services_is_an_incident_of_its_own() -> None:
    room = after_the_database()
    second = chain("process:catalog", "service:catalog", "service:web")
    room.look(CATALOG, SERVED, ASKED, board=second, after_s=480)
    assert [(one.number, one.cause_row) for one in room.open] == [(2, "process:catalog")]
    assert set(room.open[0].firing) == {CATALOG.key, SERVED.key, ASKED.key}

    late = after_the_database()
    late.look(SERVED, ASKED, board=second, after_s=480)
    late.look(CATALOG, SERVED, ASKED, board=second)
    assert [(one.number, len(one.firing)) for one in late.open] == [(2, 3)]


def test_the_same_fault_again_reopens_its_incident() -> None:
    room = after_the_database()
    again = chain("process:postgres", "postgres:shop", "service:catalog", "service:web")
    room.look(ASKED, board=again, after_s=480)
    room.look(POSTGRES, SERVED, ASKED, board=again)
    assert [(one.number, one.cause_row, len(one.firing)) for one in room.open] == [(1, "process:postgres", 3)]


def test_an_incident_that_is_reopened_before_its_new_cause_is_seen_is_told_by_that() -> None:
    room = after_the_database()
    room.look(ASKED, board=chain("service:web"), after_s=480)
    assert [(one.number, one.cause_row) for one in room.open] == [(1, "service:web")]
    room.look(ASKED, CATALOG, board=chain("process:catalog", "service:catalog", "service:web"))
    assert [(one.number, one.cause_row) for one in room.open] == [(1, "process:catalog")]
    assert room.open[0].title == "process catalog is down: catalog is not well"


def test_an_incident_that_is_reopened_for_another_reason_of_the_same_row_says_that() -> None:
    room = Room()
    for said in ("media: there is no backup yet", "media: the last run failed"):
        room.look(ELSE, board=floor(["service:else"], causes=(Cause(row="service:else", text=said, affected=()),)))
        assert [(one.number, one.cause) for one in room.open] == [(1, said)]
        room.look()
        assert room.open == []


def test_an_incident_whose_row_fails_otherwise_and_worse_says_that_and_not_how_it_began() -> None:
    expiring = alert("service:web", "certificate-expiring", severity="warning", summary="web: ends in 10 days")
    down = alert("service:web", "service-down")
    room = Room()
    for firing, level, said in (
        ((expiring,), "warning", "web: certificate ends in 10 days"),
        ((expiring, down), "critical", "web: refused the connection"),
        ((expiring, down), "critical", "web: no answer within 5 s"),
    ):
        web = row("service:web", level=level)
        room.look(*firing, board=floor(rows=[web], causes=(Cause(row=web.id, text=said, affected=()),)))
    (incident,) = room.open
    assert (incident.priority, incident.cause) == ("P2", "web: refused the connection"), (
        "the same, no worse, is no news"
    )
    assert incident.title == "web: refused the connection"


def test_a_name_that_only_begins_another_word_is_named() -> None:
    room = Room()
    cert = row("tls:cert", kind="tls", level="warning", name="cert")
    room.look(alert("tls:cert", summary="certificate ends in 10 days"), board=floor(rows=[cert]))
    assert room.open[0].title == "cert: certificate ends in 10 days"


MACHINE = row("host:vm", kind="host", target="host:vm", level="critical")
DOCKER = row("docker:local", kind="docker", target="docker:local")
FOREIGN = row("container:local/foreign", kind="container", target="docker:local", depends_on=("docker:local",))
OWN = replace(FOREIGN, id="container:local/own", name="own")
BUSY, FULL, ZOMBIES, KILLED = (
    alert("host:vm", "cpu", active_at=NOW + 5),
    alert(DISK.id, "disk-full", active_at=NOW + 5),
    alert("host:vm", "zombies", severity="warning", active_at=NOW + 6),
    alert(FOREIGN.id, "out-of-memory", severity="warning", active_at=NOW + 7),
)


@pytest.mark.parametrize(
    "busy",
    [
        pytest.param((), id="a machine that is well"),
        pytest.param((BUSY,), id="a machine as grave as the outage"),
        pytest.param((FULL,), id="a disk as grave as the outage"),
    ],
)
@pytest.mark.parametrize(
    "light",
    [
        pytest.param(ZOMBIES, id="the machine in less trouble"),
        pytest.param(KILLED, id="a container that nothing needs"),
        pytest.param(replace(KILLED, severity="critical"), id="such a container, as grave"),
    ],
)
def test_what_the_machine_or_something_else_on_it_has_meanwhile_is_no_part_of_an_outage(
    busy: tuple[Alert, ...], light: Alert
) -> None:
    outage = chain("process:postgres", "postgres:shop", "service:catalog", "service:web")
    rows = (*outage.rows, MACHINE, DISK, DOCKER, replace(FOREIGN, level="critical"))
    board = replace(outage, rows=rows, causes=likely_causes(rows))
    fired = (POSTGRES, SERVED, ASKED)
    room = Room()
    room.look(*fired, *busy, board=board)
    room.look(*fired, *busy, light, board=board)
    room.look(*fired, *busy, light, board=board)

    first, *others = room.open
    assert (first.number, first.priority, first.cause_row) == (1, "P1", "process:postgres")
    assert set(first.firing) == {one.key for one in fired}
    assert {key for one in others for key in one.firing} == {one.key for one in (*busy, light)}


def test_an_outage_that_begins_while_the_machine_has_trouble_is_an_incident_of_its_own() -> None:
    outage = chain("process:postgres", "postgres:shop", "service:catalog", "service:web")
    rows = (*outage.rows, MACHINE)
    room = Room()
    room.look(BUSY, board=replace(chain(), rows=(*chain().rows, MACHINE), causes=likely_causes([MACHINE])))
    room.look(BUSY, POSTGRES, SERVED, ASKED, board=replace(outage, rows=rows, causes=likely_causes(rows)))

    assert sorted(len(one.firing) for one in room.open) == [1, 3]


@pytest.mark.parametrize("needed", [False, True])
def test_a_warning_of_a_container_is_of_an_outage_that_depends_on_it(needed: bool) -> None:
    rows = [DOCKER, FOREIGN, OWN, row("service:shop", level="critical", depends_on=(FOREIGN.id if needed else OWN.id,))]
    board = floor(rows=rows)
    room = Room()
    room.look(alert("service:shop"), board=board)
    room.look(alert("service:shop"), replace(KILLED, active_at=NOW - 50), board=board)

    assert len(room.open) == (1 if needed else 2)


def test_a_warning_of_the_machine_is_of_an_outage_of_what_says_that_it_depends_on_it() -> None:
    board = floor(rows=[MACHINE, row("service:shop", level="critical", depends_on=("host:vm",))])
    room = Room()
    room.look(alert("service:shop"), board=board)
    room.look(alert("service:shop"), ZOMBIES, board=board)

    assert len(room.open) == 1


@pytest.mark.parametrize("queue_first", [False, True])
def test_a_queue_and_what_takes_from_it_are_one(queue_first: bool) -> None:
    worker = row("process:worker", level="critical")
    queue = row("queue:cache/emails", level="warning", target="redis:cache", depends_on=("redis:cache", worker.id))
    exited, grows = alert(worker.id, "process-stopped"), alert(queue.id, "queue-backlog", severity="warning")
    board = floor(rows=[worker, queue])
    room = Room()
    room.look(grows if queue_first else exited, board=board)
    room.look(exited, grows, board=board)
    room.look(exited, grows, board=board)
    assert [one.cause_row for one in room.open] == [worker.id]


def test_what_services_fail_through_is_the_cause_once_they_do() -> None:
    worker = row("process:worker", level="critical", since=NOW - 90)
    queue = row("queue:cache/emails", level="warning", target="redis:cache", depends_on=("redis:cache", worker.id))
    exited, grows = alert(worker.id, "process-stopped"), alert(queue.id, "queue-backlog", severity="warning")
    room = Room()
    room.look(exited, grows, board=floor(rows=[worker, queue]))
    full = alert("redis:cache", "memory")
    room.look(exited, grows, full, MAIL, board=floor(["redis:cache", "service:mail"], rows=[worker, queue]))
    (incident,) = room.open
    assert incident.cause_row == "redis:cache"


def test_zombies_gather_nothing_else() -> None:
    zombies = replace(ZOMBIES, active_at=NOW - 60)
    beside, worse = replace(KILLED, active_at=NOW - 50), replace(BUSY, active_at=NOW - 40)
    needing = row("service:shop", level="critical", depends_on=("host:vm",))
    board = floor(rows=[replace(MACHINE, word="zombies", level="warning"), DOCKER, FOREIGN, needing])
    room = Room()
    room.look(zombies, board=board)
    room.look(zombies, beside, alert("service:shop"), board=board)
    assert [one.firing for one in room.open] == [(zombies.key,), ("down/service:shop",), (beside.key,)]

    later = Room()
    later.look(beside, board=board)
    later.look(beside, zombies, board=board)
    assert len(later.open) == 2

    same = Room()
    same.look(zombies, board=board)
    same.look(zombies, worse, board=board)
    assert len(same.open) == 1


def test_what_a_person_ended_stays_ended_until_it_gets_worse() -> None:
    warned = alert("service:else", severity="warning")
    room = Room()
    room.look(warned)
    room.deed("resolved")
    room.look(warned)
    room.look(warned, after_s=5000)
    assert (room.moments, room.open) == ([], [])

    again = Room()
    again.look(warned)
    again.deed("resolved")
    again.look(ELSE)
    assert again.kinds[:2] == ["reopened", "alert"]
    assert (again.open[0].priority, len(again.incidents)) == ("P2", 1)


def test_what_still_fires_comes_back_when_a_person_reopens_its_incident() -> None:
    room = Room()
    room.look(ELSE)
    room.deed("resolved")
    assert room.incidents[1].firing == ()
    room.look(ELSE)
    room.deed("reopened")
    room.look(ELSE)
    assert (room.kinds, room.open[0].firing) == (["alert"], (ELSE.key,))
    room.look()
    assert room.open == []


def test_what_a_person_reopened_goes_on_until_a_person_ends_it() -> None:
    room = Room()
    room.look(ELSE)
    room.look()
    room.deed("reopened")
    room.look()

    assert (room.moments, len(room.open)) == ([], 1)


def test_an_acknowledgement_that_has_run_out_is_taken_back_once() -> None:
    room = Room()
    room.look(ELSE)
    room.deed("ack", until=repr(NOW + 61))
    room.look(ELSE)
    assert room.open[0].state == "acknowledged"
    room.look(ELSE, after_s=60)
    assert (room.kinds, room.open[0].state) == (["unack"], "triggered")
    assert room.open[0].respond_by == room.now + 3600
    room.look(ELSE)
    assert room.moments == []


def test_another_severity_is_written_down_and_a_graver_one_raises_the_priority() -> None:
    warned = alert("service:else", severity="warning")
    room = Room()
    room.look(warned)
    assert room.open[0].priority == "P3"
    room.deed("ack")
    room.look(ELSE)
    assert (room.open[0].priority, room.open[0].state) == ("P2", "triggered")
    room.look(warned)
    assert (room.kinds, room.open[0].priority) == (["alert"], "P2")


def test_what_a_person_called_it_and_how_grave_stays() -> None:
    room = Room()
    room.look(API)
    room.deed("title", title="the shop")
    room.deed("priority", priority="P4")
    room.look(API, SHOP)

    assert (room.open[0].title, room.open[0].priority) == ("the shop", "P4")
    assert room.open[0].cause_row == "postgres:shop"


def test_what_is_silenced_opens_nothing_but_joins_and_ends() -> None:
    room = Room()
    room.look(ELSE, held=[ELSE.key])
    assert room.moments == []
    room.look(ELSE)
    assert len(room.open) == 1

    joined = Room()
    joined.look(SHOP)
    joined.look(SHOP, API, held=[API.key, SHOP.key])
    assert API.key in joined.open[0].alerts
    joined.look(held=[API.key, SHOP.key])
    assert joined.open == []


def test_what_is_light_becomes_no_incident() -> None:
    room = Room(IncidentSettings(from_severity="critical"))
    room.look(alert("service:else", severity="warning"))
    assert room.moments == []
    room.look(ELSE)
    assert len(room.open) == 1


def test_a_storm_is_one_incident() -> None:
    rows = [row(f"exec:e{number}", level="critical") for number in range(500)]
    fired = [alert(one.id, active_at=NOW - 9, fired_at=NOW) for one in rows]
    room = Room()
    room.look(*fired[:5], board=floor(rows=rows))
    assert len(room.open) == 5
    room.look(*fired, alert("floor:shop", "storm", active_at=NOW, fired_at=NOW), board=floor(rows=rows))

    assert len(room.open) == 5
    assert sorted(len(one.alerts) for one in room.open) == [1, 1, 1, 1, 497]
    assert room.open[0].title.startswith("storm: 500 alerts at once, first ")


@pytest.mark.parametrize(("off", "count"), [(False, 1), (True, 5)])
def test_where_storms_are_switched_off_nothing_gathers_into_one(off: bool, count: int) -> None:
    down = check("service.reach", "critical", "no answer")
    picture = floor(rows=[row(f"service:s{number}", level="critical", checks=(down,)) for number in range(5)])
    alerting = Alerting(rules=(AlertRule(name="storm", off=off),), incidents=IncidentSettings(storm=3))
    alerts, turns = look(picture, {}, alerting, NOW)
    room = Room(alerting.incidents)
    room.take(turns, alerts, picture)
    assert len(room.open) == count


@pytest.mark.parametrize("storm_first", [True, False])
def test_the_alert_of_a_storm_is_in_its_incident(storm_first: bool) -> None:
    rows = [row(f"exec:e{number}", level="critical") for number in range(30)]
    fired = [alert(one.id, active_at=NOW - 9, fired_at=NOW) for one in rows]
    storm = alert("floor:shop", "storm", active_at=NOW - (20 if storm_first else 1), fired_at=NOW)
    room = Room()
    room.look(*fired, storm, board=floor(rows=rows))

    (incident,) = room.open
    assert len(incident.firing) == 31
    room.look(*fired, storm, board=floor(rows=rows))
    assert room.moments == []


def test_several_that_turn_out_to_have_one_cause_are_put_together() -> None:
    room = Room()
    room.look(API, board=floor(["service:api"]))
    later = alert("service:mail", active_at=NOW + 200)
    room.look(API, later, board=floor(["service:api", "service:mail"]))
    assert len(room.open) == 2
    both = row("host:h", level="critical")
    rows = [
        replace(one, depends_on=("host:h",)) if one.level != "ok" else one
        for one in floor(["service:api", "service:mail"]).rows
    ]
    board = replace(floor(), rows=(*rows, both), causes=likely_causes([*rows, both]))
    room.look(API, later, board=board)

    (incident,) = room.open
    assert (incident.number, room.incidents[2].merged_into) == (1, 1)
    assert set(incident.firing) == {API.key, later.key}
    room.look(later, board=board)
    assert incident.number == room.open[0].number


def test_what_a_person_took_apart_stays_apart() -> None:
    room = Room()
    room.look(SHOP, API)
    room.incidents[2] = replace(room.incidents[1], number=2, alerts={API.key: "critical"}, split_from=1)
    room.deed("split", alert=API.key)
    room.look(SHOP, API)

    assert [set(one.firing) for one in room.open] == [{SHOP.key}, {API.key}]


@pytest.mark.parametrize(
    ("bad", "rules", "priority"),
    [
        pytest.param([ELSE], (), "P2", id="a critical one is high"),
        pytest.param([alert("service:else", severity="info")], (), "P4", id="less than a warning is low"),
        pytest.param([SHOP], (), "P1", id="a database that is away is an outage"),
        pytest.param([API, WEB, MAIL, ELSE], (), "P1", id="all services together are an outage"),
        pytest.param(
            [ELSE], (PriorityRule(priority="P4", match=("name=else",)),), "P4", id="the config's rules go first"
        ),
        pytest.param(
            [ELSE],
            (PriorityRule(priority="P1", affected=2), PriorityRule(priority="P3", affected=1)),
            "P3",
            id="a rule counts the services that fail",
        ),
    ],
)
def test_priority_is_by_the_rules(bad: Sequence[Alert], rules: tuple[PriorityRule, ...], priority: str) -> None:
    room = Room(IncidentSettings(from_severity="info", priority=rules))
    rows = [replace(one, depends_on=("service:else",)) for one in floor([one.row for one in bad]).rows if len(bad) > 1]
    board = replace(floor(), rows=tuple(rows), causes=likely_causes(rows)) if rows else None
    room.look(*bad, board=board)

    assert [one.priority for one in room.open][:1] == [priority]


def test_a_clock_that_steps_back_neither_ends_nor_doubles_anything() -> None:
    room = Room()
    room.look(ELSE)
    room.look(ELSE, after_s=-3600)
    assert (room.moments, len(room.open)) == ([], 1)
    room.look()
    room.look(ELSE)
    assert (len(room.incidents), room.incidents[1].reopened) == (1, 1)


NAMES = [*LINKS]
LOOKS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(NAMES)),
        st.sampled_from([1.0, 30.0, 400.0, 2000.0, -50.0]),
        st.sampled_from(["", "", "ack", "resolved", "reopened", "mitigated"]),
        st.sampled_from(["warning", "critical"]),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=120, deadline=None)
@given(LOOKS)
def test_each_alert_that_fires_is_in_one_incident_and_none_goes_on_without_reason(looks: Any) -> None:
    room = Room()
    alerts: dict[str, Alert] = {}
    by_people: set[int] = set()
    for bad, after_s, deed, severity, steady in looks:
        room.now += after_s
        for number, one in room.incidents.items():
            if deed and one.merged_into is None:
                room.deed(deed, number, until=repr(room.now + 40))
                by_people.add(number)
        seen = [
            Condition(rule="down", row=name, severity="critical" if steady else severity, summary="no answer")
            for name in sorted(bad)
        ]
        alerts, turns = step(alerts, seen, room.now, ())
        room.take(turns, alerts, floor(bad))
        homes = {key: number for number, one in room.incidents.items() if one.merged_into is None for key in one.alerts}
        alerts = {key: replace(one, incident=homes.get(key)) for key, one in alerts.items()}

        firing = {key for key, one in alerts.items() if one.firing}
        placed = [key for one in room.open for key in one.firing]
        assert len(placed) == len(set(placed))
        assert set(placed) <= firing
        if not by_people:
            assert set(placed) == firing
            assert all(one.firing for one in room.open)
    assert by_key(*alerts.values()) == alerts
