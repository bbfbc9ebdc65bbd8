"""A widget that another size is painted for once."""

from textual.geometry import Size
from textual.widget import Widget


class Sized(Widget):
    """Placed and painted once when its size changes; after Textual's `Screen`, where it is a base beside that.

    Textual notes the room for scrolling when it has placed a widget, and places and paints everything again for that:
    a resize then paints the whole screen three times. What is built on this has no scroll bars and needs neither.
    """

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        del layout
        return super()._size_updated(size, virtual_size, container_size, layout=False)
