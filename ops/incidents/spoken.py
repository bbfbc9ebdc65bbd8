"""Moments as a timeline says them: in the order of time, and with the name of what they are of. Pure."""

from collections.abc import Iterable, Sequence

from ops.figures import duration
from ops.incidents.structs import Incident, Moment

_OF_ROWS = ("check", "deploy")
AT_ONCE_S = 1.0
"""What was noticed sooner than this was noticed by the reading with which it began."""


def in_time(moments: Iterable[Moment]) -> list[Moment]:
    """By time, then as they were written: the book has them in the order of writing."""
    return sorted(moments, key=lambda moment: (moment.at, moment.id))


def spoken(moment: Moment) -> str:
    """Its sentence, with the name of its row in front where it is of one and does not name it: "shop: is down"."""
    return named(moment.text, moment.data.get("row", "")) if moment.kind in _OF_ROWS else moment.text


def named(text: str, row: str) -> str:
    """A sentence of a row by its id, with the row's name in front unless it begins with it."""
    name = row.partition(":")[2] or row
    return text if not name or text.split(" ", 1)[0].rstrip(":") in (name, row) else f"{name}: {text}"


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
