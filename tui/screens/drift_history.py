"""Drift over time: how much differed when, what came and went, and who accepted what."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from ops.drift.source import DriftError, DriftSource
from ops.drift.structs import Difference, Seen
from tui.drift_reading import words
from tui.glyphs import Glyphs
from tui.panes.drift_words import accepted, over_time
from tui.panes.fix_words import wrapped
from tui.screens.page import Page
from tui.widgets.lines import Line
from tui.working import begin


class DriftHistory(Page):
    """Read once, in a thread."""

    def __init__(
        self, source: DriftSource, clock: Callable[[], float], glyphs: Glyphs, keymap: Mapping[str, str]
    ) -> None:
        super().__init__(glyphs, keymap)
        self._source, self._clock = source, clock
        self._history: Sequence[Seen] | None = None
        self._differences: Sequence[Difference] = ()
        self._trouble = ""

    def on_mount(self) -> None:
        """Read it."""
        begin(self, self._read, group="history")

    async def _read(self) -> None:
        try:
            await asyncio.to_thread(self._take)
        except DriftError as error:
            self._trouble = words(error)
        if self.is_mounted:
            self.write()

    def _take(self) -> None:
        findings = self._source.findings()
        self._differences = findings.differences if findings is not None else ()
        self._history = self._source.history()

    def title_line(self) -> Line:
        """What it is."""
        return [(" drift over time ", "strong")]

    def lines(self) -> Sequence[Line]:
        """What is expected, then the history."""
        width = self.page.size.width - 2
        if self._trouble:
            return [*wrapped(self._trouble, "critical", width)]
        if self._history is None:
            return [[("reading", "muted")]]
        above = list(accepted(self._differences, width))
        return [*over_time(self._history, width, self._clock(), self.glyphs), [], *above]
