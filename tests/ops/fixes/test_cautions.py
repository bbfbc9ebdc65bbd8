"""What a plan warns of before anybody says yes."""

from typing import Any

import pytest

from ops.actions.base import Offer
from ops.board import Row
from ops.fixes.cautions import cautions
from ops.jobs.structs import By, Job, Proof, Request, State, Verdict
from tests.parts import boards

ROW = "container:local/web"
START = Offer(action="container.start", row=ROW, title="start container web")


def web(**facts: Any) -> Row:
    """An exited container."""
    return boards.container("web", level="critical", word="exited", facts={"state": "exited", **facts})


def job(action: str, verdict: Verdict = "verified", state: State = "ended", row: str = ROW) -> Job:
    """A job of bob's, one minute ago."""
    request = Request(
        config="/x", action=action, row=row, title=f"{action} it", proof=Proof(row=row),
        by=By(user="bob", uid=1, via="screen"), asked_at=boards.NOW - 90,
    )  # fmt: skip
    ended = boards.NOW - 60 if state == "ended" else None
    return Job(id=4, request=request, state=state, verdict=verdict, began_at=boards.NOW - 80, ended_at=ended)


@pytest.mark.parametrize(
    ("row", "jobs", "said"),
    [
        pytest.param(web(exit_code=1), [], [], id="it crashed, and nobody tried anything"),
        pytest.param(
            web(exit_code=143, finished_at=boards.NOW - 180), [],
            ["it exited (143) 3m ago as what somebody stops by hand does: ask before you start it again"],
            id="it ended as by hand",
        ),
        pytest.param(web(exit_code=137, oom_killed=True), [], [], id="killed for memory is by nobody's hand"),
        pytest.param(
            web(exit_code=137), [job("container.stop")],
            ["bob stopped it by hand 1m ago (job 4)"], id="stopped by a job",
        ),
        pytest.param(
            web(exit_code=1), [job("container.start", "unverified")],
            ["the last try ran, but it was not fixed 1m ago (job 4)"], id="the last try was in vain",
        ),
        pytest.param(
            web(exit_code=1), [job("container.start", "lost")],
            ["the last try ended with its outcome unknown 1m ago (job 4)"], id="nobody knows how the last try ended",
        ),
        pytest.param(web(exit_code=1), [job("container.start", "refused")], [], id="a refusal was no try"),
        pytest.param(
            web(exit_code=1), [job("container.start", "", "running", "container:local/api")],
            ["job 4 of bob runs now: container.start it"], id="the same runs elsewhere",
        ),
        pytest.param(
            web(exit_code=1), [job("container.recreate", "", "verifying")],
            ["job 4 of bob runs now: container.recreate it"], id="something else runs here",
        ),
        pytest.param(
            boards.service("api", level="critical", word="down", stale=True), [], [],
            id="not answering is the very failure of a service",
        ),
        pytest.param(
            boards.service("api", level="unknown", word="stale", stale=True, at=boards.NOW - 60), [],
            ["service:api could not be read lately: what is shown of it is old (read 1m ago)"],
            id="nobody knows how it is",
        ),
        pytest.param(
            boards.container("web", level="critical", word="unhealthy", stale=True, at=boards.NOW - 60), [],
            ["container:local/web could not be read lately: what is shown of it is old (read 1m ago)"],
            id="a part of what does not answer",
        ),
        pytest.param(
            boards.row("process:web"), [], ["process web is well by what is known; it will be interrupted"],
            id="it is well",
        ),
    ],
)  # fmt: skip
def test_what_is_warned_of(row: Row, jobs: list[Job], said: list[str]) -> None:
    assert list(cautions(row, START, jobs, boards.NOW)) == said


def test_that_a_set_of_backups_is_well_says_nothing_of_what_a_restore_interrupts() -> None:
    restore = Offer(action="backup.restore", row="backup:shop", title="restore shop", verify_row="postgres:shop")
    assert list(cautions(boards.row("backup:shop"), restore, [], boards.NOW)) == []


def test_what_nobody_notices_needs_no_warning_that_it_is_well() -> None:
    reload = Offer(action="systemd.reload", row="process:web", title="reload web", risk="safe")
    assert list(cautions(boards.row("process:web"), reload, [], boards.NOW)) == []
