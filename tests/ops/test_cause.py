"""Likely causes: the deepest failing thing first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.board import LEVELS, Level, Row
from ops.cause import likely_causes
from tests.parts import boards

START = 1_800_000_000.0


def row(
    row_id: str,
    level: Level = "critical",
    *needs: str,
    word: str = "down",
    reason: str = "why",
    since: float = START,
    host: str = "",
    at: float = START,
) -> Row:
    """A row of that id, which depends on those."""
    kind, _, name = row_id.partition(":")
    target, _, part = name.partition("/")
    owner = {"container": "docker", "queue": "redis", "alert": "alertmanager"}.get(kind, kind.partition(".")[0])
    good = level == "ok"
    return Row(
        id=row_id,
        kind=kind,
        name=part or name,
        target=f"{owner}:{target}" if part else row_id,
        host=host,
        level=level,
        word="up" if good else word,
        reason="" if good else reason,
        since=since,
        at=at,
        depends_on=needs,
    )


def told(*rows: Row) -> list[str]:
    """The sentences, likeliest first."""
    return [cause.text for cause in likely_causes(rows)]


@pytest.mark.parametrize(
    ("rows", "sentences"),
    [
        pytest.param([row("service:api", "ok")], [], id="nothing fails"),
        pytest.param([row("service:api", reason="answers 500")], ["service api is down: answers 500"], id="alone"),
        pytest.param(
            [
                row("postgres:shop", reason="refuses connections"),
                row("postgres.query:shop/-54141", "unknown", "postgres:shop", word="stale"),
                row("service:api", "critical", "postgres:shop"),
            ],
            ["postgres shop is down: refuses connections (api depends on it)"],
            id="what is only listed of a target is not affected by its fall",
        ),
        pytest.param(
            [
                row("docker:local", "unknown", word="unreachable", reason="no answer"),
                row("container:local/a", "unknown", "docker:local", word="stale"),
                row("container:local/b", "unknown", "docker:local", word="stale"),
                row("postgres:shop", reason="refuses connections"),
            ],
            [
                "postgres shop is down: refuses connections",
                "docker local is unreachable: no answer (a, b depend on it)",
            ],
            id="what makes others only unknown comes after what is known to be bad",
        ),
        pytest.param(
            [row("host:box", "warning", word="zombies", reason="20 zombies, left by sleep (pid 7)")],
            ["host box has zombies: 20 zombies, left by sleep (pid 7)"],
            id="what a thing has and what it is",
        ),
        pytest.param(
            [
                row("service:api", "critical", "postgres:shop"),
                row("service:checkout", "warning", "service:api", "postgres:shop", word="failing"),
                row("postgres:shop", reason="connection refused"),
            ],
            ["postgres shop is down: connection refused (api, checkout depend on it)"],
            id="the deepest of a chain",
        ),
        pytest.param(
            [row("service:api", "critical", "postgres:shop", reason="answers 500"), row("postgres:shop", "ok")],
            ["service api is down: answers 500"],
            id="a good dependency explains nothing",
        ),
        pytest.param(
            [
                row("service:api", "critical", "container:local/web"),
                row("container:local/web", word="exited", reason="exited (137)"),
                row("docker:local", "ok"),
            ],
            ["container web exited (137) (api depends on it)"],
            id="the container that it runs in, without saying exited twice",
        ),
        pytest.param(
            [
                row("service:a", "critical", "redis:c"),
                *[row(f"service:{name}", "critical", "redis:c") for name in "bdef"],
                row("redis:c", word="full", reason="full: writes are refused"),
            ],
            ["redis c full: writes are refused (a, b, d and 2 more depend on it)"],
            id="many dependants are counted",
        ),
        pytest.param(
            [row("host:box", "critical", word="busy"), row("host.disk:box//srv", "critical", "host:box", word="full")],
            ["host box is busy: why", "disk /srv is full: why"],
            id="a full disk is no consequence of a busy host",
        ),
        pytest.param(
            [row("redis:cache"), row("queue:cache/mails", "unknown", "redis:cache", word="stale")],
            ["redis cache is down: why (mails depends on it)"],
            id="stale parts are explained by their target",
        ),
        pytest.param(
            [
                row("docker:local", "unknown", word="unreachable"),
                row("container:local/web", "unknown", "docker:local", word="stale"),
                row("service:api", "critical", "container:local/web", reason="answers 500"),
            ],
            ["service api is down: answers 500", "docker local is unreachable: why (web depends on it)"],
            id="what is only unknown explains no fault",
        ),
        pytest.param(
            [row("queue:cache/mails", "critical", word="no consumer", reason="5,214 ready and no consumer")],
            ["queue mails has no consumer: 5,214 ready and no consumer"],
            id="what a thing has and what it is",
        ),
        pytest.param(
            [
                row("process:catalog", word="exited", reason="exited"),
                row("service:web", "critical", "service:catalog"),
                row("service:catalog", "critical", "process:catalog"),
            ],
            ["process catalog exited (web depends on it)"],
            id="the service of a process is no other thing that depends on it",
        ),
        pytest.param([row("service:api", "unknown", word="waiting")], [], id="waiting is no fault"),
        pytest.param(
            [
                row(
                    "access_log:api", "critical", "service:api", word="erring", reason="failed requests 40 %, over 5 %"
                ),
                row("service:api", reason="connection refused"),
            ],
            ["service api is down: connection refused (its access log depends on it)"],
            id="an access log of a service that is down is explained by it",
        ),
        pytest.param(
            [
                row("log:api", word="erring", reason="errors 90/min", since=START - 60),
                row("alert:main/ApiDown api-1", "critical", "alertmanager:main", word="firing", since=START - 50),
                row("exec:check", word="critical", reason="HTTP CRITICAL", since=START - 40),
                row("prometheus.figure:main/errors", word="high", reason="value 9", since=START - 30),
                row("backup:shop", word="too old", reason="newest verified is 3h old", since=START - 20),
                row("service:api", reason="connection refused"),
                row("host:box", "warning", word="busy", since=START - 99),
            ],
            [
                "service api is down: connection refused",
                "log api is erring: errors 90/min",
                "alert ApiDown api-1 is firing: why",
                "exec check is critical: HTTP CRITICAL",
                "figure errors is high: value 9",
                "backup shop is too old: newest verified is 3h old",
                "host box is busy: why",
            ],
            id="what only tells of others comes behind what is as grave, however old it is",
        ),
        pytest.param(
            [
                row("docker:d1", "unknown", word="unreachable", reason="db1 refused the SSH connection", host="db1"),
                row("container:d1/web", "unknown", "docker:d1", word="stale", host="db1"),
                row("host:db1", "unknown", word="unreachable", reason="db1 refused the SSH connection", host="db1"),
                row("swarm:shop", "unknown", word="locked out", reason="no permission", host="db1"),
                row("docker:d2", "unknown", word="unreachable", reason="db2 refused the SSH connection", host="db2"),
            ],
            [
                "host db1 is unreachable: db1 refused the SSH connection (d1@db1, web@db1, shop@db1 depend on it)",
                "docker d2@db2 is unreachable: db2 refused the SSH connection",
            ],
            id="a host that can't be reached explains all that is read there",
        ),
        pytest.param(
            [
                row("docker:d1", "unknown", word="unreachable", reason="db1 refused the SSH connection", host="db1"),
                row("log:app", "unknown", word="unreachable", reason="db1 refused the SSH connection", host="db1"),
                row("swarm:shop", "unknown", word="unreachable", reason="the swarm has no leader", host="db1"),
            ],
            [
                "docker d1@db1 is unreachable: db1 refused the SSH connection (app@db1 depends on it)",
                "swarm shop@db1 is unreachable: the swarm has no leader",
            ],
            id="a host without a row is named once for each reason",
        ),
        pytest.param(
            [
                row("host:db1", "ok", host="db1"),
                row("docker:d1", "unknown", word="unreachable", reason="no engine listens", host="db1"),
                row("service:api", reason="connection refused", host="db1"),
            ],
            ["service api@db1 is down: connection refused", "docker d1@db1 is unreachable: no engine listens"],
            id="an engine alone is no fault of its host",
        ),
        pytest.param(
            [
                row("queue:cache/mails", "unknown", "redis:cache", word="stale"),
                row("queue:cache/jobs", "critical", "redis:cache", word="no consumer"),
                row("celery:jobs", "critical", "redis:cache", reason="connection refused", since=START - 9),
                row("redis:cache", reason="connection refused"),
            ],
            ["redis cache is down: connection refused (mails, jobs, jobs depend on it)"],
            id="a broker that is down explains its queues and its Celery",
        ),
        pytest.param(
            [
                row("service:web", "critical", "service:api"),
                row("service:api", "ok", "postgres:shop", at=START - 1),
                row("postgres:shop", reason="refuses connections"),
            ],
            ["postgres shop is down: refuses connections (web depends on it)"],
            id="what was well before the trouble began says nothing of it, and what hangs on it may suffer",
        ),
        pytest.param(
            [
                row("service:web", "critical", "service:api", reason="answers 500"),
                row("service:api", "ok", "postgres:shop", at=START + 9),
                row("postgres:shop", reason="refuses connections"),
            ],
            ["service web is down: answers 500", "postgres shop is down: refuses connections"],
            id="what is well although that fails can do without it",
        ),
        pytest.param(
            [
                row("celery:jobs", word="no worker", reason="3 tasks wait and no worker is there"),
                row("git:shop", word="conflicts", reason="2 files with merge conflicts"),
                row("rabbitmq:mq", word="node down", reason="1 of 3 nodes down: b"),
                row("swarm:shop", word="managers", reason="2 of 3 managers reachable"),
            ],
            [
                "celery jobs has no worker: 3 tasks wait and no worker is there",
                "git shop has conflicts: 2 files with merge conflicts",
                "rabbitmq mq: 1 of 3 nodes down: b",
                "swarm shop: 2 of 3 managers reachable",
            ],
            id="a word that is no property is left to its reason",
        ),
    ],
)
def test_sentences(rows: list[Row], sentences: list[str]) -> None:
    assert told(*rows) == sentences


def test_ranked_by_affected_then_severity_then_age() -> None:
    rows = [
        row("service:old", "warning", since=START - 9),
        row("service:new", "warning", since=START),
        row("service:bad", "critical", since=START),
        row("redis:cache", "warning"),
        row("service:api", "critical", "redis:cache"),
    ]
    assert [cause.row for cause in likely_causes(rows)] == ["redis:cache", "service:bad", "service:old", "service:new"]


def test_a_circle_is_told_by_one_of_it() -> None:
    rows = [
        row("service:a", "warning", "service:b"),
        row("service:b", "critical", "service:c", since=START + 1),
        row("service:c", "critical", "service:a", since=START),
        row("service:d", "critical", "service:a"),
    ]
    (cause,) = likely_causes(rows)
    assert cause.row == "service:c"
    assert set(cause.affected) == {"service:a", "service:b", "service:d"}


def test_a_circle_that_hangs_on_something_else_is_explained_by_that() -> None:
    rows = [
        row("service:a", "critical", "service:b"),
        row("service:b", "critical", "service:a", "redis:c"),
        row("redis:c"),
    ]
    assert [cause.row for cause in likely_causes(rows)] == ["redis:c"]


@st.composite
def floors(draw: st.DrawFn) -> list[Row]:
    """Rows that depend on each other in any way, circles and missing ones included."""
    names = [f"service:{name}" for name in "abcdefgh"]
    return [
        row(
            name,
            draw(st.sampled_from(LEVELS)),
            *draw(st.lists(st.sampled_from([*names, "service:missing"]), max_size=4)),
            at=START + 9,
        )
        for name in names
    ]


def reaches(start: str, end: str, needs: dict[str, set[str]]) -> bool:
    """Whether `start` depends on `end`, directly or not."""
    seen, waiting = set[str](), [start]
    while waiting:
        for need in needs.get(waiting.pop(), ()):
            if need not in seen:
                seen.add(need)
                waiting.append(need)
    return end in seen


@given(floors())
def test_every_fault_has_a_cause_and_no_cause_has_a_deeper_one(rows: list[Row]) -> None:
    failing = {row.id: row for row in rows if row.level in ("warning", "critical")}
    needs = {
        name: {need for need in row.depends_on if need in failing and need != name} for name, row in failing.items()
    }
    causes = [cause for cause in likely_causes(rows) if cause.row in failing]
    for cause in causes:
        assert all(reaches(need, cause.row, needs) for need in needs[cause.row]), "only a circle may lead on from it"
        assert set(cause.affected) & failing.keys() == {
            name for name in failing if name != cause.row and reaches(name, cause.row, needs)
        }
    explained = {cause.row for cause in causes} | {name for cause in causes for name in cause.affected}
    assert explained >= failing.keys()
    assert len({cause.row for cause in causes}) == len(causes)


def test_a_critical_thing_alone_comes_before_a_warning_that_two_depend_on() -> None:
    rows = [
        row("service:payments", "warning"),
        row("service:web", "warning", "service:payments"),
        row("service:checkout", "warning", "service:payments"),
        row("host:vm", "critical"),
    ]
    assert [cause.row for cause in likely_causes(rows)] == ["host:vm", "service:payments"]


def test_what_is_down_now_comes_before_what_flaps_and_is_up_again() -> None:
    needs = ("service:catalog", "service:payments")
    restless = boards.row(
        "service:catalog", level="warning", word="flapping", flapping=True, since=1.0,
        checks=(boards.check("service.reach", "ok", "up"),),
    )  # fmt: skip
    down = boards.row("service:payments", level="critical", word="down", since=9.0)
    web = boards.row("service:web", level="critical", word="down", depends_on=needs, since=9.0)
    assert [cause.row for cause in likely_causes([restless, down, web])] == ["service:payments", "service:catalog"]
    worse = replace(restless, level="critical", checks=(boards.check("service.reach", "critical", "refused"),))
    assert likely_causes([worse, down, web])[0].row == "service:catalog"


def test_nothing_fails_through_zombies() -> None:
    zombies = row("host:vm", "warning", word="zombies", reason="1 zombie, left by python", since=START - 900)
    api = row("service:api", "warning", "host:vm", since=START)
    causes = likely_causes([zombies, api])
    assert [(cause.row, cause.affected) for cause in causes] == [("service:api", ()), ("host:vm", ())]

    busy = replace(zombies, checks=(boards.check("host.memory_percent", "warning", "memory 91 %"),))
    assert [cause.row for cause in likely_causes([busy, api])] == ["host:vm"]
