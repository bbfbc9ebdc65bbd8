"""Signals that end the floor: the terminal is restored first, also when the event loop does not answer any more."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from tui.terminal.modes import Attributes, input_attributes, restore

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
GRACE_S = 0.5
"""How long an orderly end may take until the process leaves without it."""


def leave_now(code: int, attributes: Attributes | None) -> None:
    """Restore the terminal and end the process without waiting for anything."""
    restore(attributes)
    os._exit(code)


def leave_on_signals() -> None:
    """Leave at once with 128 + n on an ending signal: while the program starts there is nothing to end in order."""
    attributes = input_attributes()
    for number in ENDING:
        signal.signal(number, lambda number, _: leave_now(128 + number, attributes))


def end_on_signals(stop: Callable[[int], None], attributes: Attributes | None) -> None:
    """Call `stop(128 + n)` on the first ending signal; leave by force after `GRACE_S`, or on a second signal."""
    seen = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if seen.is_set():
            leave_now(128 + number, attributes)
        seen.set()
        forced = threading.Timer(GRACE_S, leave_now, (128 + number, attributes))
        forced.daemon = True
        forced.start()
        stop(128 + number)

    for number in ENDING:
        signal.signal(number, on_signal)
