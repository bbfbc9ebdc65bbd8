"""A screen that is left but once: keys that were typed before it was gone must not close what was behind it."""

from textual.await_complete import AwaitComplete
from textual.screen import Screen, ScreenResultType


class Once(Screen[ScreenResultType]):
    """One whose `dismiss` does nothing where it is not the one in front, or not any more."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Go, with an answer. Textual itself would close whatever is in front, and fail where nothing is behind."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
