"""Who has it: people take turns by the calendar of their own time zone."""

from datetime import UTC, datetime, timedelta

from ops.config.alerting import OnCall
from ops.slo.calendar import zone

_DAY_S = 86400.0


def begins(oncall: OnCall) -> datetime:
    """When a turn of the first person begins. Raises ValueError with a sentence where that can't be read."""
    if oncall.turn <= 0:
        raise ValueError('a turn must have a length; write turn = "7d" or "12h"')
    here = zone(oncall.time_zone)
    try:
        start = datetime.strptime(oncall.start, "%Y-%m-%d %H:%M").replace(tzinfo=here)
        start.timestamp()
    except (ValueError, OverflowError) as error:
        raise ValueError(f'"{oncall.start}" is no moment; write "2026-01-05 09:00"') from error
    return start


def who(oncall: OnCall, now: float) -> str:
    """Who has it at `now`, "" where nobody is named.

    Turns of whole days change at the same time of day all year, whatever clocks do; others are real time. Raises
    ValueError as `begins` does.
    """
    if not oncall.people:
        return ""
    return oncall.people[_turn(oncall, begins(oncall), now) % len(oncall.people)]


def _turn(oncall: OnCall, start: datetime, now: float) -> int:
    if oncall.turn % _DAY_S:
        return int((now - start.timestamp()) // oncall.turn)
    days = int(oncall.turn // _DAY_S)
    today = datetime.fromtimestamp(now, UTC).astimezone(start.tzinfo).date()
    number = (today - start.date()).days // days
    handover = datetime.combine(start.date() + timedelta(days=number * days), start.time(), start.tzinfo)
    return number if now >= handover.timestamp() else number - 1
