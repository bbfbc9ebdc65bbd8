"""Cuts a stream of bytes into blocks of whole lines, whatever pieces it comes in; an endless line is cut. Pure."""

LINE_BYTES = 8_000
"""Bytes kept of a line that comes in several pieces: as many as LINE_LIMIT characters can have."""


class WholeLines:
    """Holds the unfinished line between two pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """Give what is whole now: nothing, or bytes that end in a newline."""
        end = piece.rfind(b"\n") + 1
        if not end:
            self._hold(piece)
            return b""
        whole = self._rest + piece[:end]
        self._rest = b""
        self._hold(piece[end:])
        return whole

    def end(self) -> bytes:
        """Give the last line, if it was left unfinished, as a whole one."""
        rest, self._rest = self._rest, b""
        return rest + b"\n" if rest else b""

    def _hold(self, piece: bytes) -> None:
        self._rest += piece[: max(0, LINE_BYTES - len(self._rest))]
