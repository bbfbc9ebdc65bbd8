"""The post-mortem of an incident as it stands: to read, to copy and to write to a file."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from collectors.text import LINE_LIMIT, clean
from ops.incidents.source import IncidentError
from tui import keys
from tui.glyphs import Glyphs
from tui.saving import save
from tui.screens.page import Page
from tui.widgets.lines import Line, wrap
from tui.working import begin

_FENCE = "```"
_OPEN = "[open: "
"""Stands before what only people know."""


class PostmortemScreen(Page):
    """Markdown, gathered in a thread by `write`, which raises IncidentError where there is no such incident."""

    BINDINGS = keys.bindings("postmortem")
    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("postmortem", "detail")

    def __init__(self, number: int, write: Callable[[int], str], glyphs: Glyphs, keymap: Mapping[str, str]) -> None:
        super().__init__(glyphs, keymap)
        self._number, self._write = number, write
        self._text = ""
        self._trouble = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No file is written for somebody at a browser."""
        return not keys.missing(action) and super().check_action(action, parameters)

    def on_mount(self) -> None:
        """Gather it."""
        begin(self, self._gather, group="gather")

    async def _gather(self) -> None:
        try:
            self._text = await asyncio.to_thread(self._write, self._number)
        except IncidentError as error:
            self._trouble = error.words
        self.write()

    def title_line(self) -> Line:
        """Of which incident."""
        return [(f" INC-{self._number} ", "muted"), ("post-mortem ", "strong")]

    def lines(self) -> Sequence[Line]:
        """The text, its headings strong and what is left open marked."""
        if self._trouble:
            return [[(self._trouble, "critical")]]
        return list(_lines(self._text, max(self.page.size.width, 20))) or [[("gathering what happened", "muted")]]

    def action_detail_copy(self) -> None:
        """Copy it as it is written, not as it is broken for this screen."""
        if self._text:
            self.app.copy_to_clipboard(self._text)
            self.notify("the post-mortem is in the clipboard", markup=False, timeout=2)

    def action_postmortem_save(self) -> None:
        """Write it into a file of the working folder, which only we can read; what is there is not written over."""
        if not self._text:
            return
        begin(self, partial(save, self, f"post-mortem-{self._number}.md", lambda: self._text), group="save")


def _lines(text: str, width: int) -> Iterator[Line]:
    """Prose is broken for the width; tables, charts and calls keep their lines."""
    fenced = False
    for given in text.splitlines():
        line = clean(given, LINE_LIMIT)
        if line.startswith(_FENCE):
            fenced = not fenced
        style = "strong" if line.startswith("#") and not fenced else "warning" if _OPEN in line else "text"
        if fenced or line.startswith("|") or not line.strip():
            yield [(line, style)]
        else:
            indent = "  " if line.startswith(("- ", "> ")) else ""
            yield from ([(part, style)] for part in wrap(line, width, rest=indent))
