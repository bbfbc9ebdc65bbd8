"""Has all threads of a process take their memory from one heap."""

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def one_heap() -> None:
    """Have threads that come from now on take their memory where all do, where the C library can (glibc).

    It would give each of the first sixteen an arena of its own, and what little is left in one keeps whole pages.
    """
    import ctypes

    options = getattr(ctypes.CDLL(None), "mallopt", None)
    if options is not None:
        options(_ARENA_MAX, 1)
