"""Alerts, silences and routes as lines of text and as JSON, for `watchfloor alerts`."""

from collections.abc import Iterator, Mapping, Sequence

from collectors.text import clean
from ops.alerts.matchers import as_text
from ops.alerts.structs import SEVERITIES, Alert, Severity, Silence, Step
from ops.board import Level
from ops.config.names import did_you_mean
from ops.figures import duration
from ops.notify.routes import Way
from ops.past.wall import moment
from tui.cli.fix_list import aligned
from tui.cli.output import signed

_LEVELS: Mapping[Severity, Level] = {"info": "ok", "warning": "warning", "critical": "critical"}
_HEAD = ("", "severity", "alert", "incident", "since", "summary", "stopped")


def fields(alert: Alert) -> dict[str, object]:
    """All of an alert, for JSON."""
    return {name: getattr(alert, name) for name in alert.__struct_fields__}


def silence_fields(silence: Silence, now: float) -> dict[str, object]:
    """All of a silence and how it stands, for JSON."""
    whole = {name: getattr(silence, name) for name in silence.__struct_fields__}
    return {**whole, "matchers": [as_text(one) for one in silence.matchers], "state": silence.state(now)}


def stopped(steps: Sequence[Step]) -> str:
    """What the first stage that stopped it says; "" where none did."""
    return next((step.text for step in steps if not step.passed), "")


def alert_lines(alerts: Sequence[Alert], held: Mapping[str, str], now: float) -> list[str]:
    """One line for each, what fires and is gravest first; none for none."""
    if not alerts:
        return []
    states = ("firing", "pending", "resolved")
    ordered = sorted(
        alerts, key=lambda one: (states.index(one.state), -SEVERITIES.index(one.severity), one.active_at, one.key)
    )
    table = [_HEAD, *(_cells(one, held.get(one.key, ""), now) for one in ordered)]
    if not any(line[-1] for line in table[1:]):
        table = [line[:-1] for line in table]
    return aligned(table)


def _cells(alert: Alert, held: str, now: float) -> tuple[str, ...]:
    since = alert.resolved_at if alert.state == "resolved" and alert.resolved_at is not None else alert.active_at
    incident = "" if alert.incident is None else str(alert.incident)
    age = duration(max(0.0, now - since))
    return alert.state, alert.severity, clean(alert.key), incident, age, clean(alert.summary), clean(held)


def unknown(asked: str, known: Sequence[Alert]) -> str:
    """A sentence for an alert that isn't there."""
    names = list(dict.fromkeys(name for one in known for name in (one.key, one.row)))
    return f'there is no alert "{clean(asked)}"; {did_you_mean(asked, names, "`watchfloor alerts list` shows all")}'


def why_lines(alert: Alert, steps: Sequence[Step]) -> Iterator[str]:
    """A heading, then each stage with a sign; the first that stopped it says so."""
    yield f"{clean(alert.key)}: {alert.severity}, {alert.state}, {clean(alert.summary)}"
    first = next((step for step in steps if not step.passed), None)
    table = [("passed" if step.passed else "STOPPED", step.stage, clean(step.text)) for step in steps]
    yield from (f"  {line}" for line in aligned(table))
    if not steps:
        yield "  nobody has looked at it yet"
    elif first is not None:
        yield f"  {signed(_LEVELS['warning'], f'stopped by {first.stage}: {clean(first.text)}')}"
    else:
        yield f"  {signed('ok', 'nothing stopped it')}"


def silence_line(silence: Silence, now: float) -> str:
    """Its number, how it stands, for what, by whom and why."""
    means = ", ".join(as_text(one) for one in silence.matchers)
    state = silence.state(now)
    when = f"from {moment(silence.start)} until" if state == "pending" else "since" if state == "expired" else "until"
    ended = f", ended by {silence.ended_by}" if silence.ended_by else ""
    return clean(
        f"silence {silence.id}  {state} {when} {moment(silence.end)}  {means}  by {silence.author}{ended}:"
        f" {silence.comment}",
        1000,
    )


def meant(firing: int) -> str:
    """What it is for now; what it is for is still seen and recorded, and that it is over is still told."""
    if not firing:
        return "nothing fires now that it is for"
    return f"{firing} alert{'s' if firing > 1 else ''} that it is for fire{'' if firing > 1 else 's'} now"


def way_words(way: Way) -> str:
    """By which routes it goes, and to whom."""
    nobody = f"nobody at once, it climbs {way.escalation}" if way.escalation else "no receiver"
    return f"{' / '.join(way.path) or 'the top'}: {', '.join(way.receivers) or nobody}"


def way_lines(ways: Sequence[Way], quiet_by: str, *, any_receiver: bool) -> Iterator[str]:
    """Each way with its receivers and clocks."""
    if not any_receiver:
        yield "there is no [[notify]]: incidents are opened, and nobody is told of them"
    elif not any(way.receivers for way in ways):
        yield "nobody hears of it: it stays on the screen"
    for way in ways:
        yield way_words(way)
        escalation = f", escalates by {way.escalation}" if way.escalation else ""
        yield (
            f"  grouped by {', '.join(way.group_by) or 'nothing'}; first told after {duration(way.wait_s)}, "
            f"news after {duration(way.interval_s)}, again after {duration(way.repeat_s)}{escalation}"
        )
    if quiet_by:
        yield f"now it would be told to nobody: [[quiet]] {quiet_by}"
