"""The demo's fault menu: real faults, each by one key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from ops.demo.faults import Fault


class FaultScreen(ModalScreen[str]):
    """Choose a fault; the answer is its name, or "" for none."""

    BINDINGS = [("escape,q", "leave", "back"), ("j", "next", "down"), ("k", "previous", "up")]  # noqa: RUF012

    def __init__(self, faults: "Sequence[Fault]") -> None:
        super().__init__()
        self._faults = faults

    def compose(self) -> ComposeResult:
        """One line a fault, with what the floor should show then."""
        options = [Option(Content(f"{fault.title}\n  {fault.shows}"), id=fault.name) for fault in self._faults]
        choices = OptionList(*options, id="choices", markup=False)
        choices.border_title = "Inject a fault"
        choices.border_subtitle = "enter injects, esc leaves"
        yield choices

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the chosen one."""
        self.dismiss(event.option_id or "")

    def action_leave(self) -> None:
        """Answer with none."""
        self.dismiss("")

    def action_next(self) -> None:
        """Go down."""
        self.query_one(OptionList).action_cursor_down()

    def action_previous(self) -> None:
        """Go up."""
        self.query_one(OptionList).action_cursor_up()
