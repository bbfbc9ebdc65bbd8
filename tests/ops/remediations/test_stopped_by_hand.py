"""What a person stopped is never offered a restart first, of whatever kind it is."""

import pytest

from collectors.base import Value
from ops.actions.registry import discover
from ops.board import Row
from tests.parts import boards


def stopped(name: str, code: int) -> Row:
    """A container of a Compose service that ended with that code."""
    facts: dict[str, Value] = {"state": "exited", "exit_code": code, "project": "shop", "service": "web"}
    return boards.row(f"container:local/{name}", facts, name=name, key="c" * 64, level="warning", word="exited")


@pytest.mark.parametrize(
    ("codes", "first"),
    [
        pytest.param((0, 143, 137), "container.start", id="a service that was stopped by hand"),
        pytest.param((137,), "container.start", id="one container that was killed"),
        pytest.param((1, 1, 143), "container.start", id="a service of which one was stopped, and others crashed"),
    ],
)
def test_containers(codes: tuple[int, ...], first: str) -> None:
    rows = [stopped(f"shop-web-{number}", code) for number, code in enumerate(codes)]
    last = rows[-1]
    actions = [action for action in discover().values() if "container" in action.kinds]
    found = sorted((offer for action in actions for offer in action.offers(last, rows)), key=lambda one: -one.score)
    by_name = {offer.action: offer for offer in reversed(found)}
    assert "container.restart" not in by_name
    assert found[0].action == first
    assert "respect a manual stop" in found[0].why
    assert by_name["container.start"].score < 90


def test_a_unit_of_systemd_that_is_stopped_is_offered_a_start_with_a_doubt() -> None:
    facts: dict[str, Value] = {"state": "inactive", "load": "loaded"}
    row = boards.row("systemd.unit:own/app.service", facts, name="app.service", key="app.service", level="warning")
    (offer,) = discover()["systemd.restart"].offers(row, [row])
    assert offer.score <= 60
    assert "somebody may have meant it" in offer.why
