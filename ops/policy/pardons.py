"""What policy may take up again after it gave up: moments by row, in a small file that a person can add to."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

FILE = "policy.json"
_MOST_BYTES = 1_000_000
_KEPT_S = 30 * 86400.0
ALL = "*"
"""Stands for every row."""


class Pardons:
    """The moments of one history folder; what others write there is seen at the next look."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._seen: tuple[int, int] | None = None
        self._moments: dict[str, float] = {}

    def read(self) -> Mapping[str, float]:
        """By row id, UTC seconds. A file that is damaged pardons nothing, and neither does one that can't be read."""
        try:
            found = self._file.stat()
            if (found.st_mtime_ns, found.st_ino) != self._seen and found.st_size <= _MOST_BYTES:
                self._moments = msgspec.json.decode(self._file.read_bytes(), type=dict[str, float])
                self._seen = (found.st_mtime_ns, found.st_ino)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._moments, self._seen = {}, None
        return self._moments

    def add(self, rows: Iterable[str], now: float | None = None) -> None:
        """Pardon rows: what was tried before does not count any more. Raises OSError."""
        at = time.time() if now is None else now
        moments = {row: when for row, when in self.read().items() if at - when < _KEPT_S}
        moments.update(dict.fromkeys(rows, at))
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._file.with_name(f"{FILE}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(moments))
        fresh.replace(self._file)
