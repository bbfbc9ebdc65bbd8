"""Incidents, their timelines and the report as lines of text, for `watchfloor incident`."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from ops.alerts.structs import Alert
from ops.board import Level
from ops.figures import count, duration, percent
from ops.incidents.clocks import Week, clocks
from ops.incidents.report import ByPriority, Report
from ops.incidents.spoken import (
    detected,
    goes_on,
    in_time,
    lasted_s,
    mended_by,
    name,
    numbered,
    response,
    spoken,
    still_firing,
    took,
)
from ops.incidents.spoken import standing as stands
from ops.incidents.structs import Clocks, Incident, IncidentState, Moment
from ops.incidents.untold import hushed_now
from ops.notify.structs import Message
from ops.past.wall import moment
from tui.cli.fix_list import aligned
from tui.cli.output import signed

_LEVELS: Mapping[IncidentState, Level] = {
    "triggered": "critical",
    "acknowledged": "warning",
    "mitigated": "warning",
    "resolved": "ok",
}
_HEAD = ("incident", "prio", "state", "opened", "lasted", "owner", "alerts", "title")
_WEEK_HEAD = ("week of", "opened", "over", "false alarms", "MTTD", "MTTA", "MTTR")
_MOST_ALERTS = 100
_MOST_WAITING = 20


def list_lines(incidents: Sequence[Incident], now: float) -> list[str]:
    """A line for each, with a heading; none for none."""
    return aligned([_HEAD, *(_cells(one, now) for one in incidents)]) if incidents else []


def _cells(incident: Incident, now: float) -> tuple[str, ...]:
    told = incident.alerts and (incident.open or incident.firing)
    firing = f"{len(incident.firing)} of {len(incident.alerts)}" if told else ""
    return (
        name(incident),
        incident.priority,
        stands(incident),
        time.strftime("%Y-%m-%d %H:%M", time.gmtime(incident.opened_at)),
        duration(lasted_s(incident, now)),
        clean(incident.assignee or incident.acked_by or incident.resolved_by),
        firing,
        clean(incident.title, LINE_LIMIT),
    )


def standing(incident: Incident, now: float) -> Iterator[str]:
    """How it stands, in a line or two."""
    level = "ok" if incident.merged_into is not None else _LEVELS[incident.state]
    yield signed(level, f"{name(incident)} {incident.priority} {stands(incident)}: {clean(incident.title, LINE_LIMIT)}")
    if told := _who(incident, now):
        yield f"  {told}"
    if not incident.open and incident.firing:
        yield f"  but {goes_on(len(incident.firing))}"


def part_of(number: int, whole: Incident) -> Iterator[str]:
    """That what was asked for by its number is told with what it was merged into; nothing where it is whole."""
    if number != whole.number:
        yield f"INC-{number} was merged into {name(whole)}, which is this one"


def as_it_fires(incident: Incident, alerts: Iterable[Alert]) -> Incident:
    """The same, for these lines; one that a person ended with the alerts of it that fire nevertheless."""
    if incident.open:
        return incident
    known = {alert.key: alert for alert in alerts}
    fires = {key: str(known[key].severity) for key in still_firing(incident, known.values())}
    return replace(incident, alerts={**incident.alerts, **fires})


def _who(incident: Incident, now: float) -> str:
    """Who has it, or until when somebody must."""
    parts = list(filter(None, [response(incident, now)]))
    if incident.assignee or incident.acked_by:
        parts.append(f"owner {clean(incident.assignee or incident.acked_by)}")
    if incident.open and incident.ack_until is not None:
        parts.append(f"for {duration(max(incident.ack_until - now, 0.0))} more")
    parts += [f"{clean(role)} {clean(person)}" for role, person in incident.roles.items()]
    return ", ".join(parts)


def show_lines(
    incident: Incident, timeline: Sequence[Moment], moments: int, messages: Sequence[Message], now: float
) -> Iterator[str]:
    """All about one: of `moments` moments those in `timeline`, and of its messages what is not delivered."""
    yield from standing(incident, now)
    for head, text in (*_about(incident), *_since(incident, timeline, now)):
        if text:
            yield f"  {head:<13} {clean(text, LINE_LIMIT)}"
    yield from (f"  {'changed':<13} {clean(text, LINE_LIMIT)}" for text in incident.changed)
    yield from (f"  {'link':<13} {clean(link, LINE_LIMIT)}" for link in incident.links)
    yield from _alerts(incident)
    yield from _messages(messages)
    left_out = moments - len(timeline)
    yield f"timeline, {count(moments)} moments" + (f", the {count(left_out)} oldest are not shown" if left_out else "")
    yield from (f"  {line}" for line in aligned([_moment(one) for one in in_time(timeline)]))


def _since(incident: Incident, timeline: Sequence[Moment], now: float) -> Iterator[tuple[str, str]]:
    yield "quiet", hushed_now(timeline, now) if incident.open else ""
    yield "ended by", mended_by(incident, timeline)


def _about(incident: Incident) -> Iterator[tuple[str, str]]:
    yield "opened", moment(incident.opened_at)
    yield "clocks", _clock_words(clocks(incident))
    yield "reopened", f"{incident.reopened} times" if incident.reopened else ""
    yield "escalated", f"{incident.escalation} times" if incident.escalation else ""
    yield "likely cause", incident.cause
    yield "runbook", incident.runbook
    yield "taken out of", f"INC-{incident.split_from}" if incident.split_from is not None else ""


def _clock_words(found: Clocks) -> str:
    words = [f"detected {detected(found.detect_s)}"]
    for word, took_s in (("acknowledged", found.acknowledge_s), ("resolved", found.resolve_s)):
        words += [f"{word} after {duration(took_s)}"] if took_s is not None else []
    return ", ".join(words)


def _alerts(incident: Incident) -> Iterator[str]:
    yield f"alerts, {len(incident.firing)} of {len(incident.alerts)} fire"
    keys = numbered(incident)
    for key in keys[:_MOST_ALERTS]:
        yield f"  {incident.alerts[key] or 'over':<8} {clean(key, LINE_LIMIT)}"
    if len(keys) > _MOST_ALERTS:
        yield f"  and {count(len(keys) - _MOST_ALERTS)} more"


def _messages(messages: Sequence[Message]) -> Iterator[str]:
    """Who was told, and what is not delivered; the receipts stand in the timeline."""
    if not messages:
        return
    sent = sum(one.state == "sent" for one in messages)
    yield f"messages, {sent} of {len(messages)} delivered"
    waiting = [one for one in messages if one.state in ("queued", "sending", "dead")]
    for one in waiting[:_MOST_WAITING]:
        how = "given up" if one.state == "dead" else "waits"
        tries = f" after {one.attempts} attempts" if one.attempts else ""
        said = f": {clean(one.said)}" if one.said else ""
        yield f"  {clean(one.receiver)} {one.action}: {how}{tries}{said}"
    if len(waiting) > _MOST_WAITING:
        yield f"  and {count(len(waiting) - _MOST_WAITING)} more; `watchfloor notify outbox` has all"


def _moment(one: Moment) -> tuple[str, ...]:
    at = time.strftime("%m-%d %H:%M:%S", time.gmtime(one.at))
    return at, one.kind, clean(one.by), clean(spoken(one), LINE_LIMIT)


def report_lines(report: Report) -> Iterator[str]:
    """The whole report; times are UTC."""
    yield f"INCIDENTS opened from {moment(report.start)} to {moment(report.end)}"
    yield (
        f"{count(report.opened)} opened, {count(report.open)} go on, {count(report.resolved)} over, "
        f"{count(report.reopened)} came back, false alarms {_share(report.false_positives, report.false_ratio)}"
    )
    if report.means is not None:
        yield f"MTTD {took(report.means.detect_s)}, MTTA {_took(report.means.acknowledge_s)}, " + (
            f"MTTR {_took(report.means.resolve_s)}"
        )
    if not report.opened:
        return
    yield from ("", *aligned([_WEEK_HEAD, *map(_week, report.weeks)]))
    head = ("priority", "opened", "respond within", "in time", "late", "MTTD", "MTTA", "MTTR")
    yield from ("", *aligned([head, *map(_priority, report.priorities)]))
    if report.causes:
        yield from ("", "what caused several")
        lines = [(clean(one.row), f"{one.incidents} incidents", duration(one.lasted_s)) for one in report.causes]
        yield from (f"  {line}" for line in aligned(lines))
    if report.longest:
        yield from ("", "what took longest")
        yield from (f"  {line}" for line in aligned([_cells(one, report.end) for one in report.longest]))


def _week(week: Week) -> tuple[str, ...]:
    means = (_noticed(week.detect_s), _took(week.acknowledge_s), _took(week.resolve_s))
    counts = (str(week.opened), str(week.resolved), _share(week.false_positives, week.false_ratio))
    return (f"{week.monday:%Y-%m-%d}", *counts, *means)


def _priority(one: ByPriority) -> tuple[str, ...]:
    detect_s, *others = (
        (None, None, None) if one.means is None else (one.means.detect_s, one.means.acknowledge_s, one.means.resolve_s)
    )
    counts = (str(one.opened), duration(one.respond_s), str(one.in_time), str(one.late))
    return (one.priority, *counts, _noticed(detect_s), *map(_took, others))


def _noticed(seconds: float | None) -> str:
    return "-" if seconds is None else took(seconds)


def _took(seconds: float | None) -> str:
    return "-" if seconds is None else duration(seconds)


def _share(number: int, ratio: float | None) -> str:
    return str(number) if ratio is None or not number else f"{number} ({percent(ratio * 100)})"
