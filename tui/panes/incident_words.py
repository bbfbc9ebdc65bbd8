"""How incidents are told: state, timers and people in words, and one as a line of the list. Pure, without a screen."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from collectors.text import LINE_LIMIT, clean
from ops.figures import duration
from ops.incidents import spoken
from ops.incidents.spoken import lasted_s, name
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


def state(incident: Incident, glyphs: Glyphs) -> tuple[str, str]:
    """Glyph and word of how it stands, and the meaning that colours it."""
    level, style = _STATES[incident.state]
    if incident.merged_into is not None:
        level, style = "ok", "muted"
    return f"{glyphs.levels[level]} {spoken.standing(incident)}", style


def response(incident: Incident, now: float) -> tuple[str, str]:
    """What is to be said of the time to respond, and its meaning; ("", "") where nobody waits for it any more."""
    told = spoken.response(incident, now)
    late = incident.respond_by is not None and incident.respond_by < now
    return told, "critical" if told and late else "warning" if told else ""


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


def table_row(incident: Incident, now: float, glyphs: Glyphs, left: int = 0) -> TableRow:
    """One incident as a line of the list; `left` counts what still fires though a person ended it."""
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
            _fires(incident, left),
        ),
    )


def _fires(incident: Incident, left: int) -> Cell:
    if left and not incident.open:
        return Cell(f"{left} of {len(incident.alerts)}", "critical", float(left))
    return Cell(firing(incident) if incident.open else "", "muted", float(len(incident.firing)))
