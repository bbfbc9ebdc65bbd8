"""Incidents and moments in the file: the SQL, usable inside somebody else's transaction."""

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from ops.incidents.fold import after
from ops.incidents.priority import urgency
from ops.incidents.source import IncidentError
from ops.incidents.structs import Incident, Moment

_OUT = msgspec.msgpack.Decoder(Incident)
_DATA = msgspec.msgpack.Decoder(dict[str, str])
_ESCAPE = str.maketrans({"%": "\\%", "_": "\\_", "\\": "\\\\"})
_COLUMNS = 'id, incident, at, kind, "by", text, data'
_WORDS = 10
"""More words than this are not looked for: nobody has typed them."""


def incident_of(connection: sqlite3.Connection, number: int) -> Incident:
    """One of them. Raises IncidentError where there is none."""
    found = connection.execute("SELECT whole FROM incidents WHERE number = ?", (_fits(number),)).fetchone()
    if found is None:
        raise IncidentError(f"there is no incident {number}", "`watchfloor incident list` has those that there are")
    return _OUT.decode(found[0])


def whole_of(connection: sqlite3.Connection, number: int) -> Incident:
    """The same; where it was merged into another, which may have been merged itself, the one that it is part of now."""
    incident = incident_of(connection, number)
    while incident.merged_into is not None:
        incident = incident_of(connection, incident.merged_into)
    return incident


def _fits(number: int) -> int:
    """A number that SQLite can hold; one that nothing has for any other."""
    return number if 0 < number < 2**63 else 0


def open_ones(connection: sqlite3.Connection) -> list[Incident]:
    """Those that go on: gravest first, of these what hurts services, then oldest."""
    found = [_OUT.decode(row[0]) for row in connection.execute("SELECT whole FROM incidents WHERE open")]
    return sorted(found, key=urgency)


def recent(connection: sqlite3.Connection, since: float) -> list[Incident]:
    """Those that go on, and those that ended after a moment and were not merged: what alerts can still belong to."""
    question = (
        "SELECT number, whole FROM incidents WHERE open UNION"
        " SELECT number, whole FROM incidents WHERE resolved_at > ? ORDER BY number"
    )
    rows = connection.execute(question, (since,))
    return [incident for row in rows if (incident := _OUT.decode(row[1])).merged_into is None]


def page(connection: sqlite3.Connection, before: int | None, limit: int, words: str) -> list[Incident]:
    """With a number under `before`, newest first, with all of these words in their title."""
    wanted = [f"%{word.translate(_ESCAPE)}%" for word in words.split()[:_WORDS]]
    where = ["number < ?", *["title LIKE ? ESCAPE '\\'" for _ in wanted]]
    highest = 2**63 - 1 if before is None else max(min(before, 2**63 - 1), 0)
    # Only our own words are put together here; what anybody typed is bound.
    question = f"SELECT whole FROM incidents WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?"  # noqa: S608
    return [_OUT.decode(row[0]) for row in connection.execute(question, (highest, *wanted, max(limit, 0)))]


def timeline(connection: sqlite3.Connection, number: int) -> list[Moment]:
    """Its moments and those of all that was merged into it, in the order of their ids.

    Always all of them: what is merged into it later brings moments that are older than what was read before.
    """
    incident_of(connection, number)
    family = _with_merged(connection, number)
    marks = ", ".join("?" * len(family))
    question = f"SELECT {_COLUMNS} FROM moments WHERE incident IN ({marks}) ORDER BY id"  # noqa: S608
    return [_moment(row) for row in connection.execute(question, family)]


def _with_merged(connection: sqlite3.Connection, number: int) -> list[int]:
    family, waiting = [number], [number]
    while waiting:
        rows = connection.execute(
            "SELECT data FROM moments WHERE incident = ? AND kind = 'merged' ORDER BY id", (waiting.pop(),)
        )
        parts = [_DATA.decode(row[0]).get("from", "") for row in rows]
        new = [int(part) for part in parts if part.isdigit() and int(part) not in family]
        family += new
        waiting += new
    return family


def _moment(row: Sequence[object]) -> Moment:
    number, incident, at, kind, by, text, data = row
    told = {"id": number, "incident": incident, "at": at, "kind": kind, "by": by, "text": text}
    return msgspec.convert(told | {"data": _DATA.decode(data)}, Moment)  # type: ignore[arg-type]


def add(connection: sqlite3.Connection, moments: Iterable[Moment]) -> dict[int, Incident]:
    """Write moments, inside the caller's transaction; gives the incidents as they stand then, by the moments' numbers.

    Moments with equal numbers below 1 are of one that is opened here, which their first must do: it is given by that
    number too, and has its own inside. Raises IncidentError for one of an incident that is not there.
    """
    stand: dict[int, Incident | None] = {}
    numbers: dict[int, int] = {}
    for moment in moments:
        asked = moment.incident
        if asked not in stand:
            stand[asked] = incident_of(connection, asked) if asked > 0 else None
            numbers[asked] = asked if asked > 0 else _reserve(connection, moment)
        stand[asked] = after(stand[asked], _write(connection, msgspec.structs.replace(moment, incident=numbers[asked])))
    whole = {asked: incident for asked, incident in stand.items() if incident is not None}
    for incident in whole.values():
        _keep(connection, incident)
    return whole


def _reserve(connection: sqlite3.Connection, moment: Moment) -> int:
    if moment.kind != "opened":
        raise IncidentError(f'an incident begins with "opened", not with "{moment.kind}"', "name one that is there")
    row = ("P4", "", moment.at, b"")
    question = "INSERT INTO incidents (open, priority, title, opened_at, whole) VALUES (1, ?, ?, ?, ?)"
    return int(connection.execute(question, row).lastrowid or 0)


def _write(connection: sqlite3.Connection, moment: Moment) -> Moment:
    data = msgspec.msgpack.encode(dict(moment.data))
    row = (moment.incident, moment.at, moment.kind, moment.by, moment.text, data)
    question = 'INSERT INTO moments (incident, at, kind, "by", text, data) VALUES (?, ?, ?, ?, ?, ?)'
    return msgspec.structs.replace(moment, id=int(connection.execute(question, row).lastrowid or 0))


def _keep(connection: sqlite3.Connection, incident: Incident) -> None:
    connection.execute(
        "UPDATE incidents SET open = ?, priority = ?, title = ?, opened_at = ?, resolved_at = ?, whole = ?"
        " WHERE number = ?",
        (
            incident.open,
            incident.priority,
            incident.title,
            incident.opened_at,
            incident.resolved_at,
            msgspec.msgpack.encode(incident),
            incident.number,
        ),
    )
