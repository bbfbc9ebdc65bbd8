"""When somebody had an incident, each time that it waited for somebody: opened, and reopened. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from ops.figures import duration
from ops.incidents.fold import RESPOND_S, after, number
from ops.incidents.structs import Incident, Moment


class Answer(NamedTuple):
    """One time that it waited for somebody; UTC seconds."""

    since: float
    """When it was opened, or reopened."""
    by: str = ""
    at: float | None = None
    """Who had it first and when; None where nobody had it."""
    until: float | None = None
    """When it was over; None while it goes on."""
    due: float = 0.0
    """When the time to respond is over, by the priority that it had last while it waited."""
    priority: str = ""
    allowed: str = ""
    """How long somebody had, in words: "15m", or "15m from when it became P1"."""

    @property
    def took_s(self) -> float | None:
        """From when it began to wait until somebody had it; None where nobody had."""
        return None if self.at is None else max(self.at - self.since, 0.0)

    @property
    def in_time(self) -> bool:
        """Whether somebody had it in time; one that was over sooner than that waits for nobody either."""
        ends = self.until if self.at is None else self.at
        return ends is not None and ends <= self.due


def answers(moments: Sequence[Moment]) -> list[Answer]:
    """Of the moments of one incident, in the order in which they were written: each time, oldest first.

    None where they don't begin with what opens it.
    """
    found: list[Answer] = []
    incident: Incident | None = None
    for moment in moments:
        if incident is None and moment.kind != "opened":
            return []
        before, incident = incident, after(incident, moment)
        if before is None or (before.state == "resolved" and incident.state == "triggered"):
            found.append(_due(Answer(moment.at), incident, moment))
        elif moment.kind == "priority" and found[-1].at is None and incident.respond_by is not None:
            found[-1] = _due(found[-1], incident, moment)
        elif moment.kind == "ack" and found[-1].at is None and before.state != "resolved":
            found[-1] = found[-1]._replace(by=moment.by, at=moment.at)
        elif before.state != "resolved" and incident.state == "resolved":
            found[-1] = found[-1]._replace(until=moment.at)
    return found


def _due(answer: Answer, incident: Incident, moment: Moment) -> Answer:
    """The same with what the priority of now allows, as its timers on the screen have it."""
    if answer.priority == incident.priority or incident.respond_by is None:
        return answer
    given = number(moment.data.get("respond_s"))
    own_s = RESPOND_S[incident.priority] if given is None else given
    raised = answer.priority != "" and incident.respond_by == moment.at + own_s
    whole = own_s if raised else max(incident.respond_by - answer.since, 0.0)
    allowed = duration(whole) + (f" from when it became {incident.priority}" if raised else "")
    return answer._replace(due=incident.respond_by, priority=incident.priority, allowed=allowed)


def again(found: Sequence[Answer]) -> list[str]:
    """What there is to say of the times after the first: "the 2nd time acknowledged after 26 s, by alice"."""
    return [f"the {_ordinal(place)} time {_how(one)}" for place, one in enumerate(found, 1) if place > 1]


def _how(one: Answer) -> str:
    if one.took_s is not None:
        return f"acknowledged after {duration(one.took_s)}{f', by {one.by}' if one.by else ''}"
    return "not acknowledged" + ("" if one.until is None else f", over after {duration(one.until - one.since)}")


def _ordinal(place: int) -> str:
    return f"{place}{'th' if place % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"
