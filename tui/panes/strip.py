"""The floor's line of the gravest open incident: number, priority, title, how long, who waits. Pure."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from collectors.text import LINE_LIMIT, clean
from ops.figures import duration
from ops.incidents.spoken import lasted_s, name
from ops.incidents.structs import Incident
from tui.glyphs import Glyphs
from tui.panes.cells import age
from tui.panes.incident_words import PRIORITY_STYLES, owner, response
from tui.widgets.lines import Line, cut


def strip(incidents: Sequence[Incident], now: float, width: int, glyphs: Glyphs, *, plain: bool = False) -> Line:
    """Tell of the first, and how many more there are; what does not fit is left out, the title is cut last.

    `plain` spares the line: times in whole minutes.
    """
    if not incidents:
        return ()
    first, dot = incidents[0], f" {glyphs.dot} "
    lead = [(f"{name(first)} ", "strong"), (f"{first.priority} ", PRIORITY_STYLES[first.priority])]
    room = width - sum(cell_len(text) for text, _ in lead)
    for parts in _forms(first, now, len(incidents) - 1, plain=plain):
        rest = sum(cell_len(text) + len(dot) for text, _ in parts)
        if room - rest >= min(cell_len(first.title), 24) or len(parts) == 1:
            break
    title = cut(clean(first.title, LINE_LIMIT), max(room - rest, 0), glyphs)
    line: list[tuple[str, str]] = [*lead, (title, "strong")]
    for part in parts:
        line += [(dot, "muted"), part]
    return line


def _forms(incident: Incident, now: float, others: int, *, plain: bool) -> Iterator[list[tuple[str, str]]]:
    """What follows the title, roomiest first."""
    lasted = lasted_s(incident, now)
    time = (age(lasted) if plain else duration(lasted), "text")
    answer = [response(incident, now)] if incident.respond_by is not None else []
    if plain and answer and incident.respond_by is not None:
        left = incident.respond_by - now
        answer = [(f"respond within {age(left)}" if left >= 0 else "response overdue", answer[0][1])]
    has, more = owner(incident, now), [(f"and {others} more", "warning")] if others else []
    yield [time, *answer, has, *more]
    yield [time, *answer, *more] if answer else [time, has, *more]
    yield [time, (f"+{others}", "warning")] if others else [time, has]
    yield [time]


def waiting(incidents: Sequence[Incident]) -> Incident | None:
    """The gravest that nobody has."""
    return next((each for each in incidents if each.state == "triggered"), None)
