"""What an incident is about: its likeliest cause, its priority, and several that turn out to be one. No I/O."""

from msgspec.structs import replace

from collectors.text import clean
from ops.board import Cause
from ops.incidents.deeds import merge
from ops.incidents.desk import Desk
from ops.incidents.nearness import family
from ops.incidents.priority import graver, priority_of, respond_s
from ops.incidents.structs import Incident

STORM = "storm: "
"""How the title of a storm begins."""


_SUFFERING = " on it)"
"""How a cause ends that others suffer from."""


def explain(desk: Desk, number: int) -> None:
    """The likeliest cause, and the priority where the rules make it graver."""
    incident = desk.stand[number]
    if not incident.open or not incident.firing:
        return
    firing = [desk.alerts[key] for key in incident.firing]
    rows = {desk.floor.real(alert.row) for alert in firing}
    cause = next((one for one in desk.floor.board.causes if not rows.isdisjoint(family(one))), None)
    known = incident.cause_row
    failing = desk.failing(rows)
    priority = priority_of(firing, failing, desk.floor.board, desk.settings)
    worse = not incident.prioritized_by and graver(priority, incident.priority)
    if cause is not None and (not known or known in cause.affected or _is_newer(desk, incident, cause, worse=worse)):
        desk.emit(number, "cause", cause.text, row=cause.row)
        title = clean(_alone(cause.text))
        if incident.cause_row and not incident.titled_by and not incident.title.startswith(STORM):
            desk.emit(number, "title", f"is called “{title}” now", title=title)
    if worse:
        incident = desk.stand[number]
        said = f"{priority}, before it was {incident.priority}" + (f": {failing} services fail" if failing > 1 else "")
        given = replace(incident, priority=priority)
        desk.emit(number, "priority", said, priority=priority, respond_s=desk.respond(given))


def _alone(text: str) -> str:
    """A cause in words, without what suffers from it."""
    return text.rpartition(" (")[0] if text.endswith(_SUFFERING) else text


def _is_newer(desk: Desk, incident: Incident, cause: Cause, *, worse: bool) -> bool:
    """Whether a cause says more than the known one.

    That is of before, or still fails and no service with it, or the same row fails otherwise now, and worse.
    """
    known = incident.cause_row
    if worse and cause.row == known and _alone(cause.text) != _alone(incident.cause):
        return True
    harmless = bool(desk.floor.causes(known)) and not desk.failing((known,))
    return (harmless and bool(desk.failing((cause.row,)))) or _is_of_before(desk, incident, cause)


def _is_of_before(desk: Desk, incident: Incident, cause: Cause) -> bool:
    """Whether its likely cause is of the time before it was reopened just now: that is well, or fails otherwise."""
    just_now = incident.reopened and incident.triggered_at == desk.now
    fails_otherwise = cause.row == incident.cause_row and cause.text != incident.cause
    return bool(just_now) and (fails_otherwise or not desk.floor.causes(incident.cause_row))


def put_together(desk: Desk) -> None:
    """Merge what began as several and turns out to have one cause; what a person took apart stays apart."""
    rows = {one.number: _own(desk, one) for one in desk.open() if _may_be_merged(one)}
    for cause in desk.floor.board.causes if len(rows) > 1 else ():
        whole = family(cause)
        kin = [desk.stand[number] for number in rows if desk.stand[number].open and not whole.isdisjoint(rows[number])]
        for one in kin[1:]:
            if abs(one.opened_at - kin[0].opened_at) <= desk.settings.together:
                respond = respond_s(one.priority, desk.settings)
                for moment in merge(one, desk.stand[kin[0].number], "", desk.now, respond):
                    desk.write(moment)
                rows[kin[0].number] |= rows[one.number]


def _own(desk: Desk, incident: Incident) -> set[str]:
    """Rows on which its alerts are; without this machine, where it is about something else too."""
    rows = desk.rows(incident)
    return {row for row in rows if not desk.floor.is_here(row)} or rows


def _may_be_merged(incident: Incident) -> bool:
    return incident.number > 0 and incident.split_from is None
