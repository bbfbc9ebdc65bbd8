"""Alerts as the file has them, each with what the stages made of it, and until when was looked: the SQL."""

import sqlite3
from collections.abc import Mapping, Sequence

import msgspec

from ops.alerts.states import unchanged
from ops.alerts.structs import Alert, Step

Whys = Mapping[str, Sequence[Step]]
"""The steps of each alert, by key."""
_LOOKED = "looked_at"
_DEPLOYS = "deploys_since"
_ALERT = msgspec.msgpack.Decoder(Alert)
_STEPS = msgspec.msgpack.Decoder(tuple[Step, ...])


def kept(connection: sqlite3.Connection) -> tuple[dict[str, Alert], dict[str, tuple[Step, ...]]]:
    """All of them, by key."""
    alerts: dict[str, Alert] = {}
    whys: dict[str, tuple[Step, ...]] = {}
    for key, whole, why in connection.execute("SELECT key, whole, why FROM alerts ORDER BY key"):
        alerts[key] = _ALERT.decode(whole)
        whys[key] = _STEPS.decode(why) if why else ()
    return alerts, whys


def keep(
    connection: sqlite3.Connection,
    before: tuple[Mapping[str, Alert], Whys],
    after: tuple[Mapping[str, Alert], Whys],
) -> bool:
    """Write what differs, in the caller's transaction; says whether anything did."""
    (old, old_whys), (new, new_whys) = before, after
    gone = [(key,) for key in old.keys() - new.keys()]
    news = [
        (key, msgspec.msgpack.encode(alert), msgspec.msgpack.encode(new_whys[key]))
        for key, alert in new.items()
        if not unchanged(old.get(key), alert) or tuple(old_whys.get(key, ())) != tuple(new_whys[key])
    ]
    connection.executemany("DELETE FROM alerts WHERE key = ?", gone)
    connection.executemany("INSERT OR REPLACE INTO alerts (key, whole, why) VALUES (?, ?, ?)", news)
    return bool(gone or news)


def looked_at(connection: sqlite3.Connection) -> float | None:
    """When somebody last looked, UTC seconds; None where nobody ever did."""
    return _moment(connection, _LOOKED)


def looked(connection: sqlite3.Connection, now: float) -> None:
    """Write down that somebody looks."""
    _keep_moment(connection, _LOOKED, now)


def deploys_since(connection: sqlite3.Connection, now: float) -> float:
    """Since when deploys are told to somebody, UTC seconds: since `now` where they never were."""
    known = _moment(connection, _DEPLOYS)
    if known is None:
        _keep_moment(connection, _DEPLOYS, now)
    return now if known is None else known


def _moment(connection: sqlite3.Connection, name: str) -> float | None:
    row = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
    return float(row[0]) if row else None


def _keep_moment(connection: sqlite3.Connection, name: str, at: float) -> None:
    connection.execute("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", (name, repr(at)))
