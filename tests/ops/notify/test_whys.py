"""Why somebody heard of an alert or did not: the stage that stopped it is named."""

from ops.notify.whys import steps_after
from tests.parts.notices import Make, alert


def test_why_names_what_stopped_it(make: Make) -> None:
    floor = make()

    def why(name: str) -> list[tuple[str, bool]]:
        looked = floor.look()
        steps = steps_after(floor.alerts[f"down/service:{name}"], looked, floor.box.last, floor.now)
        return [(step.stage, step.passed) for step in steps]

    floor.fire(alert("note", "info"))
    assert why("note") == [("route", False)]
    floor.fire(alert("web", "warning"))
    assert why("web") == [("route", True), ("group", False)]
    floor.told(40)
    assert why("web") == [("route", True), ("group", True), ("dedup", True), ("outbox", True), ("receiver", True)]
    floor.fire(alert("api", "warning"))
    assert why("api") == [("route", True), ("group", True), ("dedup", False)]
