"""One incident as lines: how it stands, why, its alerts, its clocks, who was told, and its timeline. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len

from collectors.text import LINE_LIMIT, clean
from ops.alerts.structs import Alert
from ops.figures import duration, stamp
from ops.incidents.spoken import (
    detected,
    goes_on,
    in_time,
    lasted_s,
    mended_by,
    name,
    numbered,
    spoken,
    still_firing,
)
from ops.incidents.structs import Incident, Moment
from ops.incidents.untold import hushed_now
from ops.notify.structs import Message
from tui.glyphs import Glyphs
from tui.incident_reading import Seen
from tui.panes.cells import age
from tui.panes.incident_words import PRIORITY_STYLES, owner, people, response, state
from tui.widgets.lines import Line, cut, pad, wrap

MOST_MOMENTS = 500
"""Moments of a timeline that are shown, the newest; the rest is counted."""
MOST_ALERTS = 30
_DAY_S = 86400.0
_KINDS = {
    "opened": "critical", "reopened": "critical", "alert": "warning", "check": "warning", "escalated": "warning",
    "resolved": "ok", "mitigated": "ok", "ack": "accent", "assign": "accent", "role": "accent", "note": "strong",
    "priority": "warning", "job": "accent", "action-item": "accent",
}  # fmt: skip
"""Meanings of moments by kind; what is not here is told quietly."""


def headline(incident: Incident, now: float, width: int, glyphs: Glyphs) -> list[Line]:
    """Number, priority, state, how long, and the whole title: on lines of its own where there is no room beside."""
    lead: list[tuple[str, str]] = [
        (f"{name(incident)} ", "muted"),
        (f"{incident.priority} ", PRIORITY_STYLES[incident.priority]),
        state(incident, glyphs),
        (f" for {duration(lasted_s(incident, now))}" if incident.open else "", "text"),
    ]
    title = clean(incident.title, LINE_LIMIT)
    if sum(cell_len(text) for text, _ in lead) + 2 + cell_len(title) <= width:
        return [[*lead, (f"  {title}", "strong")]]
    return [lead, *wrapped(title, "strong", width)]


def story(seen: Seen, now: float, width: int, glyphs: Glyphs, moments: Sequence[Line] | None = None) -> list[Line]:
    """Everything that is known of the incident in front; `moments` is its timeline where that is drawn already."""
    incident = seen.incident
    if incident is None:
        return []
    lines = headline(incident, now, width, glyphs)
    left = seen.left.get(incident.number, 0)
    for text, style in _sentences(incident, seen.timeline, now, left):
        lines += wrapped(text, style, width)
    lines += [[], *alert_lines(incident, seen.alerts, now, width, glyphs)]
    lines += list(_told(seen.messages, now, width))
    return [*lines, [], *(timeline(seen.timeline, now, width) if moments is None else moments)]


def wrapped(text: str, style: str, width: int, *, most: int = 0) -> list[Line]:
    """A sentence in lines of a width, at most so many of them."""
    return [[(part, style)] for part in wrap(clean(text, LINE_LIMIT), max(width, 20), most=most, rest="  ")]


def _sentences(incident: Incident, moments: Sequence[Moment], now: float, left: int) -> Iterator[tuple[str, str]]:
    answer, meaning = response(incident, now)
    if answer:
        yield answer, meaning
    yield has_it(incident, moments, now)
    if left:
        yield f"but {goes_on(left)}", "critical"
    if hushed := hushed_now(moments, now) if incident.open else "":
        yield hushed, "warning"
    if incident.roles:
        yield people(incident), "text"
    if incident.cause:
        yield f"likely cause: {incident.cause}", "strong"
    for change in incident.changed:
        yield f"changed: {change}", "text"
    if incident.runbook:
        yield f"runbook: {incident.runbook}", "accent"
    for link in incident.links:
        yield f"link: {link}", "accent"
    yield clocks(incident), "muted"


def has_it(incident: Incident, moments: Sequence[Moment], now: float) -> tuple[str, str]:
    """Who has it, or what ended it, with the job that did where one was verified; and the meaning of that."""
    how = mended_by(incident, moments)
    return (f"resolved: {clean(how, LINE_LIMIT)}", "ok") if how else owner(incident, now)


def clocks(incident: Incident) -> str:
    """When it was opened, and the times from fault to incident, to acknowledgement and to the end."""
    told = [f"opened {stamp(incident.opened_at, incident.opened_at)} UTC"]
    told.append(f"detected {detected(max(incident.opened_at - incident.began_at, 0.0))}")
    for at, words in ((incident.acked_at, "acknowledged"), (incident.resolved_at, "resolved")):
        if at is not None:
            told.append(f"{words} after {duration(max(at - incident.opened_at, 0.0))}")
    if incident.reopened:
        told.append(f"reopened {incident.reopened}x")
    if incident.escalation:
        told.append(f"escalated {incident.escalation}x")
    return ", ".join(told)


def alert_lines(incident: Incident, known: Mapping[str, Alert], now: float, width: int, glyphs: Glyphs) -> list[Line]:
    """Its alerts with a number each, those that fire first; what is not shown is counted."""
    keys = numbered(incident)
    fires = set(still_firing(incident, known.values()))
    lines: list[Line] = [[("alerts  ", "strong"), (f"{len(fires)} of {len(keys)} fire", "muted")]]
    for number, key in enumerate(keys[:MOST_ALERTS], 1):
        severity, alert = incident.alerts[key], known.get(key)
        if alert is not None and key in fires:
            severity = alert.severity
        sign = (f"{glyphs.levels['critical' if severity == 'critical' else 'warning']} ", severity)
        if severity in ("", "info"):
            sign = (f"{glyphs.levels['ok' if not severity else 'unknown']} ", "ok" if not severity else "muted")
        when = f" for {age(now - alert.active_at)}" if alert and severity else ""
        told = f"{key}{f': {alert.summary}' if alert else ''}{when}" if severity else f"{key} is over"
        said = clean(told, LINE_LIMIT)
        lead = f" {number:>2} "
        lines.append([(lead, "muted"), sign, (cut(said, max(width - len(lead) - 2, 10), glyphs), "text")])
    if len(keys) > MOST_ALERTS:
        lines.append([(f"    and {len(keys) - MOST_ALERTS} more", "muted")])
    return lines


def _told(messages: Sequence[Message], now: float, width: int) -> Iterator[Line]:
    """What of the messages is not delivered; what was stands in the timeline, with its receipt."""
    waiting = [each for each in messages if each.state in ("queued", "sending", "dead")]
    if waiting:
        yield []
        yield [("not delivered", "strong")]
    for each in waiting[:10]:
        style = "critical" if each.state == "dead" else "warning"
        tried = f" after {each.attempts} attempt{'s' if each.attempts > 1 else ''}" if each.attempts else ""
        due = f", again in {duration(each.due_at - now)}" if each.state != "dead" and each.due_at > now else ""
        said = f": {each.said}" if each.said else ""
        how = "given up" if each.state == "dead" else each.state
        yield from wrapped(f" {each.receiver} {each.action}: {how}{tried}{due}{said}", style, width)
    if len(waiting) > 10:
        yield [(f" and {len(waiting) - 10} more", "muted")]


def timeline(moments: Sequence[Moment], now: float, width: int, *, head: bool = True) -> list[Line]:
    """The moments by time, each with that and who wrote it; with how many older ones are left out."""
    shown = in_time(moments)[-MOST_MOMENTS:]
    left_out = len(moments) - len(shown)
    lines: list[Line] = []
    if head:
        counted = f"{len(moments)} moment{'' if len(moments) == 1 else 's'}"
        lines.append([("timeline  ", "strong"), (counted, "muted")])
    if left_out:
        lines.append([(f"the {left_out} oldest are not shown here", "muted")])
    times = [stamp(moment.at, now) for moment in shown]
    lead = max(map(len, times), default=0) + 2
    for moment, when in zip(shown, times, strict=True):
        lines += _moment(moment, when, lead, width)
    return lines


class KeptTimeline:
    """The timeline as it was drawn last: hundreds of moments are not drawn anew for every tick of a clock."""

    def __init__(self) -> None:
        self._of: tuple[Sequence[Moment], float, int, bool] | None = None
        self._lines: Sequence[Line] = ()

    def lines(self, moments: Sequence[Moment], now: float, width: int, *, head: bool = True) -> Sequence[Line]:
        """The same as `timeline` gives."""
        look = (now // _DAY_S, width, head)
        if self._of is None or self._of[0] is not moments or self._of[1:] != look:
            self._of = (moments, *look)
            self._lines = timeline(moments, now, width, head=head)
        return self._lines


def _moment(moment: Moment, when: str, lead: int, width: int) -> list[Line]:
    style = _KINDS.get(moment.kind, "text")
    if moment.kind == "alert" and not moment.data.get("severity"):
        style = "ok"
    by = f"{clean(moment.by)}: " if moment.by else ""
    room = max(width - lead - cell_len(by), 20)
    first, *rest = wrap(clean(spoken(moment), LINE_LIMIT), room) or [""]
    lines: list[Line] = [[(pad(when, lead, right=False), "muted"), (by, "accent"), (first, style)]]
    return [*lines, *[[(" " * (lead + cell_len(by)) + part, style)] for part in rest]]


def as_text(seen: Seen, now: float, glyphs: Glyphs) -> str:
    """The incident as plain text, for the clipboard."""
    return "\n".join("".join(part for part, _ in line).rstrip() for line in story(seen, now, 100, glyphs)) + "\n"
