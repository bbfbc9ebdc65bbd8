"""The alert line: the likely cause first, then the selected row's reason, a budget that fires, then what changed."""

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from collectors.text import LINE_LIMIT, clean
from ops.board import LEVELS, Board, Budget, Cause, Change, Level, Proposal, Row
from ops.figures import several
from ops.incidents.structs import Incident
from tui.glyphs import Glyphs
from tui.panes import promises
from tui.panes.cells import age, coarse_age, worst_first
from tui.panes.strip import strip
from tui.panes.view import View
from tui.widgets.lines import Line, Lines, cut

HELP = (
    "The deepest failing thing that explains others, then why the selected row is not well, then the error budget "
    "whose alert fires and why, then what changed last. What policy proposes stands under the first. When all is well "
    "it says so. While an incident is open it stands over all that, with its clock, who has it and what changed before."
)


def alert(board: Board, selected: str, height: int, width: int, glyphs: Glyphs, fix_key: str = "") -> list[Line]:
    """Fill `height` lines, the most important first: cause, selection, notes, changes; notes while all is well."""
    notes: list[Line] = [[(glyphs.dot + " ", "accent"), (cut(note, width - 2, glyphs), "text")] for note in board.notes]
    words, level, text, told = _cause(board, glyphs)
    calm = level in ("ok", "muted")
    lines: list[Line] = [*notes] if calm else []
    row = board.row(selected)
    chosen = row if row and row.level != "ok" and row.id != told and (row.reason or row.error) else None
    most = 2 if height - len(notes) - bool(board.proposals) >= (3 if chosen else 2) else 1
    lines += _wrapped(words, level, text, most, width, glyphs)
    lines += _changed(board.incidents[:1], width, glyphs)
    for proposal in board.proposals[:1]:
        lines.append(_proposed(board, proposal, width, glyphs, fix_key))
    above = [(told, text)]
    if chosen is not None:
        lines += _wrapped(*_why(chosen, board.at, glyphs), 1, width, glyphs)
        above.append((chosen.id, chosen.reason))
    for budget in _budgets(board, selected, told):
        lines += _wrapped(*_spent(budget, board.at, glyphs), 1, width, glyphs)
    lines += [] if calm else notes
    for change in board.changes:
        if len(lines) >= height:
            break
        if not any(change.row == name and change.text in said for name, said in above):
            lines.append(_change(board, change, width, glyphs))
    return lines[:height]


def _changed(incidents: Sequence[Incident], width: int, glyphs: Glyphs) -> list[Line]:
    """What changed just before the gravest incident, nearest first."""
    told = [f"{glyphs.dot} ".join(clean(each, LINE_LIMIT) + " " for each in one.changed).strip() for one in incidents]
    return [[("changed: ", "strong"), (cut(text, width - 9, glyphs), "text")] for text in told if text]


def _proposed(board: Board, proposal: Proposal, width: int, glyphs: Glyphs, fix_key: str) -> Line:
    """What policy would do if somebody said yes, and the key that shows it."""
    row, others = board.row(proposal.row), len(board.proposals) - 1
    more = f" (and {others} more)" if others else ""
    look = f" {glyphs.dash} {fix_key} on {row.called if row else proposal.row} to look" if fix_key else ""
    text = cut(proposal.text.removeprefix("proposed: "), max(width - cell_len(look + more) - 12, 10), glyphs)
    return [(f"{glyphs.chosen} proposed: ", "warning"), (text, "text"), (look, "accent"), (more, "muted")]


def _cause(board: Board, glyphs: Glyphs) -> tuple[str, str, str, str]:
    """The first words, their style, what follows them, and the id of the row that they tell of."""
    if board.causes:
        first, others = _likeliest(board)
        row = board.row(first.row)
        level: Level = row.level if row else "critical"
        if row is not None and row.level == "ok":  # it is well again, and its incident not over
            row, level = None, "warning"
        more = f" (and {others} more)" if others else ""
        long = f" {glyphs.dot}{_long(row, board.at)}" if row and _long(row, board.at) else ""
        return f"{glyphs.levels[level]} likely cause: ", level, first.text + long + more, first.row
    bad = worst_first([row for row in board.things if row.level != "ok"])
    if bad:
        return *_why(bad[0], board.at, glyphs, len(bad) - 1), bad[0].id
    if not board.rows:
        return "", "muted", "nothing is read yet", ""
    burning = _worst_budgets(board)
    if burning:
        return *_spent(burning[0], board.at, glyphs, len(burning) - 1), promises.row_id(burning[0])
    return (
        f"{glyphs.levels['ok']} all well",
        "ok",
        f" {glyphs.dot} {several(len(board.things), 'thing')} {'is' if len(board.things) == 1 else 'are'} read",
        "",
    )


def _likeliest(board: Board) -> tuple[Cause, int]:
    """The cause to tell, and how many others there are: that of the incident over it, also while that ends.

    Where that is well again, what is critical beside it goes first.
    """
    first = board.causes[0]
    for incident in board.incidents[:1]:
        stands = (one for one in board.causes if incident.cause_row in (one.row, *one.affected))
        found = next(stands, None)
        rows = [board.row(name) for name in (first.row, *first.affected)]
        if found is None and incident.cause and all(row is None or row.level != "critical" for row in rows):
            found = Cause(row=incident.cause_row, text=incident.cause, affected=())
        first = found or first
    return first, sum(one is not first for one in board.causes)


def _worst_budgets(board: Board) -> list[Budget]:
    """The budgets that page or are gone, those that page first."""
    bad = [budget for budget in board.budgets if promises.level(budget) == "critical"]
    return sorted(bad, key=lambda budget: (budget.alert != "page", budget.remaining_ratio or 0.0))


def _budgets(board: Board, selected: str, told: str) -> list[Budget]:
    """The selected budget when it is not well, else the worst one whose alert fires; not what was told already."""
    chosen = promises.found(board.budgets, selected)
    if chosen is None:
        firing = [budget for budget in board.budgets if budget.alert]
        chosen = next((budget for budget in _worst_budgets(board) if budget.alert), next(iter(firing), None))
    if chosen is None or promises.level(chosen) == "ok" or promises.row_id(chosen) == told:
        return []
    return [chosen]


def _spent(budget: Budget, now: float, glyphs: Glyphs, others: int = 0) -> tuple[str, str, str]:
    level, more = promises.level(budget), f" (and {others} more)" if others else ""
    why = promises.why(budget).removeprefix(f"{budget.alert}: ")
    emptying = promises.emptying(budget, now)
    empty = f" {glyphs.dot} {emptying.told}" if emptying else ""
    words = f"{glyphs.levels[level]} {promises.title(budget)} {promises.word(budget)}"
    return words, level, f": {why}{empty}{more}"


def _long(row: Row, now: float) -> str:
    """For how long it has been so: "" in the first minute, so that a quiet line stays as it is."""
    return f" for {age(now - row.since)}" if row.since and now - row.since >= 60 else ""


def _why(row: Row, now: float, glyphs: Glyphs, others: int = 0) -> tuple[str, str, str]:
    said = row.reason or row.error
    remedy = f" {glyphs.dot} {row.remedy}" if row.remedy and row.remedy not in said else ""
    more = f" (and {others} more)" if others else ""
    words = f"{glyphs.levels[row.level]} {row.called} {row.word}{_long(row, now)}"
    return words, row.level, f": {said}{remedy}{more}" if said else more


def _wrapped(words: str, level: str, text: str, most: int, width: int, glyphs: Glyphs) -> list[Line]:
    """Words and text on at most so many lines; what is too long for them is cut."""
    words = cut(words, width, glyphs)
    room = max(width - cell_len(words), 0)
    style = "muted" if level in ("ok", "muted") else "strong" if words.endswith("cause: ") else "text"
    if cell_len(text) <= room or most == 1:
        return [[(words, level), (cut(text, room, glyphs), style)]]
    first = textwrap.wrap(text, room if cell_len(text) == len(text) else room // 2)[0] if room > 1 else ""
    first = (" " if text.startswith(" ") else "") + first.lstrip()
    rest = "  " + text[len(first) :].strip()
    return [[(words, level), (cut(first, room, glyphs), style)], [(cut(rest, width, glyphs), style)]]


def _change(board: Board, change: Change, width: int, glyphs: Glyphs) -> Line:
    row = board.row(change.row)
    name = row.called if row else change.row
    when = f"{coarse_age(board.at - change.at):>4} "
    said = change.text if name in change.text else f"{name}: {change.text}"
    sign = (glyphs.levels[change.after] + " ", change.after)
    return [(when, "muted"), sign, (cut(said, width - len(when) - 2, glyphs), "muted")]


class AlertPane(Lines):
    """The alert line. The gravest incident stands in its frame, or first where it has none."""

    def __init__(self, pane_id: str, glyphs: Glyphs) -> None:
        super().__init__(id=pane_id, glyphs=glyphs)
        self.fix_key = ""
        """The key that shows fixes, where something may be done."""
        self._below: list[Line] = []
        self._inside: Line = ()
        self._title = ""
        self._write_title("Now")

    def show_board(self, board: Board, view: View, selected: str) -> None:
        """Take a new Board; the frame takes the colour of the worst level."""
        paging = ["critical" for budget in board.budgets if budget.alert == "page"]
        worst = max((*(row.level for row in board.rows), *paging), key=LEVELS.index, default="ok")
        for level in LEVELS:
            self.set_class(level == worst, f"-{level}")
        height = max(self.size.height - bool(self._inside), 1)
        self._below = alert(board, selected, height, self.size.width, view.glyphs, self.fix_key)
        self._write()

    def tick(self, board: Board, view: View, now: float, *, framed: bool) -> None:
        """Tell how the gravest incident stands now, in the frame where there is one; nothing where none is open."""
        width = self.size.width - (4 if framed else 0)
        line = strip(board.incidents, now, width, view.glyphs, plain=view.plain)
        self._inside = () if framed else line
        self._write_title("".join(text for text, _ in line) if framed and line else "Now")
        self.set_class(bool(line), "-incident")
        self._write()

    def _write(self) -> None:
        self.show([self._inside, *self._below] if self._inside else self._below)

    def _write_title(self, title: str) -> None:
        if title != self._title:
            self._title = title
            self.border_title = Content(title)


def height(board: Board, room: Sequence[int]) -> int:
    """Lines that it wants with its frame, on a screen of (width, height)."""
    changed = any(one.changed for one in board.incidents[:1])
    return (5 if room[1] >= 36 else 4) + min(len(board.notes), 4) + changed
