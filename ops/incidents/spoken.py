"""Incidents and their moments in words, the same ones on screens, in commands and in papers. Pure."""

from collections.abc import Iterable, Sequence

from ops.alerts.structs import Alert
from ops.figures import duration
from ops.incidents.structs import Incident, Moment

_OF_ROWS = ("check", "deploy")
AT_ONCE_S = 1.0
"""What was noticed sooner than this was noticed by the reading with which it began."""


def name(incident: Incident) -> str:
    """What people call it: "INC-42"."""
    return f"INC-{incident.number}"


def standing(incident: Incident) -> str:
    """How it stands: "triggered", "false alarm", "merged into INC-3"."""
    if incident.merged_into is not None:
        return f"merged into INC-{incident.merged_into}"
    return "false alarm" if incident.state == "resolved" and incident.false_positive else incident.state


def lasted_s(incident: Incident, now: float) -> float:
    """From when it was opened to its end, or to `now`; a clock that went back gives 0."""
    return max((now if incident.resolved_at is None else incident.resolved_at) - incident.opened_at, 0.0)


def response(incident: Incident, now: float) -> str:
    """What is to be said of the time to respond; "" where nobody waits for it any more."""
    if not incident.open or incident.respond_by is None:
        return ""
    left = incident.respond_by - now
    return f"response overdue by {duration(-left)}" if left < 0 else f"respond within {duration(left)}"


def numbered(incident: Incident) -> list[str]:
    """The keys of its alerts in the order in which they are numbered: those that fire first."""
    return sorted(incident.alerts, key=lambda key: not incident.alerts[key])


def still_firing(incident: Incident, known: Iterable[Alert]) -> tuple[str, ...]:
    """Keys of its alerts that fire now, of these alerts; also of one that a person ended while they did."""
    if incident.open:
        return incident.firing
    own = (alert for alert in known if alert.key in incident.alerts and alert.incident in (None, incident.number))
    return tuple(alert.key for alert in own if alert.firing) if incident.merged_into is None else ()


def goes_on(count: int) -> str:
    """That alerts fire: "3 alerts still fire"; "" for none."""
    return f"{count} {'alert still fires' if count == 1 else 'alerts still fire'}" if count else ""


def in_time(moments: Iterable[Moment]) -> list[Moment]:
    """By time, then as they were written: the book has them in the order of writing."""
    return sorted(moments, key=lambda moment: (moment.at, moment.id))


def spoken(moment: Moment) -> str:
    """Its sentence, with the name of its row in front where it is of one and does not name it: "shop: is down"."""
    return named(moment.text, moment.data.get("row", "")) if moment.kind in _OF_ROWS else moment.text


def named(text: str, row: str) -> str:
    """A sentence of a row by its id, with the row's name in front unless it begins with it."""
    known = row.partition(":")[2] or row
    return text if not known or text.split(" ", 1)[0].rstrip(":") in (known, row) else f"{known}: {text}"


def detected(seconds: float) -> str:
    """How long it took to notice, in words: "after 12 s"; "at its first bad reading" where that was one reading."""
    return f"after {duration(seconds)}" if seconds >= AT_ONCE_S else "at its first bad reading"


def took(seconds: float) -> str:
    """The same in a table: "12 s"; "first reading"."""
    return duration(seconds) if seconds >= AT_ONCE_S else "first reading"


def mended_by(incident: Incident, moments: Sequence[Moment]) -> str:
    """The last job that was verified before it ended, where it ended by itself: "job 1, start postgres, verified".

    "" where it goes on, a person ended it, or no job did.
    """
    end = incident.resolved_at
    if incident.state != "resolved" or incident.resolved_by or end is None:
        return ""
    again = max((moment.at for moment in moments if moment.kind == "reopened"), default=incident.began_at)
    jobs = [
        moment
        for moment in in_time(moments)
        if moment.kind == "job" and moment.data.get("verdict") == "verified" and again <= moment.at <= end
    ]
    return _job(jobs[-1]) if jobs else ""


def _job(moment: Moment) -> str:
    number = moment.data.get("job", "")
    title = moment.data.get("title") or moment.text.partition("verified: ")[2].partition(": ")[0]
    return f"job {number}, {title}, verified" if title else f"job {number}, verified"
