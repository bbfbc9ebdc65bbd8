"""Cuts a stream of bytes into lines as it comes: bounded, whatever a program writes."""

from collections.abc import Callable

from collectors.text import LINE_LIMIT

LINE_BYTES = 4 * LINE_LIMIT
"""As many bytes of a line are taken at most: enough for its characters, whichever they are."""
_TAKEN = LINE_LIMIT + 500
"""Characters that are handed on: a secret at the limit must be whole to be known."""


class Lines:
    """Gives each line as soon as it is whole, and a line that is too long as soon as it is; its rest is dropped.

    After a carriage return a terminal writes over what stood there: only what is seen last is given.
    """

    def __init__(self, take: Callable[[str], None], kept_bytes: int = 0) -> None:
        """`kept_bytes` of the beginning are kept as they came."""
        self._take = take
        self._rest = b""
        self._skipping = False
        self._room = kept_bytes
        self._kept = bytearray()
        self.last = ""
        """The last line that says something."""

    @property
    def beginning(self) -> str:
        """What was kept, decoded with replacement."""
        return self._kept.decode("utf-8", "replace")

    def feed(self, data: bytes) -> None:
        """More of the stream."""
        if len(self._kept) < self._room:
            self._kept += data[: self._room - len(self._kept)]
        *whole, rest = data.split(b"\n")
        for line in whole:
            if not self._skipping:
                self._give(self._rest + line)
            self._rest, self._skipping = b"", False
        if not self._skipping:
            self._rest += rest
            if len(self._rest) > LINE_BYTES:
                self._give(self._rest)
                self._rest, self._skipping = b"", True

    def end(self) -> None:
        """The stream is over: what has no end is a line too."""
        if self._rest:
            self._give(self._rest)
            self._rest = b""

    def _give(self, line: bytes) -> None:
        seen = line[:LINE_BYTES].rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")[:_TAKEN]
        if seen and not seen.isspace():
            self.last = seen
        self._take(seen)
