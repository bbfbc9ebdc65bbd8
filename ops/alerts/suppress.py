"""Why an alert is told or not: each stage from the sample on, with what it made of it, in one sentence.

What is suppressed is still seen, recorded and resolved; only that it began is told to nobody. The sentences change when
something happens and not with each look, so that they need not be written down each second.
"""

from collections.abc import Callable, Mapping, Sequence

from ops.alerts.dependency import Dependencies
from ops.alerts.inhibit import Inhibitions
from ops.alerts.quiet import quieted_by, windows
from ops.alerts.silences import silenced_by
from ops.alerts.storm import is_of, standing
from ops.alerts.structs import Alert, Silence, Stage, Step
from ops.board import Board
from ops.config.alerting import Alerting
from ops.figures import clock, duration

FLAPPING = "flapping"
SUPPRESSING: tuple[Stage, ...] = ("flapping", "dependency", "inhibition", "silence", "maintenance", "storm")
"""The stages that hold back what fires."""
Judged = tuple[bool, str]


class Context:
    """What is needed of the whole floor to judge single alerts, gathered once a look."""

    def __init__(
        self, board: Board, alerts: Mapping[str, Alert], silences: Sequence[Silence], alerting: Alerting, now: float
    ) -> None:
        self.now, self.alerts, self.silences = now, alerts, silences
        self.rows = {row.id: row for row in board.rows}
        self.dependencies = Dependencies(board, alerts.values())
        self.inhibitions = Inhibitions(alerting.inhibits, alerts.values())
        self.windows = windows(alerting.quiet, now)
        self.storm = standing(alerts.values(), alerting, now)


def stops(alert: Alert, context: Context) -> list[Step]:
    """What each stage up to the storm made of it. What does not fire stops at its condition or its `for`."""
    judged = ((stage, judge(alert, context)) for stage, judge in _STAGES.items())
    return [Step(stage=stage, passed=passed, text=text) for stage, (passed, text) in judged]


def held_back(steps: Sequence[Step]) -> str:
    """Why an alert that fires is told to nobody now: the first stage that suppresses it; "" where none does."""
    return next((step.text for step in steps if not step.passed and step.stage in SUPPRESSING), "")


def _sample(alert: Alert, context: Context) -> Judged:
    row = context.rows.get(alert.row)
    if row is None:
        return True, f"{alert.row} is no row of its own"
    if row.stale or row.at is None:
        last = "was not read yet" if row.at is None else f"can't be read since {clock(row.at, context.now)}"
        return alert.firing, f"{row.id} {last}; its alerts stand meanwhile"
    return True, f"{row.id} is read"


def _condition(alert: Alert, context: Context) -> Judged:
    if alert.state == "resolved":
        return False, f"over since {clock(alert.resolved_at or alert.seen_at, context.now)}"
    since = f"{alert.rule} is true since {clock(alert.active_at, context.now)}: {alert.summary}"
    if alert.keep_since is not None:
        until = clock(alert.keep_since + alert.keep_s, context.now)
        return True, f"not true since {clock(alert.keep_since, context.now)}, kept firing until {until}"
    return True, since


def _for(alert: Alert, context: Context) -> Judged:
    if alert.state == "pending":
        until = clock(alert.active_at + alert.hold_s, context.now)
        return False, f"it must be true for {duration(alert.hold_s)}: until {until}"
    waited = f", after {duration(alert.hold_s)}" if alert.hold_s else ""
    return True, f"fired at {clock(alert.fired_at or alert.active_at, context.now)}{waited}"


def _flapping(alert: Alert, context: Context) -> Judged:
    row = context.rows.get(alert.row)
    if row is None or not row.flapping:
        return True, "it does not flap"
    told = context.alerts.get(f"{FLAPPING}/{alert.row}")
    if alert.rule == FLAPPING or told is None or not told.firing:
        return True, f"{alert.row} flaps, and no other alert tells of that"
    return False, f"{alert.row} is good and bad by turns, and {told.key} tells of that"


def _dependency(alert: Alert, context: Context) -> Judged:
    follows = context.dependencies.of(alert)
    return not follows, follows or "it follows from no other alert"


def _inhibition(alert: Alert, context: Context) -> Judged:
    source = context.inhibitions.of(alert)
    return source is None, "no alert inhibits it" if source is None else f"inhibited while {source.key} fires"


def _silence(alert: Alert, context: Context) -> Judged:
    silence = silenced_by(alert.labels, context.silences, context.now)
    if silence is None:
        return True, "no silence is for it"
    comment = f": {silence.comment}" if silence.comment else ""
    return False, f"silenced by {silence.author} until {clock(silence.end, context.now)}{comment}"


def _maintenance(alert: Alert, context: Context) -> Judged:
    window = quieted_by(alert.labels, context.windows)
    if window is None:
        return True, "no window of maintenance is for it"
    return False, f"quiet by calendar until {clock(window.end, context.now)}: {window.name}"


def _storm(alert: Alert, context: Context) -> Judged:
    storm = context.storm
    if storm is None or not is_of(alert, storm):
        return True, "it is in no storm"
    since = clock(storm.began_at, context.now)
    return False, f"one of {storm.fired} alerts that fired at once; the storm since {since} is told"


_STAGES: Mapping[Stage, Callable[[Alert, Context], Judged]] = {
    "sample": _sample,
    "condition": _condition,
    "for": _for,
    "flapping": _flapping,
    "dependency": _dependency,
    "inhibition": _inhibition,
    "silence": _silence,
    "maintenance": _maintenance,
    "storm": _storm,
}
