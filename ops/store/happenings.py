"""What happened between two readings of the same rows: restarts, deploys, drift, rows that are there no more. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from collectors.base import Value
from collectors.text import LINE_LIMIT, clean
from ops.board import Row
from ops.store.contract import Event, Record

_DIFFERENCE = "drift.difference"
_SLACK_S = 2.0
"""By how much two readings of one start may differ."""
_LASTING = frozenset({"container", "queue", "swarm.service", "swarm.node", "host.disk", "systemd.unit"})
"""Kinds of parts whose end is news; sessions, alerts, series and processes come and go."""
UPDATE_ENDS = {
    "completed": "the update is finished",
    "rollback_completed": "the update was rolled back",
    "paused": "the update has stopped halfway",
}
"""States in which the update of a Swarm service ends."""
_COMMIT_SIGNS = 10
Rows = Mapping[str, Row]


class Known(msgspec.Struct, frozen=True):
    """The rows of each target as they were last seen."""

    targets: Mapping[str, Rows] = {}

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Known":
        """What a picture shows."""
        targets: dict[str, dict[str, Row]] = {}
        for row in rows:
            targets.setdefault(row.target, {})[row.id] = row
        return cls(targets)


def complete(records: Iterable[Record], known: Known) -> tuple[list[Record], Known]:
    """Add to each record, oldest first, which rows are gone and what happened; gives them, and what is known then.

    A target that was never read since the start of the floor says nothing about parts that were known before.
    """
    targets = dict(known.targets)
    return [_complete(record, targets) for record in records], Known(targets)


def _complete(record: Record, targets: dict[str, Rows]) -> Record:
    if not record.rows:
        return record
    target = record.rows[0].target
    own = next((row for row in record.rows if row.id == target), record.rows[0])
    if own.at is None and target in targets:
        return record
    before, after = targets.get(target, {}), {row.id: row for row in record.rows}
    targets[target] = after
    gone = tuple([row_id for row_id in before if row_id not in after])
    happened = [
        event
        for row_id, row in after.items()
        if row_id in before and before[row_id] is not row
        for event in between(before[row_id], row, record.at)
    ]
    happened += [left(before[row_id], record.at) for row_id in gone if before[row_id].kind in _LASTING]
    happened += _drifted(before, after, target, record.at) if target in before else []
    if not gone and not happened:
        return record
    return msgspec.structs.replace(record, gone=(*record.gone, *gone), happened=(*record.happened, *happened))


def _drifted(before: Rows, after: Rows, target: str, at: float) -> list[Event]:
    """What differs from what was agreed and did not, or not so, when it was looked at before.

    A row can be new for another reason: only the gravest differences have one, and none that is ignored.
    """
    if before[target].at is None:
        return []
    since = _looked_at(before, target)
    if since is not None and (_looked_at(after, target) or 0.0) < since:
        since = None  # the clock was set back
    differing = ((row_id, row) for row_id, row in after.items() if row.kind == _DIFFERENCE)
    new = [row for row_id, row in differing if _key(before, row_id) != row.key and _is_of_later(row, since)]
    return [
        Event(
            at=at,
            kind="drift",
            row=row.id,
            text=clean(f"{row.name} {row.checks[0].text if row.checks else 'differs'}", LINE_LIMIT),
            before=str(row.facts.get("before") or ""),
            after=str(row.facts.get("after") or ""),
        )
        for row in new
    ]


def _looked_at(rows: Rows, target: str) -> float | None:
    return _number(rows[target].facts.get("detected_at")) if target in rows else None


def _is_of_later(row: Row, at: float | None) -> bool:
    since = _number(row.facts.get("since"))
    return at is None or since is None or since > at


def _key(rows: Rows, row_id: str) -> str | None:
    return rows[row_id].key if row_id in rows else None


def not_watched(known: Known, targets: Sequence[str], at: float) -> tuple[Record | None, Known]:
    """Take leave of the rows of targets that the config does not have any more, in one record; None without any."""
    wanted = frozenset(targets)
    gone = [row for target, rows in known.targets.items() if target not in wanted for row in rows.values()]
    if not gone:
        return None, known
    happened = [
        Event(at=at, kind="gone", row=row.id, text=f"{row.name} is not watched any more", before=row.level)
        for row in gone
        if row.id == row.target
    ]
    kept = Known({target: rows for target, rows in known.targets.items() if target in wanted})
    return Record(at=at, gone=tuple(row.id for row in gone), happened=happened), kept


def left(row: Row, at: float) -> Event:
    """The row is not there any more."""
    return Event(at=at, kind="gone", row=row.id, text=f"{row.name} is not there any more", before=row.level)


def between(before: Row, after: Row, at: float) -> Iterator[Event]:
    """What happened to one row between two readings: at most one restart and one deploy."""
    if before.at == after.at or after.stale:
        return
    deploy = _deploy(before, after, at)
    if deploy:
        yield deploy
    restart = _restart(before, after, at)
    if restart:
        yield restart


def _deploy(before: Row, after: Row, at: float) -> Event | None:
    old_image, image = before.facts.get("image"), after.facts.get("image")
    if old_image and image and old_image != image:
        text = f"{after.name} runs {image} now, before it was {old_image}"
        return Event(at=at, kind="deploy", row=after.id, text=clean(text), before=str(old_image), after=str(image))
    old, new = before.facts.get("update_state"), after.facts.get("update_state")
    if new != old and new in UPDATE_ENDS:
        text = f"{after.name}: {UPDATE_ENDS[str(new)]}"
        return Event(at=at, kind="deploy", row=after.id, text=text, before=str(old or ""), after=str(new))
    return _commit(before, after, at)


def _commit(before: Row, after: Row, at: float) -> Event | None:
    old, new = before.facts.get("commit"), after.facts.get("commit")
    if not old or not new:
        return None
    moved = _number(after.facts.get("deployed_at")), _number(before.facts.get("deployed_at"))
    again = None not in moved and moved[0] != moved[1]
    if old == new and not again:
        return None
    short, subject = str(new)[:_COMMIT_SIGNS], after.facts.get("subject")
    what = f"{short} is deployed again" if old == new else f"{short} is deployed, before it was {_short(old)}"
    text = f"{after.name}: {what}" + (f": {subject}" if subject else "")
    return Event(at=at, kind="deploy", row=after.id, text=clean(text), before=str(old), after=str(new))


def _short(commit: Value) -> str:
    return str(commit)[:_COMMIT_SIGNS]


def _restart(before: Row, after: Row, at: float) -> Event | None:
    times, times_before = _number(after.facts.get("restarts")), _number(before.facts.get("restarts"))
    if before.key and after.key and before.key != after.key and after.kind == "container":
        text = f"{after.name} is another container now"
        return Event(at=at, kind="restart", row=after.id, text=text, before=_short(before.key), after=_short(after.key))
    if times is not None and times_before is not None and times > times_before:
        rose = int(times - times_before)
        text = f"{after.name} was restarted" + (f", {rose} times" if rose > 1 else "")
        return Event(at=at, kind="restart", row=after.id, text=text)
    if _began_later(before, after):
        return Event(at=at, kind="restart", row=after.id, text=f"{after.name} was started anew")
    return None


def _began_later(before: Row, after: Row) -> bool:
    """Whether what runs began after the reading before.

    An uptime must be shorter than the time between the readings, so that a clock which was set back is no restart.
    """
    uptime_s, uptime_before_s = _number(after.facts.get("uptime_s")), _number(before.facts.get("uptime_s"))
    if uptime_s is None:
        return False
    started, started_before = _number(after.facts.get("started_at")), _number(before.facts.get("started_at"))
    if started is not None and started_before is not None:
        return started > started_before + _SLACK_S
    if uptime_before_s is None or after.at is None or before.at is None:
        return False
    return uptime_s < uptime_before_s - _SLACK_S and uptime_s <= after.at - before.at + _SLACK_S


def _number(value: Value) -> float | None:
    return None if isinstance(value, bool | str) or value is None else float(value)
