"""IncidentSource: what screens, commands and the monitor ask of incidents, whoever keeps them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ops.alerts.structs import Alert, Silence, Step
from ops.incidents.structs import Incident, Moment, Presence, Priority
from ops.notify.structs import Message


class IncidentError(Exception):
    """It can't be done. `message` is one sentence for the operator, `remedy` says what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    @property
    def words(self) -> str:
        """Both in one line."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class IncidentSource(Protocol):
    """Reading gives what is written at this moment, by whichever process. Writing is on disk when it returns.

    Everything but `version` may take some milliseconds of disk and belongs into a thread. All that is written names
    who did it, and raises IncidentError where it can't be done (no such incident, ended already, read-only).
    """

    def version(self) -> int:
        """Changes whenever anything but a presence was written, by any process; cheap enough for every look."""

    def open(self) -> Sequence[Incident]:
        """Those that go on: gravest first, of these what hurts services, then oldest."""

    def page(self, *, before: int | None = None, limit: int = 100, words: str = "") -> Sequence[Incident]:
        """Past and open ones with a number under `before`, newest first; with all of these words in their title."""

    def incident(self, number: int) -> Incident:
        """One of them. Raises IncidentError where there is none."""

    def timeline(self, number: int) -> Sequence[Moment]:
        """Its moments, in the order in which they were written; with those of all that was merged into it."""

    def alerts(self) -> Sequence[Alert]:
        """All that wait, fire, or were resolved within the last 15 minutes."""

    def why(self, key: str) -> Sequence[Step]:
        """What each stage made of an alert when it was last looked at; raises IncidentError for an unknown key."""

    def messages(self, *, incident: int | None = None, limit: int = 100) -> Sequence[Message]:
        """The outbox, newest first."""

    def acknowledge(self, number: int, by: str, *, for_s: float | None = None) -> Incident:
        """Say that somebody has it, or what it was merged into meanwhile.

        Of two at once the first is the one who has it, and the second is told so.
        """

    def assign(self, number: int, by: str, person: str, *, role: str = "") -> Incident:
        """Give it, or a role in it, to somebody."""

    def note(self, number: int, by: str, text: str) -> Incident:
        """Write something down; of one that was merged into another meanwhile, there."""

    def set_priority(self, number: int, by: str, priority: Priority, *, why: str = "") -> Incident:
        """Another priority; a graver one takes an acknowledgement back."""

    def mitigate(self, number: int, by: str, *, text: str = "") -> Incident:
        """It no longer hurts, though it is not over."""

    def resolve(self, number: int, by: str, *, text: str = "", false_positive: bool = False) -> Incident:
        """End it; what still fires is told as such, and opens it again when it gets worse."""

    def reopen(self, number: int, by: str, *, text: str = "") -> Incident:
        """It is not over."""

    def merge(self, number: int, into: int, by: str) -> Incident:
        """It is the same as another; gives that one."""

    def split(self, number: int, keys: Sequence[str], by: str) -> Incident:
        """Take alerts out into one of their own; gives that one."""

    def retitle(self, number: int, by: str, title: str) -> Incident:
        """Call it something else."""

    def link(self, number: int, by: str, url: str) -> Incident:
        """Add the address of something that belongs to it."""

    def action_item(self, number: int, by: str, text: str, *, person: str = "", due: str = "") -> Incident:
        """Something to be done afterwards, for the post-mortem."""

    def silences(self) -> Sequence[Silence]:
        """Those that are to come, stand, or ended within the last day; the next to end first."""

    def silence(self, silence: Silence) -> Silence:
        """Make one; gives it with its id. Raises IncidentError for one that matches everything or never begins."""

    def end_silence(self, number: int, by: str) -> Silence:
        """End one now."""

    def here(self, presence: Presence) -> None:
        """Say that somebody looks."""

    def present(self, now: float) -> Sequence[Presence]:
        """Who looked within the last ten seconds."""

    def add(self, moments: Sequence[Moment]) -> Mapping[int, Incident]:
        """Write moments of any kind at once; gives the incidents that they are of, as they stand then."""
