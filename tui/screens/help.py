"""The help: what every pane shows and what every key does, made from their own declarations."""

import textwrap
from collections.abc import Mapping, Sequence

from tui import keys
from tui.glyphs import Glyphs
from tui.panes import alert
from tui.screens.page import Page
from tui.screens.picture import PANE_KINDS
from tui.widgets.lines import Line

_TITLES: dict[keys.Scope, str] = {
    "everywhere": "Everywhere",
    "floor": "On the floor",
    "past": "In the past",
    "table": "In a table",
    "log": "In the detail of a row",
    "detail": "On a page like this",
    "fix": "To fix a row, on the floor and on its page",
    "marks": "To fix several rows at once",
    "fixes": "In the menu of fixes",
    "form": "Where a fix asks something",
    "plan": "Over the plan of a fix",
    "jobs": "In the job drawer",
    "job": "Over a job",
    "called": "On the floor while an incident waits",
    "incident": "Over an incident",
    "about": "To know more of an incident",
    "incidents": "In the list of incidents",
    "room": "In the war room",
    "postmortem": "Over a post-mortem",
    "drift": "Over what differs from what was agreed",
    "agreeing": "To say what is meant",
    "backups": "Over backups",
    "backing": "To take, prove and restore them",
    "contents": "Inside a backup",
    "within": "To restore some of it",
    "restoring": "Where a restore is put together",
    "pruning": "Over what expires",
    "demo": "In the demo",
}
_ACTING: frozenset[keys.Scope] = frozenset(
    ("fix", "marks", "fixes", "form", "plan", "job", "backing", "within", "restoring", "pruning")
)
_WRITING: frozenset[keys.Scope] = frozenset(("called", "incident", "agreeing"))
FIXES = (
    "x shows the fixes that fit a row, best first, with what each costs and how it did before; enter or a number shows "
    "its plan: the exact calls, what they interrupt, how they are undone, and the check that will prove it. Nothing "
    "happens until y. In production, and where something is lost, the name must be typed. Then a job runs, also when "
    "this screen is left; o shows it.",
    "Marked rows get one plan each and one yes for all. Where names must be typed, the first one and how many more "
    'there are is enough: "api +2".',
)


def help_lines(keymap: Mapping[str, str], width: int, read_only: str = "", mute: str = "") -> list[Line]:
    """Keys by where they work, without those that are not there; then how fixes work, and the panes.

    `read_only` says why nothing can be fixed, `mute` why nothing can be written about incidents; "" where it can.
    """
    lines: list[Line] = []
    for scope, title in _TITLES.items():
        if (read_only and scope in _ACTING) or (mute and scope in _WRITING):
            continue
        lines += [[(title, "strong")]]
        for key in keys.KEYS:
            if key.scope == scope and not keys.missing(key.action):
                lines += _entry(keys.shown(key, keymap), key.id, key.tooltip, width)
        lines.append([])
    panes = [(kind.NAME, kind.HELP) for kind in PANE_KINDS.values()] + [("Now", alert.HELP)]
    lines += [*_fixes(width, read_only), [], [("Panes", "strong")]]
    for name, text in panes:
        lines.append([(f"  {name}", "accent")])
        lines += [[(f"    {part}", "text")] for part in textwrap.wrap(text, max(width - 6, 20))]
    return lines


def _fixes(width: int, read_only: str) -> list[Line]:
    told = (f"Nothing can be done from here: {read_only}.",) if read_only else FIXES
    parts = [part for text in told for part in textwrap.wrap(text, max(width - 6, 20))]
    return [[("Fixes", "strong")], *[[(f"    {part}", "text")] for part in parts]]


def _entry(shown: str, name: str, text: str, width: int) -> list[Line]:
    lead = 38
    first, *rest = textwrap.wrap(text, max(width - lead - 1, 20))
    line: Line = [(f"  {shown:<17} ", "key"), (f"{name:<17} ", "text"), (first, "muted")]
    return [line, *[[(" " * lead + part, "muted")] for part in rest]]


class HelpScreen(Page):
    """Keys and panes."""

    def __init__(self, glyphs: Glyphs, keymap: Mapping[str, str], *, read_only: str = "", mute: str = "") -> None:
        super().__init__(glyphs, keymap)
        self._read_only, self._mute = read_only, mute

    def title_line(self) -> Line:
        """The first line."""
        return [
            (" Help ", "strong"),
            ('  the config changes keys by these names: "pane.zoom" = "f11"', "muted"),
        ]

    def lines(self) -> Sequence[Line]:
        """The whole help for the present width."""
        return help_lines(self._keymap, self.page.size.width, self._read_only, self._mute)
