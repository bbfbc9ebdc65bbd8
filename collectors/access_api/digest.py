"""What is kept of an access log: rates, the last minute's figures, the slowest requests, and failed ones in groups."""

import threading
from collections.abc import Callable

from collectors.access_api.choice import Choice, without
from collectors.access_api.fresh import Fresh
from collectors.access_api.guess import guessed, told
from collectors.access_api.parse import Parser
from collectors.access_api.tally import Tally, tally
from collectors.access_api.window import Window, percentiles
from collectors.base import Events, Value
from collectors.deltas import Sample, rate
from collectors.log_api.groups import ErrorGroups, template
from collectors.log_api.reader import Portion
from collectors.log_api.window import LastMinute
from collectors.text import clean

_CLASSES = (2, 3, 4, 5)


class AccessDigest:
    """Takes portions of lines; gives facts. Call it in threads. What was there before anyone watched counts nowhere."""

    def __init__(
        self, parser: Parser, choice: Choice, monotonic: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        self._parser, self._choice = parser, choice
        self._monotonic, self._wall = monotonic, wall
        self._window, self._minute, self._groups = Window(), LastMinute(), ErrorGroups()
        self._totals = dict.fromkeys(("lines", "bytes", "failed", *map(str, _CLASSES)), 0.0)
        self._before: Sample | None = None
        self._strange = b""
        self._fresh = Fresh()
        self._began = False
        self._lock = threading.Lock()

    def take(self, portion: Portion) -> None:
        """Read a portion."""
        with self._lock:
            if portion.block and not portion.context:
                self._take_block(portion.block)
            if portion.skipped_bytes or portion.skipped_lines:
                self._totals["lines"] += portion.skipped_lines
                self._minute.add(
                    self._monotonic(), skipped_lines=portion.skipped_lines, skipped_bytes=portion.skipped_bytes
                )

    def facts(self) -> dict[str, Value]:
        """Rates since the facts were last asked for (None the first time), and the figures of the window."""
        with self._lock:
            now = self._monotonic()
            sample = Sample(now, dict(self._totals))
            window, first = self._window.sums(now), self._before is None
            facts: dict[str, Value] = {
                "requests_per_s": _rounded(rate(self._before, sample, "lines")),
                **{f"status_{each}xx_per_s": _rounded(rate(self._before, sample, str(each))) for each in _CLASSES},
                "bytes_per_s": _rounded(rate(self._before, sample, "bytes")),
                **_shares(window),
                **dict(zip(("p50_s", "p95_s", "p99_s"), percentiles(window.times, 50, 95, 99), strict=True)),
                "requests": None if first else window.requests,
                "failed": None if first else window.failed,
                "unparsed_lines": None if first else window.unparsed,
                "format_guess": guessed(self._strange, self._choice.format) or None if self._strange else None,
                "skipped_lines": None if first else self._minute.total(now, "skipped_lines"),
                "skipped_bytes": None if first else self._minute.total(now, "skipped_bytes"),
                "newest_error": newest.told(now) if (newest := self._groups.newest(now)) else None,
            }
            self._before = sample
            return facts

    def texts(self) -> dict[str, str]:
        """The slowest requests of the window, and the failed ones in groups."""
        with self._lock:
            now = self._monotonic()
            slowest = [f"{seconds:.3f} s  {clean(told)}" for seconds, told in self._window.sums(now).slowest]
            errors = self._groups.text(now)
        return {title: text for title, text in (("slowest", "\n".join(slowest)), ("errors", errors)) if text}

    def hints(self) -> tuple[str, ...]:
        """A line that does not have the format."""
        strange = self._strange
        return (told(strange, self._choice.format),) if strange else ()

    def counted(self, *, watched: bool) -> Events | None:
        """The requests since this was last asked for, which are then handed over; it waits for one block at most.

        None where nobody knows what users got: without any request while the log was not `watched`, which it never was
        at the first time, or while there were lines that could not be read.
        """
        with self._lock:
            fresh, began = self._fresh, self._began
            self._fresh, self._began = Fresh(), True
        return fresh.events(watched=watched and began)

    def _take_block(self, block: bytes) -> None:
        lines = block.count(b"\n")
        parsed = self._parser.rows(block)
        rows = without(parsed, self._choice.ignored)
        lines -= parsed.requests - rows.requests
        found, failed = tally(rows, lines, self._choice.unit, self._choice.failing)
        self._fresh.add(found)
        now, wall = self._monotonic(), self._wall()
        self._window.add(now, found)
        self._totals["lines"] += rows.requests
        self._totals["bytes"] += found.bytes
        for each in _CLASSES:
            self._totals[str(each)] += found.statuses[each]
        for status, request in failed:
            self._groups.add(f"{status} {request}", now, wall, f"{status} {template(request)}")
        if parsed.requests:
            self._strange = b""
        elif lines:
            self._strange = block.partition(b"\n")[0]


def _shares(window: Tally) -> dict[str, Value]:
    """Percent of the window's requests that were refused (4xx), and that failed; None without requests."""
    shares = {"client_errors_percent": window.statuses[4], "errors_percent": window.failed}
    if not window.requests:
        return dict.fromkeys(shares)
    return {name: round(100 * share / window.requests, 2) for name, share in shares.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
