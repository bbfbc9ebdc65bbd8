"""Keeps the garbage collector out of the start and of what that made, and lets what is gone be forgotten."""

import gc
from functools import lru_cache, partial
from time import monotonic

SETTLED_S = 2.0
"""By then everything is imported and the first data is on the screen."""
TIDY_S = 10.0
"""How often what has become old is collected, when nobody is at the keys."""
QUIET_S = 1.0
NO_LATER_S = 30.0
MUCH = 10
"""Rounds over the middle generation that make another over the oldest worth it."""
_NEVER = 2**30


def hold() -> None:
    """Collect nothing while modules are imported: what they make stays."""
    gc.disable()


def settle() -> None:
    """From now on collect, but look at what was made until now no more: a full round over it would hold up a key.

    The oldest generation is left to `Tidier`: a round over it takes up to 60 ms, and would come amidst most work.
    """
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    gc.enable()
    give_back()


def give_back() -> None:
    """Give the system what was freed in between, where the C library can (glibc); it takes under a millisecond."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Tidier:
    """Collects what has become old, at a time when nobody waits for it."""

    def __init__(self) -> None:
        self._stirred = self._tidied = monotonic()

    def stir(self) -> None:
        """Somebody does something."""
        self._stirred = monotonic()

    def tidy(self) -> None:
        """Collect, if much has become old and it is time and quiet, or was not quiet for long."""
        now = monotonic()
        since = now - self._tidied
        timely = since >= NO_LATER_S or (since >= TIDY_S and now - self._stirred >= QUIET_S)
        if timely and gc.get_count()[2] >= MUCH:
            gc.collect()
            give_back()
            self._tidied = monotonic()


def forget_gone() -> None:
    """Let the paint of widgets that are gone go with them.

    Textual keeps the colours of a widget's edge by the widget's own paint, and so the last 1,024 widgets' lines.
    """
    from textual._styles_cache import StylesCache

    plain = getattr(StylesCache.get_inner_outer, "__wrapped__", None)
    if plain is not None and not isinstance(plain, partial):  # once is enough
        colours = staticmethod(lru_cache(1024)(partial(plain, None)))
        StylesCache.get_inner_outer = colours  # type: ignore[method-assign,assignment]


def forget_sizes() -> None:
    """Forget what fitted a terminal of another size: thousands of regions and cut texts, which come no more."""
    from rich.cells import cached_cell_len
    from textual.css.scalar import Scalar
    from textual.geometry import Region
    from textual.strip import Strip

    from tui.terminal import signs

    _clear(*vars(Region).values(), Scalar.resolve, Strip.blank, cached_cell_len, signs.cells)


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
