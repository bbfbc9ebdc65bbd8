"""Where the lines of a run go: a job's output, or a test's list."""

from typing import Literal, Protocol

from collectors.text import NAME_LIMIT, clean
from ops.redact import mask, shown

LineKind = Literal["call", "out", "err", "say"]
"""The exact call; what the part wrote; what it complained of; our own words."""


class Sink(Protocol):
    """Takes lines as they come. It is never handed anything that was not masked and sanitized before."""

    def line(self, kind: LineKind, text: str) -> None:
        """One line."""

    def progress(self, ratio: float, words: str) -> None:
        """How far it is, 0 to 1, and what it does or waits for."""

    def call_ended(self, exit: int) -> None:  # noqa: A002 - the word that a job has for it
        """Exit code or status of a call, also of one that failed with it."""


class CleanSink:
    """Masks and sanitizes everything on its way to another sink."""

    def __init__(self, behind: Sink) -> None:
        self._behind = behind

    def line(self, kind: LineKind, text: str) -> None:
        """Masked first: a secret that was cut in half would not be known any more."""
        self._behind.line(kind, shown(text))

    def progress(self, ratio: float, words: str) -> None:
        """The same, with a ratio that is one."""
        self._behind.progress(min(1.0, max(0.0, ratio)), clean(mask(words), NAME_LIMIT))

    def call_ended(self, exit: int) -> None:  # noqa: A002 - as in Sink
        """As it is."""
        self._behind.call_ended(exit)
