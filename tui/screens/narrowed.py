"""A screen of lists above or beside a text: a filter narrows the lists, the text scrolls and is copied."""

from typing import ClassVar, Protocol, Self

from ops.figures import several
from tui.hands import Hands
from tui.panes.drift_story import as_text
from tui.screens.filter_line import FilterLine
from tui.screens.once import Once
from tui.widgets.lines import STYLES, Lines
from tui.widgets.sized import Sized


class View(Protocol):
    """What of the lists is wanted."""

    @property
    def text(self) -> str:
        """Only what has this text; "" for all."""

    @property
    def inverse(self) -> bool:
        """Only what has it not."""

    def _replace(self, *, text: str, inverse: bool) -> Self:
        """The same with another text."""


class Narrowed(Once[None], Sized, inherit_bindings=False):
    """What it shows and may do is its heirs'."""

    COMPONENT_CLASSES: ClassVar[set[str]] = STYLES
    AUTO_FOCUS: ClassVar[str | None] = ""  # None is the app's, which takes the first input there is
    hands = Hands(lambda: None)
    view: View
    page: Lines
    filter_line: FilterLine

    def write(self) -> None:
        """Write what was read, for the present size and time."""
        raise NotImplementedError

    def written(self) -> None:
        """Write what was read just now, at once where there is room for it already."""
        if self.is_mounted:
            self.write()
        else:
            self.call_after_refresh(self.write)

    def on_resize(self) -> None:
        """Write for the new size."""
        self.call_after_refresh(self.write)

    def tell(self, said: str, *, wrong: bool = False) -> None:
        """Say something at the bottom; never as markup."""
        self.notify(said, severity="error" if wrong else "information", markup=False, timeout=5)

    def copy_text(self) -> None:
        """Copy the text."""
        self.app.copy_to_clipboard(as_text(self.page.lines))
        self.tell(f"{several(len(self.page.lines), 'line')} in the clipboard")

    def read_on(self, screenfuls: int) -> None:
        """Scroll the text, back where it is less than none."""
        self.page.scroll_lines(screenfuls * self.page.size.height)

    @property
    def filter_text(self) -> str:
        """The text that the lists are narrowed to."""
        return self.view.text

    @property
    def inverse(self) -> bool:
        """Whether they are narrowed to what has it not."""
        return self.view.inverse

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Show only what has that text."""
        self.view = self.view._replace(text=text, inverse=inverse)
        self.write()
