"""The help: what every pane shows and what every key does, made from their own declarations."""

import textwrap
from collections.abc import Mapping, Sequence

from tui import keys
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
    "demo": "In the demo",
}


def help_lines(keymap: Mapping[str, str], width: int) -> list[Line]:
    """Keys by where they work, then the panes."""
    lines: list[Line] = []
    for scope, title in _TITLES.items():
        lines += [[(title, "strong")]]
        for key in keys.KEYS:
            if key.scope == scope:
                lines += _entry(keys.shown(key, keymap), key.id, key.tooltip, width)
        lines.append([])
    panes = [(kind.NAME, kind.HELP) for kind in PANE_KINDS.values()] + [("Now", alert.HELP)]
    lines.append([("Panes", "strong")])
    for name, text in panes:
        lines.append([(f"  {name}", "accent")])
        lines += [[(f"    {part}", "text")] for part in textwrap.wrap(text, max(width - 6, 20))]
    return lines


def _entry(shown: str, name: str, text: str, width: int) -> list[Line]:
    lead = 38
    first, *rest = textwrap.wrap(text, max(width - lead - 1, 20))
    line: Line = [(f"  {shown:<17} ", "key"), (f"{name:<17} ", "text"), (first, "muted")]
    return [line, *[[(" " * lead + part, "muted")] for part in rest]]


class HelpScreen(Page):
    """Keys and panes."""

    def title_line(self) -> Line:
        """The first line."""
        return [
            (" Help ", "strong"),
            ('  the config changes keys by these names: "pane.zoom" = "f11"', "muted"),
        ]

    def lines(self) -> Sequence[Line]:
        """The whole help for the present width."""
        return help_lines(self._keymap, self.page.size.width)
