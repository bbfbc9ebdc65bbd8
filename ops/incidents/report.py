"""The report on incidents of a span of time: by week and by priority, what came again, what took longest. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from ops.config.alerting import IncidentSettings
from ops.incidents.clocks import Week, clocks, mean_clocks, weeks
from ops.incidents.priority import respond_s
from ops.incidents.spoken import lasted_s
from ops.incidents.structs import PRIORITIES, Clocks, Incident, Priority

LONGEST = 5
CAUSES = 5


class ByPriority(msgspec.Struct, frozen=True, kw_only=True):
    """All of one priority, as it was last."""

    priority: Priority
    opened: int
    means: Clocks | None
    """Mean times, without false alarms; None where only those were."""
    respond_s: float
    """How long somebody has to respond."""
    in_time: int
    """Acknowledged within that."""
    late: int
    """Acknowledged later, or over without; what still waits in time is neither."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was the likely cause of several."""

    row: str
    incidents: int
    lasted_s: float
    """All of them together, as far as they are over."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Those that were opened in [start, end); what was merged into another counts once."""

    start: float
    end: float
    opened: int
    open: int
    """How many still go on."""
    resolved: int
    false_positives: int
    reopened: int
    """How many came back at least once."""
    means: Clocks | None
    weeks: tuple[Week, ...] = ()
    """In UTC, oldest first, with those that had none between them."""
    priorities: tuple[ByPriority, ...] = ()
    """Gravest first; those of which there was none are left out."""
    causes: tuple[Cause, ...] = ()
    """What caused more than one, most first."""
    longest: tuple[Incident, ...] = ()
    """Of those that are over and were no false alarm."""

    @property
    def false_ratio(self) -> float | None:
        """Share of false alarms among those that are over; None where none is."""
        return self.false_positives / self.resolved if self.resolved else None


def report(incidents: Iterable[Incident], start: float, end: float, settings: IncidentSettings) -> Report:
    """The report on those that were opened in [start, end), as it is known at `end`."""
    there = [one for one in incidents if start <= one.opened_at < end and one.merged_into is None]
    over = [one for one in there if one.state == "resolved"]
    real = [one for one in over if not one.false_positive]
    by_priority = (_by_priority(priority, there, end, settings) for priority in PRIORITIES)
    return Report(
        start=start,
        end=end,
        opened=len(there),
        open=len(there) - len(over),
        resolved=len(over),
        false_positives=len(over) - len(real),
        reopened=sum(one.reopened > 0 for one in there),
        means=mean_clocks(there),
        weeks=tuple(weeks(there)),
        priorities=tuple(one for one in by_priority if one.opened),
        causes=_causes(there),
        longest=tuple(sorted(real, key=lambda one: (-lasted_s(one, end), one.number))[:LONGEST]),
    )


def _by_priority(
    priority: Priority, incidents: Sequence[Incident], now: float, settings: IncidentSettings
) -> ByPriority:
    allowed_s = respond_s(priority, settings)
    those = [one for one in incidents if one.priority == priority]
    answers = [(one, clocks(one).acknowledge_s) for one in those]
    return ByPriority(
        priority=priority,
        opened=len(those),
        means=mean_clocks(those),
        respond_s=allowed_s,
        in_time=sum(took_s is not None and took_s <= allowed_s for _, took_s in answers),
        late=sum(_is_late(one, took_s, allowed_s, now) for one, took_s in answers),
    )


def _is_late(incident: Incident, took_s: float | None, allowed_s: float, now: float) -> bool:
    """One that was over sooner than somebody had to have it is not late."""
    return (lasted_s(incident, now) if took_s is None else took_s) > allowed_s


def _causes(incidents: Sequence[Incident]) -> tuple[Cause, ...]:
    counted = Counter(one.cause_row for one in incidents if one.cause_row and not one.false_positive)
    lasted: Counter[str] = Counter()
    for one in incidents:
        lasted[one.cause_row] += 0 if one.resolved_at is None else round(lasted_s(one, one.resolved_at))
    several = [(row, number) for row, number in counted.most_common(CAUSES) if number > 1]
    return tuple(Cause(row=row, incidents=number, lasted_s=float(lasted[row])) for row, number in several)
