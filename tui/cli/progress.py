"""How far something is that takes long: one line on a terminal that is written over, and nothing anywhere else."""

import os
import sys
from types import TracebackType
from typing import Self

from collectors.text import clean

_COLUMNS = 60
_CLEARED = "\r\x1b[K"


class Progress:
    """Called with what is being done and how much of all is done, 0 to 1; its line goes when it is left."""

    def __init__(self, what: str) -> None:
        self._what, self._last = what, ""
        self._shown = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away, so that another can be written there."""
        if self._last:
            self._write("")

    def __call__(self, name: str, done_ratio: float | None) -> None:
        """Show it, where it is not shown already; None where nobody knows how much all is."""
        part = "" if done_ratio is None else f" {done_ratio:4.0%}"
        line = clean(f"{self._what}{part} {name}".strip(), _COLUMNS)
        if self._shown and line != self._last:
            self._write(line)

    def _write(self, line: str) -> None:
        self._last = line
        sys.stderr.write(_CLEARED + line)
        sys.stderr.flush()
