"""What the war room says of its incident: the clock with its timers, why, and what comes next. Pure."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from collectors.text import LINE_LIMIT, clean
from ops.actions.base import Offer
from ops.board import Board, Budget
from ops.figures import duration, stamp
from ops.incidents.spoken import goes_on, lasted_s, name, still_firing
from ops.incidents.structs import Incident, Moment
from ops.incidents.untold import hushed_now
from ops.jobs.structs import Job
from ops.notify.next_step import NextStep
from tui.glyphs import Glyphs
from tui.incident_reading import Seen
from tui.panes import promises
from tui.panes.incident_story import has_it, wrapped
from tui.panes.incident_words import PRIORITY_STYLES, people, response, state
from tui.panes.job_words import state as job_state
from tui.widgets import big
from tui.widgets.lines import Line, cut, wrap

CALM = "no incident is open"
READING = "reading the incidents"
MOST_BUDGETS = 4
_LEAST_TITLE = 24
OVER = "it is over: P shows the post-mortem, d notes what is to be done afterwards, u opens it again"
GOES_ON = "it was ended by hand while alerts fired, and they still do: u opens it again"
WAITS = (
    "it waits for what flaps: that is over once it has stayed good for about a minute, or for 20 polls where they"
    " are slower"
)
_FLAPS = "flapping/"


def clock_lines(
    incident: Incident | None, step: NextStep | None, now: float, size: tuple[int, int], glyphs: Glyphs,
    moments: Sequence[Moment] = (), *, unread: bool = False,
) -> list[Line]:  # fmt: skip
    """How long it lasts in big digits, then its timers and who has it; without an incident the time of day.

    While `unread` nobody knows whether there is one.
    """
    if incident is None:
        time = stamp(now, now)
        calm, style = (READING, "muted") if unread else (CALM, "ok")
        return [*_digits(time, style, size, 2, glyphs), [(f"{calm}; it is {time} UTC", style)]]
    words = [[(cut(text, size[0], glyphs), meaning)] for text, meaning in _timers(incident, step, moments, now)]
    style = state(incident, glyphs)[1]
    told = big.elapsed(lasted_s(incident, now))
    return [*_digits(told, style, size, len(words), glyphs), *words]


def _digits(text: str, style: str, size: tuple[int, int], below: int, glyphs: Glyphs) -> list[Line]:
    """As large as there is room over so many lines; in plain figures where there is none."""
    width, height = size
    for times in (4, 3, 2, 1):
        wide, tall = big.size(text, times, glyphs)
        if wide <= width and tall + below <= height:
            return [[(row, style)] for row in big.big(text, times, glyphs)]
    return [[(text, style)]]


def _timers(
    incident: Incident, step: NextStep | None, moments: Sequence[Moment], now: float
) -> Iterator[tuple[str, str]]:
    answer = response(incident, now)
    if answer[0]:
        yield answer
    if step is not None:
        left = step.at - now
        who = f" to {', '.join(map(clean, step.who))}" if step.who else ""
        yield (f"escalates in {duration(left)}{who}" if left > 0 else f"escalates now{who}"), "warning"
    elif incident.escalation and incident.state == "triggered":
        yield f"escalated {incident.escalation}x, nobody is left to be told", "critical"
    if hushed := hushed_now(moments, now) if incident.open else "":
        yield hushed, "warning"
    yield has_it(incident, moments, now)
    if incident.roles:
        yield people(incident), "text"


def title(incident: Incident | None, glyphs: Glyphs, left: int = 0) -> str:
    """The words in the frame of the clock; `left` counts what still fires though a person ended it."""
    if incident is None:
        return "War room"
    return f"{name(incident)} {incident.priority} {state(incident, glyphs)[0]}" + (f", {goes_on(left)}" if left else "")


def head(
    seen: Seen, who: Sequence[str], now: float, width: int, glyphs: Glyphs, *, read_only: bool, board: Board
) -> Line:
    """Number, priority and title, who is here in the most of these words that there is room for, and the time."""
    incident = seen.incident
    # What is least missed stands first: it goes first where there is no room.
    right: list[tuple[str, str]] = []
    if read_only:
        right.append(("read-only  ", "warning"))
    others = len(seen.opened) - bool(incident and incident.open)
    if others > 0:
        right.append((f"{others} more open  ", "warning"))
    if board.undelivered:
        right.append((f"{board.undelivered} undelivered  ", "critical"))
    right.append((f"{stamp(now, now)} UTC ", "text"))
    left: list[tuple[str, str]] = [(f" {clean(board.name)} ", "muted")]
    if incident is not None:
        left += [(f" {name(incident)} ", "strong"), (f"{incident.priority} ", PRIORITY_STYLES[incident.priority])]
    used = sum(cell_len(text) for text, _ in (*left, *right))
    said = clean(incident.title, LINE_LIMIT) if incident is not None else ""
    least = min(cell_len(said), _LEAST_TITLE)
    here = next((text for text in map("here: {}  ".format, who) if used + least + cell_len(text) < width), "")
    if here:
        right.insert(0, (here, "accent"))
        used += cell_len(here)
    while used + least >= width and len(right) > 1:
        used -= cell_len(right.pop(0)[0])
    told = cut(said, max(width - used - 1, 0), glyphs)
    room = max(width - used - cell_len(told), 1)
    return [*left, (told, "strong"), (" " * room, "text"), *right]


def facts_lines(seen: Seen, board: Board, jobs: Sequence[Job], now: float, width: int, glyphs: Glyphs) -> list[Line]:
    """The likely cause, what was not delivered, jobs that run, what changed, what fires, budgets that burn."""
    incident = seen.incident
    if incident is None:
        return wrapped(seen.trouble, "critical", width) if seen.trouble else _calm(board, width, glyphs)
    lines = wrapped(seen.trouble, "critical", width) if seen.trouble else []
    cause = incident.cause or (_cause_now(board, incident) if incident.open else "")
    lines += wrapped(f"likely cause: {cause}" if cause else "no likely cause is known yet", "strong", width, most=3)
    lost = sum(each.state == "dead" for each in seen.messages)
    if lost:
        lines.append([(f"{lost} message{'s' if lost > 1 else ''} given up: somebody may not know", "critical")])
    for job in [job for job in jobs if job.runs][:3]:
        words, style = job_state(job, now, glyphs)
        text = f"job {job.id}: {clean(job.request.title)}"
        lines.append([(f"{words} ", style), (cut(text, width - cell_len(words) - 1, glyphs), "text")])
    for change in incident.changed[:4]:
        lines += wrapped(f"changed: {change}", "text", width, most=2)
    firing = still_firing(incident, seen.alerts.values())
    style = "critical" if firing and not incident.open else "muted"
    lines.append([(cut(_fires(incident, firing), width, glyphs), style)])
    if incident.open and firing and all(key.startswith(_FLAPS) for key in firing):
        lines += wrapped(WAITS, "text", width)
    for budget in burning(board, incident)[:MOST_BUDGETS] if incident.open or firing else ():
        lines.append(_budget(budget, now, width, glyphs))
    return lines


def _fires(incident: Incident, firing: Sequence[str]) -> str:
    """How many of its alerts fire, and on which rows; of one of which none does, on which they did."""
    if not incident.alerts:
        return "no alerts"
    told = f"{len(firing)} of {len(incident.alerts)} alerts fire"
    rows = tuple(dict.fromkeys(key.partition("/")[2] for key in firing)) or incident.rows
    named = ", ".join(map(clean, rows))
    return f"{told}: {named}" if firing or not named else f"{told}; they were of {named}"


def _cause_now(board: Board, incident: Incident) -> str:
    """What a look at everything gives as the likeliest cause of one of its rows."""
    rows = set(incident.rows)
    return next((cause.text for cause in board.causes if rows & {cause.row, *cause.affected}), "")


def _calm(board: Board, width: int, glyphs: Glyphs) -> list[Line]:
    counts = board.counts()
    shown = "  ".join(f"{glyphs.levels[level]} {count} {level}" for level, count in counts.items() if count)
    return [[(cut(shown or "nothing is read yet", width, glyphs), "text")]]


def burning(board: Board, incident: Incident) -> list[Budget]:
    """The budgets of what its alerts are of, and of what depends on its cause, those that burn fastest first.

    What alerts of nothing and burned less than shows as 0.1 within an hour has nothing to say.
    """
    through = [cause.affected for cause in board.causes if cause.row == incident.cause_row]
    rows = {*incident.rows, *(row for affected in through for row in affected)}
    of = [
        budget
        for budget in board.budgets
        if budget.row in rows or f"service:{budget.service}" in rows or f"slo:{budget.id}" in rows
    ]
    hurt = [
        one for one in of if one.alert or f"slo:{one.id}" in rows or max(one.burn_5m or 0, one.burn_1h or 0) >= 0.05
    ]
    return sorted(hurt, key=lambda budget: (not budget.alert, -(budget.burn_5m or 0.0)))


def _budget(budget: Budget, now: float, width: int, glyphs: Glyphs) -> Line:
    left = f"{promises.percent(budget.remaining_ratio)} left" if budget.remaining_ratio is not None else "no data"
    burn = f" {glyphs.dot} burns {promises.times(budget.burn_5m)}" if budget.burn_5m is not None else ""
    emptying = promises.emptying(budget, now)
    empty = f" {glyphs.dot} {emptying.told}" if emptying else ""
    text = f"budget {promises.title(budget)} {promises.objective(budget)}: {left}{burn}{empty}"
    return [(cut(text, width, glyphs), promises.level(budget))]


def runbook_of(incident: Incident | None, board: Board) -> str:
    """The runbook of its alerts, else of the rows that it is of; "" without any."""
    if incident is None or incident.runbook:
        return incident.runbook if incident is not None else ""
    rows = filter(None, map(board.row, (incident.cause_row, *incident.rows)))
    return next((row.runbook for row in rows if row.runbook), "")


def fix_row(incident: Incident | None, board: Board | None) -> str:
    """The row for which fixes are offered: what it comes from, else the first of which an alert fires; "" for none.

    Only one that fails: on a row that is well the menu offers what mends the likeliest cause of all, whosever it is.
    """
    if incident is None or board is None or not incident.open:
        return ""
    budgets = {f"slo:{budget.id}": budget.row for budget in board.budgets}
    rows = (incident.cause_row, *(key.partition("/")[2] for key in incident.firing))
    found = (board.row(budgets.get(row, row)) for row in rows)
    return next((row.id for row in found if row is not None and row.level != "ok" and row.word != "waiting"), "")


def fix_step(offer: Offer | None, key: str) -> tuple[str, ...]:
    """The fix that fits, as the first step, with the key that proposes it; nothing without one."""
    if offer is None:
        return ()
    return (f"{key}: {offer.title}" + (f" ({offer.why})" if offer.why else ""),)


def next_lines(steps: Sequence[str], incident: Incident | None, width: int, left: int = 0) -> list[Line]:
    """The fix that fits and the steps of the runbook, numbered and whole; or that there is neither.

    What is over is not mended any more: there what can be done with it. `left` as `title` has it.
    """
    if incident is None:
        return []
    if not incident.open:
        if incident.merged_into is not None:
            return wrapped(f"it goes on as INC-{incident.merged_into}", "muted", width)
        return wrapped(GOES_ON, "critical", width) if left else wrapped(OVER, "muted", width)
    if not steps:
        return [[('no runbook is named: runbook = "…" of a target or of an [[alert]] names one', "muted")]]
    lines: list[Line] = []
    for number, text in enumerate(steps, 1):
        first, *rest = wrap(clean(text, LINE_LIMIT), max(width - 3, 20)) or [""]
        lines.append([(f"{number:>2} ", "accent"), (first, "text")])
        lines += [[("   ", "text"), (part, "text")] for part in rest]
    return lines
