"""What happened beside alerts: events of the history, jobs and planned work; for the thread that keeps incidents."""

from collections.abc import Callable, Sequence

from ops.config.structs import Config
from ops.fixes.desk import FixDesk
from ops.incidents.changed import BEFORE_S, KINDS, Work
from ops.jobs.structs import Job
from ops.slo.maintenance import spans
from ops.store.contract import Event, Store, StoreError

LATE_S = 5.0
"""The history has everything that is so long ago."""


class Around:
    """Asks the history of this process, and the book of jobs that all processes of a floor share."""

    def __init__(self, config: Config, store: Callable[[], Store | None]) -> None:
        self._config, self._store = config, store
        # A desk of its own: the screen's is for another thread.
        self._desk = FixDesk(config)
        self.trouble = ""
        """Why the history could not be asked; "" while it can."""

    def events(self, start: float, end: float) -> Sequence[Event]:
        """Restarts, deploys, edits of the config and what is gone in [start, end)."""
        store = self._store()
        if store is None:
            return ()
        try:
            found = store.events(start, end, kinds=KINDS)
        except StoreError as error:
            self.trouble = f"what changed is not known: {error.message}"
            return ()
        self.trouble = ""
        return found

    def jobs(self) -> Sequence[Job]:
        """All that are known; at no cost where none ever ran."""
        return self._desk.jobs() if self._desk.ever else ()

    def works(self, began: float) -> list[Work]:
        """Planned work that touched the hour before."""
        within = (began - BEFORE_S, began + 1.0)
        return [Work(*span, work.name) for work in self._config.maintenance for span in spans(work, *within)]
