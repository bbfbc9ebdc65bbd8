"""The floor's room: a container that puts every child where the plan says."""

from typing import TYPE_CHECKING

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from tui.screens.plan import Plan
from tui.widgets.sized import Sized

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Planned(Layout):
    name = "planned"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Place what the plan knows; the rest is not displayed."""
        del size, greedy
        boxes = parent.plan.boxes if isinstance(parent, Floor) else {}
        return [
            WidgetPlacement(Region(*boxes[child.id]), NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id in boxes
        ]


class Floor(Sized):
    """Holds the header, the panes, the alert line and the footer."""

    def __init__(self, children: "Iterable[Widget]") -> None:
        super().__init__(*children, id="floor")
        self.plan = Plan("wide", {})
        self._planned = _Planned()

    @property
    def layout(self) -> Layout:
        """The plan is the layout."""
        return self._planned

    def follow(self, plan: Plan) -> bool:
        """Move to another plan; tells whether anything moved."""
        if plan == self.plan:
            return False
        self.plan = plan
        for child in self.children:
            child.display = child.id in plan.boxes
        self._clear_arrangement_cache()  # Textual keeps it as long as the size and the children are the same.
        self.refresh(layout=True, repaint=False)  # What has moved is painted, and all of it is not.
        return True
