"""What a screen reads of incidents in one go, in a thread: the list, the one in front, its timeline and alerts."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ops.alerts.structs import Alert, Silence
from ops.incidents.source import IncidentError, IncidentSource
from ops.incidents.spoken import still_firing
from ops.incidents.structs import Incident, Moment, Presence
from ops.notify.structs import Message

PAGE = 100
"""Incidents that are read at first; more when somebody goes to the last of them."""
MOST = 1000
"""Incidents that are listed at once; older ones are found by words of their titles."""
HERE_S = 3.0
"""How often one says that one looks."""


class Wanted(NamedTuple):
    """What is to be read."""

    number: int | None = None
    """The incident in front; None for the gravest open one."""
    most: int = 0
    """How many of the list; 0 for the open ones alone."""
    words: str = ""


class Seen(NamedTuple):
    """What was read."""

    wanted: Wanted = Wanted()
    version: int = -1
    opened: Sequence[Incident] = ()
    """Those that go on: gravest first, of these what hurts services, then oldest."""
    incidents: Sequence[Incident] = ()
    """The open ones, then past ones, newest first."""
    more: bool = False
    """Whether there are older ones."""
    incident: Incident | None = None
    timeline: Sequence[Moment] = ()
    alerts: Mapping[str, Alert] = {}
    """Those of the incident that are still known, by key."""
    left: Mapping[int, int] = {}
    """How many alerts still fire of those that a person ended, by number."""
    messages: Sequence[Message] = ()
    """Of the incident, newest first."""
    silences: Sequence[Silence] = ()
    present: Sequence[Presence] = ()
    trouble: str = ""
    """Why nothing could be read, and what to do."""


def look(source: IncidentSource, wanted: Wanted, before: Seen, now: float, me: Presence | None = None) -> Seen:
    """Read what is wanted, or give what was read before where nothing was written since.

    With `me` it is noted that somebody looks; who else does is read in any case, for it is no news of an incident.
    """
    try:
        present = _presence(source, now, me)
        version = source.version()
        if version == before.version and wanted == before.wanted and not before.trouble:
            return before._replace(present=present)
        return _read(source, wanted, version)._replace(present=present)
    except IncidentError as error:
        return before._replace(trouble=error.words)


def _presence(source: IncidentSource, now: float, me: Presence | None) -> Sequence[Presence]:
    if me is not None:
        source.here(me)
    return tuple(source.present(now))


def _read(source: IncidentSource, wanted: Wanted, version: int) -> Seen:
    opened = tuple(source.open())
    incidents, more = opened, False
    if wanted.most:
        page = source.page(limit=wanted.most, words=wanted.words)
        more = len(page) >= wanted.most
        found = {incident.number for incident in page}
        # Whoever looks for words wants those that have them, also among the open ones.
        first = [one for one in opened if one.number in found or not wanted.words]
        known = {one.number for one in opened}
        incidents = (*first, *(one for one in page if one.number not in known))
    alerts = source.alerts()
    firing = {alert.incident for alert in alerts if alert.firing}
    over = (one for one in incidents if not one.open and one.number in firing)
    counts = ((one.number, len(still_firing(one, alerts))) for one in over)
    left = {each: count for each, count in counts if count}
    seen = Seen(wanted, version, opened, incidents, more, left=left, silences=tuple(source.silences()))
    number = wanted.number if wanted.number is not None else next((one.number for one in incidents), None)
    if number is None:
        return seen
    incident = source.incident(number)
    mine = {alert.key: alert for alert in alerts if alert.key in incident.alerts}
    return seen._replace(
        incident=incident,
        timeline=tuple(source.timeline(number)),
        alerts=mine,
        messages=tuple(source.messages(incident=number)),
    )
