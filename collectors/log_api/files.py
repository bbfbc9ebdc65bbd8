"""The files that a log setting means: one path or what a pattern matches, each read on from poll to poll."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from collectors.base import CollectError
from collectors.log_api.newest import newest_files
from collectors.log_api.reader import FileReader, Most, Portion
from collectors.text import clean

FILES_LIMIT = 32
"""Files of one pattern that are read: those that were written to last."""
PAUSE_S = 0.0005
"""A real sleep after each block: only that lets the event loop have the interpreter in between."""


class Files:
    """All files of one target. `poll` blocks, and refuses to run while an earlier one, given up, still hangs."""

    def __init__(self, path: str, pattern: str, most: Most) -> None:
        self._pattern, self._most = pattern, most
        self._readers = {path: FileReader(path, most)} if path else {}
        self._busy = threading.Lock()
        self._begun = self._matched = False
        self._rotated: set[tuple[int, int]] = set()
        self.left_out = 0
        """Files that match beyond the limit."""

    def poll(self, take: Callable[[Portion], None]) -> None:
        """Hand on everything that is new. Raises CollectError when a file can't be read; the others were then read."""
        with self._alone():
            if self._pattern:
                self._match()
            faults = [fault for reader in list(self._readers.values()) if (fault := _read(reader, take))]
            self._begun = True
        if faults:
            raise faults[0]

    @property
    def waiting(self) -> list[str]:
        """Paths that had a file once and have none now."""
        return [reader.path for reader in self._readers.values() if reader.waits]

    @property
    def newest(self) -> str:
        """The path that was written to last, or ""."""
        found = max(self._readers.values(), key=lambda reader: reader.changed_at, default=None)
        return found.path if found else ""

    @property
    def changed_at(self) -> float:
        """When the newest that was read was written, in UTC seconds; 0 for never."""
        return max((reader.changed_at for reader in self._readers.values()), default=0.0)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise CollectError(
                "the read of the last poll still hangs", reason="timeout", remedy="look at the disk that the log is on"
            )
        try:
            yield
        finally:
            self._busy.release()

    def _match(self) -> None:
        found = newest_files(self._pattern)
        self.left_out = max(0, len(found) - FILES_LIMIT)
        wanted = found[:FILES_LIMIT]
        for path in [path for path, reader in self._readers.items() if path not in wanted and reader.waits]:
            del self._readers[path]
        known = {identity for reader in self._readers.values() for identity in reader.identities()}
        there = {path: _identity(path) for path in found}
        # A file that was only renamed still matches "app.log*", but it was read under its old name.
        self._rotated = (self._rotated & set(there.values())) | known
        for path in wanted:
            if path in self._readers or there[path] in self._rotated:
                continue
            if any(reader.is_copied_to(path) for reader in self._readers.values()):
                self._rotated.add(there[path])
            else:
                self._readers[path] = FileReader(path, self._most, from_start=self._begun)
        kept = [path for path in self._readers if path in wanted or not self._readers[path].waits]
        self._readers = {path: self._readers[path] for path in kept[-2 * FILES_LIMIT :]}
        if not self._readers and not self._matched:
            self._begun = True
            raise CollectError(
                f"no file matches {clean(self._pattern)}", reason="missing", remedy="check the pattern of files"
            )
        self._matched = True


def _read(reader: FileReader, take: Callable[[Portion], None]) -> CollectError | None:
    try:
        for portion in reader.portions():
            take(portion)
            time.sleep(PAUSE_S)
    except CollectError as error:
        return error
    except OSError as error:
        return CollectError(
            f"cannot read the log {clean(reader.path)}: {error.strerror}",
            reason="permission",
            remedy="look at the disk that the log is on",
        )
    return None


def _identity(path: str) -> tuple[int, int]:
    try:
        there = os.stat(path)
    except OSError:
        return 0, 0
    return there.st_dev, there.st_ino
