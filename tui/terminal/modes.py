"""What the floor switches on in a terminal, and the one text that switches all of it off again."""

import os
import select
import sys
import termios
from contextlib import suppress

RESTORE = (
    "\x1b[?2026l"  # end of a synchronized update
    "\x1b[?2004l"  # bracketed paste
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # mouse
    "\x1b[?1004l"  # focus reports
    "\x1b[?2048l"  # size reports
    "\x1b[<u"  # kitty keyboard
    "\x1b[0m\x1b[?7h"  # pen, line wrap
    "\x1b[?1049l\x1b[?25h"  # normal screen, cursor
)

ROOM_S = 0.2
"""How long the end waits for a line that takes nothing."""

Attributes = list[int | list[bytes | int]]


def input_attributes() -> Attributes | None:
    """The line settings (echo, canonical mode) of standard input, or None when it is no terminal."""
    try:
        return termios.tcgetattr(sys.__stdin__.fileno()) if sys.__stdin__ else None
    except (termios.error, ValueError, OSError):
        return None


def restore(attributes: Attributes | None) -> None:
    """Leave the terminal clean, at once and from any thread; a terminal that is gone is no error.

    A line that takes nothing must not keep the process: what is still in the kernel for it is dropped first.
    """
    with suppress(OSError, ValueError, termios.error):
        if attributes is not None and sys.__stdin__ is not None:
            termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, attributes)
    with suppress(OSError, ValueError, termios.error):
        if sys.__stdout__ is not None and sys.__stdout__.isatty():
            fileno = sys.__stdout__.fileno()
            if not _has_room(fileno):
                termios.tcflush(fileno, termios.TCOFLUSH)
            if _has_room(fileno):
                os.write(fileno, RESTORE.encode())


def _has_room(fileno: int) -> bool:
    return bool(select.select([], [fileno], [], ROOM_S)[1])
