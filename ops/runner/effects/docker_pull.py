"""What an engine tells while it pulls an image: each step of a layer a line, and how far all of them are."""

import msgspec

from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.figures import size
from ops.runner.sink import Sink

_LINE_LIMIT = 1_000
"""Lines told of one pull; the others only move the progress."""
_LONGEST = 2**20
_WITHOUT_CREDENTIALS = (
    "images are pulled without credentials: docker login and docker pull on the engine's host, then do it as it is"
)


class Detail(msgspec.Struct):
    """How far a layer is, in bytes."""

    current: int = 0
    total: int = 0


class Told(msgspec.Struct, rename={"detail": "progressDetail"}):
    """One line of the answer."""

    status: str = ""
    id: str = ""
    error: str = ""
    detail: Detail | None = None


class Pull:
    """Takes the pieces of the answer as they come."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._rest = b""
        self._layers: dict[str, Detail] = {}
        self._last: dict[str, str] = {}
        self._lines = 0
        self.last = ""
        """The last line, sanitized."""

    def feed(self, piece: bytes) -> None:
        """Tell what is new. Raises ActionError when the engine says that the pull failed."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > _LONGEST:
            raise ActionError("the engine sent a line without an end", "see the engine's log", reason="limit")
        for line in lines:
            self._take(line)

    def end(self) -> None:
        """Tell what has no line end."""
        self._take(self._rest)

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            told = msgspec.json.decode(line, type=Told)
        except msgspec.DecodeError as error:
            raise ActionError("the engine's answer makes no sense", "see its log", reason="protocol") from error
        if told.error:
            raise refused_pull(clean(told.error, 500))
        if told.detail is not None and told.detail.total:
            self._layers[told.id] = told.detail
            self._moved()
        if self._last.get(told.id) != told.status:
            self._last[told.id] = told.status
            self._tell(f"{told.id}: {told.status}" if told.id else told.status)

    def _tell(self, text: str) -> None:
        self.last = clean(text)
        self._lines += 1
        if self._lines <= _LINE_LIMIT:
            self._sink.line("out", self.last)

    def _moved(self) -> None:
        current = sum(min(layer.current, layer.total) for layer in self._layers.values())
        total = sum(layer.total for layer in self._layers.values())
        self._sink.progress(current / total, f"pulling: {size(current)} of {size(total)}")


def refused_pull(message: str) -> ActionError:
    """Why nothing was pulled; what is there already stays as it is."""
    wants_login = any(word in message for word in ("denied", "unauthorized", "authentication", "login"))
    remedy = _WITHOUT_CREDENTIALS if wants_login else "check the image's name and the way to its registry"
    return Refused(f"the image could not be pulled: {message}", remedy, reason="auth" if wants_login else "error")
