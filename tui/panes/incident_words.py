"""How incidents are told: state, timers and people in words, and one as a line of the list. Pure, without a screen."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from collectors.text import LINE_LIMIT, clean
from ops.figures import duration
from ops.incidents.structs import Incident, Presence
from tui.glyphs import Glyphs
from tui.panes.cells import age
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("incident", "incident", align="left"),
    Column("priority", "prio", align="left"),
    Column("state", "state", align="left"),
    Column("title", "title", align="left", least=16, grow=1),
    Column("owner", "owner", 3, align="left", most=14, least=6, optional=True),
    Column("began", "opened", 2),
    Column("took", "lasted", 1),
    Column("alerts", "alerts", 4, optional=True),
)
PRIORITY_STYLES = {"P1": "critical", "P2": "warning", "P3": "accent", "P4": "muted"}
_STATES: dict[str, tuple[Literal["critical", "warning", "ok"], str]] = {
    "triggered": ("critical", "critical"),
    "acknowledged": ("warning", "warning"),
    "mitigated": ("warning", "accent"),
    "resolved": ("ok", "ok"),
}
"""By state: the level whose glyph it has, and the meaning that colours it."""
_DAY_S = 86400.0


def name(incident: Incident) -> str:
    """What people call it: "INC-42"."""
    return f"INC-{incident.number}"


def state(incident: Incident, glyphs: Glyphs) -> tuple[str, str]:
    """Glyph and word of how it stands, and the meaning that colours it."""
    if incident.merged_into is not None:
        return f"{glyphs.levels['ok']} merged into INC-{incident.merged_into}", "muted"
    level, style = _STATES[incident.state]
    word = "false alarm" if incident.state == "resolved" and incident.false_positive else incident.state
    return f"{glyphs.levels[level]} {word}", style


def lasted_s(incident: Incident, now: float) -> float:
    """From when it was opened to its end, or to now; a clock that went back gives 0."""
    return max((now if incident.resolved_at is None else incident.resolved_at) - incident.opened_at, 0.0)


def response(incident: Incident, now: float) -> tuple[str, str]:
    """What is to be said of the time to respond, and its meaning; ("", "") where nobody waits for it any more."""
    if not incident.open or incident.respond_by is None:
        return "", ""
    left = incident.respond_by - now
    if left < 0:
        return f"response overdue by {duration(-left)}", "critical"
    return f"respond within {duration(left)}", "warning"


def owner(incident: Incident, now: float) -> tuple[str, str]:
    """Who has it, and the meaning of that."""
    if incident.merged_into is not None:
        return f"it goes on as INC-{incident.merged_into}", "muted"
    until = ""
    if incident.ack_until is not None and incident.open:
        until = f" for {duration(max(incident.ack_until - now, 0.0))} more"
    if incident.state == "resolved":
        return (f"resolved by {clean(incident.resolved_by)}" if incident.resolved_by else "resolved by itself"), "ok"
    has = clean(incident.assignee or incident.acked_by)
    if incident.state == "triggered":
        return (f"unacknowledged, assigned to {has}" if incident.assignee else "unacknowledged"), "warning"
    return f"{incident.state}, {has} has it{until}" if has else f"{incident.state}{until}", "ok"


def people(incident: Incident) -> str:
    """Roles and who has them: "lead alice, communication bob"."""
    return ", ".join(f"{clean(role)} {clean(person)}" for role, person in incident.roles.items())


def watchers(present: Sequence[Presence], number: int | None) -> tuple[str, ...]:
    """Who looks at an incident now, in ever fewer words: "root (sudo: alice) from 10.0.0.4, bob", "root (sudo: alice),
    bob", "alice, bob", "2"; nothing where nobody does.
    """
    from ops.fixes.who import person

    here = [each for each in present if number is None or each.incident == number]
    if not here:
        return ()
    whole = _together(f"{each.user} from {each.origin}" if each.origin else each.user for each in here)
    users = _together(each.user for each in here)
    people = _together(person(each.user) for each in here)
    return tuple(dict.fromkeys((whole, users, people, str(len(here)))))


def _together(names: Iterable[str]) -> str:
    """Each name once: people who share an account and an address are told as "ops from 10.0.0.4 2x"."""
    times = Counter(map(clean, names))
    return ", ".join(name if count == 1 else f"{name} {count}x" for name, count in times.items())


def firing(incident: Incident) -> str:
    """How many of its alerts fire: "2 of 3"."""
    total = len(incident.alerts)
    return f"{len(incident.firing)} of {total}" if total else ""


def clock(at: float, now: float) -> str:
    """A moment in UTC, with the day where that is not today's: "03:10:11", "11-20 03:10:11"."""
    form = "%H:%M:%S" if at // _DAY_S == now // _DAY_S else "%m-%d %H:%M:%S"
    return time.strftime(form, time.gmtime(at))


def table_row(incident: Incident, now: float, glyphs: Glyphs) -> TableRow:
    """One incident as a line of the list."""
    words, style = state(incident, glyphs)
    took = lasted_s(incident, now)
    has = incident.assignee or incident.acked_by or incident.resolved_by
    return TableRow(
        str(incident.number),
        (
            Cell(name(incident), "strong" if incident.open else "muted", float(incident.number)),
            Cell(incident.priority, PRIORITY_STYLES[incident.priority], incident.priority),
            Cell(words, style, words),
            Cell(clean(incident.title, LINE_LIMIT), "text" if incident.open else "muted", incident.title),
            Cell(clean(has), "text", has or None),
            Cell(age(now - incident.opened_at), "muted", incident.opened_at),
            Cell(age(took) if incident.open else duration(took), "text" if incident.open else "muted", took),
            Cell(firing(incident) if incident.open else "", "muted", float(len(incident.firing))),
        ),
    )
