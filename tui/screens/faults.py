"""The demo's fault menu: real faults, each by one key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.glyphs import UNICODE, Glyphs
from tui.screens.once import Once

if TYPE_CHECKING:
    from ops.demo.faults import Fault


class FaultScreen(Once[str], ModalScreen[str]):
    """Choose a fault; the answer is its name, or "" for none."""

    BINDINGS = [("escape,q", "leave", "back"), ("j", "next", "down"), ("k", "previous", "up")]  # noqa: RUF012

    def __init__(self, faults: "Sequence[Fault]", glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._faults = faults
        self._glyphs = glyphs
        self._under = 0
        """Which one the cursor is on."""

    def compose(self) -> ComposeResult:
        """One line a fault, with what the floor should show then."""
        options = [Option(self._words(at), id=fault.name) for at, fault in enumerate(self._faults)]
        choices = OptionList(*options, id="choices", markup=False)
        choices.border_title = "Inject a fault"
        choices.border_subtitle = "enter injects, esc leaves"
        yield choices

    def _words(self, at: int) -> Content:
        fault = self._faults[at]
        sign = self._glyphs.chosen if at == self._under else " "
        return Content(f"{sign} {fault.title}\n    {fault.shows}")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Move the sign that says where the cursor is, beside the colour."""
        before, self._under = self._under, event.option_index
        for at in {before, self._under}:
            event.option_list.replace_option_prompt_at_index(at, self._words(at))

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
