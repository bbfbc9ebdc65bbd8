"""What happened beside alerts: events of the history, jobs and planned work; for the thread that keeps incidents."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from collectors.text import LINE_LIMIT, clean
from ops.config.structs import Config
from ops.incidents.changed import BEFORE_S, KINDS, Work
from ops.jobs.book import JobBook
from ops.jobs.structs import Job
from ops.slo.maintenance import spans
from ops.store.contract import Event, Store, StoreError
from ops.store.places import store_folder

T = TypeVar("T")
LATE_S = 5.0
"""The history has everything that is so long ago."""


class Around:
    """Asks the history of this process, and the book of jobs that all processes of a floor share."""

    def __init__(self, config: Config, store: Callable[[], Store | None]) -> None:
        self._config, self._store = config, store
        # A book of its own: the screen's is for another thread.
        self._book = JobBook(store_folder(config))
        self.trouble = ""
        """Why the history could not be asked; "" while it can."""
        self.unread = ""
        """Why it is not known which jobs there are; "" while it is."""

    def events(self, start: float, end: float) -> Sequence[Event]:
        """Restarts, deploys, edits of the config and what is gone in [start, end)."""
        return self._asked(lambda store: store.events(start, end, kinds=KINDS)) or ()

    def deploys(self, start: float, end: float) -> Sequence[Event] | None:
        """Deploys in [start, end); None while the history can't be asked."""
        return self._asked(lambda store: store.events(start, end, kinds=("deploy",)))

    def read_before(self, at: float) -> frozenset[str]:
        """Ids of the rows that were read before `at`, and after the recording began that went on then.

        What the first reading after a start shows to be another than the last one before it may be so for long.
        """
        picture = self._asked(lambda store: store.picture(math.nextafter(at, -math.inf)))
        # Of less than each reading, that is of one before the start, nothing is known.
        if picture is None or picture.step_s:
            return frozenset()
        return frozenset(row.id for row in picture.rows if row.at is not None)

    def _asked(self, question: Callable[[Store], T]) -> T | None:
        store = self._store()
        if store is None:
            return None
        try:
            answer = question(store)
        except StoreError as error:
            self.trouble = f"what changed is not known: {error.message}"
            return None
        self.trouble = ""
        return answer

    def jobs(self) -> Sequence[Job]:
        """All that are known; at no cost where none ever ran."""
        folder = self._book.folder
        try:
            found, unread = (self._book.jobs() if folder.is_dir() else ()), self._book.trouble
        except OSError as error:
            found, unread = (), f"a job in {folder} can't be read: {error.strerror or error}"
        self.unread = clean(f"{unread}; let that be read", LINE_LIMIT) if unread else ""
        return found

    def works(self, began: float) -> list[Work]:
        """Planned work that touched the hour before."""
        within = (began - BEFORE_S, began + 1.0)
        return [Work(*span, work.name) for work in self._config.maintenance for span in spans(work, *within)]
