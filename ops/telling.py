"""Jobs in the history: when each began and how it ended, whoever asked for it and whether or not policy is on."""

from typing import TYPE_CHECKING

from collectors.clock import Clock
from ops.recording import Recording

if TYPE_CHECKING:
    from ops.fixes.desk import FixDesk
    from ops.jobs.news import News


class Telling:
    """Has what is new of the jobs of a desk recorded at each look. Nothing is loaded before `begin`."""

    def __init__(self, fixes: "FixDesk", clock: Clock, recording: Recording) -> None:
        self._fixes, self._clock, self._recording = fixes, clock, recording
        self._news: News | None = None

    @classmethod
    def of(cls, fixes: "FixDesk | None", clock: Clock, recording: Recording | None) -> "Telling | None":
        """None where nothing is recorded, or nothing can be done."""
        return None if fixes is None or recording is None else cls(fixes, clock, recording)

    def begin(self) -> None:
        """Take what there is for known; a second call does nothing."""
        if self._news is None:
            from ops.jobs.news import News

            self._news = News()
            self.look()

    def look(self) -> None:
        """Tell what began and ended since the last look; before `begin` nothing."""
        if self._news is None:
            return
        for happened in self._news.look(self._fixes.jobs() if self._fixes.ever else ()):
            self._recording.tell(self._clock.time(), "fix", happened.row, happened.text)
