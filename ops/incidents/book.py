"""IncidentBook: incidents in the file that all processes of a floor share; an IncidentSource."""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ops.alerts.structs import Alert, Silence, Step
from ops.config.alerting import IncidentSettings
from ops.figures import clock
from ops.incidents import deeds, hushed, records
from ops.incidents.held import HeldFile
from ops.incidents.priority import respond_s
from ops.incidents.structs import PRIORITIES, Incident, Moment, Presence, Priority
from ops.notify.outbox import Outbox
from ops.notify.structs import Message

Deed = Callable[[Incident, float], list[Moment]]


class IncidentBook:
    """All incidents below a floor's history folder, for any number of threads and processes.

    A file that is damaged is set aside at the next call: `set_aside` says where. Until then, and where it can't be read
    or written for another reason, calls raise IncidentError.
    """

    def __init__(
        self, folder: Path, settings: IncidentSettings | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """`folder` is the floor's own, which has the history too; nothing is opened before the first call."""
        self.folder, self._clock = folder, clock
        self._settings = settings or IncidentSettings()
        self._file = HeldFile(folder, clock)

    @property
    def set_aside(self) -> str:
        """Where a damaged file was moved when this one was begun; "" mostly."""
        return self._file.set_aside

    @property
    def opened(self) -> int:
        """How often the file was opened: another number where it may be another file."""
        return self._file.opened

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._file.close()

    def version(self) -> int:
        """Changes whenever anything but a presence was written, by any process; cheap enough for every look."""
        return self._file.version()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """All or nothing of what is written within, by one thread at a time; for who writes more than moments."""
        return self._file.transaction()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """For who reads more than incidents, by one thread at a time."""
        return self._file.reading()

    def open(self) -> Sequence[Incident]:
        """Those that go on: gravest first, of these what hurts services, then oldest."""
        with self._file.reading() as connection:
            return records.open_ones(connection)

    def page(self, *, before: int | None = None, limit: int = 100, words: str = "") -> Sequence[Incident]:
        """Past and open ones with a number under `before`, newest first; with all of these words in their title."""
        with self._file.reading() as connection:
            return records.page(connection, before, limit, words)

    def incident(self, number: int) -> Incident:
        """One of them. Raises IncidentError where there is none."""
        with self._file.reading() as connection:
            return records.incident_of(connection, number)

    def whole(self, number: int) -> Incident:
        """The same; where it was merged into another meanwhile, that one."""
        with self._file.reading() as connection:
            return records.whole_of(connection, number)

    def timeline(self, number: int) -> Sequence[Moment]:
        """Its moments, in the order in which they were written; with those of all that was merged into it."""
        with self._file.reading() as connection:
            return records.timeline(connection, number)

    def alerts(self) -> Sequence[Alert]:
        """All that wait, fire, or were resolved within the last 15 minutes."""
        with self._file.reading() as connection:
            return hushed.alerts(connection, self._clock())

    def why(self, key: str) -> Sequence[Step]:
        """What each stage made of an alert when it was last looked at; raises IncidentError for an unknown key."""
        with self._file.reading() as connection:
            return hushed.why(connection, key)

    def messages(self, *, incident: int | None = None, limit: int = 100) -> Sequence[Message]:
        """The outbox, newest first."""
        with self._file.reading() as connection:
            return Outbox(connection).messages(incident=incident, limit=limit)

    def add(self, moments: Sequence[Moment]) -> Mapping[int, Incident]:
        """Write moments of any kind at once; gives the incidents that they are of, as they stand then."""
        with self.transaction() as connection:
            return records.add(connection, moments)

    def _do(self, number: int, deed: Deed) -> Incident:
        """Look and write in one transaction: of two at once the second sees what the first has done."""
        with self.transaction() as connection:
            incident = records.incident_of(connection, number)
            return records.add(connection, deed(incident, self._clock())).get(number, incident)

    def _do_to_whole(self, number: int, deed: Deed) -> Incident:
        """The same, to what it is part of now."""
        with self.transaction() as connection:
            incident = records.whole_of(connection, number)
            return records.add(connection, deed(incident, self._clock())).get(incident.number, incident)

    def _respond_s(self, priority: Priority) -> float:
        return respond_s(priority, self._settings) if priority in PRIORITIES else 0.0

    def acknowledge(self, number: int, by: str, *, for_s: float | None = None) -> Incident:
        """Say that somebody has it, or what it was merged into meanwhile.

        Of two at once the first is the one who has it, and the second is told so.
        """
        length_s = float(self._settings.ack_expires) if for_s is None else for_s
        return self._do_to_whole(number, lambda incident, now: deeds.acknowledge(incident, by, now, length_s))

    def assign(self, number: int, by: str, person: str, *, role: str = "") -> Incident:
        """Give it, or a role in it, to somebody."""
        return self._do(number, lambda incident, now: deeds.assign(incident, by, now, person, role))

    def note(self, number: int, by: str, text: str) -> Incident:
        """Write something down; of one that was merged into another meanwhile, there."""
        return self._do_to_whole(number, lambda incident, now: deeds.note(incident, by, now, text))

    def set_priority(self, number: int, by: str, priority: Priority, *, why: str = "") -> Incident:
        """Another priority; a graver one takes an acknowledgement back."""
        respond = self._respond_s(priority)
        return self._do(number, lambda incident, now: deeds.set_priority(incident, by, now, priority, why, respond))

    def mitigate(self, number: int, by: str, *, text: str = "") -> Incident:
        """It no longer hurts, though it is not over."""
        return self._do(number, lambda incident, now: deeds.mitigate(incident, by, now, text))

    def resolve(self, number: int, by: str, *, text: str = "", false_positive: bool = False) -> Incident:
        """End it; what still fires is told as such, and opens it again when it gets worse."""
        return self._do(
            number, lambda incident, now: deeds.resolve(incident, by, now, text, false_positive=false_positive)
        )

    def reopen(self, number: int, by: str, *, text: str = "") -> Incident:
        """It is not over."""
        return self._do(
            number, lambda incident, now: deeds.reopen(incident, by, now, text, self._respond_s(incident.priority))
        )

    def merge(self, number: int, into: int, by: str) -> Incident:
        """It is the same as another; gives that one."""
        with self.transaction() as connection:
            source, target = (records.incident_of(connection, one) for one in (number, into))
            moments = deeds.merge(source, target, by, self._clock(), self._respond_s(source.priority))
            return records.add(connection, moments)[into]

    def split(self, number: int, keys: Sequence[str], by: str) -> Incident:
        """Take alerts out into one of their own; gives that one."""
        with self.transaction() as connection:
            source = records.incident_of(connection, number)
            moments = deeds.split(source, keys, by, self._clock(), self._respond_s(source.priority))
            return records.add(connection, moments)[0]

    def retitle(self, number: int, by: str, title: str) -> Incident:
        """Call it something else."""
        return self._do(number, lambda incident, now: deeds.retitle(incident, by, now, title))

    def link(self, number: int, by: str, url: str) -> Incident:
        """Add the address of something that belongs to it."""
        return self._do(number, lambda incident, now: deeds.link(incident, by, now, url))

    def action_item(self, number: int, by: str, text: str, *, person: str = "", due: str = "") -> Incident:
        """Something to be done afterwards, for the post-mortem."""
        return self._do(number, lambda incident, now: deeds.action_item(incident, by, now, text, person, due))

    def silences(self) -> Sequence[Silence]:
        """Those that are to come, stand, or ended within the last day; the next to end first."""
        with self._file.reading() as connection:
            return hushed.silences(connection, self._clock())

    def silence(self, silence: Silence) -> Silence:
        """Make one; gives it with its id. Raises IncidentError for one that matches everything or never begins."""
        with self.transaction() as connection:
            now = self._clock()
            made = hushed.silence(connection, silence, now)
            said = f"silenced until {clock(made.end, now)}: {hushed.words(made.matchers)}"
            records.add(connection, [*hushed.told(connection, made, now, made.author, said)])
            return made

    def end_silence(self, number: int, by: str) -> Silence:
        """End one now."""
        with self.transaction() as connection:
            now = self._clock()
            ended = hushed.end_silence(connection, number, by, now)
            said = f"the silence of {hushed.words(ended.matchers)} was ended"
            records.add(connection, [*hushed.told(connection, ended, now, by, said)])
            return ended

    def here(self, presence: Presence) -> None:
        """Say that somebody looks."""
        with self._file.transaction(news=False) as connection:
            hushed.here(connection, presence)

    def present(self, now: float) -> Sequence[Presence]:
        """Who looked within the last ten seconds."""
        with self._file.reading() as connection:
            return hushed.present(connection, now)
