"""The checklists of planned work: what the floor sees by itself, and what only a person can do."""

import pytest

from ops.board import Row
from ops.drift.checklist import after, before, running, state_lines
from tests.parts.boards import board, check, row


def states(rows: list[Row], *, ended: bool = False) -> dict[str, tuple[str, str]]:
    """State and words of each point, by title."""
    points = (after if ended else before)(board(*rows))
    return {point.title: (point.state, point.said) for point in points}


@pytest.mark.parametrize(
    ("rows", "title", "state"),
    [
        pytest.param([], "backup", "person", id="nobody watches the backup"),
        pytest.param([row("exec:nightly-backup")], "backup", "good", id="the backup is good"),
        pytest.param(
            [row("exec:nightly-backup", checks=(check("exec.exit_code", "critical", "ended with 1"),))],
            "backup", "bad", id="the backup failed",
        ),
        pytest.param([], "nothing long is running", "none", id="no database is watched"),
        pytest.param([row("postgres:shop")], "nothing long is running", "good", id="nothing long"),
        pytest.param(
            [row("postgres:shop", checks=(check("postgres.longest_query_s", "warning", "longest query 9 min"),))],
            "nothing long is running", "bad", id="a long query",
        ),
        pytest.param(
            [row("postgres:shop", checks=(check("postgres.locks", "warning", "1 waits"),))],
            "nothing long is running", "good", id="a lock is nothing long",
        ),
        pytest.param([], "backup tested", "person", id="a restore is tried by a person"),
        pytest.param([], "users told", "person", id="users are told by a person"),
    ],
)  # fmt: skip
def test_before_it_begins(rows: list[Row], title: str, state: str) -> None:
    assert states(rows)[title][0] == state


@pytest.mark.parametrize(
    ("rows", "title", "state"),
    [
        pytest.param([row("container:a/web")], "everything runs", "good", id="it runs"),
        pytest.param(
            [row("container:a/web", checks=(check("container.state", "critical", "exited (1)"),))],
            "everything runs", "bad", id="it does not run",
        ),
        pytest.param(
            [row("service:api", checks=(check("service.reach", "critical", "refused"),))],
            "health checks", "bad", id="it does not answer",
        ),
        pytest.param(
            [row("service:api", checks=(check("service.total_s", "warning", "answer took 900 ms"),))],
            "health checks", "good", id="it answers, though slowly",
        ),
        pytest.param(
            [row("service:api", checks=(check("service.total_s", "warning", "answer took 900 ms"),))],
            "performance", "bad", id="it is slow",
        ),
        pytest.param(
            [row("log:api", checks=(check("log.errors_per_min", "warning", "errors 9 a minute"),))],
            "errors in logs", "bad", id="its log complains",
        ),
        pytest.param([], "errors in logs", "none", id="no log is watched"),
    ],
)  # fmt: skip
def test_after_it_has_ended(rows: list[Row], title: str, state: str) -> None:
    assert states(rows, ended=True)[title][0] == state


def test_what_ran_before_must_run_again() -> None:
    web, job = row("container:a/web", {"state": "running"}), row("container:a/job", {"state": "exited"})
    ran = running(board(web, job, row("container:a/api", {"state": "running"})))
    assert ran == ("container:a/web", "container:a/api")

    (again, *_) = after(board(web, job, row("container:a/api", {"state": "running"})), ran)
    assert again.state == "good"
    (point, *_) = after(board(row("container:a/web", {"state": "exited"}), job), ran)
    assert (point.state, point.said) == ("bad", "web runs no more, container:a/api is not there any more")
    failed = row("container:a/web", {"state": "dead"}, checks=(check("container.state", "critical", "exited (1)"),))
    (point, *_) = after(board(failed), ran[:1])
    assert point.said == "web: exited (1)"


def test_many_faults_are_counted_and_named_in_one_line() -> None:
    rows = [row(f"service:s{n}", checks=(check("service.reach", "critical", "refused"),)) for n in range(9)]

    state, said = states(rows, ended=True)["health checks"]

    assert state == "bad"
    assert said.startswith("s0: refused, s1: refused")
    assert said.endswith("and 4 more")


def test_the_state_of_the_system_in_a_few_lines() -> None:
    rows = [
        row("git:site", {"commit": "1f2e3d4c"}),
        row("container:a/web", {"state": "running"}),
        row("container:a/job", {"state": "exited"}),
        row("host:db1", {"cpu_percent": 12.5, "memory_percent": 40.0}),
        row("host.disk:db1/root", {"percent": 61.0}),
    ]

    assert state_lines(board(*rows)) == (
        "site: commit 1f2e3d4c",
        "1 container of 2 running: web",
        "db1: CPU 12.5 %, memory 40 %",
        "disk root: 61 % used",
    )
