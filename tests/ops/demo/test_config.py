"""The config that the demo writes: everything in it is valid, and it acts on its own shop alone."""

from pathlib import Path

import pytest

from ops.actions.registry import discover
from ops.cause import likely_causes
from ops.config.structs import Config
from ops.demo.config import config_text
from ops.demo.plan import write_plan
from ops.fixes.gate import denied
from ops.fixes.offers import Shelf, offered
from ops.fixes.who import POLICY, me
from ops.jobs.structs import By
from ops.links import resolve
from tests.parts import boards
from tests.parts.acting import config_of


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_of(config_text(write_plan(tmp_path)))


@pytest.mark.parametrize(
    ("action", "row", "may"),
    [
        pytest.param("container.restart", "container:local/web-1", False, id="a container of this machine"),
        pytest.param("compose.scale", "container:local/web-1", False, id="a project of this machine"),
        pytest.param("docker.prune", "docker:local", False, id="its images"),
        pytest.param("docker.prune", "host.disk:here//var", False, id="its images, for room on a disk"),
        pytest.param("process.kill", "host:here", False, id="a process of this machine"),
        pytest.param("process.signal", "host.process:here/1", False, id="one that is listed"),
        pytest.param("process.restart", "process:catalog", True, id="a process of the shop"),
        pytest.param("command", "host:here", True, id="the end of what the demo burns"),
        pytest.param("redis.unlink", "redis:cache", True, id="keys of the shop"),
    ],
)
def test_who_may_do_what(config: Config, action: str, row: str, may: bool) -> None:
    for by in (me("screen"), By(user=POLICY, uid=0, via="policy")):
        assert (denied(config, by, action, row) == "") == may


def test_a_queue_that_grows_offers_first_to_start_its_worker(config: Config) -> None:
    emails = boards.queue("emails", 120, 11.0, level="warning", word="growing")
    shown = boards.board(emails, boards.row("process:worker", level="critical", word="exited"))
    first, *_ = offered(shown, [emails.id], Shelf(actions=discover(), fixes=config.fixes))
    assert (first.offer.fix, first.offer.row, first.offer.verify_row) == ("drain emails", "process:worker", emails.id)


def test_a_queue_that_grows_is_of_its_worker(config: Config) -> None:
    emails = boards.queue("emails", 120, 11.0, level="warning", word="growing")
    worker = boards.row("process:worker", level="critical", word="exited", since=boards.NOW - 9000)
    wanted = {part: found.needs for spec in config.targets for part, found in spec.config.parts_depend_on().items()}
    (cause,) = likely_causes(resolve((emails, worker), wanted))
    assert (cause.row, cause.affected) == ("process:worker", (emails.id,))
