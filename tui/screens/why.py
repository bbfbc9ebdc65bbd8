"""Why somebody heard of an incident's alerts or did not: what each stage made of each, with the one that stopped it."""

import asyncio
from collections.abc import Mapping, Sequence

from collectors.text import LINE_LIMIT, clean
from ops.alerts.structs import Step
from ops.incidents.source import IncidentError, IncidentSource
from ops.incidents.spoken import name, numbered
from ops.incidents.structs import Incident
from tui.glyphs import Glyphs
from tui.panes.incident_story import MOST_ALERTS, wrapped
from tui.screens.incident_screen import EACH_S
from tui.screens.page import Page
from tui.widgets.lines import Line
from tui.working import begin

_LEAD = 18


class WhyScreen(Page):
    """The stages of each alert of one incident."""

    def __init__(
        self, incidents: IncidentSource, incident: Incident, glyphs: Glyphs, keymap: Mapping[str, str]
    ) -> None:
        super().__init__(glyphs, keymap)
        self._incidents, self._incident = incidents, incident
        self._steps: list[tuple[str, Sequence[Step] | str]] | None = None
        self._version: int | None = None
        self._trouble = ""
        self._reading = False

    def on_mount(self) -> None:
        """Read at once, and again and again: what nobody was told of a moment ago may be told now."""
        self.set_interval(EACH_S, self._look)
        self._look()

    def _look(self) -> None:
        if not self._reading:
            self._reading = True
            begin(self, self._read, group="why")

    async def _read(self) -> None:
        """Read it in a thread, where something was written since."""
        try:
            await asyncio.to_thread(self._take)
            self._trouble = ""
        except IncidentError as error:
            self._trouble = error.words
        finally:
            self._reading = False
        if self.is_mounted:
            self.write()

    def _take(self) -> None:
        version = self._incidents.version()
        if version != self._version:
            self._incident = self._incidents.incident(self._incident.number)
            self._steps = [(key, self._why(key)) for key in numbered(self._incident)[:MOST_ALERTS]]
            self._version = version

    def _why(self, key: str) -> Sequence[Step] | str:
        try:
            return self._incidents.why(key)
        except IncidentError as error:
            return error.message

    def title_line(self) -> Line:
        """Of which incident."""
        return [(f" {name(self._incident)} ", "muted"), ("why anybody was told, or nobody ", "strong")]

    def lines(self) -> Sequence[Line]:
        """Each alert, and under it its stages."""
        lines = wrapped(self._trouble, "critical", self.page.size.width) if self._trouble else []
        if self._steps is None:
            return lines or [[("reading", "muted")]]
        for key, steps in self._steps:
            lines.append([(clean(key, LINE_LIMIT), "accent")])
            if isinstance(steps, str):
                lines += wrapped(f"  {steps}", "muted", self.page.size.width)
            else:
                lines += [line for step in steps for line in self._stage(step)]
            lines.append([])
        if (left_out := len(self._incident.alerts) - MOST_ALERTS) > 0:
            lines.append([(f"and {left_out} more", "muted")])
        return lines or [[("it has no alerts", "muted")]]

    def _stage(self, step: Step) -> list[Line]:
        sign, style = (self.glyphs.levels["ok"], "ok") if step.passed else (self.glyphs.levels["critical"], "critical")
        word = "" if step.passed else "stopped: "
        style_of = "text" if step.passed else "strong"
        first, *rest = wrapped(f"{word}{step.text}", style_of, self.page.size.width - _LEAD) or [[]]
        head: Line = [(f"  {sign} ", style), (f"{step.stage:<{_LEAD - 4}}", "muted"), *first]
        return [head, *[[(" " * _LEAD, "text"), *line] for line in rest]]
