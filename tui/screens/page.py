"""A page of lines that one scrolls by keys: the base of the help and the detail."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult

from tui import keys
from tui.glyphs import Glyphs
from tui.panes.footer import footer
from tui.screens.once import Once
from tui.widgets.lines import STYLES, Line, Lines
from tui.widgets.sized import Sized


class Page(Once[None], Sized, inherit_bindings=False):
    """A title, lines, and the keys that work here."""

    COMPONENT_CLASSES: ClassVar[set[str]] = STYLES
    BINDINGS = keys.bindings("detail")
    AUTO_FOCUS: ClassVar[str | None] = None
    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("detail",)

    def __init__(self, glyphs: Glyphs, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self.glyphs = glyphs
        self._keymap = keymap
        self.page_head = Lines(id="page-head", glyphs=glyphs)
        self.page = Lines(id="page", glyphs=glyphs)
        self.page_foot = Lines(id="page-foot", glyphs=glyphs)

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return self.SCOPES

    def compose(self) -> ComposeResult:
        """Title, page, keys."""
        yield self.page_head
        yield self.page
        yield self.page_foot

    def write(self) -> None:
        """Write everything for the present size."""
        self.write_page()
        self.page_foot.show([footer(self.scopes, self._keymap, self.size.width)])

    def write_page(self) -> None:
        """Write the page and what its title says of it."""
        self.page.show(self.lines())
        self.write_head()

    def write_head(self) -> None:
        """The title, and at its right what of the page is in view."""
        title = list(self.title_line())
        total, height = len(self.page.lines), self.page.size.height
        place = f"{self.page.top + 1}-{min(self.page.top + height, total)} of {total} " if total > height > 0 else ""
        room = self.size.width - sum(cell_len(text) for text, _ in title) - len(place)
        self.page_head.show([[*title, (" " * room, "text"), (place, "muted")] if place and room > 0 else title])

    def title_line(self) -> Line:
        """The first line."""
        raise NotImplementedError

    def lines(self) -> Sequence[Line]:
        """What the page says, for the present width."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Write as soon as there is a size."""
        self.call_after_refresh(self.write)

    def on_resize(self) -> None:
        """Write for the new size."""
        self.call_after_refresh(self.write)

    def scroll_page(self, by: int) -> None:
        """Move the view; stops at both ends."""
        self.page.scroll_lines(by)
        self.write_head()

    def on_mouse_scroll_down(self) -> None:
        """Scroll on by three lines."""
        self.scroll_page(3)

    def on_mouse_scroll_up(self) -> None:
        """Scroll back by three lines."""
        self.scroll_page(-3)

    def action_detail_back(self) -> None:
        """Go back to where one came from."""
        self.dismiss()

    def action_detail_down(self) -> None:
        """Scroll on by a line."""
        self.scroll_page(1)

    def action_detail_up(self) -> None:
        """Scroll back by a line."""
        self.scroll_page(-1)

    def action_detail_page_down(self) -> None:
        """Scroll on by a screenful."""
        self.scroll_page(self.page.size.height)

    def action_detail_page_up(self) -> None:
        """Scroll back by a screenful."""
        self.scroll_page(-self.page.size.height)

    def action_detail_top(self) -> None:
        """Scroll to the first line."""
        self.scroll_page(-len(self.page.lines))

    def action_detail_bottom(self) -> None:
        """Scroll to the last line."""
        self.scroll_page(len(self.page.lines))

    def action_detail_copy(self) -> None:
        """Copy the whole page as text."""
        text = "\n".join("".join(part for part, _ in line).rstrip() for line in self.page.lines)
        self.app.copy_to_clipboard(text)
        self.notify(f"{len(self.page.lines)} lines are in the clipboard", markup=False, timeout=2)
