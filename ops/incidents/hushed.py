"""Silences, presence and what the floor knows of alerts, in the file: the SQL."""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.alerts.states import RESOLVED_KEPT_S
from ops.alerts.structs import Alert, Matcher, Silence, Step
from ops.figures import clock
from ops.incidents.priority import labels_of
from ops.incidents.source import IncidentError
from ops.incidents.structs import Moment, Presence
from ops.redact import mask

SILENCE_KEPT_S = 86_400.0
PRESENT_S = 10.0
_PRESENCE_KEPT_S = 60.0
_ALERT = msgspec.msgpack.Decoder(Alert)
_STEPS = msgspec.msgpack.Decoder(tuple[Step, ...])
_SILENCE = msgspec.msgpack.Decoder(Silence)
_PRESENCE = msgspec.msgpack.Decoder(Presence)


def alerts(connection: sqlite3.Connection, now: float) -> list[Alert]:
    """All that wait, fire, or were resolved within the last 15 minutes."""
    found = [_ALERT.decode(row[0]) for row in connection.execute("SELECT whole FROM alerts ORDER BY key")]
    return [one for one in found if one.resolved_at is None or now - one.resolved_at < RESOLVED_KEPT_S]


def why(connection: sqlite3.Connection, key: str) -> tuple[Step, ...]:
    """What each stage made of an alert; raises IncidentError for an unknown one."""
    found = connection.execute("SELECT why FROM alerts WHERE key = ?", (key,)).fetchone()
    if found is None:
        raise IncidentError(f'there is no alert "{clean(key)}"', "`watchfloor alerts list` has those that there are")
    return _STEPS.decode(found[0]) if found[0] else ()


def silences(connection: sqlite3.Connection, now: float) -> list[Silence]:
    """Those that are to come, stand, or ended within the last day; the next to end first."""
    rows = connection.execute(
        "SELECT id, whole FROM silences WHERE ends > ? ORDER BY ends, id", (now - SILENCE_KEPT_S,)
    )
    return [_read(*row) for row in rows]


def _read(number: int, whole: bytes) -> Silence:
    return msgspec.structs.replace(_SILENCE.decode(whole), id=number)


def silence(connection: sqlite3.Connection, wanted: Silence, now: float) -> Silence:
    """Keep a new one; gives it with its id. Raises IncidentError for one that can't be."""
    _check(wanted, now)
    kept = msgspec.structs.replace(
        wanted,
        id=0,
        made_at=now,
        author=clean(wanted.author),
        comment=clean(mask(wanted.comment), LINE_LIMIT),
        ended_by="",
    )
    row = (kept.end, msgspec.msgpack.encode(kept))
    number = connection.execute("INSERT INTO silences (ends, whole) VALUES (?, ?)", row).lastrowid
    return msgspec.structs.replace(kept, id=int(number or 0))


def _check(wanted: Silence, now: float) -> None:
    from ops.alerts.matchers import means_everything

    if means_everything(wanted.matchers):
        raise IncidentError("that silence matches everything", "name at least one label that it is for: service=api")
    if not wanted.start < wanted.end or wanted.end <= now:
        raise IncidentError("that silence is over before it begins", "let it end later than it begins, and than now")
    if not wanted.author.strip():
        raise IncidentError("a silence needs an author", "say who makes it")


def end_silence(connection: sqlite3.Connection, number: int, by: str, now: float) -> Silence:
    """End one now; raises IncidentError where there is none or it is over."""
    found = connection.execute("SELECT id, whole FROM silences WHERE id = ?", (number,)).fetchone()
    if found is None:
        raise IncidentError(f"there is no silence {number}", "`watchfloor alerts silences` has those that there are")
    kept = _read(*found)
    if kept.state(now) == "expired":
        raise IncidentError(f"silence {number} is over since {clock(kept.end, now)}", "make a new one")
    ended = msgspec.structs.replace(kept, start=min(kept.start, now), end=now, ended_by=clean(by))
    row = (now, msgspec.msgpack.encode(ended), number)
    connection.execute("UPDATE silences SET ends = ?, whole = ? WHERE id = ?", row)
    return ended


def told(connection: sqlite3.Connection, one: Silence, now: float, by: str, said: str) -> Iterator[Moment]:
    """For the timelines of the incidents that go on and have a firing alert which it is for."""
    from ops.alerts.matchers import holds

    touched = {
        alert.incident
        for alert in alerts(connection, now)
        if alert.firing and alert.incident is not None and holds(one.matchers, labels_of(alert))
    }
    rows = connection.execute("SELECT number FROM incidents WHERE open")
    data = {"silence": str(one.id), "until": repr(one.end)}
    for number in sorted(touched & {row[0] for row in rows}):
        yield Moment(incident=number, at=now, kind="silence", by=clean(by), text=said, data=data)


def words(matchers: Sequence[Matcher]) -> str:
    """What a silence is for, as it is typed."""
    return clean(", ".join(f"{one.label}{one.op}{one.value}" for one in matchers), LINE_LIMIT)


def here(connection: sqlite3.Connection, presence: Presence) -> None:
    """Somebody looks; those who looked a minute ago and no more are forgotten."""
    who = f"{presence.user}\0{presence.origin}\0{presence.screen}"
    connection.execute("DELETE FROM presence WHERE abs(at - ?) > ?", (presence.at, _PRESENCE_KEPT_S))
    connection.execute(
        "INSERT OR REPLACE INTO presence (who, at, whole) VALUES (?, ?, ?)",
        (who, presence.at, msgspec.msgpack.encode(presence)),
    )


def present(connection: sqlite3.Connection, now: float) -> list[Presence]:
    """Who looked within the last ten seconds, by name."""
    rows = connection.execute("SELECT whole FROM presence WHERE abs(at - ?) < ? ORDER BY who", (now, PRESENT_S))
    return [_PRESENCE.decode(row[0]) for row in rows]
