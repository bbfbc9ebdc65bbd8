"""What is kept of a log's lines: counts, the newest lines, and its errors grouped."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from functools import partial

from collectors.base import Value
from collectors.deltas import Sample, rate
from collectors.log_api.fold import Event, Folder
from collectors.log_api.groups import ErrorGroups
from collectors.log_api.level import Said, decoded, read_line
from collectors.log_api.patterns import LinePattern
from collectors.log_api.reader import Portion
from collectors.log_api.window import LastMinute
from collectors.text import clean

NEWEST_LINES = 20
_STREAMS_LIMIT = 128
_SHOWN_LINE = 500
_SLICE = 200
"""Lines that are read before the thread lets others have the interpreter."""
PAUSE_S = 0.0005
"""A real sleep: only that hands the interpreter to the event loop at once."""


class LogDigest:
    """Takes portions of lines in a thread; gives facts. Bounded, however much comes.

    What was there before anyone watched is shown, and counts nowhere.
    """

    def __init__(self, error: str, ignore: str, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        """Raises ValueError for an expression that can't be used."""
        self._error = LinePattern(error, "error") if error else None
        self._ignore = LinePattern(ignore, "ignore") if ignore else None
        self._monotonic, self._wall = monotonic, wall
        self._folders: dict[str, Folder] = {}
        self._lines = deque[bytes](maxlen=NEWEST_LINES)
        self._groups = ErrorGroups()
        self._minute = LastMinute()
        self._totals = {"lines": 0.0, "bytes": 0.0}
        self._before: Sample | None = None
        self._lock = threading.Lock()

    def take(self, portion: Portion) -> None:
        """Read a portion. Call it in a thread."""
        with self._lock:
            if portion.block:
                self._take_block(portion)
            if portion.skipped_bytes or portion.skipped_lines:
                self.skipped(portion.skipped_lines, portion.skipped_bytes)

    def skipped(self, lines: int, amount: int) -> None:
        """Count what was left out."""
        self._totals["lines"] += lines
        self._totals["bytes"] += amount
        self._minute.add(self._monotonic(), skipped_lines=lines, skipped_bytes=amount)

    def facts(self) -> dict[str, Value]:
        """Rates since the facts were last asked for (None the first time), errors and warnings of the last minute."""
        with self._lock:
            self._pause()
            now = self._monotonic()
            sample = Sample(now, dict(self._totals))
            newest, first = self._groups.newest(now), self._before is None
            facts: dict[str, Value] = {
                "lines_per_s": _rounded(rate(self._before, sample, "lines")),
                "bytes_per_s": _rounded(rate(self._before, sample, "bytes")),
                "errors_per_min": None if first else self._minute.total(now, "error"),
                "warnings_per_min": None if first else self._minute.total(now, "warning"),
                "newest_error": newest.told(now) if newest else None,
                "newest_error_age_s": round(now - newest.at, 1) if newest else None,
                "skipped_lines": None if first else self._minute.total(now, "skipped_lines"),
                "skipped_bytes": None if first else self._minute.total(now, "skipped_bytes"),
            }
            self._before = sample
            return facts

    def texts(self) -> dict[str, str]:
        """The errors in groups, and the newest lines."""
        with self._lock:
            errors = self._groups.text(self._monotonic())
            lines = "\n".join(clean(decoded(line), _SHOWN_LINE) for line in self._lines)
        return {title: text for title, text in (("errors", errors), ("newest lines", lines)) if text}

    def hints(self) -> tuple[str, ...]:
        """What is switched off."""
        return tuple(pattern.hint for pattern in (self._error, self._ignore) if pattern and pattern.hint)

    def _take_block(self, portion: Portion) -> None:
        lines = portion.block.split(b"\n")
        lines.pop()
        self._lines.extend(lines[-NEWEST_LINES:])
        if portion.context:
            return
        self._totals["lines"] += len(lines)
        self._totals["bytes"] += len(portion.block)
        feed = self._folder(portion.stream).feed
        for begin in range(0, len(lines), _SLICE):
            self._count([event for line in lines[begin : begin + _SLICE] if (event := feed(line)) is not None])
            if len(lines) > _SLICE:
                time.sleep(PAUSE_S)

    def _folder(self, stream: str) -> Folder:
        folder = self._folders.get(stream)
        if folder is None:
            while len(self._folders) >= _STREAMS_LIMIT:
                del self._folders[next(iter(self._folders))]
            read = partial(self._read, read_line) if self._error or self._ignore else read_line
            folder = self._folders[stream] = Folder(read)
        return folder

    def _read(self, read: Callable[[bytes], Said], line: bytes) -> Said:
        """Read a line with what the config says of it."""
        text, said = decoded(line), read(line)
        if self._ignore and self._ignore.matches(text):
            return Said("", "")
        if self._error and said.severity != "error" and self._error.matches(text):
            return Said("error", said.message or text)
        return said

    def _pause(self) -> None:
        """Count the events that nothing follows for now."""
        self._count([event for folder in self._folders.values() if (event := folder.pause()) is not None])

    def _count(self, events: list[Event]) -> None:
        now, wall = self._monotonic(), self._wall()
        if not events:
            return
        self._minute.add(now, **Counter(str(event.severity) for event in events if event.severity))
        for event in events:
            if event.severity == "error":
                self._groups.add(event.message, now, wall)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
