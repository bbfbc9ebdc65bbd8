"""The book of what was done to each set: lines that are only appended; a kill leaves whole ones only."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ops.backup.errors import BackupError
from ops.backup.storing import safe_set
from ops.backup.structs import Event
from ops.durable import FULL, replace_file, write_all

SUFFIX = ".jsonl"
MOST = 40_000
"""Lines of a set; at more than that, or as many bytes, those go that say nothing new of a backup, oldest first."""
_FILE_BYTES = 32 * 2**20
_ROOM_BYTES = 2**20
_DECODER = msgspec.json.Decoder(Event)
_PROOFS = ("verify", "drill")
Seen = tuple[int, int, int]
"""Inode, size and moment of a file: another one has another."""


class Book:
    """The book of one state folder. Cheap to make; every call reads or writes files, and raises BackupError."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the one of backups in the floor's own."""
        self._folder = folder
        self._read: dict[str, tuple[Seen, tuple[Event, ...]]] = {}

    def version(self) -> int:
        """Changes whenever something was written, by any process."""
        try:
            return hash(tuple((file.name, stamp(file)) for file in sorted(self._folder.glob(f"*{SUFFIX}"))))
        except OSError:
            return 0

    def events(self, name: str) -> tuple[Event, ...]:
        """All that is known of a set, newest first. Lines that can't be read are passed over."""
        file = self._file(name)
        seen = stamp(file)
        known = self._read.get(name)
        if known is None or known[0] != seen:
            self._read[name] = known = seen, tuple(_newest(self._content(file)))
        return known[1]

    def check(self, name: str) -> None:
        """Raises BackupError where a line could not be written: better before a backup is taken than after it."""
        file = self._file(name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            about = os.statvfs(self._folder)
        except OSError as error:
            raise _failed(file, error) from error
        if about.f_bavail * about.f_frsize < _ROOM_BYTES:
            raise BackupError(
                f"there is no room in {self._folder} to write down what is done", "make room there", reason="full"
            )

    def add(self, event: Event) -> None:
        """Write a line, durably. One writer at a time for each set: whoever does something to it holds its lock."""
        file = self._file(event.set)
        line = msgspec.json.encode(event) + b"\n"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._shorten(file)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(file, flags, 0o600)
            try:
                write_all(descriptor, (b"\n" if _is_torn(descriptor) else b"") + line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _failed(file, error) from error

    def _shorten(self, file: Path) -> None:
        """Leave out what says nothing new, once there is too much."""
        size = stamp(file)[1]
        if size < _FILE_BYTES and size < MOST * 100:
            return
        events = list(_newest(self._content(file)))
        if len(events) < MOST and size < _FILE_BYTES:
            return
        kept = worth_keeping(events, MOST // 2)
        replace_file(file, b"".join(msgspec.json.encode(event) + b"\n" for event in reversed(kept)))

    def _file(self, name: str) -> Path:
        return self._folder / f"{safe_set(name)}{SUFFIX}"

    def _content(self, file: Path) -> bytes:
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise _failed(file, error) from error


def stamp(file: Path) -> Seen:
    """What changes with a file; zeros where there is none."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns


def worth_keeping(events: Sequence[Event], most: int) -> list[Event]:
    """At most so many of these, which are newest first; the last proofs of what was not deleted before all others."""
    deleted = {backup for event in events for backup in event.deleted}
    seen: set[tuple[str, str, tuple[int, int]]] = set()
    last: list[int] = []
    others: list[int] = []
    for at, event in enumerate(events):
        about = (event.what, event.backup, event.fraction)
        new = event.what in _PROOFS and event.backup not in deleted and about not in seen
        seen.add(about)
        (last if new else others).append(at)
    kept = sorted([*last[:most], *others[: max(0, most - len(last))]])
    return [events[at] for at in kept]


def _newest(content: bytes) -> list[Event]:
    found = []
    for line in reversed(content.split(b"\n")):
        try:
            if line:
                found.append(_DECODER.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return found


def _is_torn(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


def _failed(file: Path, error: OSError) -> BackupError:
    why = error.strerror or str(error)
    return BackupError(
        f"{file} can't be used: {why}",
        "run it as the account that the folder belongs to, with room on its disk",
        reason="full" if error.errno in FULL else "error",
    )
