"""Keeps the garbage collector out of the start and of what that made, and lets what is gone be forgotten."""

import gc
from asyncio import AbstractEventLoop
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from rich.style import Style

SETTLED_S = 2.0
"""By then everything is imported and the first data is on the screen …"""
WARMED_S = 20.0
"""… and by then every client has polled, and what the first fix and incident need is loaded."""
HUSH_S = 0.5
"""How long nothing is collected around what takes long by itself."""
TIDY_S = 10.0
"""How often old garbage is collected: in small portions, before it makes a round over it long."""
LEFT_S = 0.25
"""So soon after a page was left its widgets have ended and what it hid is painted."""
TEXTS_KEPT = 512
"""So many texts of one cache a screen needs at most; with more there are such among them that came but once."""
_MUCH = 2
"""Rounds over the middle generation that make one over the oldest worth its 15 ms …"""
_TOO_MUCH = 30
"""… and its 90 ms while a page is open in a huge terminal: it waits for the page to be left."""
_NEVER = 1_000_000
"""Python itself makes no such round: it would choose the moment in which most is made, that of painting."""
_GROWN = 30_000
"""A round over so many objects takes 15 ms: the pages that somebody has looked at meanwhile are more."""


def hold() -> None:
    """Collect nothing while modules are imported: what they make stays."""
    gc.disable()


def settle() -> None:
    """From now on collect, but look at what was made until now no more: a full round over it would hold up a key.

    It may be called again when more was made that stays.
    """
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _NEVER)
    gc.enable()
    give_back()


def hush(loop: AbstractEventLoop) -> None:
    """Collect nothing for a moment: a full round takes up to 60 ms, and another theme or size as long again."""
    if gc.isenabled():
        gc.disable()
        loop.call_later(HUSH_S, gc.enable)


def tidy(*, calm: bool) -> None:
    """Collect what has become old, forget texts that came no more, and give back what was freed.

    While it is `calm`, no page is open that goes again, what has stayed is looked at no more once there is much of it.
    """
    forget_texts()
    if gc.isenabled() and gc.get_count()[2] >= (_MUCH if calm else _TOO_MUCH):
        gc.collect()
        if calm and len(gc.get_objects(generation=2)) > _GROWN:
            gc.freeze()
    give_back()


def sweep() -> None:
    """Collect a page that was left, so that the next one takes its place.

    Several at a time would need more memory than ever before, and Python gives a mebibyte back only once nothing at all
    is in it any more: whatever small thing that stays was made meanwhile would keep it.
    """
    gc.collect()
    give_back()


def forget_texts() -> None:
    """Empty the caches that are kept by what was written, once there is much in them.

    Figures change with each reading, and so every text is new: they would fill up for days, to ten megabytes.
    """
    from rich.cells import cached_cell_len
    from rich.segment import Segment

    from tui.terminal import signs

    for cache in (getattr(Segment, "_split_cells", None), cached_cell_len, signs.cells):
        told = getattr(cache, "cache_info", None)
        if told is not None and told().currsize > TEXTS_KEPT:
            _clear(cache)


def give_back() -> None:
    """Give the system what was freed in between, where the C library can (glibc); it takes under a millisecond."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def forget_gone() -> None:
    """Let the paint of widgets that are gone go with them.

    Textual keeps the colours of a widget's edge by the widget's own paint, and so the last 1,024 widgets' lines.
    """
    from textual._styles_cache import StylesCache

    plain = getattr(StylesCache.get_inner_outer, "__wrapped__", None)
    if plain is not None and not isinstance(plain, partial):  # once is enough
        colours = staticmethod(lru_cache(1024)(partial(plain, None)))
        StylesCache.get_inner_outer = colours  # type: ignore[method-assign,assignment]


class _Nothing:
    """In place of a cache: it keeps nothing."""

    __slots__ = ()

    def get(self, key: object, default: object = None) -> object:
        """The default."""
        return default

    def __setitem__(self, key: object, value: object) -> None:
        """Forget it."""


def lighten_lines() -> None:
    """Make painted lines of nothing but their segments, and let them go as soon as nobody has them any more.

    Textual gives each line seven caches of its own, a kilobyte and fourteen things for the collector to look at; what
    is painted here is new, and asks none of them twice. In one of them it notes that the whole of a line is the line
    itself: a ring that only a full round of the collector opens.
    """
    from textual import strip
    from textual.strip import Strip

    divide, crop_extend = Strip.divide, Strip.crop_extend
    if getattr(divide, "light", False):
        return
    nothing = _Nothing()

    def divided(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
        within = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if within == [self.cell_length] else divide(self, within)

    def cropped(self: Strip, start: int, end: int, style: "Style | None") -> Strip:
        return self if start <= 0 and end == self.cell_length else crop_extend(self, start, end, style)

    divided.light = True  # type: ignore[attr-defined]
    Strip.divide, Strip.crop_extend = divided, cropped  # type: ignore[method-assign]
    strip.FIFOCache = cast("Any", lambda _: nothing)  # type: ignore[attr-defined]


def forget_sizes() -> None:
    """Forget what fitted a terminal of another size: thousands of regions and cut texts, which come no more."""
    from rich.cells import cached_cell_len
    from rich.segment import Segment
    from textual.css.scalar import Scalar
    from textual.geometry import Region
    from textual.strip import Strip

    from tui.terminal import signs

    _clear(*vars(Region).values(), Scalar.resolve, Strip.blank, cached_cell_len, signs.cells)
    _clear(getattr(Segment, "_split_cells", None))


def forget_colours() -> None:
    """Forget the styles of the theme that was left."""
    from textual.filter import ANSIToTruecolor

    _clear(ANSIToTruecolor.truecolor_style)


def _clear(*functions: object) -> None:
    """Empty the caches of those functions that have one."""
    for function in functions:
        clear = getattr(function, "cache_clear", None)
        if clear is not None:
            clear()
