"""What a timeline gets beside alerts while an incident goes on: levels that changed, deploys, and jobs. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from collectors.text import LINE_LIMIT, clean
from ops.board import Change
from ops.incidents.structs import Incident, Moment, MomentKind
from ops.jobs.structs import Job
from ops.store.contract import Event


def happened(
    incidents: Sequence[Incident],
    changes: Iterable[Change],
    events: Iterable[Event],
    jobs: Iterable[Job],
    span: tuple[float, float],
) -> list[Moment]:
    """What happened after `span[0]` and up to `span[1]` to rows of incidents that went on then: moments, oldest first.

    A job has one where it begins and one where it ends; one of the floor itself, or of a row that no incident has, has
    none.
    """
    after, until = span
    told = [
        Moment(incident=incident.number, at=at, kind=kind, by=clean(by), text=clean(text, LINE_LIMIT), data=data)
        for at, row, kind, by, text, data in [*_checks(changes), *_events(events), *_jobs(jobs)]
        if after < at <= until
        for incident in incidents
        if _went_on(incident, at) and (row in incident.rows or row == incident.cause_row)
    ]
    return sorted(told, key=lambda moment: moment.at)


def _went_on(incident: Incident, at: float) -> bool:
    """Whether it goes on, or ended no sooner: what mended it may be seen by the look that ends it."""
    ended = incident.resolved_at
    return incident.open or (incident.merged_into is None and ended is not None and at <= ended)


_Told = tuple[float, str, MomentKind, str, str, dict[str, str]]


def _checks(changes: Iterable[Change]) -> Iterator[_Told]:
    for change in changes:
        yield change.at, change.row, "check", "", change.text, {"row": change.row, "level": change.after}


def _events(events: Iterable[Event]) -> Iterator[_Told]:
    for event in events:
        if event.kind in ("deploy", "restart"):
            yield event.at, event.row, "deploy", "", event.text, {"row": event.row, "event": event.kind}


def _jobs(jobs: Iterable[Job]) -> Iterator[_Told]:
    for job in jobs:
        request = job.request
        data = {"row": request.row, "job": str(job.id), "title": clean(request.title, LINE_LIMIT)}
        if job.began_at is not None:
            yield job.began_at, request.row, "job", request.by.user, f"job {job.id} began: {request.title}", data
        if job.ended_at is not None:
            said = f"job {job.id} {job.verdict}: {request.title}" + (f": {job.said}" if job.said else "")
            yield job.ended_at, request.row, "job", request.by.user, said, data | {"verdict": job.verdict}
