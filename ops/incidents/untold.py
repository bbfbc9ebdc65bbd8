"""What a timeline says of silences that were there before: of what nobody is told, why, and until when. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ops.alerts.quiet import quieted_by
from ops.alerts.silences import silenced_by
from ops.alerts.structs import Alert, Step
from ops.alerts.suppress import Context
from ops.figures import duration
from ops.incidents.structs import Incident, Moment

_STAGES = ("silence", "maintenance")
_NAMED = 2


class Stand(NamedTuple):
    """The alerts at a look, and what each stage made of them, both by key."""

    alerts: Mapping[str, Alert]
    whys: Mapping[str, Sequence[Step]]


def untold(before: Stand, after: Stand, incidents: Mapping[int, Incident], context: Context) -> list[Moment]:
    """One for each silence that an incident's alerts newly fall under, or fell under until it was opened.

    A silence that is made while an alert of the incident fires has its moment from who made it.
    """
    known = {(alert.incident, _hush(before.whys.get(key, ()))) for key, alert in before.alerts.items() if alert.firing}
    held: dict[tuple[int, str], list[Alert]] = {}
    late: dict[tuple[int, str], list[Alert]] = {}
    for key, alert in after.alerts.items():
        number = alert.incident
        if not alert.firing or number is None or number not in incidents or not incidents[number].open:
            continue
        now, was = _hush(after.whys.get(key, ())), _hush(before.whys.get(key, ()))
        if now and (number, now) not in known and not _made_later(alert, context):
            held.setdefault((number, now), []).append(alert)
        elif was and not now and before.alerts[key].incident != number:
            late.setdefault((number, was), []).append(alert)
    return [*_held(held, context), *_late(late, context.now)]


def hushed_now(moments: Iterable[Moment], now: float) -> str:
    """The silence that stands over an incident, as its timeline has it, with how long it still does; "" without any."""
    last = {moment.data.get("silence", ""): moment for moment in moments if moment.data.get("until")}
    stand = [(float(moment.data["until"]), moment.text) for moment in last.values() if moment.kind == "silence"]
    end, text = max(stand, default=(now, ""))
    return f"{text} ({duration(end - now)} more)" if end > now else ""


def _hush(steps: Sequence[Step]) -> str:
    return next((step.text for step in steps if step.stage in _STAGES and not step.passed), "")


def _made_later(alert: Alert, context: Context) -> bool:
    silence = silenced_by(alert.labels, context.silences, context.now)
    return silence is not None and alert.fired_at is not None and silence.made_at >= alert.fired_at


def _held(found: Mapping[tuple[int, str], Sequence[Alert]], context: Context) -> Iterator[Moment]:
    for (number, why), alerts in found.items():
        labels = alerts[0].labels
        silence = silenced_by(labels, context.silences, context.now)
        window = None if silence is not None else quieted_by(labels, context.windows)
        end = silence.end if silence is not None else window.end if window is not None else context.now
        data = {"silence": str(silence.id) if silence is not None else "", "until": repr(end)}
        text = f"not told of {_named(alerts)}: {why}"
        yield Moment(incident=number, at=context.now, kind="silence", text=text, data=data)


def _late(found: Mapping[tuple[int, str], Sequence[Alert]], now: float) -> Iterator[Moment]:
    for (number, why), alerts in found.items():
        text = f"not told of {_named(alerts)} until now: {why}"
        yield Moment(incident=number, at=now, kind="silence", text=text)


def _named(alerts: Sequence[Alert]) -> str:
    more = f" and {len(alerts) - _NAMED} more" if len(alerts) > _NAMED else ""
    return ", ".join(alert.key for alert in alerts[:_NAMED]) + more
