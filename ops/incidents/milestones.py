"""The five moments that everybody asks for: detected, first response, cause known, mended, restored. Pure."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from ops.figures import stamp
from ops.incidents.account import Account
from ops.incidents.lessons import of_kind, own
from ops.incidents.spoken import mended_by
from ops.markdown import escaped

_BY_PERSON = ("ack", "assign", "role", "note", "priority", "job", "silence")


class Milestone(NamedTuple):
    """One of them; without a time where it did not come to that."""

    words: str
    at: float | None
    text: str


def milestones(account: Account) -> Iterator[str]:
    """A line each, oldest first, then what it did not come to: "- 03:02 - Incident detected: …"."""
    start = account.start
    yield f"- {_clock(start, start)} - It began"
    found = (_detected(account), _responded(account), _identified(account), _implemented(account), _restored(account))
    for one in sorted(found, key=lambda one: math.inf if one.at is None else one.at):
        said = f": {escaped(one.text)}" if one.text else ""
        yield f"- {_clock(one.at, start)} - {one.words}{said}"


def _detected(account: Account) -> Milestone:
    first = next(iter(of_kind(own(account), "opened")), None)
    return Milestone("Incident detected", account.incident.opened_at, first.text if first else "")


def _responded(account: Account) -> Milestone:
    """The first thing that a person did."""
    done = [moment for moment in of_kind(account.timeline, *_BY_PERSON) if moment.by not in ("", "policy", "schedule")]
    first = min(done, key=lambda moment: moment.at, default=None)
    text = "nobody is on record" if first is None else f"{first.by}: {first.text}"
    return Milestone("Initial response", first.at if first else None, text)


def _identified(account: Account) -> Milestone:
    causes = of_kind(own(account), "cause")
    if not causes:
        return Milestone("Root cause identified", None, "not on record")
    return Milestone("Root cause identified", causes[-1].at, f"{causes[-1].text} (as watchfloor sees it)")


def _implemented(account: Account) -> Milestone:
    """What a person said to have helped; else the last job that was verified."""
    mitigated = of_kind(own(account), "mitigated")
    if mitigated:
        last = mitigated[-1]
        return Milestone("Resolution implemented", last.at, f"{f'{last.by}: ' if last.by else ''}{last.text}")
    verified = [deed for deed in account.deeds if deed.verdict == "verified" and deed.ended_at is not None]
    if verified:
        deed = verified[-1]
        return Milestone("Resolution implemented", deed.ended_at, f"job {deed.job} by {deed.by}: {deed.title}")
    return Milestone("Resolution implemented", None, "not on record")


def _restored(account: Account) -> Milestone:
    incident = account.incident
    ends = of_kind(own(account), "resolved")
    if incident.resolved_at is None:
        return Milestone("Service restored", None, "it is not over")
    text = ends[-1].text if ends else ""
    if how := mended_by(incident, own(account)):
        text = f"{how}: {text}" if text else how
    return Milestone("Service restored", incident.resolved_at, text)


def _clock(at: float | None, start: float) -> str:
    return "--:--" if at is None else stamp(at, start, "%H:%M")
