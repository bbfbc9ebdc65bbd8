"""Incidents for tests of what is drawn: a real book in a folder of its own, with a night's worth in it."""

from pathlib import Path

from ops.incidents.book import IncidentBook
from ops.incidents.structs import Moment
from tests.parts.boards import NOW

CAUSE = 'postgres "shop" refuses connections (api and checkout depend on it)'


def book(folder: Path, now: float = NOW) -> IncidentBook:
    """An empty one, whose clock stands at a moment."""
    return IncidentBook(folder, clock=lambda: now)


def opened(title: str = "api is down", *, at: float = NOW - 192, priority: str = "P1") -> list[Moment]:
    """The first moments of a new incident with two alerts, a cause and a change."""

    def moment(kind: str, text: str, after: float = 0.0, **data: str) -> Moment:
        return Moment(incident=-1, at=at + after, kind=kind, text=text, data=data)  # type: ignore[arg-type]

    return [
        moment("opened", title, title=title, priority=priority, began=repr(at - 12), runbook="check the pool, then x"),
        moment("alert", "api is down: connection refused", alert="down/service:api", severity="critical",
               row="service:api"),
        moment("alert", "shop refuses connections", alert="down/postgres:shop", severity="critical",
               row="postgres:shop"),
        moment("cause", CAUSE, 1, row="postgres:shop"),
        moment("change", "container web-1 got another image 8 min before", 1),
        moment("notified", "slack: delivered", 2, receiver="slack"),
    ]  # fmt: skip


def ended(title: str, *, at: float, lasted_s: float) -> list[Moment]:
    """An incident that is over, acknowledged by alice after a third of its time."""
    ack = Moment(incident=-1, at=at + lasted_s / 3, kind="ack", by="alice", text="alice has it")
    end = Moment(incident=-1, at=at + lasted_s, kind="resolved", text="none of its alerts fires any more")
    return [*opened(title, at=at, priority="P2"), ack, end]


def night(folder: Path) -> IncidentBook:
    """Two open ones, the second lighter, and one that is over."""
    found = book(folder)
    found.add(ended("queue emails grows", at=NOW - 9000, lasted_s=1800))
    found.add(opened())
    found.add(opened("checkout is slow", at=NOW - 60, priority="P3"))
    return found
