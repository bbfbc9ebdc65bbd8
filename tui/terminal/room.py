"""Takes, once, the memory that a large picture needs for a moment."""

import resource
from pathlib import Path

FILLED_S = 330.0
"""By then the figures of the last five minutes are all there, for which most of what is held grows after the start."""
ROOM_BYTES = 2 * 2**20
"""What a repaint of 300x80 cells, or a page that opens over it, makes and drops beside what the floor holds."""
_PIECE_BYTES = 512 - bytes.__basicsize__
"""The largest that Python takes from its arenas, the object around it counted."""
_BATCH = 256
"""Pieces between two looks: 128 KiB."""
_MOST_BATCHES = 256
"""So much may be free already, which is filled first."""
_STATM = Path("/proc/self/statm")

_stakes: list[bytes] = []


def reserve(room_bytes: int = ROOM_BYTES) -> None:
    """Take so much in arenas of Python's own, and leave it free but for a few pieces that keep it here.

    Python takes memory for small things in arenas of a mebibyte, fills first those that are fullest, and gives one back
    only once nothing at all is in it. A moment that needs one more than any before it takes that for good as soon as
    anything that stays is made meanwhile, and such moments come for hours, each by chance a little larger. In room that
    is there from the start they pass without a trace. Where the system does not tell what is in use, none is taken.
    """
    if _stakes or not _STATM.exists():
        return
    filled, first = list[list[bytes]](), _used_bytes()
    used = first
    while used - first < room_bytes and len(filled) < _MOST_BATCHES:
        filled.append([bytes(_PIECE_BYTES) for _ in range(_BATCH)])
        before, used = used, _used_bytes()
        if used > before:
            _stakes.append(filled[-1][0])


def _used_bytes() -> int:
    return int(_STATM.read_text().split()[1]) * resource.getpagesize()
