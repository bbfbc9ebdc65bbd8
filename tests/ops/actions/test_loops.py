"""What restarts again and again is not helped by one more restart, and what is well needs none."""

from typing import Any

import pytest
from msgspec.structs import replace

from ops.actions.loops import NO_REMEDY
from ops.actions.registry import discover
from ops.board import Row
from tests.parts import boards

RESTARTS = ("process.restart", "process.kill", "container.restart", "container.kill", "compose.restart")
LOOP = boards.check("x.state", "critical", "restarting again and again", "restarting")


def process(**more: Any) -> Row:
    """One that came back before."""
    return boards.row("process:web", {"state": "sleeping", "restarts": 4}, key="12:34", **more)


def container(**more: Any) -> Row:
    """One of two copies of a Compose service."""
    facts = {"project": "shop", "service": "web"}
    return boards.container("web", key="c" * 64, facts=facts, **more)


def scores(row: Row) -> dict[str, tuple[int, str]]:
    """Score and why by action, where another copy is not well either."""
    rows = [row, replace(row, id=f"{row.id}-2", level="critical", key="d" * 64)]
    actions = [action for name, action in discover().items() if name in RESTARTS and row.kind in action.kinds]
    return {offer.action: (offer.score, offer.why) for action in actions for offer in action.offers(row, rows)}


@pytest.mark.parametrize("make", [process, container])
@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"level": "critical", "word": "restarting", "checks": (LOOP,)}, id="it restarts again and again"),
        pytest.param({"level": "warning", "word": "flapping", "flapping": True}, id="it is good and bad by turns"),
    ],
)
def test_a_loop_is_not_helped_by_a_restart(make: Any, state: dict[str, Any]) -> None:
    found = scores(make(**state))
    assert found
    assert all(score <= 20 for score, _ in found.values())
    assert {why for name, (_, why) in found.items() if name.endswith("restart")} == {NO_REMEDY}


@pytest.mark.parametrize("make", [process, container])
def test_what_is_well_needs_none(make: Any) -> None:
    found = scores(make())
    assert max(score for name, (score, _) in found.items() if not name.startswith("compose")) <= 20


def test_one_that_hangs_is_helped_and_one_that_is_only_busy_is_not() -> None:
    hung = boards.check("process.health", "critical", "does not answer", "hung")
    busy = boards.check("process.cpu_percent", "warning", "CPU 100 %", "busy")
    assert scores(process(level="critical", word="hung", checks=(hung,)))["process.restart"][0] >= 70
    assert scores(process(level="warning", word="busy", checks=(busy,)))["process.restart"][0] == 20
