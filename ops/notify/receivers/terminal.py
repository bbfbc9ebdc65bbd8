"""The terminal itself: its bell, and a note of the desktop by OSC 9 (iTerm2, WezTerm, kitty) or OSC 777 (VTE, foot)."""

import os
from collections.abc import Mapping

from ops.notify.receivers.wording import headline
from ops.notify.structs import Delivery, Message
from ops.notify.terminals import ring

BODY = 200
"""Characters."""
BELL = "\a"
_END = "\a"
_LOUD = ("firing", "escalated")
_WITH_777 = ("rxvt", "foot")
"""Beginnings of TERM."""
_NOTHING = ("linux", "dumb", "")
"""Terminals that show no notes, and may print what is meant as one."""


def sequence(message: Message, environ: Mapping[str, str]) -> str:
    """What is written: a note where the terminal is known to take one, and a bell for what is new and not mere news."""
    loud = message.action == "test" or (message.action in _LOUD and message.severity != "info")
    bell = BELL if loud else ""
    return _note(headline(message, BODY), environ) + bell


def _note(words: str, environ: Mapping[str, str]) -> str:
    """The words hold no control sign; a semicolon would end a part of OSC 777."""
    term = environ.get("TERM", "")
    if term in _NOTHING:
        return ""
    if environ.get("VTE_VERSION") or term.startswith(_WITH_777):
        note = f"\x1b]777;notify;watchfloor;{words.replace(';', ',')}{_END}"
    else:
        note = f"\x1b]9;{words}{_END}"
    return f"\x1bPtmux;{note.replace(chr(27), chr(27) * 2)}\x1b\\" if environ.get("TMUX") else note


class Terminal:
    """Rings the terminals of this process."""

    async def deliver(self, message: Message) -> Delivery:
        """Write it once. Where no terminal is open there is nobody to ring for: that is no failure, and it is told."""
        try:
            rung = ring(sequence(message, os.environ))
        except OSError as error:
            return Delivery(outcome="retry", said=f"the terminal can't be written to: {error.strerror or error}")
        if rung:
            return Delivery(outcome="sent", said="the terminal rang", receipt="rang")
        return Delivery(outcome="sent", said="no terminal is open where this runs: nobody heard it")

    async def close(self) -> None:
        """Nothing is kept open."""
