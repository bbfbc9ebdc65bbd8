"""What an access log counted since it was last handed over."""

from collectors.access_api.tally import Tally
from collectors.base import Events
from collectors.sketch import Sketch


class Fresh:
    """Requests, failed ones, and how long they took; and lines that could not be read."""

    def __init__(self) -> None:
        self._requests = self._failed = self._unparsed = 0
        self._times = Sketch()

    def add(self, tally: Tally) -> None:
        """Take in what a block has."""
        self._requests += tally.requests
        self._failed += tally.failed
        self._unparsed += tally.unparsed
        for seconds, count in tally.times.items():
            self._times.add(seconds, count)

    def events(self, *, watched: bool) -> Events | None:
        """The same as events; None where no request was read, and lines were not readable or nobody `watched`."""
        if not self._requests and (self._unparsed or not watched):
            return None
        return Events(total=self._requests, failed=self._failed, latencies=self._times.pack())
