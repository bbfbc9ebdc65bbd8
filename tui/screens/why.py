"""Why somebody heard of an incident's alerts or did not: what each stage made of each, with the one that stopped it."""

import asyncio
from collections.abc import Mapping, Sequence

from collectors.text import LINE_LIMIT, clean
from ops.alerts.structs import Step
from ops.incidents.source import IncidentError, IncidentSource
from ops.incidents.structs import Incident
from tui.glyphs import Glyphs
from tui.panes.incident_story import MOST_ALERTS, numbered, wrapped
from tui.panes.incident_words import name
from tui.screens.page import Page
from tui.widgets.lines import Line

_LEAD = 18


class WhyScreen(Page):
    """The stages of each alert of one incident."""

    def __init__(
        self, incidents: IncidentSource, incident: Incident, glyphs: Glyphs, keymap: Mapping[str, str]
    ) -> None:
        super().__init__(glyphs, keymap)
        self._incidents, self._incident = incidents, incident
        self._keys = numbered(incident)
        self._steps: list[tuple[str, Sequence[Step] | str]] | None = None

    def on_mount(self) -> None:
        """Read it in a thread."""
        self.run_worker(self._read(), group="why")

    async def _read(self) -> None:
        self._steps = await asyncio.to_thread(lambda: [(key, self._why(key)) for key in self._keys[:MOST_ALERTS]])
        self.write()

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
        if self._steps is None:
            return [[("reading", "muted")]]
        lines: list[Line] = []
        for key, steps in self._steps:
            lines.append([(clean(key, LINE_LIMIT), "accent")])
            if isinstance(steps, str):
                lines += wrapped(f"  {steps}", "muted", self.page.size.width)
            else:
                lines += [line for step in steps for line in self._stage(step)]
            lines.append([])
        if len(self._keys) > MOST_ALERTS:
            lines.append([(f"and {len(self._keys) - MOST_ALERTS} more", "muted")])
        return lines or [[("it has no alerts", "muted")]]

    def _stage(self, step: Step) -> list[Line]:
        sign, style = (self.glyphs.levels["ok"], "ok") if step.passed else (self.glyphs.levels["critical"], "critical")
        word = "" if step.passed else "stopped: "
        style_of = "text" if step.passed else "strong"
        first, *rest = wrapped(f"{word}{step.text}", style_of, self.page.size.width - _LEAD) or [[]]
        head: Line = [(f"  {sign} ", style), (f"{step.stage:<{_LEAD - 4}}", "muted"), *first]
        return [head, *[[(" " * _LEAD, "text"), *line] for line in rest]]
