"""Times of incidents: to notice (MTTD), to answer (MTTA) and to end them (MTTR), also by week. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from ops.incidents.structs import Clocks, Incident


class Week(NamedTuple):
    """What a week's incidents come to; mean seconds, None without any to count."""

    monday: date
    opened: int
    resolved: int
    """Of those that were opened in this week."""
    false_positives: int
    detect_s: float | None
    acknowledge_s: float | None
    resolve_s: float | None

    @property
    def false_ratio(self) -> float | None:
        """Share of false alarms among those that are over; None where none is."""
        return self.false_positives / self.resolved if self.resolved else None


def clocks(incident: Incident) -> Clocks:
    """The times of one incident. A clock that was set back makes them 0, never negative."""
    opened = incident.opened_at
    return Clocks(
        detect_s=max(opened - incident.began_at, 0.0),
        acknowledge_s=None if incident.acked_at is None else max(incident.acked_at - opened, 0.0),
        resolve_s=None if incident.resolved_at is None else max(incident.resolved_at - opened, 0.0),
    )


def mean_clocks(incidents: Iterable[Incident]) -> Clocks | None:
    """Mean times over those that stand for themselves (not merged) and were no false alarm; None without any.

    An incident that nobody acknowledged, or that goes on, is left out of that mean only.
    """
    real = [clocks(one) for one in incidents if one.merged_into is None and not one.false_positive]
    if not real:
        return None
    return Clocks(
        detect_s=_mean([one.detect_s for one in real]) or 0.0,
        acknowledge_s=_mean([one.acknowledge_s for one in real if one.acknowledge_s is not None]),
        resolve_s=_mean([one.resolve_s for one in real if one.resolve_s is not None]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def weeks(incidents: Iterable[Incident], zone: tzinfo = UTC) -> list[Week]:
    """By the week in which they were opened (from Monday, in that zone), oldest first; with weeks that had none."""
    by_week: dict[date, list[Incident]] = {}
    for incident in incidents:
        if incident.merged_into is None:
            day = datetime.fromtimestamp(incident.opened_at, zone).date()
            by_week.setdefault(day - timedelta(days=day.weekday()), []).append(incident)
    if not by_week:
        return []
    monday, last = min(by_week), max(by_week)
    found = []
    while monday <= last:
        found.append(_week(monday, by_week.get(monday, [])))
        monday += timedelta(days=7)
    return found


def _week(monday: date, incidents: Sequence[Incident]) -> Week:
    means = mean_clocks(incidents)
    return Week(
        monday=monday,
        opened=len(incidents),
        resolved=sum(one.state == "resolved" for one in incidents),
        false_positives=sum(one.state == "resolved" and one.false_positive for one in incidents),
        detect_s=means.detect_s if means else None,
        acknowledge_s=means.acknowledge_s if means else None,
        resolve_s=means.resolve_s if means else None,
    )
