"""Gathers an Account of an incident: its moments, what was counted meanwhile, what it cost, and what was done."""

import math
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from ops.board import Row
from ops.config.structs import Config
from ops.figures import count
from ops.incidents.account import Account, Deed, Spent
from ops.incidents.clocks import clocks
from ops.incidents.costs import courses, failures, spent
from ops.incidents.source import IncidentSource
from ops.incidents.structs import Incident, Moment
from ops.jobs.book import JobBook
from ops.jobs.structs import Job
from ops.slo.taken import all_objectives
from ops.store.contract import Event, Store, StoreError

BEFORE_S, AFTER_S = 600.0, 60.0
"""What happened so long before the first alert, and after the end, is told too; but nothing of the next incident."""
MOST_ROWS, MOST_DEEDS, MOST_EVENTS, MOST_MESSAGES = 200, 50, 300, 1_000
_LATER = 50
"""Of so many incidents after this one it is looked which was the next."""
OUTPUT_LINES, MOST_CALLS, READ_LINES = 20, 40, 2_000
"""Of a job's output so many lines are told, so many calls, and so many lines looked at: the newest."""
_KINDS = ("level", "deploy", "drift", "restart", "gone", "config")


def account_of(number: int, incidents: IncidentSource, config: Config, now: float) -> Account:
    """All that this floor knows of an incident at `now`. For a thread: it reads the history.

    What can't be read is told in `missing`. Raises IncidentError where there is no such incident.
    """
    from ops.store.places import store_folder

    return account_in(store_folder(config), number, incidents, config, now)


def account_in(folder: Path, number: int, incidents: IncidentSource, config: Config, now: float) -> Account:
    """The same, of the history in a folder."""
    from ops.store.opening import open_store

    jobs = JobBook(folder)
    try:
        store = open_store(folder, read_only=True)
    except StoreError as error:
        return gather(number, incidents, config, now, jobs=jobs, missing=(f"no history: {error.message}",))
    with closing(store):
        return gather(number, incidents, config, now, store=store, jobs=jobs)


def gather(
    number: int,
    incidents: IncidentSource,
    config: Config,
    now: float,
    *,
    jobs: JobBook,
    store: Store | None = None,
    missing: tuple[str, ...] = (),
) -> Account:
    """The same, of a history that is open. A history that fails midway is told in `missing` too."""
    incident, timeline = incidents.incident(number), tuple(incidents.timeline(number))
    messages = incidents.messages(incident=number, limit=MOST_MESSAGES + 1)
    end = now if incident.resolved_at is None else incident.resolved_at
    start = min(incident.began_at, end)
    account = Account(
        floor=config.settings.name,
        environment=config.settings.environment,
        at=now,
        incident=incident,
        start=start,
        end=end,
        clocks=clocks(incident),
        timeline=timeline,
        messages=tuple(reversed(messages[:MOST_MESSAGES])),
        missing=(*missing, *_left_out(len(messages), MOST_MESSAGES, "messages")),
    )
    until = end if incident.open else _until(incidents, incident, end)
    named = _named(incident, config)
    rows = named
    if store is not None:
        try:
            rows = _concerned(store, named, start, end)
            account = _with_history(account, store, config, rows, until)
        except StoreError as error:
            told = (*account.missing, f"the history could not be read to its end: {error.message}")
            account = replace(account, missing=told)
    return _with_deeds(account, jobs, rows, until)


def _left_out(found: int, most: int, what: str) -> tuple[str, ...]:
    """That there were more than are told; nothing where all are."""
    return (f"only the newest {count(most)} {what} are told: there were more",) if found > most else ()


def _with_deeds(account: Account, jobs: JobBook, rows: Collection[str], until: float) -> Account:
    acted: Sequence[Job] = ()
    deeds: tuple[Deed, ...] = ()
    try:
        acted = _acting(jobs, account.timeline, rows, account.start, min(account.end + AFTER_S, until))
        deeds, unread = tuple(_deed(jobs, job) for job in reversed(acted[:MOST_DEEDS])), jobs.trouble
    except OSError as error:
        unread = f"what jobs wrote can't be read: {error.strerror or error}"
    more = (*((clean(unread, LINE_LIMIT),) if unread else ()), *_left_out(len(acted), MOST_DEEDS, "jobs"))
    return replace(account, deeds=deeds, missing=(*account.missing, *more))


def _until(incidents: IncidentSource, incident: Incident, end: float) -> float:
    """When the next incident after the end of this one began, at infinity where none did: from then on it is of that.

    What was merged into this one is of this one.
    """
    later = incidents.page(before=incident.number + _LATER + 1, limit=_LATER)
    began = (one.began_at for one in later if one.opened_at >= end and one.merged_into != incident.number)
    return max(min(began, default=math.inf), end)


def _with_history(account: Account, store: Store, config: Config, rows: Sequence[str], until: float) -> Account:
    span = account.start, account.end
    counted = failures(store, rows, *span)
    happened = _happened(store, account.timeline, rows, *span, until)
    return replace(
        account,
        happened=tuple(happened[-MOST_EVENTS:]),
        missing=(*account.missing, *_left_out(len(happened), MOST_EVENTS, "events of the history")),
        failures=counted,
        spent=tuple(each for each in spent(store, config, rows, *span) if _burned(each, account.incident)),
        courses=courses(store, [each.row for each in counted], *span, min(until, account.at)),
        generated=bool(store.notes().get("generated")),
    )


def _burned(spent: Spent, incident: Incident) -> bool:
    """Whether it paid for the incident, or is among its alerts: what stayed whole has nothing to say."""
    return spent.bad > 0 or f"slo:{spent.budget}" in incident.rows


def _named(incident: Incident, config: Config) -> list[str]:
    """The rows that it is about by its alerts and its cause; an error budget stands for the row that it counts."""
    budgets = {f"slo:{objective.id}": objective.row for objective in all_objectives(config)}
    rows = (budgets.get(row, row) for row in (*incident.rows, incident.cause_row) if row)
    return list(dict.fromkeys(rows))[:MOST_ROWS]


def _concerned(store: Store, named: Sequence[str], start: float, end: float) -> list[str]:
    """These, and what depended on them while it lasted, as the floor was at its end or its beginning."""
    picture = store.picture(end) or store.picture(start)
    behind = dependants(picture.rows, named) if picture else ()
    return list(dict.fromkeys((*named, *behind)))[:MOST_ROWS]


def dependants(rows: Sequence[Row], of: Collection[str]) -> tuple[str, ...]:
    """Ids of the rows that depend on any of these, directly or not, in the order of the floor."""
    found = set(of)
    while more := {row.id for row in rows if row.id not in found and not found.isdisjoint(row.depends_on)}:
        found |= more
    return tuple(row.id for row in rows if row.id in found and row.id not in of)


def _happened(
    store: Store, timeline: Sequence[Moment], rows: Collection[str], start: float, end: float, until: float
) -> list[Event]:
    """What the timeline does not say already, oldest first; after the end nothing that gets bad anew."""
    said = {(round(moment.at), moment.text) for moment in timeline}
    last = min(end + AFTER_S, max(until, math.nextafter(end, math.inf)))
    events = store.events(start - BEFORE_S, last, kinds=_KINDS)
    wanted = [event for event in events if (event.row in rows or not event.row) and not _anew(event, end)]
    return [event for event in wanted if (round(event.at), event.text) not in said]


def _anew(event: Event, end: float) -> bool:
    """Whether something that was well gets bad after the end, which is of another incident or of none."""
    return event.kind == "level" and event.at > end and event.before == "ok"


def _acting(jobs: JobBook, timeline: Sequence[Moment], rows: Collection[str], start: float, until: float) -> list[Job]:
    """Newest first: those that the timeline names, and those that acted on the rows while it lasted."""
    named = {moment.data.get("job", "") for moment in timeline}
    return [job for job in jobs.jobs() if str(job.id) in named or _acted(job, rows, start, until)]


def _acted(job: Job, rows: Collection[str], start: float, until: float) -> bool:
    request = job.request
    return start <= request.asked_at <= until and (request.row in rows or request.proof.row in rows)


def _deed(jobs: JobBook, job: Job) -> Deed:
    """Of a job that wrote more than is looked at, the calls are those of its plan."""
    request, lines = job.request, jobs.output(job.id, last=READ_LINES)
    unread = max(job.lines - len(lines), 0)
    calls = request.plan if unread else [line.text for line in lines if line.kind == "call"]
    written = [line.text for line in lines if line.kind in ("out", "err")]
    return Deed(
        job=job.id,
        at=request.asked_at,
        ended_at=job.ended_at,
        row=request.row,
        title=clean(request.title, LINE_LIMIT),
        by=clean(request.by.user),
        verdict=job.verdict,
        said=clean(job.said, LINE_LIMIT),
        calls=tuple(calls[:MOST_CALLS]),
        output=tuple(written[-OUTPUT_LINES:]),
        left_out=max(len(written) - OUTPUT_LINES, 0) + unread,
    )
