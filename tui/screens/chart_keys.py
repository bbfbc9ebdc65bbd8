"""The keys of the latency chart, which work from anywhere on the floor."""

from msgspec.structs import replace

from tui.panes.spans import SPANS
from tui.panes.view import View
from tui.screens.picture import FloorPicture


class ChartKeys(FloorPicture):
    """A floor whose chart can be turned to other spans and forms."""

    def action_chart_longer(self, by: int = 1) -> None:
        """Show more time in the chart; stops at the longest span."""
        span = min(max(self.view.span + by, 0), len(SPANS) - 1)
        if span != self.view.span:
            self._turn(replace(self.view, span=span))

    def action_chart_shorter(self) -> None:
        """Show less time in it."""
        self.action_chart_longer(-1)

    def action_chart_compare(self) -> None:
        """Show the week before with it, or no more."""
        self._turn(replace(self.view, compare=not self.view.compare))

    def action_chart_heat(self) -> None:
        """Show it as a heatmap, or as lines again."""
        self._turn(replace(self.view, heat=not self.view.heat))

    def _turn(self, view: View) -> None:
        """Look at the chart in another way; it is brought in view where another pane stands in its place."""
        self.view = view
        if "latency" not in self.floor.plan.boxes and self.panes["latency"].need:
            self.activate("latency")
        self.panes["latency"].show_board(self.board, self.view)
