"""The terminals of this process, by which it can be heard: a floor says how to write to its own while it is open."""

import os
from collections.abc import Callable

Write = Callable[[str], None]

_open: list[Write] = []


def attach(write: Write) -> Callable[[], None]:
    """Have what rings written through `write`, between what it writes itself; gives how to end that."""
    _open.append(write)

    def detach() -> None:
        if write in _open:
            _open.remove(write)

    return detach


def ring(text: str) -> bool:
    """Write to every terminal that is attached, else to the one that this process was started from.

    False where there is none. Raises BlockingIOError for one that was stopped with ctrl-s: it is not waited for.
    """
    for write in tuple(_open):
        write(text)
    return bool(_open) or _to_own(text)


def _to_own(text: str) -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.write(terminal, text.encode("utf-8", "replace"))
    finally:
        os.close(terminal)
    return True
