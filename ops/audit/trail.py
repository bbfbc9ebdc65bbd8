"""The audit trail of a floor: lines that are only ever added, each durable before anybody goes on."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.actions.errors import ActionError
from ops.audit.chain import HEADLESS, TORN, Entry, Head, Problem, parse, sealed, verify, written
from ops.durable import FULL, replace_file, sync_folder, write_all
from ops.redact import mask

FILE_NAME = "audit.jsonl"
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_PATIENCE_S = 5.0
_LONGEST = 1024 * 1024
"""Bytes of a line at most; ours are much shorter."""
_DEPTH = 8
_EXACT = 2**53
"""Figures beyond it are written as texts: not every reader of JSON gives them back as they were."""


class AuditTrail:
    """A file of lines and its head beside it. Any process may add; a lock on the file keeps them in order."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path, self._clock = path, clock
        self.head_path = path.with_suffix(".head")
        self.torn_path = path.with_suffix(".torn")

    def append(self, kind: str, data: Mapping[str, object]) -> int:
        """Add a line, durably, with every text made inert and masked; gives its number.

        Blocks for some milliseconds, and up to 5 s while others write. Raises ActionError: full, permission, timeout.
        """
        inert = _inert(msgspec.to_builtins(data))
        try:
            with self._open() as file:
                head = self._mended(file)
                return self._add(file, head, kind, inert).seq
        except OSError as error:
            raise self._told(error) from error

    def entries(self, last: int = 0) -> Iterator[Entry]:
        """What is on record, oldest first, or only the last ones; lines that are no records are passed over."""
        from collections import deque

        entries = (entry for entry in map(parse, self.lines()) if entry is not None)
        return iter(deque(entries, maxlen=last)) if last else entries

    def lines(self) -> Iterator[bytes]:
        """The lines as they stand, each with its end; none where there is no trail. Raises OSError."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "rb") as stream:
            while line := stream.readline(_LONGEST):
                yield line

    def head(self) -> Head | None:
        """Which line should be the last; None where that is not known."""
        try:
            return msgspec.json.decode(self.head_path.read_bytes(), type=Head)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def verify(self) -> Iterator[Problem]:
        """Everything that is wrong with it, as it stands at this moment. Raises OSError, and ActionError (timeout)."""
        if not self.path.exists() and not self.head_path.exists():
            return
        with self._locked_for_reading():
            yield from verify(self.lines(), self.head())

    def _add(self, file: int, head: Head, kind: str, data: dict[str, Any]) -> Head:
        """The head says first what comes, then the line is written, then the head says that it is there.

        So a line that was broken off by a crash is told from one that was removed.
        """
        entry = sealed(Entry(seq=head.seq + 1, at=self._clock(), kind=kind, prev=head.hash, data=data))
        self._put_head(msgspec.structs.replace(head, next=entry.hash), sync=True)
        size = os.fstat(file).st_size
        try:
            write_all(file, written(entry) + b"\n")
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise
        now = Head(seq=entry.seq, hash=entry.hash)
        with suppress(OSError):  # without room the head still names this line, as the one that comes
            self._put_head(now, sync=False)
        return now

    def _mended(self, file: int) -> Head:
        """The head that the next line follows, after whatever a crash left was put right, and told."""
        torn, last = self._ending(file)
        head = self.head()
        if head is None:
            head = Head(seq=last.seq, hash=last.hash) if last else Head()
            if last or torn:
                head = self._add(self._set_aside(file, torn), head, HEADLESS, {})
        elif last is not None and head.next and last.hash == head.next:
            head = Head(seq=last.seq, hash=last.hash)
        else:
            head = msgspec.structs.replace(head, next="")
        if torn:
            data = {"bytes": len(torn), "kept_in": self.torn_path.name}
            head = self._add(self._set_aside(file, torn), head, TORN, data)
        return head

    def _ending(self, file: int) -> tuple[bytes, Entry | None]:
        """What stands after the last end of line, and the record before that."""
        size = os.fstat(file).st_size
        tail = os.pread(file, 2 * _LONGEST, max(0, size - 2 * _LONGEST))
        rest, _, torn = tail.rpartition(b"\n")
        return torn, parse(rest.rpartition(b"\n")[2])

    def _set_aside(self, file: int, torn: bytes) -> int:
        """Move a cut line out of the way; it is kept in a file beside. Does nothing the second time."""
        size = os.fstat(file).st_size
        if torn and os.pread(file, 1, size - 1) != b"\n":
            beside = os.open(self.torn_path, _FLAGS, 0o600)
            try:
                write_all(beside, torn + b"\n")
                os.fsync(beside)
            finally:
                os.close(beside)
            os.ftruncate(file, size - len(torn))
        return file

    def _put_head(self, head: Head, *, sync: bool) -> None:
        replace_file(self.head_path, msgspec.json.encode(head) + b"\n", sync=sync)

    @contextmanager
    def _open(self) -> Iterator[int]:
        """The file, made where it is not there yet, locked."""
        folder = self.path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = not self.path.exists()
        file = os.open(self.path, _FLAGS, 0o600)
        try:
            _lock(file, fcntl.LOCK_EX)
            if fresh:
                sync_folder(folder)
            yield file
        finally:
            os.close(file)

    @contextmanager
    def _locked_for_reading(self) -> Iterator[None]:
        """Keeps the lines and the head as they are; where only the head is, there is nothing to keep."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            yield
            return
        try:
            _lock(file, fcntl.LOCK_SH)
            yield
        finally:
            os.close(file)

    def _told(self, error: OSError) -> ActionError:
        if error.errno in FULL:
            words = f"there is no room for the audit trail in {self.path.parent}"
            return ActionError(words, "make room on that disk", reason="full")
        why = error.strerror or str(error)
        words = f"the audit trail {self.path} can't be written: {why}"
        return ActionError(words, "let it be written by you, and be no link", reason="permission")


def _lock(file: int, how: int) -> None:
    """Wait for the lock. Raises ActionError (timeout)."""
    limit = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > limit:
                words = f"the audit trail was in use for {_PATIENCE_S:g} s"
                raise ActionError(words, "see which process hangs with it open", reason="timeout") from error
            time.sleep(0.005)
        else:
            return


def _inert(value: Any, depth: int = _DEPTH) -> Any:
    """The value with every text masked and sanitized, as it can be written in one form alone."""
    if isinstance(value, str):
        return clean(mask(value), LINE_LIMIT)
    if isinstance(value, Mapping) and depth:
        return {clean(mask(str(key))): _inert(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple) and depth:
        return [_inert(item, depth - 1) for item in value]
    if value is None or isinstance(value, bool) or (isinstance(value, int | float) and -_EXACT < value < _EXACT):
        return value
    return clean(mask(str(value)))
