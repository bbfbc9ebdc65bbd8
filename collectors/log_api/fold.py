"""Folds the lines of a stack trace into the error that they belong to. Pure."""

import re
from collections.abc import Callable

from collectors.log_api.level import Said, Severity, decoded, read_line

_TRACE_LIMIT = 500
"""Lines folded into one error; then the next is read by itself again."""
_STARTS = re.compile(r"\s*+(?:\[?\d{4}[-/]\d\d[-/]\d\d|<\d{1,3}>|\{\"|[A-Z][a-z]{2} [ \d]\d \d\d:)")
"""A line that begins with a time begins something new, also when it is indented."""
_GOES_ON = re.compile(
    r"Caused by: |Suppressed: |\.\.\. \d++ (?:more|common)|goroutine \d++ \[|created by |exit status \d"
    r"|During handling of the above|The above exception was|Traceback \(most recent call last\)|\[signal "
)
_EXCEPTION = re.compile(r"(?:[\w$]++\.)*+[\w$]*(?:Exception|Error|Interrupt|Exit|Warning)(?::|$)")
_PYTHON_END = re.compile(r"(?:[A-Za-z_]\w*+\.)*+[A-Za-z_]\w*+(?::\s|$)")
_GO_CALL = re.compile(r"[\w./*()\[\]{}$-]++\(.*\)$")
Read = Callable[[bytes], Said]


class Event:
    """An error or a warning with what is folded into it."""

    __slots__ = ("bare", "ended", "in_go", "in_python", "lines", "message", "severity")

    def __init__(self, said: Said) -> None:
        self.severity: Severity = said.severity
        self.message = said.message
        self.in_python = said.message.startswith("Traceback (most recent")
        self.in_go = self.ended = False
        self.bare = self.in_python
        """True while only the head of a trace was seen, which says nothing of what went wrong."""
        self.lines = 1

    @property
    def unfinished(self) -> bool:
        """Whether its own words are still to come."""
        return self.in_python

    def takes(self, text: str) -> bool:
        """Take the next line in, if it belongs to this."""
        if self.lines >= _TRACE_LIMIT or _STARTS.match(text):
            return False
        belongs = not text or text[0] in " \t" or self._knows(text)
        self.lines += belongs
        return belongs

    def _knows(self, text: str) -> bool:
        if text.startswith("Traceback ("):
            if self.ended:
                return False
            self.in_python = True
            return True
        if self.in_python and _PYTHON_END.match(text):
            self._ends_with(text)
            return True
        if text.startswith("goroutine "):
            self.in_go = True
        if text.startswith(("During handling", "The above exception")):
            self.ended = False
        if _GOES_ON.match(text) or (self.in_go and _GO_CALL.match(text)):
            return True
        if self.lines == 1 and self.severity == "error" and _EXCEPTION.match(text):
            self._ends_with(text)
            return True
        return False

    def _ends_with(self, exception: str) -> None:
        self.message = exception if self.bare else f"{self.message}: {exception}"
        self.in_python = self.bare = False
        self.ended = True


class Folder:
    """One stream's lines become events; what is neither error nor warning is none."""

    def __init__(self, read: Read = read_line) -> None:
        self._read = read
        self._open: Event | None = None

    def feed(self, line: bytes) -> Event | None:
        """Take a line; gives the event that ended before it."""
        event = self._open
        if event is not None and event.takes(decoded(line)):
            return None
        said = self._read(line)
        self._open = Event(said) if said.severity else None
        return event

    def pause(self) -> Event | None:
        """There is no more for now: give the open event, unless its own words are still to come."""
        event = self._open
        if event is None or (event.unfinished and event.bare):
            return None
        # What still comes of it is folded into something that was already given.
        self._open = _Rest(event)
        return None if isinstance(event, _Rest) else event


class _Rest(Event):
    """The lines of an event that still come after it was given."""

    __slots__ = ()

    def __init__(self, event: Event) -> None:
        super().__init__(Said("", event.message))
        self.in_python, self.in_go, self.ended, self.lines = event.in_python, event.in_go, event.ended, event.lines
