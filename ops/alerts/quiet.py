"""Silences by calendar (`[[quiet]]`): whether one stands now, and until when; clocks that change as for maintenance.

A window's length is real time. Where its start is skipped in the spring it begins an hour later by the new clock, where
the hour comes twice it begins the first time; windows that overlap are as long as all of them together.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ops.alerts.matchers import holds, read_matchers
from ops.alerts.structs import Matcher
from ops.config.alerting import Quiet
from ops.config.structs import Maintenance
from ops.slo.exclusions import Span
from ops.slo.maintenance import spans


class Window(NamedTuple):
    """A `[[quiet]]` that stands, until then (UTC seconds)."""

    name: str
    matchers: tuple[Matcher, ...]
    end: float


def windows(quiets: Iterable[Quiet], now: float) -> tuple[Window, ...]:
    """Those that stand now."""
    found = (_window(quiet, now) for quiet in quiets)
    return tuple(window for window in found if window is not None)


def quieted_by(labels: Mapping[str, str], standing: Iterable[Window]) -> Window | None:
    """The window that those labels fall under; of several the one that ends last."""
    meant = (window for window in standing if holds(window.matchers, labels))
    return max(meant, key=lambda window: window.end, default=None)


def times(quiet: Quiet, start: float, end: float) -> Iterator[Span]:
    """When it stands between two moments, UTC seconds."""
    work = Maintenance(name=quiet.name, every=quiet.every, length=quiet.length, time_zone=quiet.time_zone)
    return spans(work, start, end)


def _window(quiet: Quiet, now: float) -> Window | None:
    ends = [end for start, end in times(quiet, now, now + 1) if start <= now < end]
    return Window(quiet.name, read_matchers(quiet.match), max(ends)) if ends else None
