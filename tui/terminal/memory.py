"""Keeps the garbage collector out of the start, and what the start has made out of its later rounds."""

import gc

SETTLED_S = 2.0
"""By then everything is imported and the first data is on the screen."""


def hold() -> None:
    """Collect nothing while modules are imported: what they make stays."""
    gc.disable()


def settle() -> None:
    """From now on collect, but look at what was made until now no more: a full round over it would hold up a key."""
    gc.freeze()
    gc.enable()
