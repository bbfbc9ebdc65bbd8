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
    *,
    later_s: float = 0.0,
) -> list[Moment]:
    """What happened after `span[0]` and up to `span[1]` to rows of incidents that went on then: moments, oldest first.

    A job has one where it begins and one where it ends; one of the floor itself, or of rows that no incident has, has
    none. A restore of a backup is of every incident that goes on, or ended up to `later_s` before it: it changes what
    users find, and often what has mended itself by then has lost data that only a restore brings back.
    """
    after, until = span
    told = [
        Moment(incident=incident.number, at=at, kind=kind, by=clean(by), text=clean(text, LINE_LIMIT), data=data)
        for at, rows, kind, by, text, data in [*_checks(changes), *_events(events), *_jobs(jobs)]
        if after < at <= until
        for incident in incidents
        if _went_on(incident, at, 0.0 if rows else later_s)
        and (not rows or any(row in (*incident.rows, incident.cause_row) for row in rows))
    ]
    return sorted(told, key=lambda moment: moment.at)


def _went_on(incident: Incident, at: float, later_s: float) -> bool:
    """Whether it goes on, or ended no sooner: what mended it may be seen by the look that ends it."""
    ended = incident.resolved_at
    return incident.open or (incident.merged_into is None and ended is not None and at <= ended + later_s)


_Told = tuple[float, tuple[str, ...], MomentKind, str, str, dict[str, str]]
"""When, of which rows (of all without any), what, by whom, in words, and its data."""
_EVERYWHERE = "backup.restore"


def _checks(changes: Iterable[Change]) -> Iterator[_Told]:
    for change in changes:
        yield change.at, (change.row,), "check", "", change.text, {"row": change.row, "level": change.after}


def _events(events: Iterable[Event]) -> Iterator[_Told]:
    for event in events:
        if event.kind in ("deploy", "restart"):
            yield event.at, (event.row,), "deploy", "", event.text, {"row": event.row, "event": event.kind}


def _jobs(jobs: Iterable[Job]) -> Iterator[_Told]:
    for job in jobs:
        request = job.request
        rows = () if request.action == _EVERYWHERE else (request.row,)
        data = {"row": request.row, "job": str(job.id), "title": clean(request.title, LINE_LIMIT)}
        if job.began_at is not None:
            yield job.began_at, rows, "job", request.by.user, f"job {job.id} began: {request.title}", data
        if job.ended_at is not None:
            said = f"job {job.id} {job.verdict}: {request.title}" + (f": {job.said}" if job.said else "")
            yield job.ended_at, rows, "job", request.by.user, said, data | {"verdict": job.verdict}
