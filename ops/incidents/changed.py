"""What changed before an incident, nearest first: restarts, deploys, the config, own jobs, planned work. Pure."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from collectors.text import LINE_LIMIT, clean
from ops.board import Row
from ops.incidents.fold import CHANGES
from ops.incidents.structs import Incident, Moment
from ops.jobs.structs import Job
from ops.store.contract import Event
from ops.store.happenings import UPDATE_ENDS

BEFORE_S = 3600.0
"""What is longer ago is hardly why."""
SEEN_LATE_S: Mapping[str, float] = {"deploy": 30.0, "drift": 600.0}
"""A poll sees a new container later than the request that it broke: a deploy is told though it was seen after that.

Drift is looked for every few minutes only.
"""
KINDS = ("restart", "deploy", "drift", "config", "gone")
"""Kinds of events that may be a reason."""
_CAUSING = frozenset({"deploy", "drift", "config", "job"})
"""What somebody did goes before what happened by itself, when both are as near: a restart may be a consequence."""


class Found(NamedTuple):
    """A change that may be why. Sorts nearest first."""

    steps: int
    """Dependencies between it and the incident's rows: 0 the same row; `FAR` without a way."""
    weight: int
    away_s: float
    """Between it and the beginning of the trouble."""
    at: float
    row: str
    text: str


FAR = 9


class Work(NamedTuple):
    """Planned work that touched the time before: a `[[maintenance]]`."""

    start: float
    end: float
    reason: str


def what_changed(
    incident: Incident,
    rows: Mapping[str, Row],
    events: Iterable[Event] = (),
    jobs: Iterable[Job] = (),
    works: Iterable[Work] = (),
) -> list[Found]:
    """All that changed in the hour before an incident began, nearest first, at most 12.

    What came after is no reason but mostly somebody's mending; only a deploy or drift may be seen later than it was.

    Nearness: first by the dependencies between what changed and the incident's rows and likely cause, either way; then
    what somebody did before what happened by itself; then by time. `rows` are the Board's, by id. Changes of rows that
    have nothing to do with it are left out unless they are of the floor itself, or planned.
    """
    steps = _steps((*incident.rows, incident.cause_row), rows)
    began = incident.began_at
    found = [
        Found(steps.get(row, FAR if row else 3), int(kind not in _CAUSING), abs(began - at), at, row, text)
        for at, row, kind, text in _all(events, jobs, works, began, rows)
        if -SEEN_LATE_S.get(kind, 0.0) <= began - at <= BEFORE_S
    ]
    told: dict[str, Found] = {}
    for one in sorted(found):
        if one.steps < FAR:
            told.setdefault(one.text, one)
    return [*told.values()][:CHANGES]


def _all(
    events: Iterable[Event], jobs: Iterable[Job], works: Iterable[Work], began: float, rows: Mapping[str, Row]
) -> Iterator[tuple[float, str, str, str]]:
    told = list(_once([event for event in events if event.kind in KINDS]))
    places = places_of(rows if any(event.kind == "drift" for event in told) else {})
    for event in told:
        row = differs(event.row, places) if event.kind == "drift" else event.row
        yield event.at, row, event.kind, _ago(event.text, event.at, began)
    for job in jobs:
        if job.began_at is not None:
            said = f"{job.request.title}, by {job.request.by.user}"
            yield job.began_at, job.request.row, "job", _ago(said, job.began_at, began)
    for work in works:
        if work.start <= began < work.end + BEFORE_S:
            said = f"planned work: {work.reason}"
            yield max(work.start, began - BEFORE_S), "", "config", _ago(said, work.start, began)


class Places(NamedTuple):
    """Ids of rows by what they are called behind their kind; of one name the first."""

    rows: Mapping[str, str]
    targets: Mapping[str, str]
    """Of what items of drift begin with: neither this host nor drift."""


def places_of(rows: Mapping[str, Row]) -> Places:
    """Where differences may be, once for all of them."""
    whole: dict[str, str] = {}
    targets: dict[str, str] = {}
    for row in rows.values():
        name = row.id.partition(":")[2]
        whole.setdefault(name, row.id)
        if row.id == row.target and row.kind not in ("drift", "host"):
            targets.setdefault(name, row.id)
    return Places(whole, targets)


def differs(difference: str, places: Places) -> str:
    """The row of the floor that a difference is of, by the difference's own row id; "" for this host itself.

    "drift.difference:web-1/containers:local/shop-db#image" is of "container:local/shop-db".
    """
    item = difference.partition("/")[2].partition(":")[2].partition("#")[0]
    first, slash, _ = item.partition("/")
    part = places.rows.get(item, "") if item else ""
    return part or (places.targets.get(first, "") if slash else "")


def _once(events: Sequence[Event]) -> Iterator[Event]:
    """Without what only goes on with a deploy that is told: the end of its update, and the start that came with it."""
    deploys = [event for event in events if event.kind == "deploy" and event.after not in UPDATE_ENDS]
    with_it = {(event.row, event.at) for event in deploys}
    began: dict[str, float] = {}
    for event in deploys:
        began[event.row] = min(event.at, began.get(event.row, event.at))
    for event in events:
        ends = event.kind == "deploy" and event.after in UPDATE_ENDS and event.at >= began.get(event.row, math.inf)
        if not ends and not (event.kind == "restart" and (event.row, event.at) in with_it):
            yield event


def _ago(text: str, at: float, began: float) -> str:
    away = round(abs(began - at))
    if away < 90:
        length = f"{away} s"
    elif away < 5400:
        length = f"{round(away / 60)} min"
    else:
        length = f"{round(away / 3600)} h"
    return clean(
        f"{text} ({length} before it began)" if at <= began else f"{text} (first seen {length} after)", LINE_LIMIT
    )


def _steps(starts: Collection[str], rows: Mapping[str, Row]) -> dict[str, int]:
    """How many dependencies lie between the nearest of these rows and each other one, either way."""
    beside: dict[str, set[str]] = {}
    for row in rows.values():
        for need in row.depends_on:
            beside.setdefault(row.id, set()).add(need)
            beside.setdefault(need, set()).add(row.id)
    steps = {start: 0 for start in starts if start}
    waiting = [*steps]
    for row_id in waiting:
        for other in beside.get(row_id, ()):
            if other not in steps and steps[row_id] + 1 < FAR:
                steps[other] = steps[row_id] + 1
                waiting.append(other)
    return steps


def new_changes(incident: Incident, found: Sequence[Found], now: float) -> list[Moment]:
    """What the incident does not know yet, each with its place among the others.

    What it knows stands as it was told, also where the trouble turns out to have begun sooner.
    """
    known = Counter(map(_what, incident.changed))
    known.subtract(_what(one.text) for one in found if one.text in incident.changed)
    return [
        Moment(
            incident=incident.number,
            at=now,
            kind="change",
            text=one.text,
            data={"row": one.row, "place": str(place)} if one.row else {"place": str(place)},
        )
        for place, one in enumerate(found)
        if one.text not in incident.changed and not _taken(known, _what(one.text))
    ]


def _what(text: str) -> str:
    """A change without how long before it was."""
    return text.rpartition(" (")[0]


def _taken(known: Counter[str], what: str) -> bool:
    """Whether one of these was known; each is once."""
    known[what] -= 1
    return known[what] >= 0
