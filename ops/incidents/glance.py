"""Glance: what a floor shows of incidents, as the file has it now, whichever process has written it."""

import sqlite3
from pathlib import Path

import msgspec

from ops.alerts.quiet import quieted_by, windows
from ops.alerts.silences import ending, overview, silenced_by
from ops.alerts.structs import Silenced
from ops.config.alerting import Alerting
from ops.figures import clock
from ops.incidents import hushed, records
from ops.incidents.book import IncidentBook
from ops.incidents.database import FILE_NAME, told
from ops.incidents.structs import Incident
from ops.notify.outbox import Outbox

_EVERY_S = 5.0
"""What only time changes (a silence that ends, a message that is late) is looked at so often."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """For the Board."""

    incidents: tuple[Incident, ...] = ()
    silenced: Silenced = Silenced()
    undelivered: int = 0
    notes: tuple[str, ...] = ()


class Glance:
    """Reads anew where something was written or enough time has passed; makes no file where there is none."""

    def __init__(self, alerting: Alerting, book: IncidentBook) -> None:
        self._alerting, self._book = alerting, book
        self._seen = Seen()
        self._version: int | None = None
        self._at = float("-inf")

    def look(self, now: float) -> Seen:
        """What there is to show. Raises IncidentError where the file can't be read."""
        path = Path(self._book.folder, FILE_NAME)
        with told(path):
            if not path.exists():
                return Seen()
        version = self._book.version()
        if version != self._version or not 0 <= now - self._at < _EVERY_S:
            with self._book.reading() as connection:
                self._seen = self._read(connection, now)
            self._version, self._at = version, now
        return self._seen

    def _read(self, connection: sqlite3.Connection, now: float) -> Seen:
        alerts, silences = hushed.alerts(connection, now), hushed.silences(connection, now)
        standing = windows(self._alerting.quiet, now)
        quiet = [
            alert.key
            for alert in alerts
            if alert.firing and (silenced_by(alert.labels, silences, now) or quieted_by(alert.labels, standing))
        ]
        soon = [
            f"the silence of {hushed.words(one.silence.matchers)} by {one.silence.author} ends at"
            f" {clock(one.silence.end, now)}, and {one.firing} of its alerts still fire"
            for one in ending(silences, alerts, now)
        ]
        aside = self._book.set_aside
        lost = [f"the file of incidents was damaged; it is kept as {aside}, and a new one was begun"] if aside else []
        return Seen(
            incidents=tuple(records.open_ones(connection)),
            silenced=overview(silences, [window.end for window in standing], alerts, quiet, now),
            undelivered=Outbox(connection).undelivered(now),
            notes=(*lost, *soon),
        )
