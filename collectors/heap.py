"""Has all threads of a process take their memory from one heap, and what is large from the system itself."""

# Of glibc's malloc.h.
_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
_ARENA_MAX = -8
_LARGE_BYTES = 256 * 1024


def one_heap() -> None:
    """Have threads that come from now on take their memory where all do, where the C library can (glibc).

    It would give each of the first sixteen an arena of its own, and what little is left in one keeps whole pages.
    """
    _set(_ARENA_MAX, 1)


def large_apart() -> None:
    """Have what is large go back to the system as soon as it is freed, where the C library can (glibc).

    After the first large answer it would keep room for the next of that size in its heap, and small things that come
    to lie in there hold it.
    """
    _set(_MMAP_THRESHOLD, _LARGE_BYTES)
    _set(_TRIM_THRESHOLD, _LARGE_BYTES)


def _set(option: int, value: int) -> None:
    import ctypes

    options = getattr(ctypes.CDLL(None), "mallopt", None)
    if options is not None:
        options(option, value)
